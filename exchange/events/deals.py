"""What happened to deals and licences, and what the chain says of records."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.events.event import Event


class DealChanged(Event, frozen=True):
    """A deal moved from one state to another; `old` is empty for a new deal."""

    deal_id: str
    old: str
    new: str
    cause: str


class DealDefaulted(Event, frozen=True):
    """A party has not done its part: a buyer loses its bid deposit or its earnest money (minor units) to the seller."""

    deal_id: str
    party_id: str
    forfeited: int
    earnest: int | UnsetType = UNSET
    """Where earnest money was paid: what of it the buyer has lost, or the seller owes on top of giving it back."""


class EarnestPaid(Event, frozen=True):
    """The buyer has paid the earnest money (minor units of the deal's currency)."""

    deal_id: str
    amount: int


class DealOverdue(Event, frozen=True):
    """What a deal owes an authority or its buyer, or waits for, has not come in time; `what` is the clock."""

    deal_id: str
    what: str


class DealSigned(Event, frozen=True):
    """One party has signed; `complete` when both have."""

    deal_id: str
    party_id: str
    complete: bool


class SignaturesVoided(Event, frozen=True):
    """Whoever has signed this deal must sign it again: a key of it has changed, or its counter."""

    deal_id: str


class DealCancelled(Event, frozen=True):
    """A party has cancelled a deal. `signature` is empty where the chain has it already: nothing is recorded."""

    deal_id: str
    cancelled_by: str
    """The party; empty where the chain told of it."""
    key: str
    signature: str


class DeliveryConfirmed(Event, frozen=True):
    deal_id: str
    party_id: str
    delivery_digest: str


class LicenceChanged(Event, frozen=True):
    """A licence moved from one state to another.

    ended_early_ms: when it ended (ms UTC), if that was before the end that it was granted with.
    """

    licence_id: str
    deal_id: str
    right_id: str
    old: str
    new: str
    cause: str
    ended_early_ms: int | None = None


class SuspendedLicenceMoved(Event, frozen=True):
    """The register has recorded a suspended licence, or its time for that has passed: it goes back to `new`."""

    licence_id: str
    deal_id: str
    right_id: str
    old: str
    new: str
    cause: str


class HeadLicensorNoticed(Event, frozen=True):
    """Who granted a licence has notice that its licensee offers sub-licences under it, or has granted one."""

    party_id: str
    head_licence: str
    listing_id: str
    licence_id: str | UnsetType = UNSET


class LicenceTermChanged(Event, frozen=True):
    """A living licence ends at another time (ms UTC): the register names an earlier end of its right."""

    licence_id: str
    deal_id: str
    old_ends_ms: int
    new_ends_ms: int
    cause: str


class ChainRecordReported(Event, frozen=True):
    record: str
    subject_id: str
    outcome: str
    transaction: str

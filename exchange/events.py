"""Every event that the engine can answer with.

Events are confidential in whole: the journal keeps them in a sealed part (`outcome`), and what the public may see of
them is recorded on the chain.

Amounts are integer minor units; times are milliseconds UTC.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from exchange.commands import snake


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=snake, tag_field="type"):
    """Something that has happened. Immutable; its type tag is stable for ever."""


class VenueOpened(Event, frozen=True):
    chain_id: int
    profile: str


class VersionActivated(Event, frozen=True):
    schema: int
    engine: int
    rulebook: int


class OutageRecorded(Event, frozen=True):
    since_ms: int
    until_ms: int
    moved: tuple[str, ...]


class ClockJumped(Event, frozen=True):
    to_ms: int


class CalendarSet(Event, frozen=True):
    closed_days: int


class ChainRecovered(Event, frozen=True):
    ground: str
    halted_for: str
    agreed_block: int


class StateHashRecorded(Event, frozen=True):
    state_hash: str


class SealedPartErased(Event, frozen=True):
    entry: int
    label: str
    ground: str


class PartyApplied(Event, frozen=True):
    party_id: str
    key: str


class PartyApproved(Event, frozen=True):
    party_id: str


class PartySuspended(Event, frozen=True):
    party_id: str


class AffiliationRecorded(Event, frozen=True):
    party_id: str
    affiliate_id: str


class AgentAppointed(Event, frozen=True):
    party_id: str
    key: str
    until_ms: int


class AgentDismissed(Event, frozen=True):
    party_id: str
    key: str


class ApiKeyIssued(Event, frozen=True):
    party_id: str


class KeyEnrolled(Event, frozen=True):
    """A key signs for a party on the chain from now on."""

    party_id: str
    key: str


class KeyRotated(Event, frozen=True):
    """Another key is the party's own. `old_signature` is empty where the chain has it already: nothing is recorded."""

    party_id: str
    old_key: str
    new_key: str
    old_signature: str


class KeyRevoked(Event, frozen=True):
    """A key has ended. `signature` is empty where the chain has it already: nothing is recorded."""

    party_id: str
    key: str
    reason: str
    deadline_s: int
    signature: str


class CounterAdvanced(Event, frozen=True):
    """What the key signed under a lower counter is cancelled. `signature` is empty where the chain has it already."""

    party_id: str
    key: str
    counter: int
    deadline_s: int
    signature: str


class RecoveryProposed(Event, frozen=True):
    """A new key is to take the place of a lost one, unless the live key vetoes that within a fortnight."""

    party_id: str
    new_key: str


class RecoveryVetoed(Event, frozen=True):
    """The live key has refused a recovery. `signature` is empty where the chain has it already: nothing is recorded."""

    party_id: str
    new_key: str
    key: str
    deadline_s: int
    signature: str


class RecoveryDue(Event, frozen=True):
    """The wait of a recovery has run its course: the chain is asked to let it take effect."""

    party_id: str
    new_key: str


class RecoveryChanged(Event, frozen=True):
    """A recovery moved from one state to another otherwise than by its proposal or a veto."""

    party_id: str
    new_key: str
    old: str
    new: str
    cause: str


class SignaturesVoided(Event, frozen=True):
    """Whoever has signed this deal must sign it again: a key of it has changed, or its counter."""

    deal_id: str


class OfferSigned(Event, frozen=True):
    """A standing offer stands: whoever accepts its listing now needs no further signature of the seller's."""

    listing_id: str


class OfferWithdrawing(Event, frozen=True):
    """Nobody accepts a standing offer any more; buyers of the deals in `waiting` have accepted and not signed yet."""

    listing_id: str
    waiting: tuple[str, ...]


class OfferWithdrawn(Event, frozen=True):
    """A standing offer is withdrawn. `signature` is empty where the chain has it already: nothing is recorded."""

    listing_id: str
    signature: str


class OfferEnded(Event, frozen=True):
    """A standing offer counts no more, though nobody withdrew it: its key has changed, or the chain refused it."""

    listing_id: str
    cause: str


class DealLeftOffer(Event, frozen=True):
    """A deal that was accepted under a standing offer takes both parties' signatures from now on; `cause` says why."""

    deal_id: str
    listing_id: str
    cause: str


class DealCancelled(Event, frozen=True):
    """A party has cancelled a deal. `signature` is empty where the chain has it already: nothing is recorded."""

    deal_id: str
    cancelled_by: str
    """The party; empty where the chain told of it."""
    key: str
    signature: str


class DealKeyChosen(Event, frozen=True):
    deal_id: str
    party_id: str
    key: str


class RightImported(Event, frozen=True):
    right_id: str


class RightCorrected(Event, frozen=True):
    """An import has replaced or filled in facts of a known right."""

    right_id: str
    fields: tuple[str, ...]


class RegisterCopyRecorded(Event, frozen=True):
    right_id: str
    status: str
    holders: tuple[str, ...]
    """Party ids or company numbers as the register has them."""


class HolderChanged(Event, frozen=True):
    """The holder of record changed on the register's proof, and on nothing else.

    deal_id: empty where no deal of this venue is behind it; then `proof_digest` is the register copy's.
    """

    right_id: str
    deal_id: str
    old_holders: tuple[str, ...]
    new_holders: tuple[str, ...]
    proof_digest: str


class PledgeSeen(Event, frozen=True):
    """The register shows a pledge, the `number`-th ever seen on this right, or shows it no longer."""

    right_id: str
    pledgee: str
    registered: bool
    number: int


class FreezeSeen(Event, frozen=True):
    """The register's freeze changed; numbers count the freezes ever seen on this right, 0 where none stands."""

    right_id: str
    old: str
    new: str
    old_number: int
    new_number: int


class ExportClassified(Event, frozen=True):
    right_id: str
    export_class: str


class ListingChanged(Event, frozen=True):
    """A listing moved from one state to another; `cause` is the command or deadline that did it."""

    listing_id: str
    old: str
    new: str
    cause: str


class BidderChanged(Event, frozen=True):
    listing_id: str
    party_id: str
    old: str
    new: str


class PledgeeConsented(Event, frozen=True):
    listing_id: str
    party_id: str


class BidPlaced(Event, frozen=True):
    bid_id: str
    listing_id: str
    party_id: str
    price: int
    sequence: int


class BidAmended(Event, frozen=True):
    bid_id: str
    old_price: int
    price: int
    sequence: int


class BidChanged(Event, frozen=True):
    bid_id: str
    old: str
    new: str
    cause: str


class DealChanged(Event, frozen=True):
    """A deal moved from one state to another; `old` is empty for a new deal."""

    deal_id: str
    old: str
    new: str
    cause: str


class DealSigned(Event, frozen=True):
    """One party has signed; `complete` when both have."""

    deal_id: str
    party_id: str
    complete: bool


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


class Posted(Event, frozen=True):
    """One double entry: `amount` minor units of `currency` from one account to another."""

    debit: str
    """The account that gives."""
    credit: str
    """The account that receives."""
    currency: str
    amount: int
    subject_id: str
    """The deal, listing, payment or statement line that it belongs to."""
    purpose: str


class StatementLineMatched(Event, frozen=True):
    line_id: str
    subject_id: str


class PaymentChanged(Event, frozen=True):
    payment_id: str
    old: str
    new: str
    cause: str


class FirstApproval(Event, frozen=True):
    """One operator has approved something that takes two."""

    subject: str
    operator: str


class SuspenseAssigned(Event, frozen=True):
    """A credit that named nobody has found its party, or covers a debit that nothing explained."""

    line_id: str
    party_id: str


class ReleasesChanged(Event, frozen=True):
    currency: str
    halted: bool
    difference: int
    """Minor units by which the bank's balance differs from what the accounts say."""
    unexplained: int
    """Minor units that left the bank by debits which no payment explains."""


class DeadlineFired(Event, frozen=True):
    deadline_id: str
    due_ms: int


AnyEvent: TypeAlias = (
    VenueOpened | VersionActivated | OutageRecorded | ClockJumped | CalendarSet | ChainRecovered | StateHashRecorded
    | SealedPartErased
    | PartyApplied | PartyApproved | PartySuspended | AffiliationRecorded | AgentAppointed | AgentDismissed
    | ApiKeyIssued | KeyEnrolled | KeyRotated | KeyRevoked | CounterAdvanced | SignaturesVoided
    | OfferSigned | OfferWithdrawing | OfferWithdrawn | OfferEnded | DealLeftOffer | DealCancelled
    | RecoveryProposed | RecoveryVetoed | RecoveryDue | RecoveryChanged
    | DealKeyChosen | RightImported | RightCorrected | RegisterCopyRecorded | HolderChanged
    | PledgeSeen | FreezeSeen | ExportClassified
    | ListingChanged | BidderChanged | PledgeeConsented | BidPlaced | BidAmended | BidChanged
    | DealChanged | DealSigned | DeliveryConfirmed | LicenceChanged | LicenceTermChanged
    | ChainRecordReported
    | Posted | StatementLineMatched | PaymentChanged | FirstApproval | SuspenseAssigned | ReleasesChanged
    | DeadlineFired
)  # fmt: skip

"""What happened to standing offers."""

from __future__ import annotations

from exchange.events.event import Event


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

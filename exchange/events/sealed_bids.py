"""What happened to sealed bids."""

from __future__ import annotations

from exchange.events.event import Event


class BidSealed(Event, frozen=True):
    """A sealed bid stands; what it says nobody knows."""

    bid_id: str
    listing_id: str
    party_id: str
    commitment: str
    sequence: int


class SealedBidsFixed(Event, frozen=True):
    """The close: from here on nobody can add, drop or change a sealed bid of this round."""

    listing_id: str
    round: int
    count: int


class BidRevealed(Event, frozen=True):
    """A sealed bid was opened. It names no listing, so that nobody but its bidder learns the price by it."""

    bid_id: str
    price: int


class TenderScored(Event, frozen=True):
    """The tenders in their rank, best first, each with its score in ten-thousandths of a point, rounded down."""

    listing_id: str
    evaluators: int
    scores: tuple[tuple[str, int], ...]
    """Bid id and score."""

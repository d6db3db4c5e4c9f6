"""What happened to listings, bidders and bids."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.events.event import Event


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


class ClosePostponed(Event, frozen=True):
    """A bid shortly before the close has moved it to `closes_ms`."""

    listing_id: str
    bid_id: str
    closes_ms: int


class RoundBegun(Event, frozen=True):
    """Somebody has bid in the round of a competitive listing that has ended: another runs until `closes_ms`."""

    listing_id: str
    round: int
    closes_ms: int


class PriceDropped(Event, frozen=True):
    """The price of a Dutch auction has fallen."""

    listing_id: str
    old_price: int
    price: int


class ProposalMade(Event, frozen=True):
    """One side of a negotiation has proposed a price; `made_by` is buyer or seller."""

    proposal_id: str
    listing_id: str
    buyer: str
    made_by: str
    price: int
    expires_ms: int


class ProposalChanged(Event, frozen=True):
    proposal_id: str
    old: str
    new: str
    cause: str


class AwardOffered(Event, frozen=True):
    """After a default the award is offered to the next bidder, at the price of its own bid, until `until_ms`."""

    listing_id: str
    bid_id: str
    party_id: str
    until_ms: int


class CoOwnerConsented(Event, frozen=True):
    """A co-owner consents to a listing; `holder` is its party id, or its company number where it is no party here."""

    listing_id: str
    holder: str


class PledgeeConsented(Event, frozen=True):
    """A pledgee consents to deals under a listing. Since engine version 5 for these pledges and no later one."""

    listing_id: str
    party_id: str
    pledges: tuple[str, ...] | UnsetType = UNSET


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


class LotBroken(Event, frozen=True):
    """The right of one deal of a lot did not pass; the buyer may rescind the others until `until_ms`."""

    listing_id: str
    deal_id: str
    until_ms: int


class LotDecided(Event, frozen=True):
    """What the buyer makes of the others: keep or rescind; `cause` is the command or the deadline."""

    listing_id: str
    party_id: str
    decision: str
    cause: str

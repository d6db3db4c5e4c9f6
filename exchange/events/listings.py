"""What happened to listings, bidders and bids."""

from __future__ import annotations

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

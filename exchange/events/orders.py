"""What happened to orders of a continuous two-sided book."""

from __future__ import annotations

from exchange.events.event import Event


class OrderPlaced(Event, frozen=True):
    order_id: str
    listing_id: str
    party_id: str
    side: str
    order_type: str
    time_in_force: str
    limit: int | None
    quantity: int


class OrderSigned(Event, frozen=True):
    """What its party has signed of an order, as it stands from now on; see `rows.SignedOrder`."""

    order_id: str
    right_id: str
    side: str
    key: str
    terms_commitment: str
    limit: int
    quantity: int
    expires_at_s: int
    counter: int
    salt: str
    signature: str


class OrderAmended(Event, frozen=True):
    """`quantity` is the order's in all; with another `sequence` it has lost its place in time."""

    order_id: str
    limit: int
    quantity: int
    sequence: int


class OrdersMatched(Event, frozen=True):
    """Two orders have traded: `quantity` licences at `price` each, as one deal."""

    listing_id: str
    buy_order: str
    sell_order: str
    price: int
    quantity: int
    deal_id: str


class OrderChanged(Event, frozen=True):
    order_id: str
    old: str
    new: str
    cause: str


class CallEnded(Event, frozen=True):
    """A call auction has traded `quantity` at its one price, None where no bid reached an ask.

    `surplus` was left at that price: of the bids above zero, of the asks below.
    """

    listing_id: str
    price: int | None
    quantity: int
    surplus: int

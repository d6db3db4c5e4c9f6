"""Commands about the orders of a continuous two-sided book: place, amend, cancel one, cancel all of one's own."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

from exchange.commands.command import Command, Terms

OrderSide = Literal["buy", "sell"]
OrderType = Literal["limit", "market"]
OrderTime = Literal["good_till_cancelled", "good_till_date", "immediate_or_cancel", "fill_or_kill"]
"""What becomes of what an order cannot trade at once: it rests, rests until a date, is cancelled, or nothing trades."""


class OrderTerms(Terms, frozen=True):
    """What an order asks for in all, and at what price.

    `limit`: the most that a buyer pays, the least that the seller takes for one licence, minor units of the listing's
    currency; a market order has none. `client_order_id`: the party's own, unique per party for ever.
    `order_signature` is the key's EIP-712 signature over the register's `LicenceOrder` (65 bytes, hex), `order_digest`
    `exchange.listings.order_signing.order_digest` of what was signed, `order_salt` 32 random bytes (hex) in it, new for
    each order, and an order's for good. An order that has them fills without any further signature of its
    party; its amendments have them too. Confidential: with limit and quantity guessed, a signature
    in the clear would tell them.
    """

    quantity: int
    limit: int | None = None
    client_order_id: str | None = None
    order_digest: str | UnsetType = UNSET
    order_salt: str | UnsetType = UNSET
    order_signature: str | UnsetType = UNSET


class PlaceOrder(Command, frozen=True):
    """A buyer bids for, or the seller asks for, ordinary licences of one listing.

    `expires_ms` (ms UTC) belongs to an order that is good till a date, and to no other. A `post_only` order never takes
    what rests.
    """

    terms_type: ClassVar[type[Terms] | None] = OrderTerms
    listing_id: str
    side: OrderSide
    order_type: OrderType = "limit"
    time_in_force: OrderTime = "good_till_cancelled"
    post_only: bool = False
    expires_ms: int | None = None


class AmendOrder(Command, frozen=True):
    """Another limit or another quantity in all (what has traded included) for an order that rests."""

    terms_type: ClassVar[type[Terms] | None] = OrderTerms
    order_id: str


class CancelOrder(Command, frozen=True):
    """What an order has left is taken back."""

    order_id: str


class CancelOrders(Command, frozen=True):
    """Every order of the acting party's on a listing is taken back."""

    listing_id: str

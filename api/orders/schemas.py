"""Shapes of orders, in and out."""

from typing import Annotated, Any

from pydantic import Field

from api.forms import Amount, AmountOut, Body, Hash, RegisterSignature, Salt, Shape, TimeMs, View
from exchange.commands import OrderSide, OrderTime, OrderType

LARGEST_QUANTITY = 1_000
"""Licences that one listing can offer."""


class OrderedTerms(Shape):
    """Confidential: how many licences in all, and the most paid or the least taken for each.

    A market order has no limit. `client_order_id` is an order id of your own, unique for ever. `order_digest`,
    `order_salt` and `order_signature` come together or not at all, and with every amendment of an order that has them.
    """

    quantity: Annotated[int, Field(ge=1, le=LARGEST_QUANTITY, strict=True)]
    limit: Amount | None = None
    client_order_id: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")] | None = None
    order_digest: (
        Annotated[Hash, Field(description="Of what is signed, as docs/signatures.md makes it.")] | None
    ) = None
    order_salt: (
        Annotated[
            Hash, Field(description="32 random bytes, new for each order; an amendment keeps its order's.")
        ]
        | None
    ) = None
    order_signature: (
        Annotated[RegisterSignature, Field(description="Over the register's `LicenceOrder`.")] | None
    ) = None
    salt: Salt


class OrderForm(Body):
    """A buyer bids, or the seller asks."""

    side: OrderSide
    order_type: OrderType = "limit"
    time_in_force: OrderTime = "good_till_cancelled"
    post_only: Annotated[bool, Field(description="Never takes what rests; it is refused where it would.")] = (
        False
    )
    expires_ms: Annotated[TimeMs | None, Field(description="Of an order that is good till a date.")] = None
    terms: OrderedTerms


class AmendmentForm(Body):
    """Another limit, or another quantity in all, what has traded included."""

    terms: OrderedTerms


class OrderView(View):
    """An order, to its party and the venue."""

    id: str
    listing_id: str
    party_id: str
    side: str
    order_type: str
    time_in_force: str
    post_only: bool
    limit: AmountOut | None
    quantity: Annotated[int, Field(description="In all.")]
    filled: Annotated[int, Field(description="What of it has traded.")]
    held: Annotated[AmountOut, Field(description="Of a buyer's money, for what rests.")]
    currency: str
    sequence: Annotated[
        int, Field(description="Orders equal limits; an order that loses its place draws a new one.")
    ]
    placed_ms: int
    expires_ms: int | None
    client_order_id: str | None
    order_salt: Annotated[
        str | None, Field(description="Of a signed order: what tells it apart on the chain.")
    ]
    deals: Annotated[list[str], Field(description="One for each fill.")]
    state: Annotated[str, Field(description="LIVE, PARTLY_FILLED, FILLED, CANCELLED, EXPIRED or LAPSED")]


class OrderTermsView(View):
    """What whoever orders on a listing signs beside its own limit and quantity, and what opens the commitment to it."""

    listing_id: str
    right_id: str
    key: Annotated[str, Field(description="The caller's own key, which signs; to staff, empty.")]
    counter: Annotated[int, Field(description="The key's counter.")]
    recorded_until_s: Annotated[
        int,
        Field(
            description="`expiresAt` of an order without a date of its own: the listing's close and 90 days."
        ),
    ]
    terms: Annotated[
        dict[str, Any], Field(description="The terms of every licence on the listing, without a price.")
    ]
    salt: Annotated[str, Field(description="Opens the commitment, label `order-terms`.")]
    terms_commitment: str


class OrderPage(View):
    """The caller's own orders in the order of their coming."""

    orders: list[OrderView]
    next_cursor: str | None

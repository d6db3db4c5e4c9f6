"""Shapes of bids, in and out."""

from typing import Annotated

from pydantic import Field

from api.forms import Amount, AmountOut, Body, Salt, Shape, View


class PriceTerms(Shape):
    """Confidential: the price in the listing's currency, and an order id of your own, unique for ever."""

    price: Amount
    client_order_id: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")] | None = None
    salt: Salt


class Acceptance(Body):
    """A buyer accepts a posted price, which the terms repeat."""

    terms: PriceTerms


class BidView(View):
    """A bid, to its bidder, the listing's seller and the venue."""

    id: str
    listing_id: str
    party_id: str
    price: Annotated[
        AmountOut | None,
        Field(description="Null of a sealed bid: to everybody, and to others till all are opened."),
    ]
    currency: str
    sequence: Annotated[int, Field(description="Orders equal prices; an amended bid draws a new one.")]
    placed_ms: int
    client_order_id: str | None
    state: str
    commitment: Annotated[str | None, Field(description="Of a sealed bid.")]


class BidPage(View):
    """The caller's own bids in the order of arrival."""

    bids: list[BidView]
    next_cursor: str | None

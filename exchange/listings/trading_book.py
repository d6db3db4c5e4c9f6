"""The two-sided book of one listing of the continuous mode, and which order is whose.

An index over order rows, rebuilt from them at every load in the order of their sequence; it decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.book import BUY, SELL, Book, Side

if TYPE_CHECKING:
    from exchange.rows import Listing, Order

MOST_ORDERS = 10_000
"""At rest on one listing."""


def book_side(order: Order) -> Side:
    """The side of the book that an order stands on."""
    return BUY if order.side == "buy" else SELL


def has_opened(listing: Listing) -> bool:
    """Whether a listing's call auction is over."""
    return "TRADING" in {listing.state, listing.suspended_from}


class TradingBook:
    """A book, in its call auction until the listing trades."""

    def __init__(self, listing: Listing) -> None:
        self.book: Book[str] = Book(calling=not has_opened(listing), capacity=MOST_ORDERS)
        self.orders_by_party: dict[str, dict[str, None]] = {}
        """Party id to the ids of its resting orders."""

    def put_back(self, order: Order) -> None:
        """Let an order that was resting take its place again, as it was.

        Raises:
            ValueError: it would have traded, so the rows are not those of one book.
        """
        if order.limit is None or self.book.place(order.id, book_side(order), order.limit, order.left):
            message = f"order {order.id} cannot have rested"
            raise ValueError(message)
        self.own(order)

    def own(self, order: Order) -> None:
        """Enter an order among its party's."""
        self.orders_by_party.setdefault(order.party_id, {})[order.id] = None

    def forget(self, order: Order) -> None:
        """An order has ended, whether it ever rested or not."""
        mine = self.orders_by_party.get(order.party_id, {})
        mine.pop(order.id, None)
        if not mine:
            self.orders_by_party.pop(order.party_id, None)

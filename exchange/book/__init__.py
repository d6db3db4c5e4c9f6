"""The order book of one listing: price, then time (`book`); what stands in it, its call auction, its refusals."""

from __future__ import annotations

from exchange.book.book import Book
from exchange.book.orders import (
    BUY,
    LARGEST_PRICE,
    LARGEST_QUANTITY,
    SELL,
    BookSnapshot,
    Entered,
    Group,
    PriceLevel,
    Resting,
    Side,
    TimeInForce,
    Trade,
    Uncrossed,
)
from exchange.book.refusals import CURES, BookCode, BookRefused
from exchange.book.resting import LARGEST_BOOK, SWEEP_FLOOR

__all__ = [
    "BUY",
    "CURES",
    "LARGEST_BOOK",
    "LARGEST_PRICE",
    "LARGEST_QUANTITY",
    "SELL",
    "SWEEP_FLOOR",
    "Book",
    "BookCode",
    "BookRefused",
    "BookSnapshot",
    "Entered",
    "Group",
    "PriceLevel",
    "Resting",
    "Side",
    "TimeInForce",
    "Trade",
    "Uncrossed",
]

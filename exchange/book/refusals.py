"""Why the book refuses an operation, and what would cure it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from exchange.book.orders import LARGEST_PRICE, LARGEST_QUANTITY


class BookCode(StrEnum):
    """Why the book refuses; stable."""

    PRICE_RANGE = "price_range"
    QUANTITY_RANGE = "quantity_range"
    SIDE_UNKNOWN = "side_unknown"
    BUY_ONLY = "book_buy_only"
    ID_TAKEN = "order_id_taken"
    FULL = "book_full"
    ORDER_UNKNOWN = "order_unknown"
    POST_ONLY = "post_only_would_trade"
    NOT_FILLABLE = "fill_or_kill_not_fillable"
    CALLING = "call_auction_under_way"
    NOT_CALLING = "no_call_auction"
    SNAPSHOT_INVALID = "snapshot_invalid"


CURES: Mapping[BookCode, str] = {
    BookCode.PRICE_RANGE: f"Give a price from 1 to {LARGEST_PRICE} minor units, as an integer.",
    BookCode.QUANTITY_RANGE: f"Give a quantity from 1 to {LARGEST_QUANTITY}, as an integer.",
    BookCode.SIDE_UNKNOWN: "Give the side as BUY (1) or SELL (-1).",
    BookCode.BUY_ONLY: "This book takes bids only: place the order on the buying side.",
    BookCode.ID_TAKEN: "An order of this id rests in the book: give another id, or amend that order.",
    BookCode.FULL: "Wait until orders have left the book, or withdraw some.",
    BookCode.ORDER_UNKNOWN: "No order of this id rests in the book: never placed, filled, or withdrawn.",
    BookCode.POST_ONLY: "Give a price that the other side does not reach, or an order that may trade at once.",
    BookCode.NOT_FILLABLE: "Ask for less or at a worse price, or let the order take what there is.",
    BookCode.CALLING: "Place a limit order that rests, or wait until the call auction has ended.",
    BookCode.NOT_CALLING: "A call auction ends once: the book trades continuously.",
    BookCode.SNAPSHOT_INVALID: "Rebuild the book from the unaltered orders of one book.",
}
"""What would cure each refusal."""


class BookRefused(Exception):
    """An operation that the book refuses; nothing has changed."""

    def __init__(self, code: BookCode) -> None:
        super().__init__(code)
        self.code = code

    @property
    def cure(self) -> str:
        """What would cure it."""
        return CURES[self.code]

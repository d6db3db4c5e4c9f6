"""The live bids of one listing in their rank, and which bid is whose.

An index over bid rows, rebuilt from them at every load in the order of their sequence; it decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.book import BUY, Book

if TYPE_CHECKING:
    from exchange.rows import Bid

_ONE = 1
"""Every bid is for the one right that is listed."""


class Ranking:
    """The book of a listing's live bids."""

    def __init__(self) -> None:
        self.bid_by_party: dict[str, str] = {}
        self._book: Book[str] = Book(buy_only=True)
        self._party_of: dict[str, str] = {}

    def add(self, bid: Bid) -> None:
        """Enter a live bid; it ranks behind every bid at its price that stands already.

        Raises:
            BookRefused: the bid stands here already, or the book is full.
        """
        self._book.place(bid.id, BUY, bid.price, _ONE)
        self._party_of[bid.id] = bid.party_id
        self.bid_by_party[bid.party_id] = bid.id

    def remove(self, bid_id: str) -> None:
        """Take a bid out.

        Raises:
            BookRefused: it does not stand here.
        """
        self._book.cancel(bid_id)
        del self.bid_by_party[self._party_of.pop(bid_id)]

    def replace(self, bid: Bid) -> None:
        """Enter a bid again after its price has changed: its time priority starts anew."""
        self.remove(bid.id)
        self.add(bid)

    def ranking(self) -> list[str]:
        """Ids of the live bids: highest price first, the earliest among equals."""
        return [resting.order_id for resting in self._book.ranked(BUY)]

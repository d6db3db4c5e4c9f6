"""The live bids of one listing in their rank: highest price first, the earliest among equals."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.state import Bid


class Ranking:
    """An index over live bids, rebuilt from them at every load; it decides nothing and holds no bid itself."""

    def __init__(self) -> None:
        self.bid_by_party: dict[str, str] = {}
        self._ranked: list[tuple[int, int, str]] = []
        self._rank_of: dict[str, tuple[int, int, str]] = {}
        self._party_of: dict[str, str] = {}

    def add(self, bid: Bid) -> None:
        """Enter a live bid."""
        rank = (-bid.price, bid.sequence, bid.id)
        insort(self._ranked, rank)
        self._rank_of[bid.id] = rank
        self._party_of[bid.id] = bid.party_id
        self.bid_by_party[bid.party_id] = bid.id

    def remove(self, bid_id: str) -> None:
        """Take a bid out.

        Raises:
            KeyError: it does not stand here.
        """
        rank = self._rank_of.pop(bid_id)
        del self._ranked[bisect_left(self._ranked, rank)]
        del self.bid_by_party[self._party_of.pop(bid_id)]

    def replace(self, bid: Bid) -> None:
        """Enter a bid again after its price or sequence has changed."""
        self.remove(bid.id)
        self.add(bid)

    def ranking(self) -> list[str]:
        """Ids of the live bids, best first."""
        return [bid_id for _, _, bid_id in self._ranked]

"""Which rows in memory are whose: an index over keys, recoveries, orders, listings, offers and deals by party.

So a command of one party never looks at what others have, however many they are. Rebuilt from the rows at every load;
it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from exchange.rows import Deal, Key, Listing, Offer, Order, Recovery, Row

_PARTIES_OF: Mapping[str, Callable[[Any], tuple[str, ...]]] = {
    Key.kind: lambda row: (row.party_id,),
    Recovery.kind: lambda row: (row.party_id,),
    Order.kind: lambda row: (row.party_id,),
    Listing.kind: lambda row: (row.seller,),
    Offer.kind: lambda row: (row.seller,),
    Deal.kind: lambda row: (row.seller, row.buyer),
}
"""By kind: the parties whose row it is. They stay the same for as long as the row is in memory."""


class Ownership:
    """Ids by kind and party, in the order in which the rows came."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], dict[str, None]] = {}

    def add(self, row: Row) -> None:
        """Enter a row of any kind; those of a kind that is not indexed are left out."""
        parties_of = _PARTIES_OF.get(row.kind)
        if parties_of is not None:
            for party_id in parties_of(row):
                self._ids.setdefault((row.kind, party_id), {})[row.id] = None

    def remove(self, row: Row) -> None:
        """Take out a row that leaves memory."""
        parties_of = _PARTIES_OF.get(row.kind)
        if parties_of is not None:
            for party_id in parties_of(row):
                ids = self._ids[row.kind, party_id]
                ids.pop(row.id, None)  # once for a party that is on both sides
                if not ids:
                    del self._ids[row.kind, party_id]

    def ids(self, kind: str, party_id: str) -> tuple[str, ...]:
        """The ids of a party's rows of a kind."""
        return tuple(self._ids.get((kind, party_id), ()))

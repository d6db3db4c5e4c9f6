"""All that is matched, in this process's memory: read from the tables once, and brought up to date before each answer.

Nothing is kept but what everybody may see. No budget is in here: the one that an answer needs comes with the question.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api.demand.reading import AT_ONCE, DemandReader, Listed
from exchange.demand.facts import MATCHED_LISTINGS, wanted_by
from exchange.demand.index import MatchIndex
from exchange.demand.matching import Offered, Wanted
from exchange.rows import Need, Right

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.reading import Reader, Stored

_BEFORE_ALL = (-1, "")


class Market:
    """Listings that can be matched, and open needs."""

    def __init__(self, reader: Reader) -> None:
        self.reader = DemandReader.beside(reader)
        self.listings: MatchIndex[Offered] = MatchIndex()
        self.needs: MatchIndex[Wanted] = MatchIndex()
        self._lots: dict[str, frozenset[str]] = {}
        """Lots that can be matched: listing id to the ids of their rights."""
        self._last_entry: int | None = None
        self._refreshing = asyncio.Lock()

    async def refresh(self) -> None:
        """Take in every entry that was committed before this call."""
        async with self._refreshing:
            if self._last_entry is None:
                self._last_entry = await self._read_all()
            await self._follow(self._last_entry)

    async def wanted(self, stored: Sequence[Stored[Need]]) -> list[Wanted]:
        """What matching compares of these needs."""
        words = await self.reader.words_of(stored)
        return [
            wanted_by(each.row, words[each.row.id].title or "", words[each.row.id].description or "")
            for each in stored
        ]

    async def _read_all(self) -> int:
        """Fill both indices anew; rows that change meanwhile are read again with the entries that change them."""
        self.listings, self.needs, self._lots = MatchIndex(), MatchIndex(), {}
        last_entry = await self.reader.last_entry()
        place = _BEFORE_ALL
        while listings := await self.reader.listings_behind(place):
            self._put_listings(listings)
            place = listings[-1].created_entry, listings[-1].listing.id
        place = _BEFORE_ALL
        while needs := await self.reader.needs_behind(place):
            await self._put_needs(needs)
            place = needs[-1].created_entry, needs[-1].row.id
        return last_entry

    async def _follow(self, after: int) -> None:
        more = True
        while more:
            end = await self.reader.last_entry()
            touched = await self.reader.followed(after)
            rights = touched.rights | await self.reader.made_in(Right, touched.erased)
            lots = {listing_id for listing_id, of_lot in self._lots.items() if of_lot & rights}
            listings = sorted(touched.listings | lots | await self.reader.listings_of(rights))
            needs = sorted(touched.needs | await self.reader.made_in(Need, touched.erased))
            for begin in range(0, len(listings), AT_ONCE):
                self._put_listings(await self.reader.listed(listings[begin : begin + AT_ONCE]))
            for begin in range(0, len(needs), AT_ONCE):
                await self._put_needs(await self.reader.rows(Need, needs[begin : begin + AT_ONCE]))
            more = touched.more
            after = self._last_entry = touched.last_entry if more else max(end, touched.last_entry)

    def _put_listings(self, listed: Sequence[Listed]) -> None:
        for each in listed:
            if each.listing.state in MATCHED_LISTINGS:
                self.listings.put(each.offered())
                if each.listing.lot:
                    self._lots[each.listing.id] = frozenset(each.listing.right_ids)
            else:
                self._lots.pop(each.listing.id, None)
                self.listings.drop(each.listing.id)

    async def _put_needs(self, stored: Sequence[Stored[Need]]) -> None:
        for each in stored:
            if each.row.state != "OPEN":
                self.needs.drop(each.row.id)
        for wanted in await self.wanted([each for each in stored if each.row.state == "OPEN"]):
            self.needs.put(wanted)

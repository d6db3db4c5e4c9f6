"""What matching asks of the database: everything that is matched, once, and afterwards what has changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

import msgspec
from sqlalchemy import BigInteger, Text, and_, cast, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from api.reading import Reader, Stored, _columns, _stored
from api.web.reading import CHANGING_TYPES
from exchange.demand.facts import MATCHED_LISTINGS, offered_by
from exchange.rows import Listing, Need, Right
from exchange.rules.civil_code import TITLE_LABEL
from ledger.store import journal_tables, tables

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.engine import Row as Record

    from exchange.demand.matching import Offered


FOLLOWED_TYPES = (
    *CHANGING_TYPES,
    "amend_need",
    "erase_sealed_part",
    "fulfil_need",
    "import_right",
    "post_need",
    "withdraw_need",
)
"""Commands that can change what is matched: a listing, its price, its right's classes or title, a need."""
AT_ONCE = 250
"""Rows read together, and indexed before anybody else has the processor again."""
MOST_ENTRIES = 1_000


class NeedWords(NamedTuple):
    """A need's title and description, each None once erased."""

    title: str | None
    description: str | None


class Listed(NamedTuple):
    """A listing with the entry that made it, its right or those of its lot, and their titles, None once erased."""

    listing: Listing
    created_entry: int
    rights: tuple[Right, ...]
    titles: tuple[str | None, ...]

    def offered(self) -> Offered:
        """What matching compares of it."""
        return offered_by(self.listing, self.rights, [title or "" for title in self.titles])


class Followed(NamedTuple):
    """What a run of entries has touched: ids of listings, needs and rights, and entries whose sealed parts went."""

    last_entry: int
    listings: set[str]
    needs: set[str]
    rights: set[str]
    erased: set[int]
    more: bool


class _Event(msgspec.Struct):
    type: str
    listing_id: str = ""
    need_id: str = ""
    right_id: str = ""
    entry: int = -1


class _Outcome(msgspec.Struct):
    events: list[_Event]


_OUTCOME = msgspec.json.Decoder(_Outcome)


_LISTING: msgspec.json.Decoder[Listing] = msgspec.json.Decoder(Listing)
_RIGHT: msgspec.json.Decoder[Right] = msgspec.json.Decoder(Right)
_PART = journal_tables.sealed_parts
_LISTINGS = select(cast(tables.listings.c.data, Text).label("listing"), tables.listings.c.created_entry)
_SEALED_BY = tables.rights.c.data["bibliography"]["entry"].astext
_TITLE_ENTRY = func.coalesce(cast(_SEALED_BY, BigInteger), tables.rights.c.created_entry)
"""As `api.annexes.title_entry` has it."""
_RIGHTS = select(
    cast(tables.rights.c.data, Text).label("right"), _PART.c.value.label("bibliography")
).outerjoin(_PART, and_(_PART.c.entry == _TITLE_ENTRY, _PART.c.label == TITLE_LABEL))
"""As text, which is read several times faster than what the driver makes of JSON: there may be very many."""


class DemandReader(Reader):
    """Asks over the same connections as the interface."""

    @classmethod
    def beside(cls, reader: Reader) -> Self:
        """A reader of the same pool; whoever made the pool closes it."""
        return cls(reader._engine)  # noqa: SLF001 - the same class's own

    async def last_entry(self) -> int:
        """The journal's end, -1 while it is empty."""
        head = await self.head()
        return -1 if head is None else int(head["last_entry"])

    async def listings_behind(self, place: tuple[int, str]) -> list[Listed]:
        """Listings that can be matched, in the order of their submission, behind a place (entry, id)."""
        table = tables.listings
        place_of = (table.c.created_entry, table.c.id)
        later = tuple_(*place_of) > tuple_(*map(literal, place))
        query = _LISTINGS.where(table.c.state.in_(MATCHED_LISTINGS), later).order_by(*place_of).limit(AT_ONCE)
        return await self._with_rights(await self._all(query))

    async def listed(self, listing_ids: Sequence[str]) -> list[Listed]:
        """Listings by id, whatever their state; those that do not exist are left out."""
        query = _LISTINGS.where(tables.listings.c.id == func.any(literal(list(listing_ids), ARRAY(Text))))
        return await self._with_rights(await self._all(query)) if listing_ids else []

    async def _with_rights(self, records: Sequence[Record[Any]]) -> list[Listed]:
        listings = [(_LISTING.decode(record.listing), record.created_entry) for record in records]
        wanted = sorted({right_id for listing, _ in listings for right_id in listing.right_ids})
        query = _RIGHTS.where(tables.rights.c.id == func.any(literal(wanted, ARRAY(Text))))
        found = [_right(record) for record in await self._all(query)] if wanted else []
        rights = {right.id: (right, title) for right, title in found}
        made = []
        for listing, created_entry in listings:
            own, titles = zip(*(rights[right_id] for right_id in listing.right_ids), strict=True)
            made.append(Listed(listing, created_entry, own, titles))
        return made

    async def needs_behind(self, place: tuple[int, str]) -> list[Stored[Need]]:
        """Open needs in the order of their posting, behind a place (entry, id)."""
        table = tables.needs
        place_of = (table.c.created_entry, table.c.id)
        later = tuple_(*place_of) > tuple_(*map(literal, place))
        query = _columns(Need).where(table.c.state == "OPEN", later).order_by(*place_of).limit(AT_ONCE)
        return [_stored(Need, record) for record in await self._all(query)]

    async def followed(self, after: int) -> Followed:
        """What entries behind this one have touched."""
        table = journal_tables.journal
        query = (
            select(table.c.entry, table.c.outcome)
            .where(table.c.entry > after, table.c.type.in_(FOLLOWED_TYPES))
            .order_by(table.c.entry)
            .limit(MOST_ENTRIES)
        )
        records = await self._all(query)
        events = [event for record in records for event in _OUTCOME.decode(record.outcome).events]
        return Followed(
            last_entry=records[-1].entry if records else after,
            listings={event.listing_id for event in events if event.listing_id},
            needs={event.need_id for event in events if event.need_id},
            rights={event.right_id for event in events if event.right_id},
            erased={event.entry for event in events if event.type == "sealed_part_erased"},
            more=len(records) == MOST_ENTRIES,
        )

    async def listings_of(self, right_ids: Collection[str]) -> set[str]:
        """Ids of listings of these rights that can be matched; of lots, those of which it is the first."""
        table = tables.listings
        query = select(table.c.id).where(table.c.right_id.in_(right_ids), table.c.state.in_(MATCHED_LISTINGS))
        return {record.id for record in await self._all(query)} if right_ids else set()

    async def made_in(self, row_type: type[Right | Need], entries: Collection[int]) -> set[str]:
        """Ids of rights or needs that these entries made."""
        table = tables.ROW_TABLE_BY_KIND[row_type.kind]
        query = select(table.c.id).where(table.c.created_entry.in_(entries))
        return {record.id for record in await self._all(query)} if entries else set()

    async def words_of(self, needs: Sequence[Stored[Need]]) -> dict[str, NeedWords]:
        """The words of needs, by id."""
        parts = await self.all_sealed_parts([stored.created_entry for stored in needs])
        made: dict[str, NeedWords] = {}
        for stored in needs:
            openings = (parts.get((stored.created_entry, label)) for label in NeedWords._fields)
            values = (None if each is None else each.value for each in openings)
            made[stored.row.id] = NeedWords(*(each if isinstance(each, str) else None for each in values))
        return made


def _right(record: Record[Any]) -> tuple[Right, str | None]:
    words = None if record.bibliography is None else msgspec.json.decode(record.bibliography)
    title = words.get("title") if isinstance(words, dict) else None
    return _RIGHT.decode(record.right), title if isinstance(title, str) else None

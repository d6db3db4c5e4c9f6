"""Reading the tables: rows of state as the engine has them, and pages of them by key.

Nothing here writes, and nothing decides who may see what: routes do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Select, and_, func, literal, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api import keyset
from api.journal_reading import JournalReader, mapping
from api.keyset import Window
from exchange.listings.order_life import RESTING
from exchange.rows import (
    APPROVED,
    Account,
    Bid,
    Deadline,
    Document,
    Listing,
    Party,
    RegisterEntry,
    RightFact,
    Row,
)
from ledger.store import tables
from ledger.store.connections import sqlalchemy_url
from ledger.store.metadata import metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Table
    from sqlalchemy.engine import Row as Record

STATEMENT_TIMEOUT_MS = 5_000
POOL_WAIT_S = 5
MOST_BIDS_SHOWN = 10_000
UNOPENED = ("OPEN", "BIDDING", "SUSPENDED", "SEALED", "REVEALING")
"""States of a listing in which nobody but its bidder learns what a sealed bid says."""
OPENED = ("REVEALED", "VOID")
"""States of a sealed bid that has been opened; to others than its bidder it is SEALED until all are."""
MOST_LEVELS_SHOWN = 50
"""Of each side of a two-sided book."""
RowType = TypeVar("RowType", bound=Row)


def bids_are_unseen(listing: Listing) -> bool:
    """Whether each bidder gives its one price now: nobody reads another's, not even the staff."""
    stands = listing.suspended_from if listing.state == "SUSPENDED" else listing.state
    return listing.terms.bidding == "once" and stands == "BIDDING"


class Stored(msgspec.Struct, Generic[RowType], frozen=True):
    """A row as it stands, with the entry that made it and the one that changed it last."""

    row: RowType
    created_entry: int
    entry: int


class Page(msgspec.Struct, Generic[RowType], frozen=True):
    """One page of rows; `next_cursor` is None on the last."""

    rows: list[Stored[RowType]]
    next_cursor: str | None


def engine_for(database_url: str, pool_size: int) -> AsyncEngine:
    """A pool of read-only connections; waits for a connection and for a statement are bounded."""
    options = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c default_transaction_read_only=on"
    return create_async_engine(
        sqlalchemy_url(database_url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        pool_pre_ping=True,
        isolation_level="AUTOCOMMIT",
        connect_args={"options": options, "connect_timeout": POOL_WAIT_S},
    )


def offers_right(right_id: str) -> ColumnElement[bool]:
    """Whether a listing offers this right, alone or in a lot."""
    columns = tables.listings.c
    return or_(columns.right_id == right_id, columns.lot.contains([{"right_id": right_id}]))


class Reader(JournalReader):
    """Every question that routes ask of the database."""

    # --- rows of state

    async def row(self, row_type: type[RowType], row_id: str) -> Stored[RowType] | None:
        """A row by id, archived ones included."""
        table = _table(row_type)
        found = await self._all(_columns(row_type).where(table.c.id == row_id))
        return _stored(row_type, found[0]) if found else None

    async def rows(self, row_type: type[RowType], row_ids: Sequence[str]) -> list[Stored[RowType]]:
        """Rows by id; those that do not exist are left out."""
        if not row_ids:
            return []
        table = _table(row_type)
        return [
            _stored(row_type, found)
            for found in await self._all(_columns(row_type).where(table.c.id.in_(row_ids)))
        ]

    async def page(
        self,
        row_type: type[RowType],
        filters: Mapping[str, str | None],
        *,
        window: Window,
        where: ColumnElement[bool] | None = None,
    ) -> Page[RowType]:
        """Rows in the order of their making; a filter that is None filters nothing.

        Raises:
            Problem: CURSOR-MALFORMED.
        """
        table = _table(row_type)
        place = keyset.read(window.cursor, row_type.kind)
        query = _columns(row_type)
        for name, value in filters.items():
            if value is not None:
                query = query.where(table.c[name] == value)
        if where is not None:
            query = query.where(where)
        if place is not None:
            after = tuple_(literal(place.created_entry), literal(place.id))
            query = query.where(tuple_(table.c.created_entry, table.c.id) > after)
        found = await self._all(query.order_by(table.c.created_entry, table.c.id).limit(window.limit + 1))
        rows = [_stored(row_type, record) for record in found[: window.limit]]
        more = len(found) > window.limit
        last = keyset.Place(row_type.kind, rows[-1].created_entry, rows[-1].row.id) if more else None
        return Page(rows, None if last is None else keyset.write(last))

    async def newest(
        self, row_type: type[RowType], where: ColumnElement[bool], limit: int
    ) -> list[Stored[RowType]]:
        """The newest rows of which something holds, newest first."""
        table = _table(row_type)
        query = _columns(row_type).where(where)
        query = query.order_by(table.c.created_entry.desc(), table.c.id.desc()).limit(limit)
        return [_stored(row_type, found) for found in await self._all(query)]

    async def party_by_key_hash(self, hashed: str) -> Stored[Party] | None:
        """The party whose API key has this hash."""
        if not hashed:
            return None
        found = await self._all(_columns(Party).where(tables.parties.c.api_key_sha256 == hashed))
        return _stored(Party, found[0]) if found else None

    async def listings(
        self, filters: Mapping[str, str | None], *, shown_to: str | None, window: Window
    ) -> Page[Listing]:
        """Listings that somebody may see: all to the venue (None), else the opened ones and the party's own."""
        table = tables.listings
        opened = or_(table.c.data["opened_ms"].astext.is_not(None), table.c.state.in_(("PUBLICITY", "HELD")))
        where = true() if shown_to is None else or_(opened, table.c.seller == shown_to)
        others = {name: value for name, value in filters.items() if name != "right_id"}
        right_id = filters.get("right_id")
        if right_id is not None:
            where = and_(where, offers_right(right_id))
        return await self.page(Listing, others, window=window, where=where)

    async def book(self, listing_id: str) -> list[Bid]:
        """The live bids of a listing in their rank: highest price, then earliest."""
        table = tables.bids
        query = _columns(Bid).where(table.c.listing_id == listing_id, table.c.state == "LIVE")
        found = await self._all(query.order_by(table.c.price.desc(), table.c.sequence).limit(MOST_BIDS_SHOWN))
        return [_stored(Bid, record).row for record in found]

    async def bids_of(self, listing_id: str) -> list[Bid]:
        """Every bid of a listing whose price is known here, whatever became of it, in the order of arrival."""
        query = _columns(Bid).where(tables.bids.c.listing_id == listing_id, tables.bids.c.price > 0)
        found = await self._all(query.order_by(tables.bids.c.sequence).limit(MOST_BIDS_SHOWN))
        return [_stored(Bid, record).row for record in found]

    async def bids(
        self, filters: Mapping[str, str | None], state: str | None, *, masked: bool, window: Window
    ) -> Page[Bid]:
        """Bids in the order of arrival; `masked`: whether one has been opened is not told while others may still be.

        Raises:
            Problem: CURSOR-MALFORMED.
        """
        if not masked or state is None:
            return await self.page(Bid, {**filters, "state": state}, window=window)
        bids, listings = tables.bids, tables.listings
        opening = bids.c.listing_id.in_(select(listings.c.id).where(listings.c.state == "REVEALING"))
        hidden = and_(opening, bids.c.state.in_(OPENED))
        shown = (
            or_(bids.c.state == state, hidden) if state == "SEALED" else and_(bids.c.state == state, ~hidden)
        )
        return await self.page(Bid, filters, window=window, where=shown)

    async def documents_on(self, subject_ids: Sequence[str]) -> list[Document]:
        """Documents on record of these subjects, in the order of their recording."""
        table = tables.documents
        query = _columns(Document).where(table.c.subject_id.in_(subject_ids)).order_by(table.c.created_entry)
        return [_stored(Document, record).row for record in await self._all(query)]

    async def enrolled_as(self, company_numbers: Sequence[str]) -> list[str]:
        """Ids of the parties, once approved, that have these company numbers."""
        table = tables.parties
        is_one = (table.c.company_number.in_(company_numbers), table.c.state.in_(APPROVED))
        query = select(table.c.id).where(*is_one).order_by(table.c.id)
        return [record.id for record in await self._all(query)] if company_numbers else []

    async def unopened(self, bid_ids: Sequence[str]) -> set[str]:
        """Which of these sealed bids are of listings whose window to open bids in has not ended."""
        bids, listings = tables.bids, tables.listings
        query = select(bids.c.id).join(listings, listings.c.id == bids.c.listing_id)
        query = query.where(bids.c.id.in_(bid_ids), listings.c.state.in_(UNOPENED))
        return {record.id for record in await self._all(query)} if bid_ids else set()

    async def unseen(self, listing_ids: Sequence[str]) -> set[str]:
        """Which of these listings' bids nobody reads now but whoever gave them."""
        found = await self.rows(Listing, listing_ids)
        return {stored.row.id for stored in found if bids_are_unseen(stored.row)}

    async def depth(self, listing_id: str) -> dict[str, list[tuple[int, int, int]]]:
        """Each side's best levels, best first: price (minor units), quantity and number of the orders at rest."""
        table = tables.orders
        data = table.c.data
        price = data["limit"].astext.cast(BigInteger)
        left = data["quantity"].astext.cast(BigInteger) - data["filled"].astext.cast(BigInteger)
        levels: dict[str, list[tuple[int, int, int]]] = {}
        for side, best_first in (("buy", price.desc()), ("sell", price.asc())):
            query = select(price.label("price"), func.sum(left).label("left"), func.count().label("orders"))
            query = query.where(_at_rest(listing_id), table.c.side == side)
            found = await self._all(query.group_by(price).order_by(best_first).limit(MOST_LEVELS_SHOWN))
            levels[side] = [(record.price, int(record.left), record.orders) for record in found]
        return levels

    async def orders_at_rest(self, listing_id: str) -> int:
        """How many orders rest on a continuous listing."""
        query = select(func.count().label("orders")).select_from(tables.orders)
        found: int = (await self._all(query.where(_at_rest(listing_id))))[0].orders
        return found

    async def register_copy(self, right_id: str, *, at_ms: int | None) -> RightFact | None:
        """The last register copy of a right that was recorded by a moment; the first one of all where none is named."""
        table = tables.right_facts
        query = _columns(RightFact).where(table.c.right_id == right_id, table.c.sort == "register_copy")
        if at_ms is None:
            query = query.order_by(table.c.since_ms, table.c.created_entry)
        else:
            query = query.where(table.c.since_ms <= at_ms)
            query = query.order_by(table.c.since_ms.desc(), table.c.created_entry.desc())
        found = await self._all(query.limit(1))
        return _stored(RightFact, found[0]).row if found else None

    async def letters_awaited(self, documents: Iterable[Document]) -> list[Deadline]:
        """Until when the authority decides on each application for a letter of intent among some documents."""
        asked = [each.id for each in documents if each.document == "letter_of_intent_application"]
        clocks = await self.rows(Deadline, [f"letter_of_intent_by:{each}" for each in asked])
        return [stored.row for stored in clocks]

    async def register_entry(self, right_id: str, at_ms: int) -> RegisterEntry | None:
        """How a right stood by the last copy or finding that was recorded by a moment (ms UTC)."""
        table = tables.register_entries
        recorded = table.c.data["recorded_ms"].astext.cast(BigInteger)
        query = _columns(RegisterEntry).where(table.c.right_id == right_id, recorded <= at_ms)
        found = await self._all(query.order_by(table.c.created_entry.desc()).limit(1))
        return _stored(RegisterEntry, found[0]).row if found else None

    async def involved(self, ids: Sequence[str], party_id: str) -> set[str]:
        """Which of these ids of listings, bids, orders, deals, licences, money or obligations concern a party."""
        return await self._named_in(
            ids,
            party_id,
            (tables.listings, ("seller",)),
            (tables.bids, ("party_id",)),
            (tables.orders, ("party_id",)),
            (tables.deals, ("seller", "buyer")),
            (tables.licences, ("licensor", "licensee")),
            (tables.payments, ("party_id",)),
            (tables.obligations, ("payer", "payee")),
            (tables.deposits, ("seller",)),
            (tables.statement_lines, ("party_id",)),
            (tables.pledge_contracts, ("pledgor", "pledgee")),
        )

    async def paid_under(self, ids: Sequence[str], party_id: str) -> set[str]:
        """Which of these deals and obligations pay a party: what leaves their escrow is its business."""
        return await self._named_in(
            ids, party_id, (tables.deals, ("seller",)), (tables.obligations, ("payee",))
        )

    async def _named_in(
        self, ids: Sequence[str], party_id: str, *places: tuple[Table, tuple[str, ...]]
    ) -> set[str]:
        found: set[str] = set()
        for table, names in places:
            mine = or_(*(table.c[name] == party_id for name in names))
            found.update(
                record.id for record in await self._all(select(table.c.id).where(table.c.id.in_(ids), mine))
            )
        return found

    async def postings(self, account_id: str, after_entry: int, limit: int) -> list[dict[str, Any]]:
        """Postings on one account, in journal order."""
        table = tables.postings
        query = select(table).where(
            or_(table.c.debit == account_id, table.c.credit == account_id), table.c.entry > after_entry
        )
        found = await self._all(query.order_by(table.c.entry, table.c.position).limit(limit))
        return [mapping(record) for record in found]

    async def counts(self) -> dict[str, int]:
        """How many rows of each kind there are."""
        names = ("rights", "parties", "listings", "bids", "deals", "licences", "chain_events")
        query = select(
            *(select(func.count()).select_from(metadata.tables[name]).scalar_subquery() for name in names)
        )
        record = (await self._all(query))[0]
        return dict(zip(names, record, strict=True))


def _at_rest(listing_id: str) -> ColumnElement[bool]:
    """The orders of a listing that rest."""
    return and_(tables.orders.c.listing_id == listing_id, tables.orders.c.state.in_(sorted(RESTING)))


def _table(row_type: type[Row]) -> Table:
    return tables.accounts if row_type is Account else tables.ROW_TABLE_BY_KIND[row_type.kind]


def _columns(row_type: type[Row]) -> Select[Any]:
    if row_type is Account:
        return select(tables.accounts)
    table = _table(row_type)
    return select(table.c.data, table.c.created_entry, table.c.entry)


def _stored(row_type: type[RowType], record: Record[Any]) -> Stored[RowType]:
    if row_type is Account:
        data: Any = {name: mapping(record)[name] for name in Account.__struct_fields__}
    else:
        data = record.data
    return Stored(msgspec.convert(data, row_type), record.created_entry, record.entry)

"""Reading the tables: rows of state as the engine has them, pages by key, the journal, and what came off the chain.

Nothing here writes, and nothing decides who may see what: routes do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Select, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from api import keyset
from api.keyset import Window
from exchange.rows import Account, Bid, Listing, Party, Row
from exchange.sealed import Opening
from ledger.store import tables
from ledger.store.connections import sqlalchemy_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Table
    from sqlalchemy.engine import Row as Record

STATEMENT_TIMEOUT_MS = 5_000
POOL_WAIT_S = 5
MOST_BIDS_SHOWN = 10_000
RowType = TypeVar("RowType", bound=Row)


class Stored(msgspec.Struct, Generic[RowType], frozen=True):
    """A row as it stands, with the entry that made it and the one that changed it last."""

    row: RowType
    created_entry: int
    entry: int


class Page(msgspec.Struct, Generic[RowType], frozen=True):
    """One page of rows; `next_cursor` is None on the last."""

    rows: list[Stored[RowType]]
    next_cursor: str | None


class EntryRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A journal entry as stored: the exact bytes of its public part, and its sealed parts (canonical JSON)."""

    entry: int
    time_ms: int
    type: str
    actor: str
    public_bytes: bytes
    leaf: bytes
    terms: bytes | None
    terms_salt: bytes | None
    outcome: bytes
    outcome_salt: bytes
    batch_first: int

    @property
    def public(self) -> dict[str, Any]:
        """The public part as an object."""
        found: dict[str, Any] = msgspec.json.decode(self.public_bytes)
        return found


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


class Reader:
    """Every question that routes ask of the database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def ready(self) -> bool:
        """Whether the database answers and the venue is open."""
        return bool(await self._all(select(tables.venues.c.id)))

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
        opened = or_(table.c.data["opened_ms"].astext.is_not(None), table.c.state == "PUBLICITY")
        where = None if shown_to is None else or_(opened, table.c.seller == shown_to)
        return await self.page(Listing, filters, window=window, where=where)

    async def book(self, listing_id: str) -> list[Bid]:
        """The live bids of a listing in their rank: highest price, then earliest."""
        table = tables.bids
        query = _columns(Bid).where(table.c.listing_id == listing_id, table.c.state == "LIVE")
        found = await self._all(query.order_by(table.c.price.desc(), table.c.sequence).limit(MOST_BIDS_SHOWN))
        return [_stored(Bid, record).row for record in found]

    # --- the journal

    async def entry(self, number: int) -> EntryRecord | None:
        """A journal entry by number."""
        found = await self._all(select(*_ENTRY).where(tables.journal.c.entry == number))
        return _entry(found[0]) if found else None

    async def entries(self, after: int, limit: int, *, actor: str | None = None) -> list[EntryRecord]:
        """Entries with a higher number than `after`, in order; of one actor if given."""
        table = tables.journal
        query = select(*_ENTRY).where(table.c.entry > after).order_by(table.c.entry).limit(limit)
        if actor is not None:
            query = query.where(table.c.actor == actor)
        return [_entry(record) for record in await self._all(query)]

    async def head(self) -> dict[str, Any] | None:
        """The journal's end: `last_entry`, `last_time_ms`, `epoch`."""
        head = tables.sequencer_head
        found = await self._all(select(head.c.last_entry, head.c.last_time_ms, head.c.epoch))
        return _mapping(found[0]) if found else None

    async def sealed_parts(self, entries: Sequence[int], label: str | None = None) -> dict[int, Opening]:
        """Openings of erasable parts under one label, by entry; erased ones are left out."""
        return {
            entry: opening for (entry, _), opening in (await self.all_sealed_parts(entries, label)).items()
        }

    async def all_sealed_parts(
        self, entries: Sequence[int], label: str | None = None
    ) -> dict[tuple[int, str], Opening]:
        """Openings of erasable parts by entry and label; erased ones are left out."""
        if not entries:
            return {}
        table = tables.sealed_parts
        query = select(table.c.entry, table.c.label, table.c.salt, table.c.value)
        query = query.where(table.c.entry.in_(entries), table.c.value.is_not(None))
        if label is not None:
            query = query.where(table.c.label == label)
        return {
            (record.entry, record.label): Opening(record.salt.hex(), msgspec.json.decode(record.value))
            for record in await self._all(query)
        }

    async def batch(self, first_entry: int) -> tuple[dict[str, Any], list[bytes]] | None:
        """A sealed batch and the leaf hashes of its entries."""
        found = await self._all(select(tables.batches).where(tables.batches.c.first_entry == first_entry))
        if not found:
            return None
        journal = tables.journal
        leaves = await self._all(
            select(journal.c.leaf).where(journal.c.batch_first == first_entry).order_by(journal.c.entry)
        )
        return _mapping(found[0]), [record.leaf for record in leaves]

    async def involved(self, ids: Sequence[str], party_id: str) -> set[str]:
        """Which of these ids of listings, bids, deals, licences, payments or statement lines concern a party."""
        concerned: set[str] = set()
        for table, names in (
            (tables.listings, ("seller",)),
            (tables.bids, ("party_id",)),
            (tables.deals, ("seller", "buyer")),
            (tables.licences, ("licensor", "licensee")),
            (tables.payments, ("party_id",)),
            (tables.statement_lines, ("party_id",)),
        ):
            mine = or_(*(table.c[name] == party_id for name in names))
            concerned.update(
                record.id for record in await self._all(select(table.c.id).where(table.c.id.in_(ids), mine))
            )
        return concerned

    # --- the chain and the audit

    async def chain_events(self, after: tuple[int, int, str], limit: int) -> list[dict[str, Any]]:
        """Events read off the chain behind a place (block, seq, contract), in that order."""
        table = tables.chain_events
        place = tuple_(*(literal(part) for part in after))
        query = select(table).where(tuple_(table.c.block_number, table.c.seq, table.c.contract) > place)
        query = query.order_by(table.c.block_number, table.c.seq, table.c.contract).limit(limit)
        return [_mapping(record) for record in await self._all(query)]

    async def records_of(self, subject_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Outbox rows of some subjects: where each record stands on its way to the chain."""
        table = tables.outbox
        query = select(
            table.c.kind, table.c.subject_id, table.c.state, table.c.transaction_hash, table.c.block_number
        )
        found = await self._all(query.where(table.c.subject_id.in_(subject_ids)).order_by(table.c.id))
        return [_mapping(record) for record in found]

    async def last_verdict(self) -> dict[str, Any] | None:
        """The audit's latest verdict."""
        table = tables.verdicts
        found = await self._all(select(table).order_by(table.c.id.desc()).limit(1))
        return _mapping(found[0]) if found else None

    async def postings(self, account_id: str, after_entry: int, limit: int) -> list[dict[str, Any]]:
        """Postings on one account, in journal order."""
        table = tables.postings
        query = select(table).where(
            or_(table.c.debit == account_id, table.c.credit == account_id), table.c.entry > after_entry
        )
        found = await self._all(query.order_by(table.c.entry, table.c.position).limit(limit))
        return [_mapping(record) for record in found]

    async def counts(self) -> dict[str, int]:
        """How many rows of each kind there are."""
        names = ("rights", "parties", "listings", "bids", "deals", "licences", "chain_events")
        query = select(
            *(
                select(func.count()).select_from(tables.metadata.tables[name]).scalar_subquery()
                for name in names
            )
        )
        record = (await self._all(query))[0]
        return dict(zip(names, record, strict=True))

    async def _all(self, query: Select[Any]) -> Sequence[Record[Any]]:
        async with self._engine.connect() as connection:
            found: Sequence[Record[Any]] = (await connection.execute(query)).all()
            return found

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


_JOURNAL = tables.journal.c
_ENTRY = (
    _JOURNAL.entry,
    _JOURNAL.time_ms,
    _JOURNAL.type,
    _JOURNAL.actor,
    _JOURNAL.public,
    _JOURNAL.leaf,
    _JOURNAL.terms,
    _JOURNAL.terms_salt,
    _JOURNAL.outcome,
    _JOURNAL.outcome_salt,
    _JOURNAL.batch_first,
)


def _table(row_type: type[Row]) -> Table:
    return tables.accounts if row_type is Account else tables.ROW_TABLE_BY_KIND[row_type.kind]


def _columns(row_type: type[Row]) -> Select[Any]:
    if row_type is Account:
        return select(tables.accounts)
    table = _table(row_type)
    return select(table.c.data, table.c.created_entry, table.c.entry)


def _stored(row_type: type[RowType], record: Record[Any]) -> Stored[RowType]:
    if row_type is Account:
        data: Any = {name: _mapping(record)[name] for name in Account.__struct_fields__}
    else:
        data = record.data
    return Stored(msgspec.convert(data, row_type), record.created_entry, record.entry)


def _entry(record: Record[Any]) -> EntryRecord:
    values = _mapping(record)
    return EntryRecord(public_bytes=values.pop("public"), **values)


def _mapping(record: Record[Any]) -> dict[str, Any]:
    return dict(record._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it

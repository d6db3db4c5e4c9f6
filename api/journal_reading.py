"""Reading the journal, what is sealed of it, and what came off the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Select,
    bindparam,
    extract,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)

from exchange.sealed import Opening
from ledger import figures
from ledger.log.tiles import WIDTH, Place
from ledger.merkle import HASH_BYTES, MerkleRefused
from ledger.store import chain_tables, journal_tables, log_tables, tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import TextClause
    from sqlalchemy.engine import Row as Record
    from sqlalchemy.ext.asyncio import AsyncEngine


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


MOST_CHAIN_EVENTS = 4_096
"""Of one question; a transaction carries at most 256 records."""
KEY_EVENTS = ("KeyEnrolled", "KeyRotated", "KeyRevoked", "KeyRecovered")
_JOURNAL = journal_tables.journal.c
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


class JournalReader:
    """Questions about entries, batches, chain and audit."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def ready(self) -> bool:
        """Whether the database answers and the venue is open."""
        return bool(await self._all(select(tables.venues.c.id)))

    async def is_served(self, within_s: float) -> bool:
        """Whether a sequencer has said within so many seconds, by the database server's clock, that it serves."""
        head = journal_tables.sequencer_head
        since = extract("epoch", func.clock_timestamp() - head.c.served_until)
        return bool(await self._all(select(head.c.epoch).where(since <= within_s)))

    # --- the journal

    async def entry(self, number: int) -> EntryRecord | None:
        """A journal entry by number."""
        found = await self._all(select(*_ENTRY).where(journal_tables.journal.c.entry == number))
        return _entry(found[0]) if found else None

    async def entries(self, after: int, limit: int, *, actor: str | None = None) -> list[EntryRecord]:
        """Entries with a higher number than `after`, in order; of one actor if given."""
        table = journal_tables.journal
        query = select(*_ENTRY).where(table.c.entry > after).order_by(table.c.entry).limit(limit)
        if actor is not None:
            query = query.where(table.c.actor == actor)
        return [_entry(record) for record in await self._all(query)]

    async def entries_of(self, numbers: Sequence[int]) -> list[EntryRecord]:
        """Entries by number, in order; those that do not exist are left out."""
        table = journal_tables.journal
        query = select(*_ENTRY).where(table.c.entry.in_(numbers)).order_by(table.c.entry)
        return [_entry(record) for record in await self._all(query)]

    async def entries_naming(
        self, row_id: str, types: Sequence[str], first: int, last: int, most: int
    ) -> list[int]:
        """Numbers of entries of some types, from `first` to `last`, whose public part or outcome names a row."""
        named = bindparam("named", f'"{row_id}"'.encode(), LargeBinary)
        parts: tuple[ColumnElement[Any], ...] = (literal_column("public"), literal_column("outcome"))
        table = journal_tables.journal
        query = select(table.c.entry).where(
            table.c.type.in_(types),
            table.c.entry.between(first, last),
            or_(*(_position(named, part) > 0 for part in parts)),
        )
        return [record.entry for record in await self._all(query.order_by(table.c.entry).limit(most))]

    async def head(self) -> dict[str, Any] | None:
        """The journal's end: `last_entry`, `last_time_ms`, `epoch`."""
        head = journal_tables.sequencer_head
        found = await self._all(select(head.c.last_entry, head.c.last_time_ms, head.c.epoch))
        return mapping(found[0]) if found else None

    async def figures(self) -> figures.Figures | None:
        """The venue in figures, counted now; None in a database that was never opened."""
        found = await self._all(text(figures.STATEMENT))
        return figures.figures_from(mapping(found[0])) if found else None

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
        table = journal_tables.sealed_parts
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
        found = await self._all(
            select(journal_tables.batches).where(journal_tables.batches.c.first_entry == first_entry)
        )
        if not found:
            return None
        journal = journal_tables.journal
        leaves = await self._all(
            select(journal.c.leaf).where(journal.c.batch_first == first_entry).order_by(journal.c.entry)
        )
        return mapping(found[0]), [record.leaf for record in leaves]

    # --- the public log

    async def checkpoint(self, beyond: int = -1, *, newest: bool = True) -> dict[str, Any] | None:
        """The newest checkpoint of more than so many entries, or the first one."""
        table = log_tables.checkpoints
        order = table.c.size.desc() if newest else table.c.size
        found = await self._all(select(table).where(table.c.size > beyond).order_by(order).limit(1))
        return mapping(found[0]) if found else None

    async def stamped_checkpoint(self, beyond: int = -1, *, newest: bool = False) -> dict[str, Any] | None:
        """The first checkpoint of more than so many entries that has a time-stamp token, or the newest."""
        table = log_tables.checkpoints
        order = table.c.size.desc() if newest else table.c.size
        query = select(table).where(table.c.size > beyond, table.c.token.is_not(None))
        found = await self._all(query.order_by(order).limit(1))
        return mapping(found[0]) if found else None

    async def checkpoint_of(self, size: int) -> dict[str, Any] | None:
        """The checkpoint of exactly so many entries."""
        table = log_tables.checkpoints
        found = await self._all(select(table).where(table.c.size == size))
        return mapping(found[0]) if found else None

    async def covering_checkpoint(self, entry: int) -> dict[str, Any] | None:
        """Of the checkpoints that hold an entry the one that shows most: time-stamped, witnessed, then newest."""
        table = log_tables.checkpoints
        order = (
            table.c.token.is_not(None).desc(),
            table.c.witnessed_ms.is_not(None).desc(),
            table.c.size.desc(),
        )
        found = await self._all(select(table).where(table.c.size > entry).order_by(*order).limit(1))
        return mapping(found[0]) if found else None

    async def tiles(self, places: Sequence[Place]) -> dict[tuple[int, int], bytes]:
        """Tiles by level and number, each as wide as asked for.

        Raises:
            MerkleRefused: `merkle_index` where one does not have so many hashes.
        """
        table = log_tables.tiles
        wanted = [(place.level, place.number) for place in places]
        rows = await self._all(select(table).where(tuple_(table.c.level, table.c.number).in_(wanted)))
        kept = {(row.level, row.number): bytes(row.hashes) for row in rows}
        found = {}
        for place in places:
            hashes = kept.get((place.level, place.number))
            if hashes is None and place.level == 0:
                hashes = await self._newest_leaves(place.number)
            hashes = (hashes or b"")[: place.width * HASH_BYTES]
            if len(hashes) != place.width * HASH_BYTES:
                raise MerkleRefused(code="merkle_index")
            found[place.level, place.number] = hashes
        return found

    async def _newest_leaves(self, number: int) -> bytes:
        journal = journal_tables.journal.c
        query = select(journal.leaf).where(journal.entry.between(number * WIDTH, number * WIDTH + WIDTH - 1))
        return b"".join(row.leaf for row in await self._all(query.order_by(journal.entry)))

    # --- the chain and the audit

    async def chain_events(self, after: tuple[int, int, str], limit: int) -> list[dict[str, Any]]:
        """Events read off the chain behind a place (block, seq, contract), in that order."""
        table = chain_tables.chain_events
        place = tuple_(*(literal(part) for part in after))
        query = select(table).where(tuple_(table.c.block_number, table.c.seq, table.c.contract) > place)
        query = query.order_by(table.c.block_number, table.c.seq, table.c.contract).limit(limit)
        return [mapping(record) for record in await self._all(query)]

    async def records_of(self, subject_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Outbox rows of some subjects: where each record stands on its way to the chain."""
        table = chain_tables.outbox
        query = select(
            table.c.kind, table.c.subject_id, table.c.state, table.c.transaction_hash, table.c.block_number
        )
        found = await self._all(query.where(table.c.subject_id.in_(subject_ids)).order_by(table.c.id))
        return [mapping(record) for record in found]

    async def queued_record(self, kind: str, subject_id: str) -> dict[str, Any] | None:
        """What was queued last for the chain of a subject, as its record is written."""
        table = chain_tables.outbox
        query = select(table.c.payload).where(table.c.kind == kind, table.c.subject_id == subject_id)
        found = await self._all(query.order_by(table.c.id.desc()).limit(1))
        return dict(found[0].payload) if found else None

    async def events_in_transactions_of(self, subject_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Chain events of the transactions that carried some subjects' records."""
        outbox, events = chain_tables.outbox, chain_tables.chain_events
        carried = select(outbox.c.transaction_hash).where(
            outbox.c.subject_id.in_(subject_ids), outbox.c.transaction_hash.is_not(None)
        )
        query = select(events).where(events.c.transaction_hash.in_(carried))
        return [mapping(record) for record in await self._all(query.limit(MOST_CHAIN_EVENTS))]

    async def key_events(self, keys: Sequence[str], fields: Sequence[str]) -> list[dict[str, Any]]:
        """Chain events about keys (addresses, lower case), named in one of these fields."""
        table = chain_tables.chain_events
        named = or_(*(table.c.data[field].astext.in_(keys) for field in fields))
        query = select(table).where(table.c.name.in_(KEY_EVENTS), named)
        return [mapping(record) for record in await self._all(query.limit(MOST_CHAIN_EVENTS))]

    async def log_heads(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
        """The contract's `logHead` after some events (contract, seq), as the indexer has worked it out."""
        table = chain_tables.chain_events
        place = tuple_(table.c.contract, table.c.seq)
        query = select(table.c.contract, table.c.seq, table.c.data["log_head"].astext.label("head"))
        return {
            (record.contract, record.seq): record.head
            for record in await self._all(query.where(place.in_(places)))
            if record.head is not None
        }

    async def covering_anchor(self, entry: int) -> dict[str, Any] | None:
        """The first anchor in a final block that holds an entry."""
        table = chain_tables.anchors
        query = select(table).where(table.c.size > entry, table.c.state.in_(("FINAL", "VERIFIED")))
        found = await self._all(query.order_by(table.c.size).limit(1))
        return mapping(found[0]) if found else None

    async def anchored_event(self, size: int, anchor: str) -> dict[str, Any] | None:
        """The event of the anchor of so many entries."""
        table = chain_tables.chain_events
        query = select(table).where(
            table.c.name == "Anchored",
            func.lower(table.c.contract) == anchor.lower(),
            table.c.data["size"].astext == str(size),
            table.c.final,
        )
        found = await self._all(query.limit(1))
        return mapping(found[0]) if found else None

    async def last_verdict(self) -> dict[str, Any] | None:
        """The audit's latest verdict."""
        table = journal_tables.verdicts
        found = await self._all(select(table).order_by(table.c.id.desc()).limit(1))
        return mapping(found[0]) if found else None

    async def _all(self, query: Select[Any] | TextClause) -> Sequence[Record[Any]]:
        async with self._engine.connect() as connection:
            found: Sequence[Record[Any]] = (await connection.execute(query)).all()
            return found

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


def mapping(record: Record[Any]) -> dict[str, Any]:
    """A record of the database by its columns' names."""
    return dict(record._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def _position(part: ColumnElement[Any], whole: ColumnElement[Any]) -> ColumnElement[Any]:
    """Where bytes stand in bytes, from 1; 0 where they do not."""
    return func.position(part.op("IN")(whole))


def _entry(record: Record[Any]) -> EntryRecord:
    values = mapping(record)
    return EntryRecord(public_bytes=values.pop("public"), **values)

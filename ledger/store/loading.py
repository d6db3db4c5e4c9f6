"""A start from the tables: the journal's end, and every row of state that has not been archived.

The tables are the snapshot. What is read is checked as far as it costs no replay: the frontier gives the head's hash,
and the accounts of each currency add up to zero. That the rows are those which the last batch left is checked by
whoever goes on from them (`ledger.sequencer.following`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
from psycopg.errors import UndefinedColumn

from ledger.merkle import Frontier, MerkleRefused
from ledger.store.recorded_state import RecordedState
from ledger.store.tables import ROW_TABLE_BY_KIND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import AsyncConnection
    from sqlalchemy import Table

_CURES = {
    "STORE-NOT-MIGRATED": "run `ipx upgrade`; for an empty database python -m ledger.store.migrate does",
    "STORE-HEAD": "restore the database from a backup: the journal's end does not fit its own hashes",
    "JOURNAL-BEHIND-ANCHOR": (
        "restore the database from a newer backup: entries that were acknowledged are missing or differ. Only if the "
        "venue is to go on without them, and says so, start without chain and without the seal file"
    ),
    "JOURNAL-BEHIND-WITNESS": (
        "restore the database from a newer backup: entries that a witness has cosigned are missing or differ. A venue "
        "that goes on without them begins another log"
    ),
    "ENTRY-DIFFERS": (
        "audit the journal before anything else is written: an entry does not follow from those before it, or this "
        "program is another than the writer's"
    ),
    "CHECKPOINT-DIFFERS": (
        "audit the journal: a checkpoint of this size stands in the tables that the sequencer, which alone signs them, "
        "has not signed"
    ),
    "VERSION-UNKNOWN": "start a program that knows the versions that the journal has come to",
    "STORE-BALANCES": "restore the accounts from the postings: those of one currency do not add up to zero",
    "STORE-STATE": (
        "restore the database from a backup, which holds its tables against its journal: the rows of state are not "
        "those that the last batch left, or that the journal gives"
    ),
}
_ROWS_AT_ONCE = 5_000
_HEAD = """
SELECT h.epoch, h.last_entry, h.head_hash, h.last_time_ms, (extract(epoch FROM h.served_until) * 1000)::int8,
    b.state_hash FROM sequencer_head h LEFT JOIN batches b ON b.tree_size = h.last_entry + 1
"""


class StoreCorrupt(Exception):
    """The tables cannot be trusted as they stand. `code` is stable, `cure` says what to do."""

    def __init__(self, code: str, found: str = "") -> None:
        self.code = code
        self.cure = _CURES[code]
        super().__init__(f"{code}: {self.cure}" + (f" ({found})" if found else ""))


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The journal's end. `last_entry` is -1 while it is empty; `served_until_ms` is the database server's clock.

    state_hash: of the state that the writer had there; None where a build wrote the last batch that named none.
    """

    epoch: int
    last_entry: int
    head_hash: bytes
    last_time_ms: int
    served_until_ms: int
    state_hash: bytes | None = None


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a writer goes on from."""

    head: Head
    state: RecordedState
    frontier: Frontier
    last_state_hash_entry: int
    """The entry of the last journalled state hash, -1 if there is none."""


async def read_head(connection: AsyncConnection[tuple[object, ...]]) -> Head:
    """Read the one row of `sequencer_head`, with the state that the batch which ends there names.

    Raises:
        StoreCorrupt: STORE-NOT-MIGRATED if it is not there, or the tables are an older program's.
        psycopg.Error: the database does not answer.
    """
    cursor = await connection.execute("SELECT to_regclass('sequencer_head') IS NOT NULL")
    if await cursor.fetchone() != (True,):
        code = "STORE-NOT-MIGRATED"
        raise StoreCorrupt(code)
    try:
        cursor = await connection.execute(_HEAD)
    except UndefinedColumn as error:
        code = "STORE-NOT-MIGRATED"
        raise StoreCorrupt(code, error.diag.message_primary or "") from error
    row = await cursor.fetchone()
    if row is None:
        code = "STORE-NOT-MIGRATED"
        raise StoreCorrupt(code)
    return msgspec.convert(dict(zip(Head.__struct_fields__, row, strict=True)), Head)


async def last_epoch(connection: AsyncConnection[tuple[object, ...]]) -> int:
    """In which epoch the journal's last batch was written; 0 while it is empty.

    Raises:
        psycopg.Error: the database does not answer.
    """
    cursor = await connection.execute("SELECT epoch FROM batches ORDER BY first_entry DESC LIMIT 1")
    row = await cursor.fetchone()
    return 0 if row is None else msgspec.convert(row[0], int)


async def load(connection: AsyncConnection[tuple[object, ...]]) -> Loaded:
    """Load state and tree as of the head, in one snapshot.

    Raises:
        StoreCorrupt: the tables contradict themselves.
        psycopg.Error: the database does not answer.
    """
    async with connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        head = await read_head(connection)
        frontier = await frontier_at(connection, head)
        await check_balances(connection)
        rows = await rows_in(connection, ROW_TABLE_BY_KIND)
        cursor = await connection.execute(
            "SELECT coalesce(max(entry), -1) FROM journal WHERE type = 'record_state_hash'"
        )
        found = await cursor.fetchone()
    # In a thread, so that the heartbeat goes on however many rows there are.
    state = await asyncio.to_thread(state_of, rows)
    last = -1 if found is None else msgspec.convert(found[0], int)
    return Loaded(head=head, state=state, frontier=frontier, last_state_hash_entry=last)


def state_of(rows: list[tuple[str, bytes]]) -> RecordedState:
    """The state that these rows in force make, each as (kind, JSON).

    Raises:
        StoreCorrupt: STORE-STATE, one of them is no row, or names another that is not there.
    """
    state = RecordedState()
    try:
        state.load(rows)
    except (msgspec.DecodeError, LookupError, ValueError) as error:
        code = "STORE-STATE"
        raise StoreCorrupt(code, f"{type(error).__name__}: {error}") from error
    return state


async def frontier_at(connection: AsyncConnection[tuple[object, ...]], head: Head) -> Frontier:
    """Give the tree as the last batch left it.

    Raises:
        StoreCorrupt: STORE-HEAD if head, last batch and journal do not end at one place with one root.
        psycopg.Error: the database does not answer.
    """
    if head.last_entry < 0:
        return Frontier()
    cursor = await connection.execute(
        "SELECT b.frontier, (SELECT max(entry) FROM journal) FROM batches b WHERE b.tree_size = %s",
        (head.last_entry + 1,),
    )
    row = await cursor.fetchone()
    kept, newest = (None, None) if row is None else msgspec.convert(row, tuple[bytes, int])
    return frontier_of(head, kept, newest)


def frontier_of(head: Head, kept: bytes | None, newest_entry: int | None) -> Frontier:
    """The tree's frontier, as it is kept with the batch that ends at the head.

    Raises:
        StoreCorrupt: STORE-HEAD, it is not there, another entry is the newest, or it gives another root.
    """
    code = "STORE-HEAD"
    if kept is None or newest_entry != head.last_entry:
        raise StoreCorrupt(code, f"no batch ends with entry {head.last_entry}, or entries stand beyond it")
    try:
        frontier = Frontier.from_bytes(kept)
    except MerkleRefused as error:
        raise StoreCorrupt(code, error.code) from error
    if frontier.size != head.last_entry + 1 or frontier.root() != head.head_hash:
        raise StoreCorrupt(code, "the last batch's frontier gives another root")
    return frontier


async def check_balances(connection: AsyncConnection[tuple[object, ...]]) -> None:
    """See that the accounts of each currency add up to zero.

    Raises:
        StoreCorrupt: STORE-BALANCES.
        psycopg.Error: the database does not answer.
    """
    cursor = await connection.execute(
        "SELECT currency FROM accounts GROUP BY currency HAVING sum(balance) <> 0 ORDER BY currency"
    )
    wrong = [str(row[0]) for row in await cursor.fetchall()]
    if wrong:
        code = "STORE-BALANCES"
        raise StoreCorrupt(code, ", ".join(wrong))


async def rows_in(
    connection: AsyncConnection[tuple[object, ...]], tables: Mapping[str, Table]
) -> list[tuple[str, bytes]]:
    """Kind and JSON of every row in force in these tables and of every account, in the order in which they were made.

    An engine that goes on must meet them as the one did that made them; an update has put them anywhere in the table.
    Of one entry's rows the ids are numbered in their order.
    """
    rows: list[tuple[str, bytes]] = []
    for kind, table in tables.items():
        rows_of = f"SELECT data::text FROM {table.name} WHERE NOT archived"  # noqa: S608 - names of our own tables
        query = f"{rows_of} ORDER BY created_entry, length(id), id"
        await _read_into(connection, rows, kind, query)
    await _read_into(
        connection,
        rows,
        "account",
        "SELECT jsonb_build_object('id', id, 'owner', owner, 'purpose', purpose, 'currency', currency,"
        " 'balance', balance)::text FROM accounts",
    )
    return rows


async def _read_into(
    connection: AsyncConnection[tuple[object, ...]], rows: list[tuple[str, bytes]], kind: str, query: str
) -> None:
    async with connection.cursor() as cursor:
        async for row in cursor.stream(query, size=_ROWS_AT_ONCE):
            rows.append((kind, str(row[0]).encode()))  # noqa: PERF401 - an asynchronous loop

"""Brings a standing journal to this program's versions: its tables first, then schema, engine and rulebook.

Nobody else writes meanwhile. A migration may not change the state: its hash is the same before and after. Before a new
version is activated, which no later program takes back, every entry is decided again by this program. The activation
stands in the journal between two hashes of the whole state, which every replay and every audit compares with its own.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
from alembic.util import CommandError

from exchange.commands import ActivateVersion, RecordStateHash
from exchange.engine import VERSIONS
from exchange.state import State
from ledger.sequencer.following import follow
from ledger.sequencer.memory import Memory
from ledger.sequencer.opening import session_on
from ledger.sequencer.postgres import PostgresStore, connect
from ledger.sequencer.takeover import WRITER_LOCK, WriterRunning
from ledger.store import migrate
from ledger.store.loading import StoreCorrupt, load, rows_in
from ledger.store.tables import ROW_TABLE_BY_KIND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from ledger.receipt_key import ReceiptKey
    from ledger.sequencer.clock import WatchedClock
    from ledger.sequencer.postgres import Connection
    from ledger.sequencer.session import Session

    Versions: TypeAlias = tuple[int, int, int]
    """Of entry schema, engine and rulebook."""
    Report: TypeAlias = Callable[[str], None]
    """Called with a line for people at each step that takes a while."""
    BeforeWriting: TypeAlias = Callable[[Connection, Session], Awaitable[None]]

_CURES: Final = {
    "UPGRADE-SEQUENCER-RUNNING": (
        "stop every sequencer and standby of this database, then give the command again: it waits for nobody"
    ),
    "UPGRADE-TABLES-NEWER": "take the program that these tables were made by, or a newer one",
    "UPGRADE-STATE-DIFFERS": "restore the backup that was made before, and tell the maintainers: nothing was activated",
    "UPGRADE-JOURNAL-DIFFERS": (
        "go back to the program before, and tell the maintainers: this one decides an entry otherwise; nothing was "
        "activated"
    ),
}


class UpgradeRefused(Exception):
    """A journal that was not brought to the newest versions. `code` is stable, `cure` says what to do."""

    def __init__(self, *, code: str, found: str = "") -> None:
        self.code = code
        self.cure = _CURES[code]
        super().__init__(f"{code}: {self.cure}" + (f" ({found})" if found else ""))


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a database lacks. `versions` are those in force, None while it holds no journal; `newest` this program's."""

    migrations: tuple[str, ...]
    versions: Versions | None
    newest: Versions

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.migrations and self.versions in {None, self.newest}


class Upgraded(msgspec.Struct, frozen=True, kw_only=True):
    """What was done. Hashes of the state as hex, empty without a journal: before the migrations, and at the end."""

    migrations: tuple[str, ...]
    versions: Versions | None
    entries: int
    """Of the journal, those that were added here included."""
    hash_before: str
    hash_after: str
    rows_changed: int
    """By the activation, beside the venue's own row, which names the versions."""


async def plan(database_url: str) -> Plan:
    """Look at what a database lacks, and change nothing.

    Raises:
        UpgradeRefused: UPGRADE-TABLES-NEWER.
        StoreCorrupt: VERSION-UNKNOWN, the journal has come to a version that this program does not know.
        DatabaseUrlRefused, psycopg.Error, sqlalchemy.exc.DBAPIError: the database does not answer.
    """
    try:
        migrations = tuple(await asyncio.to_thread(migrate.pending, database_url))
    except CommandError as error:
        raise UpgradeRefused(code="UPGRADE-TABLES-NEWER", found=str(error)) from error
    async with await connect(database_url) as connection:
        versions = await _versions(connection)
    if versions is not None and any(each > ours for each, ours in zip(versions, VERSIONS, strict=True)):
        code = "VERSION-UNKNOWN"
        raise StoreCorrupt(code, f"schema, engine, rulebook {versions}, here {VERSIONS}")
    return Plan(migrations=migrations, versions=versions, newest=VERSIONS)


async def upgrade(
    database_url: str,
    key: ReceiptKey,
    clock: WatchedClock,
    *,
    report: Report,
    before_writing: BeforeWriting | None = None,
) -> Upgraded:
    """Migrate the tables and activate this program's versions; a database without a journal is only migrated.

    before_writing: looks at connection and session before anything is written to the journal.

    Raises:
        UpgradeRefused: see `_CURES`.
        StoreCorrupt: the tables cannot be trusted, or hold a version that this program does not know.
        SessionLost, FencedOut, ClockJumped, GenesisRefused, psycopg.Error, sqlalchemy.exc.DBAPIError, OSError: as
            the sequencer.
    """
    lacking = await plan(database_url)
    async with _alone(database_url) as connection:
        before = await _state_hash(connection)
        for migration in lacking.migrations:
            report(f"migration {migration} …")
        await asyncio.to_thread(migrate.upgrade, database_url)
        if before and await _state_hash(connection) != before:
            raise UpgradeRefused(code="UPGRADE-STATE-DIFFERS")
        if lacking.versions is None:
            return _upgraded(lacking, None, 0, "", "", 0)
        report("deciding every entry again … 重放全部日志 …")
        memory = await _replayed(connection)
        if lacking.versions == VERSIONS:
            return _upgraded(lacking, VERSIONS, memory.next_entry, before, before, 0)
        report(f"activating versions {VERSIONS} … 启用新版本 …")
        rows_changed = await _activate(database_url, connection, memory, key, clock, before_writing)
        loaded = await load(connection)
    entries, after = loaded.head.last_entry + 1, loaded.state.state_hash()
    return _upgraded(lacking, VERSIONS, entries, before, after, rows_changed)


def _upgraded(  # noqa: PLR0913 - what is told
    lacking: Plan, versions: Versions | None, entries: int, before: str, after: str, rows_changed: int
) -> Upgraded:
    return Upgraded(
        migrations=lacking.migrations,
        versions=versions,
        entries=entries,
        hash_before=before,
        hash_after=after,
        rows_changed=rows_changed,
    )


async def _replayed(connection: Connection) -> Memory:
    """What this program makes of the journal from its first entry on, which must be what the tables hold."""
    store = PostgresStore(connection, connection, connection)
    loaded = await load(connection)
    memory = Memory.empty()
    try:
        while memory.next_entry <= loaded.head.last_entry:
            await follow(store, memory)
    except StoreCorrupt as error:
        raise UpgradeRefused(code="UPGRADE-JOURNAL-DIFFERS", found=str(error)) from error
    same_tree = memory.frontier.root() == loaded.head.head_hash
    if not same_tree or memory.state_hash.hex() != loaded.state.state_hash():
        raise UpgradeRefused(
            code="UPGRADE-JOURNAL-DIFFERS", found="the tables are not what the journal gives"
        )
    return memory


async def _activate(  # noqa: PLR0913 - as `upgrade`
    database_url: str,
    connection: Connection,
    memory: Memory,
    key: ReceiptKey,
    clock: WatchedClock,
    before_writing: BeforeWriting | None,
) -> int:
    """Write the activation between two hashes of the state; how many rows beside the venue's it has changed."""
    schema, engine, rulebook = VERSIONS

    async def look(session: Session) -> None:
        if before_writing is not None:
            await before_writing(connection, session)

    async with await connect(database_url) as reader, await connect(database_url) as heart:
        store = PostgresStore(connection, reader, heart)
        try:
            async with session_on(
                store, memory, key, clock, genesis=None, patience_s=0, before_writing=look
            ) as session:

                def state_hash() -> RecordStateHash:
                    return RecordStateHash(state_hash=session.state_hash())

                await session.give_own(state_hash)
                activation = ActivateVersion(schema=schema, engine=engine, rulebook=rulebook)
                batch = await session.give_own(lambda: activation)
                await session.give_own(state_hash)
                running = session.state_hash()
        except WriterRunning as error:
            raise UpgradeRefused(code="UPGRADE-SEQUENCER-RUNNING") from error
    if running != (await load(connection)).state.state_hash():
        raise UpgradeRefused(code="UPGRADE-STATE-DIFFERS", found="after the activation")
    return sum(change.kind != "venue" for change in batch.changes)


@asynccontextmanager
async def _alone(database_url: str) -> AsyncIterator[Connection]:
    """A connection that holds the writer's lock, so that no sequencer begins meanwhile."""
    async with await connect(database_url) as connection:
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s::int8)", (WRITER_LOCK,))
        if await cursor.fetchone() != (True,):
            raise UpgradeRefused(code="UPGRADE-SEQUENCER-RUNNING")
        yield connection


async def _versions(connection: Connection) -> Versions | None:
    """The versions in force; None in a database without a journal."""
    if not await _stands(connection, "venues"):
        return None
    cursor = await connection.execute("SELECT data::text FROM venues")
    row = await cursor.fetchone()
    return None if row is None else _named_in(row[0])


def _named_in(venue: Any) -> Versions:  # noqa: ANN401 - JSON out of the database
    row = msgspec.json.decode(venue, type=dict[str, Any])
    return int(row["schema"]), int(row["engine"]), int(row["rulebook"])


async def _state_hash(connection: Connection) -> str:
    """The hash of the state in those tables of rows that are there already; empty where no venue is open."""
    if await _versions(connection) is None:
        return ""
    there = {
        kind: table for kind, table in ROW_TABLE_BY_KIND.items() if await _stands(connection, table.name)
    }
    state = State()
    async with connection.transaction():
        rows = await rows_in(connection, there)
    await asyncio.to_thread(state.load, rows)
    return state.state_hash()


async def _stands(connection: Connection, table: str) -> bool:
    cursor = await connection.execute("SELECT to_regclass(%s) IS NOT NULL", (table,))
    return await cursor.fetchone() == (True,)

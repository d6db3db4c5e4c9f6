"""The sequencer's store in PostgreSQL: a connection that writes, one that looks up, one on which its heart beats."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, TypeVar

import psycopg
import structlog
from psycopg import AsyncConnection, AsyncRawCursor

from ledger.journal import StoredEntry
from ledger.sequencer import lookup
from ledger.sequencer.statement import BALANCES_DIFFER, FENCED_OUT, STOPPED, statement_of
from ledger.sequencer.store import StoreLost
from ledger.sequencer.takeover import FencedOut, beat, take_over
from ledger.store.binary_arrays import register
from ledger.store.connections import CONNECT_TIMEOUT_S, psycopg_url
from ledger.store.loading import (
    Head,
    Loaded,
    StoreCorrupt,
    check_balances,
    frontier_at,
    load,
    read_head,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from exchange.state import State
    from ledger.receipts import Receipt
    from ledger.sequencer.admission import Admitted
    from ledger.sequencer.draft import Batch
    from ledger.sequencer.lookup import Standing
    from ledger.sequencer.store import Write
    from ledger.sequencer.takeover import Taken

    Answer = TypeVar("Answer")

STATEMENT_TIMEOUT_MS = 10_000
COMMIT_TIMEOUT_S = 15.0
MOST_ATTEMPTS = 5
"""How often one batch's statement is given while PostgreSQL undoes it for the sake of another one."""
UNDONE = frozenset({"40001", "40P01"})
"""SQLSTATEs of a statement that PostgreSQL has undone whole for the sake of another one: it may be given again."""
_ENTRIES = """
SELECT entry, public, leaf, terms, terms_salt, outcome, outcome_salt FROM journal WHERE entry >= $1::int8
ORDER BY entry LIMIT $2::int8
"""
_KEEP_CHECKPOINT = """
INSERT INTO checkpoints AS c (size, root, note, made_ms)
SELECT $1::int8, $2::bytea, $3::bytea, $4::int8 WHERE EXISTS (SELECT FROM sequencer_head WHERE epoch = $5::int8)
ON CONFLICT (size) DO UPDATE SET made_ms = c.made_ms RETURNING note
"""
_CONNECTION_ENDED = ("57P", "08")
"""SQLSTATE classes after which nobody can say whether the statement stood."""

_log = structlog.get_logger()

Connection: TypeAlias = AsyncConnection[tuple[Any, ...]]


class PostgresStore:
    """See `ledger.sequencer.store.Store`."""

    def __init__(self, connection: Connection, reader: Connection, heart: Connection) -> None:
        self.connection = connection
        self._heart = heart
        register(connection)
        register(reader)
        self._raw = AsyncRawCursor(connection)
        self._reading = AsyncRawCursor(reader)

    async def take_over(
        self, *, patience_s: float | None, while_waiting: Callable[[], Awaitable[None]]
    ) -> Taken:
        """See `Store.take_over`."""
        return await take_over(self.connection, patience_s=patience_s, while_waiting=while_waiting)

    async def beat(self, epoch: int, *, serving: bool) -> None:
        """See `Store.beat`."""
        async with asyncio.timeout(COMMIT_TIMEOUT_S):
            await beat(self._heart, epoch, serving=serving)

    async def load(self) -> Loaded:
        """See `Store.load`."""
        return await load(self.connection)

    async def head(self) -> Head:
        """See `Store.head`."""
        return await read_head(self.connection)

    async def require_whole(self, head: Head) -> None:
        """See `Store.require_whole`."""
        await frontier_at(self.connection, head)
        await check_balances(self.connection)

    async def entries_from(self, first: int, most: int) -> list[StoredEntry]:
        """See `Store.entries_from`."""
        await self._raw.execute(_ENTRIES, [first, most], prepare=True)
        names = StoredEntry.__struct_fields__
        return [StoredEntry(**dict(zip(names, row, strict=True))) for row in await self._raw.fetchall()]

    async def standing_of(self, admitted: Sequence[Admitted]) -> dict[int, Standing]:
        """See `Store.standing_of`."""
        return await _answered(lookup.standing_of(self._reading, admitted))

    async def receipts_of(self, entries: Sequence[int]) -> dict[int, Receipt]:
        """See `Store.receipts_of`."""
        return await _answered(lookup.receipts_of(self._reading, entries))

    async def has_sealed_part(self, entry: int, label: str) -> bool:
        """See `Store.has_sealed_part`."""
        return await _answered(lookup.has_sealed_part(self._reading, entry, label))

    async def keep_checkpoint(self, size: int, root: bytes, note: bytes, *, made_ms: int, epoch: int) -> bool:
        """See `Store.keep_checkpoint`."""
        kept = await _answered(self._keep_checkpoint([size, root, note, made_ms, epoch]))
        if kept is None:
            raise FencedOut
        return kept.startswith(note)  # cosignatures stand behind the venue's

    async def _keep_checkpoint(self, values: list[Any]) -> bytes | None:
        await self._raw.execute(_KEEP_CHECKPOINT, values, prepare=True)
        row = await self._raw.fetchone()
        return None if row is None else bytes(row[0])

    def prepare(self, batch: Batch, state: State) -> Write:
        """See `Store.prepare`."""
        statement, parameters = statement_of(batch, state)
        return functools.partial(self._write, statement, parameters)

    async def _write(self, statement: str, parameters: Sequence[Any]) -> None:
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT_S):
                await self._give(statement, parameters)
        except psycopg.Error as error:
            _raise_for(error, closed=self.connection.closed)
        except TimeoutError as error:
            reason = "the database did not answer"
            raise StoreLost(reason, unknown=True) from error

    async def _give(self, statement: str, parameters: Sequence[Any]) -> None:
        """Give one statement, again where it was undone whole: it writes from the head that it expects, or nothing."""
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                await self._raw.execute(statement, parameters, prepare=True)
            except psycopg.OperationalError as error:
                if error.sqlstate not in UNDONE or attempt == MOST_ATTEMPTS:
                    raise
                _log.warning("undone, given again", code=error.sqlstate, attempt=attempt)
            else:
                return


async def connect(database_url: str) -> Connection:
    """A connection whose every statement is a transaction of its own, durable when it answers.

    Raises:
        psycopg.Error: the database does not answer.
    """
    return await AsyncConnection.connect(
        psycopg_url(database_url),
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_S,
        application_name="ipx-sequencer",
        options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={STATEMENT_TIMEOUT_MS}"
        " -c synchronous_commit=on",
    )


async def _answered(question: Awaitable[Answer]) -> Answer:
    try:
        async with asyncio.timeout(COMMIT_TIMEOUT_S):
            return await question
    except (psycopg.Error, TimeoutError) as error:
        raise StoreLost(type(error).__name__, unknown=True) from error


def _raise_for(error: psycopg.Error, *, closed: bool) -> NoReturn:
    """Say what a failed batch means.

    Raises:
        FencedOut, StoreCorrupt: the batch stopped itself.
        StoreLost: anything else.
    """
    state = error.sqlstate or ""
    message = error.diag.message_primary or type(error).__name__
    if state == STOPPED and message == FENCED_OUT:
        raise FencedOut from error
    if state == STOPPED and message == BALANCES_DIFFER:
        code, found = "STORE-BALANCES", "moved balances are not the engine's"
        raise StoreCorrupt(code, found) from error
    unknown = not state or closed or state.startswith(_CONNECTION_ENDED)
    reason = f"{state} {message}"
    raise StoreLost(reason, unknown=unknown) from error

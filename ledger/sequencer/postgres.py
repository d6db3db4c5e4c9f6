"""The sequencer's store in PostgreSQL: one connection that writes, and one on which its heart beats."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, TypeVar

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor

from ledger.sequencer import lookup
from ledger.sequencer.statement import BALANCES_DIFFER, FENCED_OUT, STOPPED, statement_of
from ledger.sequencer.store import StoreLost
from ledger.sequencer.takeover import FencedOut, beat, take_over
from ledger.store.binary_arrays import register
from ledger.store.connections import CONNECT_TIMEOUT_S, psycopg_url
from ledger.store.loading import Loaded, StoreCorrupt, load, read_head

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from exchange.state import State
    from ledger.receipts import Receipt
    from ledger.sequencer.admission import Admitted
    from ledger.sequencer.draft import Batch
    from ledger.sequencer.lookup import Standing

    Answer = TypeVar("Answer")

STATEMENT_TIMEOUT_MS = 10_000
COMMIT_TIMEOUT_S = 15.0
_CONNECTION_ENDED = ("57P", "08")
"""SQLSTATE classes after which nobody can say whether the statement stood."""

Connection: TypeAlias = AsyncConnection[tuple[Any, ...]]


class PostgresStore:
    """See `ledger.sequencer.store.Store`."""

    def __init__(self, connection: Connection, heart: Connection) -> None:
        self.connection = connection
        self._heart = heart
        register(connection)
        self._raw = AsyncRawCursor(connection)

    async def take_over(self, *, patience_s: float | None) -> int:
        """See `Store.take_over`."""
        await read_head(self.connection)
        return await take_over(self.connection, patience_s=patience_s)

    async def beat(self, epoch: int, *, serving: bool) -> None:
        """See `Store.beat`."""
        async with asyncio.timeout(COMMIT_TIMEOUT_S):
            await beat(self._heart, epoch, serving=serving)

    async def load(self) -> Loaded:
        """See `Store.load`."""
        return await load(self.connection)

    async def standing_of(self, admitted: Sequence[Admitted]) -> dict[int, Standing]:
        """See `Store.standing_of`."""
        return await _answered(lookup.standing_of(self._raw, admitted))

    async def receipts_of(self, entries: Sequence[int]) -> dict[int, Receipt]:
        """See `Store.receipts_of`."""
        return await _answered(lookup.receipts_of(self._raw, entries))

    async def has_sealed_part(self, entry: int, label: str) -> bool:
        """See `Store.has_sealed_part`."""
        return await _answered(lookup.has_sealed_part(self._raw, entry, label))

    async def write(self, batch: Batch, state: State) -> None:
        """See `Store.write`."""
        statement, parameters = statement_of(batch, state)
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT_S):
                await self._raw.execute(statement, parameters, prepare=True)
        except psycopg.Error as error:
            _raise_for(error, closed=self.connection.closed)
        except TimeoutError as error:
            reason = "the database did not answer"
            raise StoreLost(reason, unknown=True) from error


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

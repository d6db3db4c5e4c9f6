"""How a session begins and ends: connections, load, standing by, taking over, and the heart that beats meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
from typing import TYPE_CHECKING, TypeAlias

import structlog

from ledger.outbox_records import outbox_records
from ledger.sequencer.draft import new_salt
from ledger.sequencer.following import follow, remember
from ledger.sequencer.postgres import PostgresStore, connect
from ledger.sequencer.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from exchange.commands import OpenVenue
    from ledger.outbox_records import RecordsOf
    from ledger.receipt_key import ReceiptKey
    from ledger.sequencer.clock import WatchedClock
    from ledger.sequencer.memory import Memory
    from ledger.sequencer.postgres import Connection
    from ledger.sequencer.store import Store

_OBJECTS_PER_COLLECTION = 50_000
_log = structlog.get_logger()

BeforeWriting: TypeAlias = "Callable[[Connection, Session], Awaitable[None]]"


@contextlib.asynccontextmanager
async def open_session(  # noqa: PLR0913 - what a session needs from outside
    database_url: str,
    key: ReceiptKey,
    clock: WatchedClock,
    *,
    genesis: OpenVenue | None,
    patience_s: float | None,
    while_waiting: Callable[[], Awaitable[None]] | None = None,
    on_heart_failure: Callable[[], None] = lambda: None,
    records_of: RecordsOf = outbox_records,
    before_writing: BeforeWriting | None = None,
) -> AsyncIterator[Session]:
    """Load, stand by until nobody else writes, take over, and write until the context is left.

    while_waiting: done again and again while another one writes. before_writing: looks at connection and session when
    all is loaded and nothing is written yet.

    Raises:
        WriterRunning, FencedOut: somebody else writes.
        StoreCorrupt: the tables cannot be trusted.
        GenesisRefused: the journal is empty and cannot be begun, or was begun with another receipt key.
        ClockJumped: the wall clock cannot be trusted.
        psycopg.Error: the database does not answer.
    """
    async with (
        await connect(database_url) as connection,
        await connect(database_url) as reader,
        await connect(database_url) as heart,
    ):
        store = PostgresStore(connection, reader, heart)
        gc.unfreeze()  # what an earlier session of this process has left
        memory = await remember(store)
        _keep_from_the_collector()
        look = None if before_writing is None else functools.partial(before_writing, connection)
        async with session_on(
            store,
            memory,
            key,
            clock,
            genesis=genesis,
            patience_s=patience_s,
            while_waiting=while_waiting,
            on_heart_failure=on_heart_failure,
            records_of=records_of,
            before_writing=look,
        ) as session:
            yield session


@contextlib.asynccontextmanager
async def session_on(  # noqa: PLR0913 - as above
    store: Store,
    memory: Memory,
    key: ReceiptKey,
    clock: WatchedClock,
    *,
    genesis: OpenVenue | None,
    patience_s: float | None,
    while_waiting: Callable[[], Awaitable[None]] | None = None,
    on_heart_failure: Callable[[], None] = lambda: None,
    records_of: RecordsOf = outbox_records,
    salts: Callable[[], bytes] = new_salt,
    before_writing: Callable[[Session], Awaitable[None]] | None = None,
) -> AsyncIterator[Session]:
    """The same on a store that is open, from what was loaded of it. `salts` gives the salt of each entry's outcome.

    Raises:
        WriterRunning, FencedOut, StoreCorrupt, GenesisRefused, ClockJumped: as `open_session`.
        psycopg.Error, OSError: the store does not answer.
    """
    _log.info("standing by", next_entry=memory.next_entry)

    async def stand_by() -> None:
        if while_waiting is not None:
            await while_waiting()
        await follow(store, memory)

    taken = await store.take_over(patience_s=patience_s, while_waiting=stand_by)
    session = Session(store, key, clock, memory, taken=taken, records_of=records_of, salts=salts)
    beating = asyncio.create_task(session.keep_beating())
    beating.add_done_callback(lambda _: on_heart_failure())
    session.heart = beating
    try:
        await session.start(genesis, before_writing)
        yield session
    finally:
        await session.end()
        beating.cancel()
        await asyncio.wait([beating])
        if not beating.cancelled():
            beating.exception()  # whoever needs it has seen it in `heart`


def _keep_from_the_collector() -> None:
    """What was loaded stays: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_PER_COLLECTION, 20, 100)

"""Who may write: an advisory lock for politeness, the epoch in `sequencer_head` for certainty.

The lock outlives a process that is merely stopped, so a heartbeat that is `STALE_AFTER_S` old lets its connection be
ended. Whoever has the lock raises the epoch; every batch names the epoch that its writer was given, so that a writer
which wakes up again later writes nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import structlog
from psycopg import AsyncRawCursor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from psycopg import AsyncConnection

    Connection: TypeAlias = AsyncConnection[tuple[Any, ...]]

WRITER_LOCK = 4_973_001
"""Key of the advisory lock, one a database."""
STALE_AFTER_S = 3.0
_POLL_S = 0.1
_SILENT_LOOKS = 20
"""Looks in a row at a heart that does not move, about two beats: whoever looks may have been stopped meanwhile."""
_TAKE = """
UPDATE sequencer_head SET epoch = epoch + 1, heartbeat = clock_timestamp() WHERE pg_try_advisory_lock($1::int8)
RETURNING epoch
"""
_HEART = """
SELECT clock_timestamp() - heartbeat > make_interval(secs => $1::float8), heartbeat, served_until FROM sequencer_head
"""
_HOLDERS = """
SELECT pg_terminate_backend(l.pid) FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.granted AND l.pid <> pg_backend_pid() AND l.classid = 0 AND l.objid = $1::int8
    AND l.objsubid = 1 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (SELECT heartbeat FROM sequencer_head) = $2::timestamptz
"""
_log = structlog.get_logger()


class WriterRunning(Exception):
    """Another sequencer writes to this database, and its heart beats."""

    def __init__(self) -> None:
        self.code = "SEQUENCER-RUNNING"
        self.cure = "stop the other sequencer, or start this one as a standby (IPX_SEQUENCER_STANDBY=1)"
        super().__init__(f"{self.code}: {self.cure}")


class FencedOut(Exception):
    """Another sequencer has taken over: this one must not write any more."""

    def __init__(self) -> None:
        self.code = "SEQUENCER-FENCED-OUT"
        self.cure = "nothing to do: another sequencer has taken over; this one may stand by again"
        super().__init__(f"{self.code}: {self.cure}")


class Taken(NamedTuple):
    """The new epoch, and whether another writer was seen to serve from this database just before."""

    epoch: int
    saw_a_writer: bool


async def take_over(
    connection: Connection, *, patience_s: float | None, while_waiting: Callable[[], Awaitable[None]]
) -> Taken:
    """Become the writer. The connection must stay open: it holds the lock.

    patience_s: how long to wait for another writer to go or to fall silent; None waits for ever (a standby).
    while_waiting: done between two looks.

    Raises:
        WriterRunning: another one still writes when patience has ended.
        psycopg.Error: the database does not answer; and what `while_waiting` raises.
    """
    raw = AsyncRawCursor(connection)
    left_s = patience_s
    heartbeat: datetime | None = None
    served_until: datetime | None = None
    saw_a_writer = False
    unmoved = 0
    while True:
        await raw.execute(_TAKE, [WRITER_LOCK])
        row = await raw.fetchone()
        if row is not None:
            return Taken(int(row[0]), saw_a_writer)
        await raw.execute(_HEART, [STALE_AFTER_S])
        row = await raw.fetchone()
        if row is None:
            raise FencedOut
        is_old, last_heartbeat, last_served_until = row
        unmoved = unmoved + 1 if last_heartbeat == heartbeat else 0
        heartbeat = last_heartbeat
        if is_old and unmoved >= _SILENT_LOOKS:
            await end_silent_writer(connection, last_heartbeat)
        if not saw_a_writer and served_until is not None and last_served_until > served_until:
            saw_a_writer = True
            _log.info("following a writer that serves")
        served_until = last_served_until
        await while_waiting()
        if left_s is not None:
            if left_s <= 0:
                raise WriterRunning
            left_s -= _POLL_S
        await asyncio.sleep(_POLL_S)


async def end_silent_writer(connection: Connection, heartbeat: datetime) -> None:
    """End the connection that holds the lock, unless a heart has beaten since; what it had under way is undone.

    Raises:
        psycopg.Error: the database does not answer.
    """
    raw = AsyncRawCursor(connection)
    await raw.execute(_HOLDERS, [WRITER_LOCK, heartbeat])
    ended = await raw.fetchall()
    _log.warning("ended the connection of a silent sequencer", connections=len(ended))


async def beat(connection: Connection, epoch: int, *, serving: bool) -> None:
    """Show that the writer of this epoch lives, and that it serves. Loading, it lives without serving.

    Raises:
        FencedOut: another epoch stands.
        psycopg.Error: the database does not answer.
    """
    cursor = AsyncRawCursor(connection)
    await cursor.execute(
        "UPDATE sequencer_head SET heartbeat = clock_timestamp(),"
        " served_until = CASE WHEN $2::bool THEN clock_timestamp() ELSE served_until END WHERE epoch = $1::int8",
        [epoch, serving],
    )
    if cursor.rowcount != 1:
        raise FencedOut

"""The sequencer signs checkpoints of what it has committed, beside its work and not in its way, but before each Tick.

It alone has the receipt key, and takes size and root from its own memory: rows that were changed behind its back are
signed by nobody. Witnesses and time stamps are the worker's to ask for.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import psycopg
import structlog
from psycopg import AsyncConnection

from ledger.log.checkpoints import Checkpoint, origin_of, sign_checkpoint
from ledger.sequencer.clock import ClockJumped
from ledger.store.connections import CONNECT_TIMEOUT_S, psycopg_url

if TYPE_CHECKING:
    from ledger.receipt_key import ReceiptKey
    from ledger.sequencer.clock import WatchedClock
    from ledger.sequencer.session import Session

EVERY_MS: Final = 10_000
"""So long after the last one, where anything is new: well within the minute that receipts promise."""
LOOK_EVERY_S: Final = 0.2
AFTER_A_FAILURE_S: Final = 1.0
STATEMENT_TIMEOUT_MS: Final = 5_000
_LAST = "SELECT size, made_ms FROM checkpoints ORDER BY size DESC LIMIT 1"
_KEEP = """
INSERT INTO checkpoints (size, root, note, made_ms)
SELECT %s, %s, %s, %s WHERE EXISTS (SELECT FROM sequencer_head WHERE epoch = %s)
ON CONFLICT (size) DO NOTHING
"""
_log = structlog.get_logger()


async def keep_checkpoints(session: Session, key: ReceiptKey, database_url: str, clock: WatchedClock) -> None:
    """Sign a checkpoint when it is time, and at once after a batch in which a deadline fired, until cancelled.

    What fails is an alarm and tried again: trading does not wait for it.
    """
    while True:
        try:
            async with await _connect(database_url) as connection:
                await _keep_on(session, key, connection, clock)
        except (psycopg.Error, OSError) as error:
            _log.critical("alarm", code="CHECKPOINT-NOT-KEPT", reason=type(error).__name__)
        except ClockJumped:
            return  # the session ends of it
        await asyncio.sleep(AFTER_A_FAILURE_S)


async def _keep_on(
    session: Session, key: ReceiptKey, connection: AsyncConnection[tuple[Any, ...]], clock: WatchedClock
) -> None:
    cursor = await connection.execute(_LAST)
    row = await cursor.fetchone()
    size, made_ms = (0, 0) if row is None else (int(row[0]), int(row[1]))
    closes = 0
    while True:
        now_ms = clock.now_ms()
        closed, closes = session.closes != closes, session.closes
        size = max(size, session.checkpointed)
        if session.next_entry > size and (closed or now_ms - made_ms >= EVERY_MS or made_ms > now_ms):
            size, root = session.tree
            note = sign_checkpoint(Checkpoint(_origin(session), size, root), key)
            await connection.execute(_KEEP, (size, root, note.to_bytes(), now_ms, session.epoch))
            made_ms = now_ms
        await asyncio.sleep(LOOK_EVERY_S)


def _origin(session: Session) -> str:
    venue = session.state.venue
    return origin_of(venue.chain_id, venue.anchor)


async def _connect(database_url: str) -> AsyncConnection[tuple[Any, ...]]:
    return await AsyncConnection.connect(
        psycopg_url(database_url),
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_S,
        application_name="ipx-sequencer",
        options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c synchronous_commit=on",
    )

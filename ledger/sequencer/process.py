"""The sequencer's process: one session after the other, until it is stopped or must not go on.

Exit codes: 0 stopped on request, 3 the clock jumped, 4 another sequencer writes, 5 the tables cannot be trusted, 6 the
database stayed away (2: settings that cannot be used). All but 0 are alarms.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

import psycopg
import structlog

from ledger.log.checkpoints import origin_of
from ledger.receipt_key import ReceiptKey, ReceiptKeyRefused
from ledger.sequencer.checkpoints import keep_checkpoints
from ledger.sequencer.clock import ClockJumped, WatchedClock
from ledger.sequencer.desk import Desk
from ledger.sequencer.extends import keep_seal, require_sealed
from ledger.sequencer.genesis import GenesisRefused, read_genesis
from ledger.sequencer.lost import SessionLost
from ledger.sequencer.opening import open_session
from ledger.sequencer.questions import COLD_PATIENCE_S, WARM_PATIENCE_S, Questions
from ledger.sequencer.session import Session
from ledger.sequencer.takeover import FencedOut, WriterRunning
from ledger.store.loading import StoreCorrupt, last_epoch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from exchange.commands import OpenVenue
    from ledger.receipts import SignedSeal
    from ledger.sequencer.postgres import Connection
    from ledger.settings import SequencerSettings

EXIT_STOPPED = 0
EXIT_CLOCK = 3
EXIT_NOT_THE_WRITER = 4
EXIT_STORE = 5
EXIT_DATABASE_AWAY = 6

PATIENCE_S = 10.0
"""How long a sequencer that is no standby waits for another one to go."""
LONGEST_HAND_OVER_S = 1.0
"""How long the lock may still be held by a connection of our own that has just ended."""
FIRST_BACK_OFF_S = 0.1
LONGEST_BACK_OFF_S = 5.0
SEAL_EVERY_S = 0.5
MOST_FAILURES = 100
"""Sessions in a row that committed nothing; with the back-off about eight minutes."""
_log = structlog.get_logger()


async def serve(settings: SequencerSettings, clock: WatchedClock | None = None) -> int:
    """Run the sequencer until SIGTERM or SIGINT; give the exit code."""
    desk = Desk()
    loop = asyncio.get_running_loop()
    sessions = asyncio.create_task(_sessions(settings, desk, clock or WatchedClock()))

    def stop() -> None:
        desk.stop()
        if not desk.serving:  # waiting or loading: there is no batch to finish
            sessions.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        return await sessions
    except asyncio.CancelledError:
        _log.info("stopped", code="STOPPED")
        return EXIT_STOPPED
    finally:
        await desk.close()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _sessions(settings: SequencerSettings, desk: Desk, clock: WatchedClock) -> int:
    questions = Questions(settings)
    return await keep_serving(
        desk, lambda: _one_session(settings, desk, clock, questions), standby=settings.standby
    )


async def keep_serving(desk: Desk, one_session: Callable[[], Awaitable[int]], *, standby: bool) -> int:
    """One session after the other until the desk is stopped or must not go on; gives the exit code.

    one_session: serves until a session is over, and gives how many batches it has committed.
    """
    back_off_s = FIRST_BACK_OFF_S
    failures = 0
    while not desk.stopping:
        try:
            batches = await one_session()
        except ClockJumped as alarm:
            _log.critical("stopped", code=alarm.code, jump_ms=alarm.jump_ms, cure=alarm.cure)
            return EXIT_CLOCK
        except (StoreCorrupt, GenesisRefused, ReceiptKeyRefused) as alarm:
            _log.critical("stopped", code=alarm.code, cure=alarm.cure, reason=str(alarm))
            return EXIT_STORE
        except (FencedOut, WriterRunning) as alarm:
            _log.critical("not the writer", code=alarm.code, cure=alarm.cure)
            if not standby:
                return EXIT_NOT_THE_WRITER
            await desk.close("SEQUENCER-RELOADING")
            continue
        if batches:
            back_off_s, failures = FIRST_BACK_OFF_S, 0
        failures += 1
        if failures > MOST_FAILURES:
            _log.critical("stopped", code="DATABASE-AWAY", cure="start the database, then the sequencer")
            return EXIT_DATABASE_AWAY
        if not desk.stopping:
            await asyncio.sleep(back_off_s)
            back_off_s = min(2 * back_off_s, LONGEST_BACK_OFF_S)
    _log.info("stopped", code="STOPPED")
    return EXIT_STOPPED


async def _one_session(
    settings: SequencerSettings, desk: Desk, clock: WatchedClock, questions: Questions
) -> int:
    """Serve until the session is over; how many batches it has committed."""
    session: Session | None = None
    key = ReceiptKey.from_file(settings.receipt_key_file)
    keeping: list[asyncio.Task[None]] = []
    genesis = None if settings.genesis_file is None else read_genesis(settings.genesis_file)
    waiting_since: float | None = None

    async def while_waiting() -> None:
        nonlocal waiting_since
        clock.now_ms()  # read, and so watched, by a standby as well
        waiting_since = waiting_since or time.monotonic()
        if desk.listening and time.monotonic() - waiting_since > LONGEST_HAND_OVER_S:
            await desk.close("SEQUENCER-RELOADING")  # another one writes: callers are to look for it

    async def before_writing(connection: Connection, session: Session) -> None:
        resumes = desk.is_in_place and await last_epoch(connection) <= desk.epoch
        if not resumes:  # it begins, or another one has served meanwhile
            await desk.close("SEQUENCER-RELOADING")
            await require_sealed(connection, session.next_entry, settings, key.public_key)
            questions.begin(key, _origin(session, genesis))
        patience_s = WARM_PATIENCE_S if resumes or session.saw_a_writer else COLD_PATIENCE_S
        session.questions = await questions.ask(session, patience_s=patience_s)
        keeping.extend(session.questions)

    try:
        async with open_session(
            settings.database_url,
            key,
            clock,
            genesis=genesis,
            patience_s=None if settings.standby else PATIENCE_S,
            while_waiting=while_waiting,
            on_heart_failure=desk.wake,
            before_writing=before_writing,
        ) as session:
            if settings.data is not None:
                keeping.append(asyncio.create_task(_keep_seals(session, settings.data)))
            keeping.append(asyncio.create_task(keep_checkpoints(session, key, settings.database_url, clock)))
            await desk.listen(settings.socket_path)
            _log.info("serving", epoch=session.epoch, pid=os.getpid())
            await desk.run(session)
    except (SessionLost, psycopg.Error, TimeoutError, OSError) as error:
        _log.error("session lost", code="SESSION-LOST", reason=f"{type(error).__name__}: {error}")
    finally:
        for task in keeping:
            task.cancel()
        if keeping:
            await asyncio.wait(keeping)
    return 0 if session is None else session.batches


def _origin(session: Session, genesis: OpenVenue | None) -> str | None:
    """The journal's name as a log; None where it is empty and cannot be begun either."""
    venue = genesis if session.next_entry == 0 else session.state.venue
    return None if venue is None else origin_of(venue.chain_id, venue.anchor)


async def _keep_seals(session: Session, folder: Path) -> None:
    """Keep the newest seal in a file, looked at so often that little stands behind it when all is killed."""
    kept: SignedSeal | None = None
    while True:
        if session.last_seal is not None and session.last_seal is not kept:
            kept = session.last_seal
            try:
                await asyncio.to_thread(keep_seal, folder, kept)
            except OSError as error:
                _log.critical("alarm", code="SEAL-NOT-KEPT", reason=str(error))
        await asyncio.sleep(SEAL_EVERY_S)

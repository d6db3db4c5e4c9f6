"""What a writer asks before it writes: chain and witnesses, side by side, whether the journal holds all they have seen.

One that starts from the tables alone waits for every answer as long as an answer may take. A standby that has followed
a serving writer waits a second: the journal is then the one that its writer has asked about, and the standby holds it
in memory entry by entry. Whatever is not answered stays asked while it writes, until it is answered, and an answer that
speaks against the journal ends the writer then as it would have kept it from beginning.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg
import structlog
from psycopg import AsyncConnection

from ledger.log.checkpoints import Checkpoint
from ledger.sequencer.extends import require_anchored
from ledger.sequencer.witnessed import WitnessAhead, show
from ledger.store.connections import CONNECT_TIMEOUT_S, psycopg_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ledger.log.endpoints import WitnessEndpoint
    from ledger.receipt_key import ReceiptKey
    from ledger.sequencer.session import Session
    from ledger.settings import SequencerSettings

    Question: TypeAlias = Callable[[Session], Awaitable[bool]]
    """Whether it is answered; StoreCorrupt where the answer speaks against the journal."""

COLD_PATIENCE_S = 45.0
"""More than the chain (30 s), or tiles (10 s) and a witness's three answers (5 s each), may take."""
WARM_PATIENCE_S = 1.0
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 60.0
MOST_RACES = 3
"""How often a witness is shown the journal anew at once, since our own worker has shown it a longer one meanwhile."""
_log = structlog.get_logger()


class Questions:
    """Those of one sequencer, with what is still open of them."""

    def __init__(self, settings: SequencerSettings) -> None:
        self._settings = settings
        self._open: dict[str, Question] = {}

    def begin(self, key: ReceiptKey, origin: str | None) -> None:
        """Every question is open again. `origin`: the journal's name as a log, None where it cannot be begun."""
        settings = self._settings
        self._open = {}
        if settings.chain_url and settings.manifest_file is not None:
            self._open["the chain"] = self._ask_chain
        if origin is not None:
            for endpoint in settings.witnesses:
                self._open[endpoint.verifier.name] = self._witness_question(endpoint, key, origin)

    async def ask(self, session: Session, *, patience_s: float) -> list[asyncio.Task[None]]:
        """Ask what is open, side by side; what is not answered in time goes on as tasks, which the caller ends.

        Raises:
            StoreCorrupt: an answer speaks against the journal.
        """
        heard = {name: asyncio.Event() for name in self._open}
        tasks = [
            asyncio.create_task(self._until_answered(name, question, session, heard[name]))
            for name, question in self._open.items()
        ]
        try:
            async with asyncio.timeout(patience_s):
                for each in heard.values():
                    await each.wait()
        except TimeoutError:
            silent = [name for name, each in heard.items() if not each.is_set()]
            _log.critical("alarm", code="QUESTION-OPEN", silent=silent, waited_s=patience_s)
        except asyncio.CancelledError:
            await _end(tasks)
            raise
        failed = [task for task in tasks if task.done() and task.exception() is not None]
        if failed:
            await _end(tasks)
            failed[0].result()
        return [task for task in tasks if not task.done()]

    async def _until_answered(
        self, name: str, question: Question, session: Session, heard: asyncio.Event
    ) -> None:
        pause_s = FIRST_PAUSE_S
        try:
            while not await question(session):
                heard.set()
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            self._open.pop(name, None)
        finally:
            heard.set()

    async def _ask_chain(self, session: Session) -> bool:
        try:
            async with await AsyncConnection.connect(
                psycopg_url(self._settings.database_url), autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
            ) as connection:
                return await require_anchored(connection, lambda: session.next_entry, self._settings)
        except psycopg.Error as error:
            return _not_asked("ANCHOR-NOT-CHECKED", error)

    def _witness_question(self, endpoint: WitnessEndpoint, key: ReceiptKey, origin: str) -> Question:
        async def ask(session: Session) -> bool:
            for _ in range(MOST_RACES):
                checkpoint = Checkpoint(origin, *session.tree)
                try:
                    return await asyncio.to_thread(
                        show, self._settings.database_url, checkpoint, key, endpoint
                    )
                except WitnessAhead as ahead:
                    if ahead.size is None or ahead.size > session.next_entry:
                        raise ahead.corrupt(session.next_entry) from ahead
                except psycopg.Error as error:
                    return _not_asked("WITNESS-NOT-ASKED", error)
            return False

        return ask


def _not_asked(code: str, error: Exception) -> bool:
    _log.critical("alarm", code=code, reason=type(error).__name__)
    return False


async def _end(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

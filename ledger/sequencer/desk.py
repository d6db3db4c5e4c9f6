"""The desk: takes submissions from every connection, has them decided in batches, and gives the answers back.

What is waiting is taken as one batch, at once, without waiting for company, and decided while the batch before it is
being written. The queue is bounded: beyond it a caller is told so, instead of being left to wait.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections import deque
from typing import TYPE_CHECKING, cast

import msgspec
import structlog

from ledger import metrics
from ledger.sequencer.admission import admit
from ledger.sequencer.clock import ClockJumped
from ledger.sequencer.lost import SessionLost
from ledger.sequencer.messages import (
    Answer,
    FrameReader,
    Reply,
    SequencerRefused,
    Submission,
    Undecided,
    frame,
    read_question,
)
from ledger.sequencer.takeover import FencedOut
from ledger.store.loading import StoreCorrupt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ledger.sequencer.admission import Admitted
    from ledger.sequencer.session import Session
    from ledger.sequencer.writing import Begun

LARGEST_BATCH = 256
"""Submissions decided and committed together."""
MOST_WAITING = 4_096
MOST_WAITING_BYTES = 64 * 1024 * 1024
MOST_CONNECTIONS = 256
MOST_UNREAD_BYTES = 8 * 1024 * 1024
"""Answers that a caller has not read; then its connection is cut."""
LONGEST_SLEEP_S = 1.0
"""So often, at least, clock and heart are looked at."""
MOST_ATTEMPTS = 3
"""Sessions that one submission may be taken through before its caller is told to come back."""
OWNER_ONLY = 0o600
_log = structlog.get_logger()


class Waiting:
    """A submission that waits for its decision, and whom to tell."""

    __slots__ = ("attempts", "caller", "number", "size", "submission")

    def __init__(self, caller: Caller, number: int, submission: Submission, size: int) -> None:
        self.caller = caller
        self.number = number
        self.submission = submission
        self.size = size
        self.attempts = 0

    def answer(self, decision: Answer | SequencerRefused) -> None:
        """Give the decision; it is sent when the caller is flushed."""
        if isinstance(decision, Answer):
            reply = Reply(number=self.number, answer=decision)
        else:
            reply = Reply(number=self.number, undecided=Undecided(code=decision.code, found=decision.found))
        self.caller.answer(reply)


class Caller(asyncio.Protocol):
    """One connection of an API process or a task."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self._outgoing: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, if there are not too many."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=MOST_UNREAD_BYTES)
        self._desk.add(self)

    def data_received(self, data: bytes) -> None:
        """Put every complete frame into the queue; whoever sends anything else is cut off."""
        try:
            for body in self._reader.feed(data):
                question = read_question(body)
                self._desk.put(Waiting(self, question.number, question.submission, len(body)))
        except (SequencerRefused, msgspec.DecodeError, UnicodeError, RecursionError) as error:
            _log.warning("malformed frame", code="FRAME-MALFORMED", reason=type(error).__name__)
            self.close()
        self.flush()

    def pause_writing(self) -> None:
        """Cut off a caller that does not read its answers."""
        self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the connection; what it has submitted is decided all the same."""
        self._transport = None
        self._desk.remove(self)

    def answer(self, reply: Reply) -> None:
        """Keep a reply until the next flush."""
        self._outgoing.append(frame(reply))

    def flush(self) -> None:
        """Send what is kept, in one write."""
        outgoing, self._outgoing = self._outgoing, []
        if outgoing and self._transport is not None:
            self._transport.write(b"".join(outgoing))

    def close(self, *, gently: bool = False) -> None:
        """Close the connection: at once, or after what was written has gone."""
        if self._transport is not None:
            if gently:
                self._transport.close()
            else:
                self._transport.abort()


class Desk:
    """The queue between the connections and the session that decides."""

    def __init__(self) -> None:
        self._queue: deque[Waiting] = deque()
        self._queued_bytes = 0
        self._callers: dict[Caller, None] = {}  # in the order in which they came
        self._wake = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._inode = 0
        self._path: Path | None = None
        self._stopping = False
        self._under_way: tuple[list[Waiting], Begun] | None = None
        """What is decided and not yet known to be written."""
        metrics.QUEUED.set_function(lambda: len(self._queue))
        self.serving = False
        """Whether a session is deciding what comes."""
        self.epoch = 0
        """Of the session that it has served last."""

    async def listen(self, path: Path) -> None:
        """Listen on a Unix socket that only its owner may use; it takes the place of one left behind.

        Raises:
            OSError: the folder is not there or not ours.
        """
        if self._server is not None:
            return
        draft = path.with_name(f".{secrets.token_hex(3)}")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        old_mask = os.umask(0o177)
        try:
            try:
                listener.bind(str(draft))
            finally:
                os.umask(old_mask)
            draft.chmod(OWNER_ONLY)
            self._inode = draft.stat().st_ino
            self._server = await asyncio.get_running_loop().create_unix_server(
                lambda: Caller(self), sock=listener, backlog=MOST_CONNECTIONS, start_serving=False
            )
            await self._server.start_serving()
            draft.rename(path)  # callers see a socket that answers, or none
            self._path = path
        except BaseException:  # also where the process is told to end in between
            draft.unlink(missing_ok=True)
            if self._server is not None:
                self._server.close()
                self._server = None
            listener.close()
            raise

    async def close(self, code: str = "SEQUENCER-STOPPING") -> None:
        """Tell everybody who waits, and close the socket and every connection. The desk may listen again."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._path is not None:
            if self.is_in_place:
                self._path.unlink(missing_ok=True)
            self._path = None
        while self._queue:
            self._take_one().answer(SequencerRefused(code))
        for caller in list(self._callers):
            caller.flush()
            caller.close(gently=True)
        await asyncio.sleep(0)

    def stop(self) -> None:
        """Finish the batch under way and decide nothing more."""
        self._stopping = True
        self._wake.set()

    def wake(self) -> None:
        """Let the desk look around: something other than a submission has happened."""
        self._wake.set()

    @property
    def listening(self) -> bool:
        """Whether callers can reach it."""
        return self._server is not None

    @property
    def is_in_place(self) -> bool:
        """Whether it listens, and callers who look for a sequencer find this one."""
        try:
            return self._path is not None and self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping

    def add(self, caller: Caller) -> None:
        """Take in a connection, or close it if there are too many."""
        if len(self._callers) >= MOST_CONNECTIONS:
            _log.warning("too many connections", most=MOST_CONNECTIONS)
            caller.close()
            return
        self._callers[caller] = None

    def remove(self, caller: Caller) -> None:
        """Forget a connection."""
        self._callers.pop(caller, None)

    def put(self, waiting: Waiting) -> None:
        """Queue a submission, or tell its caller why not."""
        if self._stopping:
            waiting.answer(SequencerRefused("SEQUENCER-STOPPING"))
        elif len(self._queue) >= MOST_WAITING or self._queued_bytes + waiting.size > MOST_WAITING_BYTES:
            waiting.answer(SequencerRefused("SEQUENCER-BUSY"))
        else:
            self._queue.append(waiting)
            self._queued_bytes += waiting.size
            self._wake.set()

    async def run(self, session: Session) -> None:
        """Decide what comes, on this session, until told to stop.

        Raises:
            SessionLost, FencedOut, StoreCorrupt, ClockJumped, psycopg.Error: the session is over.
        """
        self.serving = True
        self.epoch = session.epoch
        metrics.SERVING.set(1)
        try:
            while not self._stopping:
                await self._turn(session)
        except Exception:
            await self._answer_under_way()
            raise
        else:
            await self._answer_under_way()
        finally:
            self._under_way = None
            self.serving = False
            metrics.SERVING.set(0)

    async def _turn(self, session: Session) -> None:
        wait_s = session.wait_s()
        for task in (session.heart, *session.questions):
            if task.done():
                task.result()
        if self._under_way is not None and self._under_way[1].done():
            await self._answer_under_way()
        if not self._queue and wait_s != 0:
            await self._sleep(LONGEST_SLEEP_S if wait_s is None else min(wait_s, LONGEST_SLEEP_S))
        self._wake.clear()
        if self._queue or session.wait_s() == 0:
            await self._begin(session)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _begin(self, session: Session) -> None:
        """Have what is waiting decided, and answer what was under way before it."""
        waiting, admitted = self._next_batch()
        try:
            begun = await session.begin(admitted)
        except (SessionLost, FencedOut, StoreCorrupt, ClockJumped) as error:
            self._give_back(
                waiting, error
            )  # before the earlier one is, which so comes to stand in front of it
            await self._answer_under_way()
            raise
        await self._answer_under_way()
        self._under_way = waiting, begun
        begun.when_done(self.wake)

    async def _answer_under_way(self) -> None:
        """Answer what is under way when it is written.

        Raises:
            SessionLost, FencedOut, StoreCorrupt: it was not written.
        """
        if self._under_way is None:
            return
        (waiting, begun), self._under_way = self._under_way, None
        try:
            decisions = await begun.decisions()
        except (SessionLost, FencedOut, StoreCorrupt) as error:
            self._give_back(waiting, error)
            raise
        later = []
        for each, decision in zip(waiting, decisions, strict=True):
            if decision is None:
                later.append(each)
            else:
                each.answer(decision)
        self._again(later)
        _flush(waiting)

    def _give_back(self, waiting: Sequence[Waiting], error: Exception) -> None:
        """Nothing came of a batch: some are decided on the next session, the others are told to come back."""
        if isinstance(error, SessionLost):
            innocent = []
            for position, each in enumerate(waiting):
                if position == error.culprit:
                    each.answer(SequencerRefused("ENGINE-FAULT"))
                elif self._may_try_again(each, error):
                    innocent.append(each)
            self._again(innocent)
        else:
            for each in waiting:
                each.answer(SequencerRefused("SEQUENCER-RELOADING"))
        _flush(waiting)

    def _may_try_again(self, waiting: Waiting, lost: SessionLost) -> bool:
        """Whether the tables are to be asked about it after the next load; else its caller is to come back."""
        waiting.attempts += 1
        if lost.ask_again and waiting.attempts < MOST_ATTEMPTS:
            return True
        waiting.answer(SequencerRefused("SEQUENCER-RELOADING"))
        return False

    def _next_batch(self) -> tuple[list[Waiting], list[Admitted]]:
        """What is taken to be decided now; what is no command is refused on the way."""
        waiting, admitted = [], []
        for _ in range(min(len(self._queue), LARGEST_BATCH)):
            each = self._take_one()
            try:
                admitted.append(admit(each.submission))
            except SequencerRefused as refusal:
                each.answer(refusal)
                each.caller.flush()
                continue
            waiting.append(each)
        return waiting, admitted

    def _take_one(self) -> Waiting:
        waiting = self._queue.popleft()
        self._queued_bytes -= waiting.size
        return waiting

    def _again(self, waiting: Sequence[Waiting]) -> None:
        """Put submissions back to the head of the queue, in their order."""
        self._queue.extendleft(reversed(waiting))
        self._queued_bytes += sum(each.size for each in waiting)


def _flush(waiting: Sequence[Waiting]) -> None:
    for caller in dict.fromkeys(each.caller for each in waiting):
        caller.flush()

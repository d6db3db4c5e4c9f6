"""Clients of the sequencer: one connection with many submissions under way, and a small blocking one for tasks.

A submission is sent again under the same key when the connection breaks, the sequencer is loading, or another one has
taken its place at the socket's path: it is applied once, however often it arrives. What stays undecided until the
deadline is said to be so, never guessed.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from typing import TYPE_CHECKING, Self, TypeAlias, cast

from ledger.sequencer.messages import (
    Answer,
    FrameReader,
    Question,
    Reply,
    SequencerRefused,
    Submission,
    frame,
    read_reply,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Answer", "BlockingSequencerClient", "SequencerClient", "SequencerRefused", "Submission"]

DEADLINE_S = 15.0
"""How long one submission may stay undecided."""
CONNECT_TIMEOUT_S = 2.0
FIRST_BACK_OFF_S = 0.02
LONGEST_BACK_OFF_S = 0.5
LOOK_EVERY_S = 0.25
"""How often a caller that waits looks whether another sequencer listens at the path: the first may be stopped."""
MOST_UNDER_WAY = 8_192
"""Submissions without an answer on one connection; beyond that the caller is told that the queue is full."""
_Listener: TypeAlias = tuple[int, int, int]
"""Device, inode and time of the inode's last change."""
_SENT_AGAIN = frozenset({"SEQUENCER-RELOADING", "SEQUENCER-STOPPING", "SEQUENCER-UNREACHABLE"})


class _Connection(asyncio.Protocol):
    """One connection: frames out, gathered over a turn of the event loop; replies to whoever waits for them."""

    def __init__(self, path: str, listener: _Listener | None, lost: Callable[[_Connection], None]) -> None:
        self._path = path
        self._listener = listener
        self._lost = lost
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self._outgoing: list[bytes] = []
        self.waiting: dict[int, asyncio.Future[Reply]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._look_later()

    def data_received(self, data: bytes) -> None:
        try:
            replies = [read_reply(body) for body in self._reader.feed(data)]
        except (SequencerRefused, ValueError, RecursionError):  # msgspec's errors are ValueErrors
            self.close()
            return
        for reply in replies:
            future = self.waiting.pop(reply.number, None)
            if future is not None and not future.done():
                future.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._transport = None
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(SequencerRefused("SEQUENCER-UNREACHABLE"))
        self.waiting.clear()
        self._lost(self)

    def send(self, data: bytes) -> None:
        """Send with everything else of this turn of the event loop."""
        if not self._outgoing:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outgoing.append(data)

    def close(self) -> None:
        """Close at once; whoever waits is told so."""
        if self._transport is not None:
            self._transport.abort()

    def _look_later(self) -> None:
        asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        """Leave a sequencer whose place another one has taken."""
        if self._transport is None:
            return
        if self.waiting and _is_another(self._listener, self._path):
            self.close()
        else:
            self._look_later()

    def _flush(self) -> None:
        outgoing, self._outgoing = self._outgoing, []
        if self._transport is not None:
            self._transport.write(b"".join(outgoing))


class SequencerClient:
    """Sends submissions over one Unix socket; any number of them may be under way."""

    def __init__(self, socket_path: str, *, deadline_s: float = DEADLINE_S) -> None:
        self._path = socket_path
        self._deadline_s = deadline_s
        self._connection: _Connection | None = None
        self._connecting = asyncio.Lock()
        self._number = 0
        self._closed = False

    async def submit(self, submission: Submission) -> Answer:
        """Have a command decided; the answer comes after the commit.

        Raises:
            SequencerRefused: no entry was made, or nothing is known until the deadline (SEQUENCER-TIMEOUT).
        """
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._until_decided(submission)
        except TimeoutError as error:
            code = "SEQUENCER-TIMEOUT"
            raise SequencerRefused(code) from error

    async def close(self) -> None:
        """Close the connection; submissions under way end as unreachable."""
        self._closed = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _until_decided(self, submission: Submission) -> Answer:
        back_off_s = FIRST_BACK_OFF_S
        while True:
            try:
                return await self._once(submission)
            except SequencerRefused as error:
                if self._closed or error.code not in _SENT_AGAIN:
                    raise
            await asyncio.sleep(back_off_s)
            back_off_s = min(2 * back_off_s, LONGEST_BACK_OFF_S)

    async def _once(self, submission: Submission) -> Answer:
        connection = await self._connected()
        if len(connection.waiting) >= MOST_UNDER_WAY:
            code = "SEQUENCER-BUSY"
            raise SequencerRefused(code)
        self._number += 1
        number = self._number
        data = frame(Question(number=number, submission=submission))
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        connection.waiting[number] = future
        connection.send(data)
        try:
            return _answer_of(await future)
        except asyncio.CancelledError:
            # A peer that does not answer in time may be stopped for good: the next one asks on a new connection.
            if connection.waiting.pop(number, None) is not None:
                self._forget(connection)
            raise

    async def _connected(self) -> _Connection:
        if self._closed:
            code = "SEQUENCER-UNREACHABLE"
            raise SequencerRefused(code, "the client is closed")
        if self._connection is not None:
            return self._connection
        async with self._connecting:
            if self._connection is None:
                loop = asyncio.get_running_loop()
                listener = _socket_at(self._path)  # before the connection: another may come in between
                try:
                    async with asyncio.timeout(CONNECT_TIMEOUT_S):
                        _, connection = await loop.create_unix_connection(
                            lambda: _Connection(self._path, listener, self._forget), self._path
                        )
                except OSError as error:  # TimeoutError is one of them
                    code = "SEQUENCER-UNREACHABLE"
                    raise SequencerRefused(code, type(error).__name__) from error
                self._connection = connection
            return self._connection

    def _forget(self, connection: _Connection) -> None:
        if self._connection is connection:
            self._connection = None


class BlockingSequencerClient:
    """One submission at a time, for tasks and the command line; not to be shared by threads."""

    def __init__(self, socket_path: str, *, deadline_s: float = DEADLINE_S) -> None:
        self._path = socket_path
        self._deadline_s = deadline_s
        self._socket: socket.socket | None = None
        self._listener: _Listener | None = None
        self._number = 0

    def submit(self, submission: Submission) -> Answer:
        """Have a command decided; blocks until its commit.

        Raises:
            SequencerRefused: no entry was made, or nothing is known until the deadline (SEQUENCER-TIMEOUT).
        """
        deadline = time.monotonic() + self._deadline_s
        back_off_s = FIRST_BACK_OFF_S
        while True:
            try:
                return self._once(submission, deadline)
            except SequencerRefused as error:
                if error.code not in _SENT_AGAIN:
                    raise
            if time.monotonic() + back_off_s >= deadline:
                code = "SEQUENCER-TIMEOUT"
                raise SequencerRefused(code)
            time.sleep(back_off_s)
            back_off_s = min(2 * back_off_s, LONGEST_BACK_OFF_S)

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _once(self, submission: Submission, deadline: float) -> Answer:
        self._number += 1
        data = frame(Question(number=self._number, submission=submission))
        try:
            connection = self._connected(deadline)
            connection.sendall(data)
            return _answer_of(self._reply(connection, deadline))
        except OSError as error:
            self.close()
            code = "SEQUENCER-UNREACHABLE"
            raise SequencerRefused(code, type(error).__name__) from error

    def _connected(self, deadline: float) -> socket.socket:
        if self._socket is None:
            self._listener = _socket_at(self._path)
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket.settimeout(min(CONNECT_TIMEOUT_S, _left(deadline)))
            self._socket.connect(self._path)
        self._socket.settimeout(_left(deadline))
        return self._socket

    def _reply(self, connection: socket.socket, deadline: float) -> Reply:
        reader = FrameReader()
        while True:
            left_s = _left(deadline)
            connection.settimeout(min(LOOK_EVERY_S, left_s))
            try:
                data = connection.recv(65_536)
            except TimeoutError:
                if left_s <= LOOK_EVERY_S or _is_another(self._listener, self._path):
                    raise
                continue
            if not data:
                message = "the sequencer closed the connection"
                raise ConnectionResetError(message)
            for body in reader.feed(data):
                reply = read_reply(body)
                if reply.number == self._number:
                    return reply

    def __enter__(self) -> Self:
        """Use it as a context manager: it closes itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()


def _socket_at(path: str) -> _Listener | None:
    """Which socket listens at a path; a new one at the same path is another."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a path as it came, on every look
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_ctime_ns


def _is_another(before: _Listener | None, path: str) -> bool:
    now = _socket_at(path)
    return now is not None and now != before


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.001)


def _answer_of(reply: Reply) -> Answer:
    if reply.undecided is not None:
        raise SequencerRefused(reply.undecided.code, reply.undecided.found)
    if reply.answer is None:
        code = "FRAME-MALFORMED"
        raise SequencerRefused(code, "neither answer nor refusal")
    return reply.answer

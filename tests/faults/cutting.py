"""Proxies between a process and what it speaks to, which cut at one named message: nothing of this is in the product.

Before a cut's message is passed on, or after its answer has come and before it is passed on, `then` is done (mostly a
SIGKILL of the process that speaks) and the connection ends. What was asked of the other side, and whether it was done
there, is therefore exactly known.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from ledger.store.connections import psycopg_url

DEADLINE_S = 30.0
"""What must be back in 10 s is waited for three times as long."""
_LENGTH = 4
_READ = 1 << 18


@dataclass
class Cut:
    """One message at which it is cut. `name` says which one, `text` is in it; `answered`: with the answer come.

    first: a message on the same connection that must have gone before, as a write before its COMMIT.
    """

    name: str
    text: bytes
    answered: bool = False
    first: bytes = b""
    then: Callable[[], object] = lambda: None
    hit: threading.Event = field(default_factory=threading.Event)


class Cutting:
    """A proxy in a thread of its own. `arm` a cut; it is done once."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.cut: Cut | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE_S)
        self._loop.close()

    def arm(self, cut: Cut) -> Cut:
        """Cut at this message, from now on."""
        self.cut = cut
        return cut

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(DEADLINE_S)

    async def _listen(self) -> None:
        raise NotImplementedError

    async def _upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        raise NotImplementedError

    async def _close(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    _server: asyncio.Server

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._pass_on(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up_reader, up_writer = await self._upstream()
        except OSError:
            writer.close()
            return
        between = self._between(writer, up_writer)
        ways = [
            self._loop.create_task(_pump(reader, between.asked)),
            self._loop.create_task(_pump(up_reader, between.answered)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for each in (writer, up_writer):
                each.close()

    def _between(self, down: asyncio.StreamWriter, up: asyncio.StreamWriter) -> Between:
        raise NotImplementedError


class CutNow(Exception):
    """The message has come."""


async def _pump(reader: asyncio.StreamReader, take: Callable[[bytes], None]) -> None:
    with contextlib.suppress(CutNow, ConnectionError):
        while data := await reader.read(_READ):
            take(data)


class Between:
    """One connection: what is asked goes up, what is answered comes down, whole messages at a time."""

    def __init__(self, cutting: Cutting, down: asyncio.StreamWriter, up: asyncio.StreamWriter) -> None:
        self._cutting = cutting
        self._down, self._up = down, up
        self._came_first = False
        self._awaited: Cut | None = None
        """A cut whose message has gone up, and whose answer is to be kept back."""

    def asked(self, data: bytes) -> None:
        """Something has come from the process that asks."""
        raise NotImplementedError

    def answered(self, data: bytes) -> None:
        """Something has come from the other side."""
        raise NotImplementedError

    def _look_at(self, text: bytes) -> None:
        """Look whether this message is the one. Raises CutNow where it must not be passed on."""
        cut = self._cutting.cut
        if cut is None or self._awaited is not None:
            return
        if cut.first and not self._came_first:
            self._came_first = cut.first in text
            return
        if cut.text not in text:
            return
        self._cutting.cut = None
        if cut.answered:
            self._awaited = cut
        else:
            self._do(cut)

    def _do(self, cut: Cut) -> None:
        cut.then()
        cut.hit.set()
        raise CutNow


class PostgresBetween(Between):
    """Speaks PostgreSQL's protocol 3 as far as needed: which statement each message carries, and when it is answered."""

    def __init__(self, cutting: Cutting, down: asyncio.StreamWriter, up: asyncio.StreamWriter) -> None:
        super().__init__(cutting, down, up)
        self._asking, self._answering = bytearray(), bytearray()
        self._has_begun = False
        self._statements: dict[bytes, bytes] = {}

    def asked(self, data: bytes) -> None:
        self._asking += data
        if not self._has_begun:
            if not (whole := _whole(self._asking, 0)):
                return
            self._up.write(whole)
            self._has_begun = True
        while whole := _whole(self._asking, 1):
            self._read(whole)
            self._up.write(whole)

    def answered(self, data: bytes) -> None:
        if self._awaited is None:
            self._down.write(data)
            return
        self._answering += data
        while whole := _whole(self._answering, 1):
            if whole[:1] == b"Z":
                self._do(self._awaited)

    def _read(self, message: bytes) -> None:
        kind, body = message[:1], message[1 + _LENGTH :]
        if kind == b"Q":
            self._look_at(body)
        elif kind == b"P":
            name, text, *_ = body.split(b"\0", 2)
            self._statements[name] = text
        elif kind == b"B":
            _, name, *_ = body.split(b"\0", 2)
            self._look_at(self._statements.get(name, b""))


def _whole(buffer: bytearray, kind_bytes: int) -> bytes:
    """Take one whole message from the front, or nothing."""
    if len(buffer) < kind_bytes + _LENGTH:
        return b""
    end = kind_bytes + int.from_bytes(buffer[kind_bytes : kind_bytes + _LENGTH], "big")
    if len(buffer) < end:
        return b""
    message = bytes(buffer[:end])
    del buffer[:end]
    return message


class PostgresCutting(Cutting):
    """Between a process and PostgreSQL; `url` is where the process is to look for its database."""

    def __init__(self, folder: Path, database_url: str) -> None:
        super().__init__()
        url = psycopg_url(database_url)
        query = parse_qs(urlsplit(url).query)
        name = f".s.PGSQL.{query.get('port', ['5432'])[0]}"
        self._path = str(folder / name)
        self._upstream_path = f"{query['host'][0]}/{name}"
        self.url = url.split("?")[0] + f"?host={folder}"

    async def _listen(self) -> None:
        self._server = await asyncio.start_unix_server(self._connected, path=self._path)

    async def _upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self._upstream_path)

    def _between(self, down: asyncio.StreamWriter, up: asyncio.StreamWriter) -> Between:
        return PostgresBetween(self, down, up)


class PlainBetween(Between):
    """A protocol in which one write is one message, and the next one back is its answer: our frames, HTTP."""

    def asked(self, data: bytes) -> None:
        self._look_at(data)
        self._up.write(data)

    def answered(self, data: bytes) -> None:
        if self._awaited is not None:
            self._do(self._awaited)
        self._down.write(data)


class SocketCutting(Cutting):
    """Between callers and a sequencer's socket; `path` is where the callers are to look for it."""

    def __init__(self, path: Path, upstream: str) -> None:
        super().__init__()
        self.path = str(path)
        self._upstream_path = upstream

    async def _listen(self) -> None:
        self._server = await asyncio.start_unix_server(self._connected, path=self.path)

    async def _upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(self._upstream_path)

    def _between(self, down: asyncio.StreamWriter, up: asyncio.StreamWriter) -> Between:
        return PlainBetween(self, down, up)


class PortCutting(Cutting):
    """Between clients and a server on a port of this machine; `url` is where the clients are to look for it."""

    def __init__(self) -> None:
        super().__init__()
        self.upstream_port = 0
        self.url = ""

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _upstream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.upstream_port)

    def _between(self, down: asyncio.StreamWriter, up: asyncio.StreamWriter) -> Between:
        return PlainBetween(self, down, up)

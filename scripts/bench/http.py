"""A keep-alive HTTP/1.1 connection that costs the benchmark as little as can be: one request, one answer."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

LARGEST_HEAD = 64 * 1024
DEADLINE_S = 60.0


class HttpAnswer(NamedTuple):
    """Status and body."""

    status: int
    body: bytes


class HttpConnection:
    """One connection to one server; not to be shared."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, host: str, port: int) -> HttpConnection:
        """Connect.

        Raises:
            OSError: nobody answers.
        """
        return cls(*await asyncio.open_connection(host, port, limit=LARGEST_HEAD))

    async def ask(self, request: bytes) -> HttpAnswer:
        """Send a request and read its answer, whose length its head must give.

        Raises:
            ConnectionError, asyncio.IncompleteReadError: the server closed, or its answer is of another form.
            TimeoutError: it did not come.
        """
        async with asyncio.timeout(DEADLINE_S):
            self._writer.write(request)
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            if not length.isdigit():
                message = "an answer without its length"
                raise ConnectionError(message)
            return HttpAnswer(int(head[9:12]), await self._reader.readexactly(int(length)))

    async def close(self) -> None:
        """Close it."""
        self._writer.close()
        await self._writer.wait_closed()


def post(path: str, body: bytes, **headers: str) -> bytes:
    """A POST with a JSON body, ready to be sent."""
    lines = [f"POST {path} HTTP/1.1", "Host: bench", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

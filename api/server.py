"""uvicorn as this house runs it: what its parser leaves unbounded is bounded here, before a request exists.

A request's head may be as large and as slow as its sender likes where httptools parses it. The application bounds what
comes after the head (`api.middleware`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

GRACE_S = 10
BACKLOG = 2_048
MOST_CONNECTIONS = 1_000
"""Connections and requests at once; beyond that 503."""
LARGEST_HEAD = 64 * 1024
"""Bytes of a request line with its headers, while they are incomplete."""
LONGEST_HEAD_S = 10.0
"""From a connection's beginning, or a request's first byte on a kept one, to the end of its headers; also the time that
the rest of a refused body has."""
_REQUEST_TIMEOUT = 408
_HEAD_TOO_LARGE = 431


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a bound on the size and on the time of a request's head."""

    _head_bytes = 0
    _heads = 0
    """Heads that were complete."""
    _head_awaited = True
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Await the first head."""
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Await nothing more."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes while a head is incomplete."""
        awaited, heads = self._head_awaited, self._heads
        if awaited:
            self._arm()
        super().data_received(data)
        if awaited and self._heads == heads:  # none of it was anything but head
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD:
                self._close(_HEAD_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._head_awaited = False
        self._head_bytes = 0
        self._heads += 1
        self._disarm()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next head may come."""
        self._head_awaited = True
        self._disarm()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Let whoever still sends read why that was refused, but not send for ever."""
        super().on_response_complete()
        if not self._head_awaited:
            self._arm()

    def _arm(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(LONGEST_HEAD_S, self._close, _REQUEST_TIMEOUT)

    def _disarm(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _close(self, status: int) -> None:
        """End the connection; say why unless an answer is on its way there, or has been given."""
        self._disarm()
        if self.transport.is_closing():
            return
        if self._head_awaited and (self.cycle is None or self.cycle.response_complete):
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()


def configuration(app: Any) -> uvicorn.Config:  # noqa: ANN401 - uvicorn's own type for an application
    """How the front door is served."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        access_log=False,
        log_config=None,  # what it says goes where the process's own lines go
        log_level="warning",
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=GRACE_S,
        backlog=BACKLOG,
        limit_concurrency=MOST_CONNECTIONS,
    )

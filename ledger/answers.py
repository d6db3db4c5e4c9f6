"""HTTP answers taken whole: one deadline over an answer, from connecting to its last byte, and a bound on its size.

httpx bounds each wait for the network, so that whoever sends a byte now and then would never be given up. Here each
wait lasts no longer than what is left of the whole. Every synchronous client of the house takes its answers here.
"""

from __future__ import annotations

import threading
import time
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

_PLAIN = {"Accept-Encoding": "identity"}
"""What is unpacked here could be a thousand times what was sent."""


_LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=16)


class AnswerTooLarge(httpx.HTTPError):
    """More came than may."""


class AnswerCut(httpx.RemoteProtocolError):
    """The answer had begun and did not come to its end."""


class _OfThread(threading.local):
    end: float | None = None


_of_thread = _OfThread()


def _left(timeout: float | None) -> float | None:
    if _of_thread.end is None:
        return timeout
    left = _of_thread.end - time.monotonic()
    if left <= 0:
        message = "the deadline of the whole answer"
        raise httpcore.ReadTimeout(message)
    return left if timeout is None else min(timeout, left)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """All that this thread waits for of the network ends within so many seconds."""
    _of_thread.end = time.monotonic() + seconds
    try:
        yield
    finally:
        _of_thread.end = None


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's own
        return self._stream.get_extra_info(info)


class _Network(httpcore.SyncBackend):
    def connect_tcp(self, host: str, port: int, timeout: float | None = None, **more: Any) -> Any:  # type: ignore[override]  # noqa: ANN401 - httpcore's own
        return _Stream(super().connect_tcp(host, port, _left(timeout), **more))


def bounded_client(
    *,
    timeout_s: float,
    headers: dict[str, str] | None = None,
    base_url: str = "",
    transport: httpx.BaseTransport | None = None,
) -> httpx.Client:
    """A client for `take`: it follows no redirect, and asks no proxy. `timeout_s`: of one wait for the network."""
    if transport is None:
        transport = networked = httpx.HTTPTransport(trust_env=False, limits=_LIMITS)
        # httpx hands on everything but this; a version without it would fail in the test that drips.
        networked._pool._network_backend = _Network()  # noqa: SLF001 - as above
    client = httpx.Client(
        base_url=base_url,
        headers=_PLAIN | (headers or {}),
        timeout=timeout_s,
        transport=transport,
        follow_redirects=False,
        trust_env=False,
    )
    weakref.finalize(client, transport.close)  # whoever forgets it leaves no connection behind
    return client


def take(
    client: httpx.Client, request: httpx.Request, *, deadline_s: float, most_bytes: int
) -> tuple[httpx.Response, bytes]:
    """Send a request and give its answer, head and body; the body as it was sent, unpacked by nobody.

    Raises:
        AnswerTooLarge: more than `most_bytes`.
        AnswerCut: it ended before its end.
        httpx.TimeoutException: not whole within `deadline_s`, or the other side was silent for too long.
        httpx.HTTPError: it does not answer HTTP.
    """
    with _within(deadline_s):
        response = client.send(request, stream=True)
        try:
            body = bytearray()
            for part in response.iter_raw():
                body += part
                if len(body) > most_bytes:
                    message = f"more than {most_bytes} bytes"
                    raise AnswerTooLarge(message)
        except (httpx.RemoteProtocolError, httpx.ReadError) as error:
            raise AnswerCut(str(error)) from error
        finally:
            response.close()
    return response, bytes(body)

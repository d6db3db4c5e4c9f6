"""What every request passes before a route sees it: a request id, bounds on its body, and safe response headers.

Plain ASGI, since the way of a bid goes through here. Nothing is logged but route, status, request id and entry. The id
is the sender's own `X-Request-Id` where that is hex digits and hyphens (16 to 64), else one made here; it goes back
with the answer.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from api import metrics, problems
from ledger.log_lines import begin_request

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 1024 * 1024
"""Bytes of a command."""
LARGEST_IMPORT = 64 * 1024 * 1024
"""Bytes of an import file."""
LONGEST_BODY_S = 20.0
"""From the first look at a command's body to its end."""
LONGEST_IMPORT_S = 300.0
"""As above, of an import file: 64 MiB over a line of 2 Mbit/s."""
RIGHTS_PATH = "/v1/rights"
IMPORT_PATH = "/v1/rights/imports"

_SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_SERVED_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_CACHE = (b"cache-control", b"no-store")


class BodyRefusedError(Exception):
    """The body was given up while it was read: too large, or too slow."""


class Gate:
    """Gives each request its id, bounds its body in size and time, and adds the headers that make answers safe.

    It stands before everything else, so that what the application makes of its own faults passes here as well.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._routes = metrics.Routes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = begin_request(_header(scope, b"x-request-id").decode("latin-1"))
        scope.setdefault("state", {})["request_id"] = request_id
        if scope["path"] == RIGHTS_PATH and scope["method"] == "POST" and not _is_json(scope):
            # A file is told by its content type.
            scope["path"], scope["raw_path"] = IMPORT_PATH, IMPORT_PATH.encode()
        is_import = scope["path"] == IMPORT_PATH
        body = _Body(
            receive,
            bound=LARGEST_IMPORT if is_import else LARGEST_BODY,
            longest_s=LONGEST_IMPORT_S if is_import else LONGEST_BODY_S,
        )
        is_head = scope["method"] == "HEAD"
        answer = _Answer(send, body, request_id, is_head=is_head)
        routed = {**scope, "method": "GET"} if is_head else scope
        with metrics.UNDER_WAY.track_inprogress():
            try:
                await self._pass_on(scope, routed, body, answer)
            finally:
                took_s = time.perf_counter() - began
                metrics.answered(self._routes.template(routed), scope["method"], answer.status, took_s)

    async def _pass_on(self, scope: Scope, routed: Scope, body: _Body, answer: _Answer) -> None:
        """Have the application answer, or refuse the body. `routed`: as the application sees the scope."""
        declared = _header(scope, b"content-length") or b"0"
        if not declared.isdigit() or int(declared) > body.bound:
            body.refusal = problems.BODY_TOO_LARGE
        else:
            try:
                # Whoever answers GET answers HEAD (RFC 9110 9.3.2): the same headers, and no content.
                await self.app(routed, body.receive, answer.send)
            except Exception:
                if answer.started or body.refusal is None:
                    raise
        if body.refusal is not None and not answer.started:
            language = _header(scope, b"accept-language").decode("latin-1")
            response = problems.response(
                body.problem(body.refusal),
                accept_language=language,
                request_id=scope["state"]["request_id"],
            )
            await response(scope, body.receive, answer.deliver)


class _Answer:
    """An answer on its way out."""

    def __init__(self, send: Send, body: _Body, request_id: str, *, is_head: bool) -> None:
        self.started = False
        self.status = 0
        """0 as long as nothing was answered."""
        self._send = send
        self._body = body
        self._request_id = request_id
        self._is_head = is_head

    async def send(self, message: Message) -> None:
        """Pass on what the application says, unless it did not get its body: that is no answer."""
        if self.started or self._body.refusal is None:
            await self.deliver(message)

    async def deliver(self, message: Message) -> None:
        """Pass a message on with everything that an answer carries."""
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            message["headers"] = _with_safe_headers(message["headers"], self._request_id)
        elif self._is_head:
            message = {**message, "body": b""}
        await self._send(message)


class _Body:
    """A body on its way in: counted, also where no length is declared, and given up when its time has passed."""

    def __init__(self, receive: Receive, *, bound: int, longest_s: float) -> None:
        self.bound = bound
        self.longest_s = longest_s
        self.refusal: problems.Kind | None = None
        self._receive = receive
        self._seen = 0
        self._whole = False
        self._until: float | None = None

    async def receive(self) -> Message:
        """The next message (ASGI).

        Raises:
            BodyRefusedError: the body is too large, or did not come in time; `refusal` says which.
        """
        if self._whole:
            return await self._receive()  # waits for the client to go away, however long that takes
        if self._until is None:
            self._until = asyncio.get_running_loop().time() + self.longest_s
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError as error:
            self.refusal = problems.BODY_TOO_SLOW
            raise BodyRefusedError from error
        self._seen += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._seen > self.bound:
            self.refusal = problems.BODY_TOO_LARGE
            raise BodyRefusedError
        return message

    def problem(self, refusal: problems.Kind) -> problems.Problem:
        """What its sender is told."""
        if refusal is problems.BODY_TOO_SLOW:
            return problems.Problem(refusal, headers={"Connection": "close"}, bound_seconds=self.longest_s)
        return problems.Problem(refusal, bound_bytes=self.bound)


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == wanted), b"")


def _is_json(scope: Scope) -> bool:
    return _header(scope, b"content-type").partition(b";")[0].strip().lower() in {b"", b"application/json"}


def _with_safe_headers(headers: list[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    names = {name.lower() for name, _ in headers}
    added = [pair for pair in (*_SAFE_HEADERS, _SERVED_POLICY, _CACHE) if pair[0] not in names]
    return [*headers, *added, (b"x-request-id", request_id.encode())]

"""What every request passes before a route sees it: a request id, a bound on its body, and safe response headers.

Plain ASGI, since the way of a bid goes through here. Nothing is logged but route, status and request id.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from api import problems

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 1024 * 1024
"""Bytes of a command."""
LARGEST_IMPORT = 64 * 1024 * 1024
"""Bytes of an import file."""
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


class BodyTooLargeError(Exception):
    """The body grew beyond its bound while it was read."""


class Gate:
    """Gives each request its id, refuses bodies beyond the bound, and adds the headers that make answers safe."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on (ASGI)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = request_id
        if scope["path"] == RIGHTS_PATH and scope["method"] == "POST" and not _is_json(scope):
            # A file is told by its content type.
            scope["path"], scope["raw_path"] = IMPORT_PATH, IMPORT_PATH.encode()
        bound = LARGEST_IMPORT if scope["path"] == IMPORT_PATH else LARGEST_BODY
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = _with_safe_headers(message["headers"], request_id)
            await send(message)

        async def refuse() -> None:
            language = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
            problem = problems.Problem(problems.BODY_TOO_LARGE, bound_bytes=bound)
            response = problems.response(
                problem, accept_language=language.decode("latin-1"), request_id=request_id
            )
            await response(scope, receive, answer)

        if not declared.isdigit() or int(declared) > bound:
            await refuse()
            return
        try:
            await self.app(scope, _bounded(receive, bound), answer)
        except BodyTooLargeError:
            if started:
                raise
            await refuse()


def _is_json(scope: Scope) -> bool:
    content_type = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return content_type.partition(b";")[0].strip().lower() in {b"", b"application/json"}


def _bounded(receive: Receive, bound: int) -> Receive:
    """Count what arrives: a body without a declared length is bounded as well."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > bound:
                raise BodyTooLargeError
        return message

    return counted


def _with_safe_headers(headers: list[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    names = {name.lower() for name, _ in headers}
    added = [pair for pair in (*_SAFE_HEADERS, _SERVED_POLICY, _CACHE) if pair[0] not in names]
    return [*headers, *added, (b"x-request-id", request_id.encode())]

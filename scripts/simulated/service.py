"""What both simulated institutions have in common: the HTTP service around their books.

Every call carries the shared secret (but for the page `/`, `/identity` and `/health`), is carried out in one
transaction, and is answered in canonical JSON that is marked as simulated. Faults strike calls of the
exchange only, never the control calls under `/simulation`.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import os
import socket
import sys
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from exchange import canonical
from ledger.attestation import attest
from ledger.counterparty import SHORTEST_TOKEN
from ledger.secp256k1 import PrivateKey
from scripts.simulated import MARKING
from scripts.simulated.faults import FaultPlan, Faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from starlette.requests import Request

    from scripts.simulated.store import Store

Shape = TypeVar("Shape")

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes of a request's body."""
_HEADERS = {
    "X-Simulated": "true",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_OVERSIZE_CHUNK = b" " * 65_536
_OVERSIZE_CHUNKS = 256
_ANOTHER_KEY = PrivateKey(b"\x01" * 32)


class Problem(Exception):  # the name of RFC 9457 for what it answers
    """A call that is refused: status, a stable code, and what would cure it."""

    def __init__(self, status: int, code: str, cure: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.cure = cure


class Call(NamedTuple):
    """One call: its path's parts, its query and its body."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    def read(self, shape: type[Shape]) -> Shape:
        """Read the body.

        Raises:
            Problem: 422 `BODY-MALFORMED`.
        """
        if canonical.is_nested_too_deep(self.body):
            raise Problem(422, "BODY-MALFORMED", f"nest at most {canonical.DEEPEST_NESTING} containers")
        try:
            return msgspec.json.decode(self.body, type=shape)
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
            raise Problem(
                422, "BODY-MALFORMED", f"send the fields of the interface: {str(error)[:200]}"
            ) from error

    def number(self, name: str, otherwise: int, largest: int) -> int:
        """Read a whole number of the query.

        Raises:
            Problem: 422 `QUERY-MALFORMED`.
        """
        text = self.query.get(name, str(otherwise))
        if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= largest):  # noqa: PLR2004  # digits
            raise Problem(422, "QUERY-MALFORMED", f"send {name} as a whole number from 0 to {largest}")
        return int(text)


class Advance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Move the simulated clock forward by this many milliseconds."""

    advance_ms: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class _Transport(NamedTuple):
    """The faults drawn for one answer on its way."""

    error: bool
    slow_ms: int
    drop: bool
    truncate: bool
    oversize: bool


class Service:
    """One institution as an ASGI application. `catch_up` does what has fallen due, before every call."""

    def __init__(
        self, name: str, title: str, store: Store, token: str, catch_up: Callable[[int], None]
    ) -> None:
        if len(token) < SHORTEST_TOKEN or not token.isascii():
            message = f"the shared secret needs at least {SHORTEST_TOKEN} ASCII characters"
            raise ValueError(message)
        self.name = name
        self.title = title
        self.store = store
        self.faults = Faults(store)
        self._token = token
        self._catch_up = catch_up
        self._last: dict[str, dict[str, Any]] = {}
        self._routes = [
            Route("/", self._page),
            Route("/health", self._health),
            Route("/identity", self._identity),
        ]
        self.control("/simulation/faults", "POST", self._set_faults)
        self.control("/simulation/faults", "GET", lambda _: self.faults.plan())
        self.control("/simulation/clock", "POST", self._advance)

    def application(self) -> Starlette:
        """Give the ASGI application."""
        return Starlette(routes=self._routes)

    def route(self, path: str, method: str, handler: Callable[[Call], dict[str, Any] | bytes]) -> None:
        """Add a call of the exchange; the handler gives an answer's members, or a document's bytes."""
        self._routes.append(Route(path, self._endpoint(handler, faulty=True), methods=[method]))

    def control(self, path: str, method: str, handler: Callable[[Call], Any]) -> None:
        """Add a control call of the simulation; the handler gives what becomes the member `result`."""
        self._routes.append(
            Route(
                path, self._endpoint(lambda call: {"result": handler(call)}, faulty=False), methods=[method]
            )
        )

    def one(self, question: str, statement: Mapping[str, Any]) -> dict[str, Any]:
        """Answer with one signed statement; under `out_of_order` with the answer to the question before."""
        signed = self._signed(statement)
        before = self._last.get(question)
        self._last[question] = signed
        if before is not None and self.faults.draw("out_of_order") is not None:
            return {"statement": before}
        return {"statement": signed}

    def page(self, statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Answer with a page of signed statements."""
        return {"statements": [self._signed(item) for item in self.faults.disturbed(statements)]}

    def _signed(self, statement: Mapping[str, Any]) -> dict[str, Any]:
        marked = {**statement, "simulated": True}
        if self.faults.draw("wrong_signature") is None:
            return attest(marked, self.store.key)
        forged = attest(marked, _ANOTHER_KEY)
        forged["attestation"]["signer"] = self.store.key.address
        return forged

    def _endpoint(
        self, handler: Callable[[Call], dict[str, Any] | bytes], *, faulty: bool
    ) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                self._authenticate(request)
                body = await _bounded_body(request)
            except Problem as problem:
                return _refusal(problem)
            call = Call(request.path_params, dict(request.query_params), body)
            transport, status, content = self._carry_out(handler, call, faulty=faulty)
            await asyncio.sleep(transport.slow_ms / 1_000)
            return _sent(transport, status, content)

        return endpoint

    def _carry_out(
        self, handler: Callable[[Call], dict[str, Any] | bytes], call: Call, *, faulty: bool
    ) -> tuple[_Transport, int, bytes]:
        """Do the work of one call in one transaction. Nothing else runs meanwhile: one event loop."""
        with self.store.transaction():
            transport = self._drawn() if faulty else _Transport(False, 0, False, False, False)  # noqa: FBT003  # none strikes
            if transport.error:
                return transport, 500, _problem_bytes(Problem(500, "INTERNAL-ERROR", "ask again"))
            try:
                with self.store.attempt():
                    self._catch_up(self.store.now_ms())
                    answer = handler(call)
            except Problem as problem:
                return transport, problem.status, _problem_bytes(problem)
            if isinstance(answer, bytes):
                return transport, 200, answer
            return transport, 200, _marked(answer)

    def _drawn(self) -> _Transport:
        draw = self.faults.draw
        return _Transport(
            error=draw("error") is not None,
            slow_ms=self.faults.delay_ms("slow"),
            drop=draw("drop") is not None,
            truncate=draw("truncate") is not None,
            oversize=draw("oversize") is not None,
        )

    def _authenticate(self, request: Request) -> None:
        given = request.headers.get("authorization", "").encode("latin-1")
        if not hmac.compare_digest(given, f"Bearer {self._token}".encode("ascii")):
            raise Problem(401, "TOKEN-INVALID", "send the shared secret as a bearer token")

    def _set_faults(self, call: Call) -> FaultPlan:
        self.faults.set(call.read(FaultPlan))
        return self.faults.plan()

    def _advance(self, call: Call) -> dict[str, int]:
        if not self.store.advance_clock(call.read(Advance).advance_ms):
            raise Problem(422, "CLOCK-RANGE", "move the clock forward only, by forty years in all")
        return {"now_ms": self.store.now_ms()}

    async def _page(self, _: Request) -> Response:
        page = (
            f'<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>{MARKING}</title>'
            f"<h1>{MARKING}</h1><p>{escape(self.title)}</p><p>模拟服务，不是真实机构。"
            f"This service is simulated; it is no real institution.</p><p>{self.store.key.address}</p></html>"
        )
        return Response(page, media_type="text/html; charset=utf-8", headers=_HEADERS)

    async def _health(self, _: Request) -> Response:
        return _json(200, _marked({"result": "ok"}))

    async def _identity(self, _: Request) -> Response:
        identity = {"type": f"{self.name}.identity", "signer": self.store.key.address, "simulated": True}
        return _json(200, _marked({"statement": attest(identity, self.store.key)}))


async def _bounded_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Problem(413, "BODY-TOO-LARGE", f"send at most {LARGEST_BODY} bytes")
    return bytes(body)


def _marked(answer: Mapping[str, Any]) -> bytes:
    return canonical.encode(msgspec.to_builtins({**answer, "simulated": True, "marking": MARKING}))


def _problem_bytes(problem: Problem) -> bytes:
    return _marked({"code": problem.code, "cure": problem.cure, "status": problem.status})


def _refusal(problem: Problem) -> Response:
    return _json(problem.status, _problem_bytes(problem))


def _json(status: int, content: bytes) -> Response:
    return Response(content, status, headers=_HEADERS, media_type="application/json")


def _sent(transport: _Transport, status: int, content: bytes) -> Response:
    """Put an answer on its way, as well as the faults let it."""
    if transport.drop:  # announces more than it sends, whereupon the server cuts the connection
        return Response(b"", status, headers={**_HEADERS, "Content-Length": str(len(content) or 1)})
    if transport.truncate:
        return _json(status, content[: len(content) // 2])
    if transport.oversize:
        return StreamingResponse(_endless(content), status, headers=_HEADERS, media_type="application/json")
    return _json(status, content)


async def _endless(content: bytes) -> AsyncIterator[bytes]:
    yield content
    for _ in range(_OVERSIZE_CHUNKS):
        yield _OVERSIZE_CHUNK


def arguments(name: str) -> argparse.ArgumentParser:
    """Give the options that both services take."""
    parser = argparse.ArgumentParser(
        prog=f"python -m scripts.simulated.{name}", description=f"{MARKING}: {name}"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument("--data", type=Path, required=True, help="SQLite file that keeps the state")
    parser.add_argument("--processing-delay-ms", type=int, default=None, help="how long a decision takes")
    return parser


def shared_secret(name: str) -> str:
    """Read the shared secret from the environment: `IPX_BANK_TOKEN` or `IPX_OFFICE_TOKEN`.

    Raises:
        SystemExit: it is missing or too short.
    """
    variable = f"IPX_{name.upper()}_TOKEN"
    token = os.environ.get(variable, "")
    if len(token) < SHORTEST_TOKEN or not token.isascii():
        sys.exit(f"TOKEN-MISSING: set {variable} to a secret of at least {SHORTEST_TOKEN} ASCII characters")
    return token


def serve(service: Service, host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C; the chosen port is printed as one JSON line once calls are taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)
    chosen = listener.getsockname()[1]
    where = {"service": service.name, "simulated": True, "marking": MARKING, "host": host, "port": chosen}
    line = {**where, "url": f"http://{host}:{chosen}", "signer": service.store.key.address}
    print(canonical.encode(line).decode(), flush=True)  # the line that the starter reads
    config = uvicorn.Config(
        service.application(),
        log_level="critical",  # a cut connection, which is one of the faults, is no error of the server
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        service.store.close()

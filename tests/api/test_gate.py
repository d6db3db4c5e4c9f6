"""What stands before every route: bounds in size and time, safe headers on whatever is answered, HEAD, no redirects."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from api.app import create_app
from api.server import LARGEST_HEAD
from api.settings import Settings
from tests.api.running_venue import RunningVenue

PATIENCE_S = 20.0
HEAD = b"POST /v1/withdrawals HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n"


@contextmanager
def connected(venue: RunningVenue) -> Iterator[socket.socket]:
    address = httpx.URL(venue.url)
    with socket.create_connection((address.host, address.port or 80), timeout=PATIENCE_S) as connection:
        yield connection


def until_closed(connection: socket.socket) -> bytes:
    """Everything that is answered before the other side ends the connection."""
    answered = bytearray()
    with suppress(ConnectionResetError):  # it was closed while we were still sending
        while chunk := connection.recv(65_536):
            answered += chunk
    return bytes(answered)


# --- answers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
async def test_a_fault_is_answered_as_safely_as_anything_else(accept: str) -> None:
    app = create_app(Settings(database_url="postgresql://nobody@localhost/none", sequencer_socket="/nowhere"))

    @app.get("/fault")
    async def fault() -> None:
        message = "a fault"
        raise RuntimeError(message)

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as http:
        answer = await http.get("/fault", headers={"Accept": accept})
    assert answer.status_code == 500
    assert "a fault" not in answer.text
    assert len(answer.headers["x-request-id"]) == 32
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/v1/venue/", "/v1/listings/", "/listings/"])
def test_no_answer_leads_to_a_host_that_the_caller_named(venue: RunningVenue, path: str) -> None:
    with venue.http() as http:
        answer = http.get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert "evil.example" not in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/listings", "/deals", "/docs", "/healthz", "/v1/venue", "/v1/nowhere"]
)
def test_head_is_answered_as_get_without_its_content(venue: RunningVenue, path: str) -> None:
    with venue.http() as http:
        head, got = http.head(path), http.get(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    for name in ("content-type", "content-security-policy", "x-content-type-options"):
        assert head.headers[name] == got.headers[name]
    assert head.headers["content-length"] == got.headers["content-length"]


def test_head_of_a_command_s_route_gives_no_command(venue: RunningVenue) -> None:
    with venue.http() as http:
        assert http.head("/v1/withdrawals").status_code == 405


# --- bounds ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/withdrawals", "/v1/listings/L-1/bids"])
def test_a_body_that_does_not_arrive_is_given_up(
    venue: RunningVenue, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("api.middleware.LONGEST_BODY_S", 0.5)
    party = venue.party()
    api_key = party.transport._http.headers["authorization"].encode()
    head = HEAD.replace(b"/v1/withdrawals", path.encode())
    with connected(venue) as connection:
        connection.sendall(head + b"Authorization: " + api_key + b"\r\nIdempotency-Key: slow\r\n\r\n{")
        answered = until_closed(connection)
    assert answered.startswith(b"HTTP/1.1 408 "), answered
    assert b'"code":"BODY-TOO-SLOW"' in answered
    assert b"connection: close" in answered.lower()


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: b"])
def test_a_head_that_does_not_arrive_is_given_up(
    venue: RunningVenue, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr("api.server.LONGEST_HEAD_S", 0.5)
    with connected(venue) as connection:
        connection.sendall(sent)
        assert until_closed(connection).startswith(b"HTTP/1.1 408 ")


def test_the_second_head_of_a_connection_is_awaited_no_longer_than_the_first(
    venue: RunningVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.server.LONGEST_HEAD_S", 0.5)
    with connected(venue) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        time.sleep(0.7)  # kept open between requests
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        assert b"HTTP/1.1 408 " in until_closed(connection)


def test_a_trickle_does_not_renew_a_head_s_time(venue: RunningVenue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.server.LONGEST_HEAD_S", 1.0)
    begun = time.monotonic()
    with connected(venue) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        connection.settimeout(0.1)
        answered = b""
        while not answered and time.monotonic() - begun < PATIENCE_S:
            connection.sendall(b"a")
            with suppress(TimeoutError):
                answered = connection.recv(65_536)
    assert answered.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("part", [b"X-Long: ", b"X-Many: "])
def test_a_head_beyond_the_bound_is_refused_while_it_arrives(venue: RunningVenue, part: bytes) -> None:
    line = b"a" * 1_000 if part == b"X-Long: " else b"a" * 980 + b"\r\nX-Many: "
    sent = 0
    with connected(venue) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + part)
        try:
            while sent < 100 * LARGEST_HEAD:
                connection.sendall(line)
                sent += len(line)
        except OSError:
            pass  # the other side has ended it
        answered = until_closed(connection)
    assert sent < 100 * LARGEST_HEAD
    assert answered == b"" or answered.startswith(b"HTTP/1.1 431 ")


def test_a_refused_body_is_not_sent_for_ever(venue: RunningVenue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.server.LONGEST_HEAD_S", 0.5)
    begun = time.monotonic()
    answered = b""
    with connected(venue) as connection:
        connection.sendall(HEAD.replace(b"Content-Length: 10", b"Content-Length: 9999999") + b"\r\n")
        answered = connection.recv(65_536)
        with suppress(OSError):  # it ends while we send
            while time.monotonic() - begun < PATIENCE_S:
                connection.sendall(b" ")
                time.sleep(0.05)
    assert answered.startswith(b"HTTP/1.1 413 ")
    assert time.monotonic() - begun < PATIENCE_S


def test_a_body_that_comes_at_once_with_its_head_is_no_head(venue: RunningVenue) -> None:
    """However much the server reads in one go: 100 kB are a small body and would be a large head."""
    api_key = venue.party().transport._http.headers["authorization"].encode()
    body = b"[" * 100_000
    head = HEAD.replace(b"Content-Length: 10", b"Content-Length: %d" % len(body))
    for _ in range(10):
        with connected(venue) as connection:
            connection.sendall(
                head + b"Authorization: " + api_key + b"\r\nIdempotency-Key: deep\r\n\r\n" + body
            )
            assert connection.recv(65_536).startswith(b"HTTP/1.1 422 ")


def test_a_head_of_usual_size_passes(venue: RunningVenue) -> None:
    with venue.http() as http:
        assert http.get("/healthz", headers={"X-Usual": "a" * 16_000}).status_code == 200


def test_a_connection_is_kept_over_many_requests_and_pauses(venue: RunningVenue) -> None:
    with connected(venue) as connection:
        for _ in range(3):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
            seen = b""
            while seen.count(b'{"status":"ok"') < 2:
                seen += connection.recv(65_536)

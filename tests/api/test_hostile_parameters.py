"""Whatever stands in a query, a path or a cursor: a problem that says so, and never a fault of ours or "try again"."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from api.app import create_app
from api.settings import Settings
from tests.api.running_venue import RunningVenue

PAGE = create_app(
    Settings(database_url="postgresql://nobody@localhost/none", sequencer_socket="/nowhere")
).openapi()


def cursor(of: str, entry: int, row_id: str) -> str:
    """A cursor that decodes, whatever is in it."""
    return base64.urlsafe_b64encode(msgspec.json.encode([of, entry, row_id])).decode().rstrip("=")


LISTS = (
    "right",
    "party",
    "listing",
    "need",
    "matches:CNY",
    "matching_needs:CNY",
    "bid",
    "deal",
    "licence",
    "account",
    "payment",
    "statement_line",
    "chain_event",
)
VALUES = (
    "\0",
    "P-1\0",
    "P-1\n",
    "²",
    "٣",
    "9" * 190,
    "1" + "0" * 23,
    str(2**63),
    str(-(2**63) - 1),
    "1e400",
    "NaN",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "' OR 1=1 --",
    "../../etc/passwd",
    "x" * 5_000,
    "𝟙",
)
CURSORS = tuple(
    cursor(of, entry, row_id)
    for of in LISTS
    for entry, row_id in (
        (1, "²:0x"),
        (1, "9" * 190 + ":0x"),
        (1, f"{2**63}:0x{'0' * 40}"),
        (1, "P\0"),
        (2**70, "P-1"),
        (-1, "P-1"),
    )
)


def parameters() -> Iterator[tuple[str, str, str, str]]:
    """Every parameter of every operation: method, path, where, name."""
    for path, entry in PAGE["paths"].items():
        for method, operation in entry.items():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] in {"query", "path"}:
                    yield method, path, parameter["in"], parameter["name"]


def _path(path: str, name: str, value: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: quote(value, safe="") if found[1] == name else "CNY", path)


@pytest.mark.parametrize(("method", "path", "where", "name"), list(parameters()))
def test_no_parameter_of_any_route_makes_a_fault(
    venue: RunningVenue, method: str, path: str, where: str, name: str
) -> None:
    values: tuple[str, ...] = (*VALUES, *CURSORS) if name == "cursor" else VALUES
    headers = {"Authorization": f"Bearer {venue.operator_tokens[0]}", "Idempotency-Key": "hostile"}
    sent: dict[str, Any] = {"json": {}} if method == "post" else {}
    with venue.http() as http:
        for value in values:
            address = _path(path, name if where == "path" else "", value)
            if where == "query":
                address = f"{address}?{name}={quote(value, safe='')}"
            answer = http.request(method, address, headers=headers, **sent)
            assert answer.status_code < 500, (address, answer.text)
            if answer.status_code >= 400:
                assert answer.json()["cure"]


@pytest.mark.parametrize("path", ["/listings", "/needs", "/deals"])
def test_no_cursor_of_a_page_makes_a_fault(venue: RunningVenue, path: str) -> None:
    kind = path.removesuffix("s").removeprefix("/")
    made = [
        cursor(f"newest_{kind}", entry, row_id) for entry, row_id in ((2**70, "L-1"), (1, "L\0"), (1, "é"))
    ]
    with venue.http() as http:
        for value in (*VALUES, *made):
            assert http.get(f"{path}?before={quote(value, safe='')}").status_code == 400 or len(value) > 400


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (DataError("", None, Exception()), "INTERNAL", 500),
        (OperationalError("", None, Exception()), "UNAVAILABLE", 503),
        (PoolTimeoutError(), "UNAVAILABLE", 503),
    ],
)
async def test_only_what_may_pass_asks_to_be_repeated(error: Exception, code: str, status: int) -> None:
    """UNAVAILABLE makes every client ask again; a question that the database refuses will be refused again."""
    app = create_app(Settings(database_url="postgresql://nobody@localhost/none", sequencer_socket="/nowhere"))

    @app.get("/asked")
    async def asked() -> None:
        raise error

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as http:
        answer = await http.get("/asked")
    assert (answer.json()["code"], answer.status_code) == (code, status)

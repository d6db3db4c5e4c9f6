"""The client of both adapters against another side that lies, with the pinned key's signature."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from exchange import canonical
from ledger.attestation import attest
from ledger.bank import HttpBank
from ledger.counterparty import CounterpartyError, Endpoint
from ledger.secp256k1 import PrivateKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_KEY = PrivateKey(b"\x09" * 32)
_TOKEN = "a shared secret of this test"  # guards nothing beyond the test


class _Liar:
    """An HTTP server on a free port whose every answer is what the test says; it counts the questions."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        liar = self
        self.asked = 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                liar.asked += 1
                answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@contextmanager
def _lying(
    answer: Callable[[BaseHTTPRequestHandler], None], **changes: Any
) -> Iterator[tuple[HttpBank, _Liar]]:
    liar = _Liar(answer)
    thread = threading.Thread(target=liar.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{liar.server.server_address[1]}"
    plain = Endpoint(
        url=url, token=_TOKEN, signer=_KEY.address, timeout_s=2.0, attempts=3, first_pause_s=0.001
    )
    bank = HttpBank.at(msgspec.structs.replace(plain, **changes))
    try:
        yield bank, liar
    finally:
        bank.close()
        liar.server.shutdown()
        liar.server.server_close()
        thread.join(timeout=10)


def _says(content: bytes, status: int = 200, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def _line(sequence: int = 1, **changes: Any) -> dict[str, Any]:
    plain = {
        "type": "bank.statement_line",
        "line_id": f"CNY-{sequence:09d}",
        "sequence": sequence,
        "account": "A",
        "currency": "CNY",
        "direction": "credit",
        "amount_minor": 100,
        "balance_after_minor": 100 * sequence,
        "reference": "party-1",
        "value_time_ms": 1,
        "instruction_id": None,
        "simulated": True,
    }
    return attest({**plain, **changes}, _KEY)


def _page(*lines: dict[str, Any]) -> bytes:
    return canonical.encode({"statements": list(lines), "simulated": True})


@pytest.fixture(autouse=True)
def _deep_stack() -> Iterator[None]:
    """Set the recursion limit as cryptographic libraries do, whatever was imported before this page."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    yield
    sys.setrecursionlimit(before)


def test_brackets_inside_texts_do_not_count_as_nesting() -> None:
    line = _line(1, reference='[{"' * 40 + "\\")
    with _lying(_says(_page(line))) as (bank, _):
        assert bank.statement("CNY")[0].reference == line["reference"]


def test_an_honest_page_is_read() -> None:
    with _lying(_says(_page(_line(2), _line(1), _line(2)))) as (bank, _):
        assert [line.sequence for line in bank.statement("CNY")] == [1, 2]


@pytest.mark.parametrize(
    ("content", "code", "asked"),
    [
        (_page(_line(1, balance_after_minor=99)), "BANK-STATEMENT-INCONSISTENT", 1),
        (_page(_line(1), _line(2, balance_after_minor=100)), "BANK-STATEMENT-INCONSISTENT", 1),
        (_page(_line(1, direction="debit")), "BANK-STATEMENT-INCONSISTENT", 1),
        (_page(_line(1, currency="HKD")), "BANK-STATEMENT-INCONSISTENT", 1),
        (_page(_line(1), _line(1, reference="party-2")), "BANK-CONFLICTING-DUPLICATE", 1),
        (_page(_line(2), _line(3)), "BANK-SEQUENCE-GAP", 3),
        (_page({**_line(1), "amount_minor": 200}), "ATTESTATION-INVALID", 1),
        (
            _page({key: value for key, value in _line(1).items() if key != "attestation"}),
            "ATTESTATION-MISSING",
            1,
        ),
        (_page(_line(1, unknown=1)), "BANK-RESPONSE-MALFORMED", 3),
        (_page(_line(1, amount_minor=0)), "BANK-RESPONSE-MALFORMED", 3),
        (_page(_line(1, type="office.notice")), "BANK-RESPONSE-MALFORMED", 3),
        (b"", "BANK-RESPONSE-MALFORMED", 3),
        (b"[]", "BANK-RESPONSE-MALFORMED", 3),
        (b'{"statements":1}', "BANK-RESPONSE-MALFORMED", 3),
        (b'{"statements":[1]}', "BANK-RESPONSE-MALFORMED", 3),
        (b'{"statements":[],"statements":[]}', "BANK-RESPONSE-MALFORMED", 3),
        (b'{"statements":[1.5]}', "BANK-RESPONSE-MALFORMED", 3),
        (b"\xff\xfe", "BANK-RESPONSE-MALFORMED", 3),
        (b"[" * 200_000, "BANK-RESPONSE-MALFORMED", 3),
        (b'{"a":' * 200_000, "BANK-RESPONSE-MALFORMED", 3),
        (b'"]\\"' + b"[" * 200_000, "BANK-RESPONSE-MALFORMED", 3),
        (b'{"a":"]",' * 200_000, "BANK-RESPONSE-MALFORMED", 3),
        (b" " * (4 * 1024 * 1024 + 1), "BANK-RESPONSE-TOO-LARGE", 1),
    ],
)
def test_an_answer_that_cannot_be_true_is_refused_and_asked_again_only_where_that_can_help(
    content: bytes, code: str, asked: int
) -> None:
    with _lying(_says(content)) as (bank, liar):
        with pytest.raises(CounterpartyError) as failed:
            bank.statement("CNY")
        assert (failed.value.code, liar.asked) == (code, asked)
        assert failed.value.cure


@pytest.mark.parametrize(
    ("content", "status", "code", "asked"),
    [
        (b'{"code":"ACCOUNT-CLOSED","cure":"open it"}', 409, "ACCOUNT-CLOSED", 1),
        (b'{"code":"<script>","cure":1}', 409, "BANK-REFUSED", 1),
        (b'{"code":"lower-case"}', 422, "BANK-REFUSED", 1),
        (b"not json", 404, "BANK-REFUSED", 1),
        (b"[" * 200_000, 400, "BANK-REFUSED", 1),
        (b'{"code":"BUSY"}', 503, "BANK-UNAVAILABLE", 3),
        (b"", 429, "BANK-UNAVAILABLE", 3),
        (b"", 302, "BANK-REFUSED", 1),
    ],
)
def test_a_refusal_keeps_a_wellformed_code_of_the_other_side_and_only_a_passing_one_is_retried(
    content: bytes, status: int, code: str, asked: int
) -> None:
    with _lying(_says(content, status, Location="http://127.0.0.1:9/")) as (bank, liar):
        with pytest.raises(CounterpartyError) as failed:
            bank.statement("CNY")
        assert (failed.value.code, failed.value.status, liar.asked) == (code, status, asked)


def test_a_compressed_answer_is_not_unpacked() -> None:
    packed = _says(b"\x1f\x8b\x08" + bytes(100), Content_Encoding="gzip")
    with _lying(packed) as (bank, _), pytest.raises(CounterpartyError, match="BANK-RESPONSE-MALFORMED"):
        bank.statement("CNY")


def test_an_answer_that_drips_is_given_up_at_the_deadline() -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(200):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    with _lying(drip, deadline_s=0.3) as (bank, liar):
        with pytest.raises(CounterpartyError, match="BANK-DEADLINE"):
            bank.statement("CNY")
        assert liar.asked == 1


def test_the_secret_goes_only_into_the_header_of_the_request() -> None:
    seen: list[str] = []

    def listen(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        _says(_page())(handler)

    with _lying(listen) as (bank, _):
        assert bank.statement("CNY") == ()
        assert _TOKEN not in repr(bank)
    assert seen == [f"Bearer {_TOKEN}"]

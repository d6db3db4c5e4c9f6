"""The front door's part of operations: one id through request, lines and answer; figures by route; the status."""

from __future__ import annotations

import io
import logging
import secrets
from collections.abc import Iterator

import msgspec
import psycopg
import pytest
import structlog

from api.status.reading import program_version
from ledger import log_lines, metrics
from ledger.store.connections import psycopg_url
from tests.api.running_venue import RunningVenue

TYPED = "KANARI5501"


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """The lines of the front door, which runs in this process."""
    stream = io.StringIO()
    with log_lines.lines_of("api", stream):
        yield stream
    for line in stream.getvalue().splitlines():
        assert isinstance(msgspec.json.decode(line), dict)


def test_lines_are_json_unless_somebody_looks_on(told: io.StringIO) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    structlog.get_logger().info("one", code="A-CODE")
    (line,) = [msgspec.json.decode(each) for each in told.getvalue().splitlines()]
    assert (line["event"], line["code"], line["process"], line["level"]) == ("one", "A-CODE", "api", "info")
    seen = Terminal()
    log_lines.configure("api", seen)
    structlog.get_logger().info("two", code="A-CODE")
    assert "two" in seen.getvalue()
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(seen.getvalue())


def test_what_libraries_log_is_a_line_without_the_text_of_an_exception(
    told: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [log_lines._LibraryLines()])
    logger = logging.getLogger("some.library")
    try:
        int(TYPED)
    except ValueError:
        logger.exception("it failed")
    logger.info("not told")
    (line,) = [msgspec.json.decode(each) for each in told.getvalue().splitlines()]
    assert (line["event"], line["level"], line["logger"], line["error"]) == (
        "it failed",
        "error",
        "some.library",
        "ValueError",
    )
    assert line["where"][-1].endswith("test_what_libraries_log_is_a_line_without_the_text_of_an_exception")
    assert TYPED not in told.getvalue()


def requests(route: str, status: int, method: str = "POST") -> float:
    labels = {"route": route, "method": method, "status": str(status)}
    return metrics.REGISTRY.get_sample_value("ipx_request_seconds_count", labels) or 0


@pytest.mark.parametrize("offered", ["0123456789abcdef", "7D3E2A10-0000-4000-8000-00000000ABCD", "f" * 64])
def test_a_well_formed_request_id_is_kept_and_given_back(venue: RunningVenue, offered: str) -> None:
    with venue.http() as http:
        assert http.get("/healthz", headers={"X-Request-Id": offered}).headers["x-request-id"] == offered


@pytest.mark.parametrize(
    "offered",
    ["", "0123456789abcde", "f" * 65, "zhang-san-0123456789", "0123456789abcdef\xe9", 'a" "b": "0123456789'],
)
def test_any_other_request_id_is_replaced(venue: RunningVenue, told: io.StringIO, offered: str) -> None:
    headers = {b"X-Request-Id": offered.encode("latin-1")}
    with venue.http() as http:
        first, second = (http.post("/v1/parties", headers=headers).headers["x-request-id"] for _ in range(2))
    assert first != second
    assert len(first) == len(second) == 32
    assert first in told.getvalue()
    assert not offered or offered not in told.getvalue()


def test_one_id_is_in_the_front_doors_line_the_sequencers_and_the_answer(
    venue: RunningVenue, told: io.StringIO
) -> None:
    seller = venue.party("seller")
    listing_id = venue.listing(seller, venue.right(seller), mode="competitive", deposit=1_000)
    bidder = venue.bidder(listing_id)
    offered = secrets.token_hex(16)
    bidder.giver.transport._http.headers["X-Request-Id"] = offered
    entry = bidder.place_bid(listing_id, 2_000_00, client_order_id=TYPED).entry
    lines = [msgspec.json.decode(line) for line in told.getvalue().splitlines() if offered in line]
    (line,) = [line for line in lines if line["event"] == "answered"]
    assert (line["route"], line["status"], line["entry"]) == ("/v1/listings/{listing_id}/bids", 201, entry)
    decided = [each for each in venue.sequencer.log.read_text().splitlines() if offered in each]
    assert [msgspec.json.decode(each)["entry"] for each in decided] == [entry]
    assert msgspec.json.decode(decided[0])["listing_id"] == listing_id
    everything = told.getvalue() + venue.sequencer.log.read_text()
    for secret in (TYPED, "200000", "2000.00", bidder.giver.key.address):
        assert secret not in everything


def test_requests_are_counted_by_template_and_no_address_makes_a_label(venue: RunningVenue) -> None:
    before = (
        requests("/v1/listings/{listing_id}", 404, "GET"),
        requests("unmatched", 404, "GET"),
        requests("/v1/listings/{listing_id}/bids", 401),
        requests("/healthz", 200, "HEAD"),
    )
    with venue.http() as http:
        for number in range(3):
            http.get(f"/v1/listings/L-{TYPED}{number}")
            http.get(f"/v1/{TYPED}/{number}")
        http.post(f"/v1/listings/L-{TYPED}/bids")
        http.head("/healthz")
        http.request(TYPED, "/healthz")
    after = (
        requests("/v1/listings/{listing_id}", 404, "GET"),
        requests("unmatched", 404, "GET"),
        requests("/v1/listings/{listing_id}/bids", 401),
        requests("/healthz", 200, "HEAD"),
    )
    assert [later - earlier for earlier, later in zip(before, after, strict=True)] == [3, 3, 1, 1]
    labels = [sample.labels for family in metrics.REGISTRY.collect() for sample in family.samples]
    assert TYPED not in str(labels)


def test_the_front_door_itself_serves_no_figures(venue: RunningVenue) -> None:
    with venue.http() as http:
        assert http.get("/metrics").status_code == 404


def test_the_status_says_where_journal_chain_index_and_evidence_stand(venue: RunningVenue) -> None:
    with psycopg.connect(psycopg_url(venue.database_url), autocommit=True) as database:
        reported = '{"codes": {"RECORD-MISSING": 2}, "not_compared": ["bank"]}'
        for statement in (
            "INSERT INTO chain_tip VALUES (true, 120, 1700000000000, 118, 1699999998000, 1700000001000)",
            "INSERT INTO chain_cursor VALUES ('0x01', 117, '0xaa', 115, 'CHAIN-FINAL-LOST', 1700000000500)",
            f"INSERT INTO reconciliations VALUES (DEFAULT, 1700000000900, 5, 115, 2, '{reported}')",  # noqa: S608
        ):
            database.execute(statement)
        venue.party("buyer")
        try:
            with venue.http() as http:
                _wait_for_fresh(http)
                status = http.get("/status").json()
                chinese = http.get("/status", headers={"Accept": "text/html", "Accept-Language": "zh-CN"})
                english = http.get("/status?lang=en", headers={"Accept": "text/html"})
        finally:
            for table in ("chain_tip", "chain_cursor", "reconciliations"):
                database.execute(f"DELETE FROM {table}")  # noqa: S608
        row = database.execute("SELECT last_entry, epoch FROM sequencer_head").fetchone()
    assert row is not None
    assert (status["journal"]["entries"], status["journal"]["writer_epoch"]) == (row[0] + 1, row[1])
    assert status["journal"]["writer_seen_ms"] <= status["time_ms"]
    assert status["chain"] == {
        "block": 120,
        "block_time_ms": 1700000000000,
        "final_block": 118,
        "final_block_time_ms": 1699999998000,
        "seen_ms": 1700000001000,
    }
    assert (status["index"]["lag_blocks"], status["index"]["halted_for"]) == (3, "CHAIN-FINAL-LOST")
    assert status["reconciliation"]["agrees"] is False
    assert status["reconciliation"]["differences"] == {"RECORD-MISSING": 2}
    assert status["mode"]["development_chain"] is True
    assert status["versions"]["program"] == program_version()
    for page, words in ((chinese, ("运行状态", "有差异")), (english, ("Status", "There are differences"))):
        assert page.headers["content-type"].startswith("text/html")
        assert all(word in page.text for word in (*words, "CHAIN-FINAL-LOST", "RECORD-MISSING", "120"))
    shown = str(status) + chinese.text + english.text
    for secret in (*venue.operator_tokens, venue.service_token, "postgresql", str(venue.folder)):
        assert secret not in shown


def _wait_for_fresh(http: object) -> None:
    """Figures are a second old at most: ask until what was just written is seen."""
    import time

    end = time.monotonic() + 10
    while http.get("/status").json()["chain"] is None:  # type: ignore[attr-defined]
        assert time.monotonic() < end
        time.sleep(0.1)


def test_lines_that_went_elsewhere_for_a_while_go_where_they_went_before(told: io.StringIO) -> None:
    elsewhere = io.StringIO()
    with log_lines.lines_of("worker", elsewhere):
        log_lines.tell_each("decided", [{"entry": 1}])
    elsewhere.close()
    log_lines.tell_each("decided", [{"entry": 2}])
    structlog.get_logger().info("goes on", entry=3)
    assert [msgspec.json.decode(line)["entry"] for line in told.getvalue().splitlines()] == [2, 3]

"""The benchmark of the sequencer: the load that it promises, the figures that it names, and that it catches a lie."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from scripts.bench.bidders import AnswerDiffers, Answered, Bidder
from scripts.bench.floors import BOUNDS
from scripts.bench.orders import BIDDERS_AT_ONCE, main, run
from scripts.bench.vault import Held, with_holding

OPERATIONS = 4_000


def played(bidder: Bidder, operations: int) -> Counter[str]:
    """Let a bidder do so many operations, answered as a venue would."""
    bidder.prepare(operations)
    counts: Counter[str] = Counter()
    last = Answered("accepted", 0, "", "")
    for entry in range(operations):
        operation = bidder.next()
        what = operation.step.what
        counts["repeat" if operation.repeated else what] += 1
        if not operation.repeated:
            codes = {"bid_too_low": "BID-BELOW-PRICE", "amend_unknown": "UNKNOWN-ID"}
            code = codes.get(what, "")
            bid = f"B-{entry}" if what in {"bid", "amend"} else ""
            last = Answered("refused" if code else "accepted", entry, code, bid)
        bidder.answered(operation, last)
    return counts


def test_the_load_keeps_the_shares_of_the_workload() -> None:
    counts = played(Bidder(3, 64, 7), OPERATIONS)
    refused = counts["bid_too_low"] + counts["amend_unknown"]
    found = (counts["bid"], counts["amend"], counts["withdraw"], refused, counts["repeat"])
    for count, share in zip(found, (0.60, 0.15, 0.15, 0.05, 0.05), strict=True):
        assert abs(count / OPERATIONS - share) < 0.02, counts


def test_no_two_bidders_share_a_listing_and_party() -> None:
    prepared = [
        (step.listing, step.bidder)
        for number in range(BIDDERS_AT_ONCE)
        for step in Bidder(number, BIDDERS_AT_ONCE, 7).prepare(200)
        if step.what == "register"
    ]
    assert len(set(prepared)) == len(prepared)


@pytest.mark.parametrize(
    "wrong", [Answered("refused", 0, "WRONG-STATE", ""), Answered("refused", 0, "BID-BELOW-PRICE", "")]
)
def test_an_answer_that_the_flow_does_not_expect_stops_the_benchmark(wrong: Answered) -> None:
    bidder = Bidder(0, BIDDERS_AT_ONCE, 1)
    bidder.prepare(10)
    with pytest.raises(AnswerDiffers, match=wrong.code):
        bidder.answered(bidder.next(), wrong)


def test_a_repeat_that_is_answered_otherwise_stops_the_benchmark() -> None:
    bidder = Bidder(0, BIDDERS_AT_ONCE, 1)
    bidder.prepare(10)
    first = bidder.next()
    bidder.answered(first, Answered("accepted", 7, "", "B-1"))
    with pytest.raises(AnswerDiffers):
        bidder.answered(first._replace(repeated=True), Answered("accepted", 8, "", "B-2"))


@pytest.mark.faults
def test_the_benchmark_prints_its_figures_as_one_json_object_and_its_journal_replays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--json", "--operations", "640", "--rounds", "1"]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1
    figures = json.loads(printed.out)
    for name in (
        "bids_per_s", "p50_ms", "p99_ms", "ratio_to_single_inserts", "ratio_to_batch_inserts",
        "single_inserts_per_s", "batch_inserts_per_s", "with_holding_per_s", "deposits_held_a_round",
    ):  # fmt: skip
        assert figures[name] > 0, name
    assert figures["p50_ms"] <= figures["p99_ms"]
    assert figures["with_holding_per_s"] <= figures["bids_per_s"]
    assert figures["deposits_held"] == "before the clock runs"
    assert set(figures["floors"]) == set(BOUNDS["orders"])
    assert (figures["fsync"], figures["synchronous_commit"], figures["replayed"]) == ("on", "on", True)
    assert 1 <= figures["entries_a_commit"]["mean"] <= figures["entries_a_commit"]["most"]
    assert "round 1 of 1" in printed.err


def test_the_rate_with_holding_counts_each_new_bids_registration_at_its_own_rounds_rate() -> None:
    """Of 100 operations 60 are new bids: 0.6 s at 100 deposits a second, beside 1 s for the operations."""
    said = with_holding([Held(500, 5.0), Held(200, 2.0), Held(10, 10.0)], 100, [100.0, 100.0, 1.0])
    assert said["with_holding_per_s"] == round(100 / 1.6)
    assert said["deposits_held_a_round"] == 200


@pytest.mark.parametrize(("operations", "rounds"), [(1_000, 0), (1_000, 21), (1, 1), (10**9, 1)])
def test_runs_out_of_range_are_refused(operations: int, rounds: int) -> None:
    with pytest.raises(ValueError, match="give 1 to"):
        run(operations, rounds)

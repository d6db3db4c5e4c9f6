"""The benchmark of the front door: the figures that it names, and what stops it."""

from __future__ import annotations

import json

import pytest

from scripts.bench import api
from scripts.bench.api import main, run
from scripts.bench.bidders import AnswerDiffers
from scripts.bench.http import HttpAnswer


@pytest.mark.faults
def test_the_benchmark_prints_its_figures_as_one_json_object_and_its_journal_replays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--json", "--operations", "320", "--rounds", "1"]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1
    figures = json.loads(printed.out)
    for name in (
        "bids_per_s", "signed_bids_per_s", "p50_ms", "p99_ms", "ratio_to_insert_route", "signed_ratio_to_insert_route",
        "ratio_to_empty_route", "insert_route_per_s", "empty_route_per_s", "with_holding_per_s", "deposits_held_a_round",
    ):  # fmt: skip
        assert figures[name] > 0, name
    assert (figures["fsync"], figures["synchronous_commit"], figures["replayed"]) == ("on", "on", True)
    assert "round 1 of 1" in printed.err


def test_an_answer_that_is_no_json_stops_the_benchmark() -> None:
    with pytest.raises(AnswerDiffers, match="503"):
        api._answered(HttpAnswer(503, b"Service Unavailable"))


def test_a_refusal_is_told_by_its_code_and_entry() -> None:
    answer = api._answered(HttpAnswer(409, b'{"code": "BID-STANDS", "entry": 7}'))
    assert (answer.status, answer.code, answer.entry) == ("refused", "BID-STANDS", 7)


@pytest.mark.parametrize(("operations", "rounds"), [(1_000, 0), (1_000, 21), (1, 1), (10**9, 1)])
def test_runs_out_of_range_are_refused(operations: int, rounds: int) -> None:
    with pytest.raises(ValueError, match="give 1 to"):
        run(operations, rounds)

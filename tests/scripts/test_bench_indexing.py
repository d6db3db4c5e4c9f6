"""The indexer's benchmark: every way reads the same logs, and what was not read stops it."""

from __future__ import annotations

import json

import pytest

from scripts.bench.indexing import KINDS, main, measure_indexing


@pytest.mark.faults
def test_indexer_and_web3_store_the_same_events_and_every_figure_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--json", "--logs", "100", "--rounds", "1"]) in {0, 1}, "so few logs may be too slow"
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1
    figures = json.loads(printed.out)
    assert figures["logs"] > 100
    for name in ("logs_per_s", "web3_logs_per_s", "fetched_logs_per_s", "transferred_logs_per_s"):
        assert figures[name] > 0, name
    for peer in ("web3", "fetch", "transfer"):
        assert figures[f"index_ratio_to_{peer}"] > 0, peer
        assert figures["how"][f"index_ratio_to_{peer}"]


@pytest.mark.parametrize(("logs", "rounds"), [(len(KINDS) - 1, 1), (200_001, 1), (100, 0), (100, 21)])
def test_runs_out_of_range_are_refused(logs: int, rounds: int) -> None:
    with pytest.raises(ValueError, match="give 5 to"):
        measure_indexing(logs, rounds)

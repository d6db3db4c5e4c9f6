"""The benchmark of recoveries: every time that is asked for is there, and one that is late fails."""

from __future__ import annotations

import json

import pytest

from scripts.bench.recovery import DEADLINES_S, main, run


@pytest.mark.faults
def test_every_time_is_printed_beside_its_deadline_and_one_that_is_late_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["--json", "--rounds", "1"])
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1
    figures = json.loads(printed.out)
    assert figures["asked"] == DEADLINES_S
    for name in DEADLINES_S:
        assert 0 < figures[name] <= figures["longest"][name]
    late = {name for name, deadline in DEADLINES_S.items() if figures["longest"][name] > deadline}
    assert code == int(bool(late))
    assert figures["entries_standing"] > 7_000
    assert "round 1 of 1: forks" in printed.err


@pytest.mark.parametrize("rounds", [0, 21])
def test_rounds_out_of_range_are_refused(rounds: int) -> None:
    with pytest.raises(ValueError, match="give 1 to 20 rounds"):
        run(rounds)

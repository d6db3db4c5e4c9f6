"""The long run: seed after seed, and a failure says which seed it was and how to see it again."""

from __future__ import annotations

import pytest

from tests import soak


def test_a_run_tries_seed_after_seed_until_its_time_is_over() -> None:
    tried: list[int] = []
    told: list[str] = []

    def trial(seed: int) -> None:
        tried.append(seed)

    assert soak.soak(0, 7, told.append, (trial,)) == 0
    assert tried == [7]
    assert soak.soak(0.05, 7, told.append, (trial,)) == 0
    assert tried[1:] == list(range(7, 7 + len(tried) - 1))
    assert len(tried) > 2
    assert told[-1].startswith(f"{len(tried) - 1} seeds, 7 to {tried[-1]}, in ")


def test_a_failure_ends_the_run_and_says_how_to_see_it_again() -> None:
    told: list[str] = []

    def trial(seed: int) -> None:
        assert seed < 9, "a promise"

    assert soak.soak(60, 7, told.append, (trial,)) == 1
    assert "a promise" in told[-2]
    assert told[-1] == "seed 9 has failed. Again: make soak IPX_SOAK_SEED=9 IPX_SOAK_SECONDS=0"


def test_the_environment_says_how_long_and_from_which_seed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IPX_SOAK_SECONDS", "0")
    monkeypatch.setenv("IPX_SOAK_SEED", "3")
    monkeypatch.setattr(soak, "SEQUENCES", 2)
    monkeypatch.setattr(soak, "DAY_STEPS", 20)
    monkeypatch.setattr(soak, "RUNS", 2)
    assert soak.TRIALS[-2:] == (soak.proofs, soak.tampering), "two million proofs, a thousand audits"
    monkeypatch.setattr(soak, "TRIALS", soak.TRIALS[:-2])
    assert soak.main() == 0
    printed = capsys.readouterr().out
    assert "seed 3, sequences" in printed
    assert "seed 3, day" in printed
    assert "seed 3, simulation" in printed
    assert "1 seeds, 3 to 3" in printed

"""The floors of the benchmarks: each figure beside what is asked of it, and a gate that a planted figure closes."""

from __future__ import annotations

import argparse
import json
from typing import Any

import pytest

from scripts.bench import floors
from scripts.bench.floors import BOUNDS, add_gate, finish

GOOD = {
    name: {figure: bound.at for figure, bound in bounds.items()} | {"benchmark": name}
    for name, bounds in BOUNDS.items()
}
"""Each figure exactly at its bound."""
WORSE = [
    (name, figure, bound.at * (1.01 if bound.is_most else 0.99))
    for name, bounds in BOUNDS.items()
    for figure, bound in bounds.items()
]


def given(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    add_gate(parser)
    return parser.parse_args(["--json", *words])


def test_the_floors_are_those_that_are_asked_for() -> None:
    """Issue by issue: the trading floor's, and the vault's with what a rate of unsigned and signed entries means."""
    asked = {
        figure: bound.at
        for name in ("matching", "engine", "orders", "api", "audit")
        for figure, bound in BOUNDS[name].items()
    }
    assert asked == {
        "ratio_to_best_peer": 2.0, "ratio_to_bare": 0.03, "growth_ratio": 1.3,
        "ratio_to_single_inserts": 3.0, "ratio_to_batch_inserts": 0.1,
        "ratio_to_insert_route": 2.0, "signed_ratio_to_insert_route": 1.4, "ratio_to_empty_route": 0.7,
        "entries_per_s": 12_000, "signed_entries_per_s": 6_000, "ratio_to_floor": 0.6, "peak_growth": 1.2,
        "tree_ratio_to_pymerkle": 8, "inclusion_ratio_to_pymerkle": 2,
        "index_ratio_to_web3": 20, "index_ratio_to_fetch": 0.3,
    }  # fmt: skip
    assert BOUNDS["matching"]["ratio_to_bare"].at == 0.35
    assert BOUNDS["chain"]["ratio_to_single_records"].at == 5


@pytest.mark.parametrize("name", BOUNDS)
def test_a_figure_at_its_bound_passes_the_gate(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert finish(dict(GOOD[name]), given("--gate")) == 0
    printed = json.loads(capsys.readouterr().out)
    judged = printed.get("floors", {}) | printed.get("ceilings", {})
    assert judged == {figure: [bound.at, bound.at, True] for figure, bound in BOUNDS[name].items()}


@pytest.mark.parametrize(("name", "figure", "value"), WORSE)
def test_a_figure_beyond_its_bound_closes_the_gate_and_is_printed_all_the_same(
    name: str, figure: str, value: float, capsys: pytest.CaptureFixture[str]
) -> None:
    result: dict[str, Any] = GOOD[name] | {figure: value}
    assert finish(dict(result), given("--gate")) == 1
    printed = capsys.readouterr()
    assert f"{name}: out of bounds: {figure} {value}" in printed.err
    kind = "ceilings" if BOUNDS[name][figure].is_most else "floors"
    assert json.loads(printed.out)[kind][figure] == [value, BOUNDS[name][figure].at, False]
    assert finish(dict(result), given()) == 0, "nothing is gated unasked"
    assert finish(dict(result), given(), gated=True) == 1


def test_what_was_not_measured_does_not_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """A machine without a single peer package says nothing of the ratio to one."""
    assert finish(GOOD["matching"] | {"ratio_to_best_peer": None}, given("--gate")) == 1
    assert json.loads(capsys.readouterr().out)["floors"]["ratio_to_best_peer"] == [None, 2.0, False]


def test_every_benchmark_takes_the_gate() -> None:
    from typer.testing import CliRunner

    from scripts.bench.command import app

    for name in (*BOUNDS, "recovery"):
        shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
        assert "--gate" in shown.stdout, name
    assert floors.floors_of(GOOD["engine"]).keys() == {"floors", "ceilings"}

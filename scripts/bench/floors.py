"""The floors that the benchmarks are held against: one table, printed beside each figure, and a gate on request.

A bound holds for a whole run on one machine. Ratios are of things measured in the same run, so that they say the same
on a slow machine; the few rates say what one core of the machine that they were set on reaches.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping


class Bound(NamedTuple):
    """The least that a figure may be, or with `is_most` the most."""

    at: float
    is_most: bool = False

    def is_met(self, value: float | None) -> bool:
        """Whether a figure keeps to it; one that was not measured does not."""
        if value is None:
            return False
        return value <= self.at if self.is_most else value >= self.at


BOUNDS: Final[dict[str, dict[str, Bound]]] = {
    "matching": {"ratio_to_best_peer": Bound(2.0), "ratio_to_bare": Bound(0.35)},
    "engine": {"ratio_to_bare": Bound(0.03), "growth_ratio": Bound(1.3, is_most=True)},
    "orders": {"ratio_to_single_inserts": Bound(3.0), "ratio_to_batch_inserts": Bound(0.1)},
    "api": {
        "ratio_to_insert_route": Bound(2.0),
        "signed_ratio_to_insert_route": Bound(1.4),
        "ratio_to_empty_route": Bound(0.7),
    },
    "audit": {
        "entries_per_s": Bound(12_000),
        "signed_entries_per_s": Bound(6_000),
        "ratio_to_floor": Bound(0.6),
        "peak_growth": Bound(1.2, is_most=True),
        "tree_ratio_to_pymerkle": Bound(8),
        "inclusion_ratio_to_pymerkle": Bound(2),
        "index_ratio_to_web3": Bound(20),
        "index_ratio_to_fetch": Bound(0.3),
    },
    "index": {"index_ratio_to_web3": Bound(20), "index_ratio_to_fetch": Bound(0.3)},
    "chain": {
        "ratio_to_single_records": Bound(5),
        "gas_deal": Bound(90_000, is_most=True),
        "gas_deal_in_50": Bound(46_000, is_most=True),
        "gas_confirmation": Bound(62_000, is_most=True),
        "gas_confirmation_in_50": Bound(20_000, is_most=True),
        "gas_deal_and_confirmation_in_50": Bound(66_000, is_most=True),
        "gas_anchor": Bound(55_000, is_most=True),
        "gas_per_entry_at_1000": Bound(55, is_most=True),
        "gas_inclusion_20": Bound(12_000, is_most=True),
        "gas_deal_repeated_parties_in_50": Bound(46_000, is_most=True),
    },
}
"""By benchmark and figure. Gas depends on no machine; a contract account's own code has no bound."""


def floors_of(result: Mapping[str, Any]) -> dict[str, dict[str, list[Any]]]:
    """Each figure that a floor or a ceiling is set for: [value, least, met] or [value, most, met]."""
    judged: dict[str, dict[str, list[Any]]] = {"floors": {}, "ceilings": {}}
    for name, bound in BOUNDS[result["benchmark"]].items():
        value = result.get(name)
        judged["ceilings" if bound.is_most else "floors"][name] = [value, bound.at, bound.is_met(value)]
    return {kind: found for kind, found in judged.items() if found}


def add_gate(parser: argparse.ArgumentParser) -> None:
    """Take `--gate` on a benchmark's command line."""
    parser.add_argument("--gate", action="store_true", help="exit 1 where a figure is under its floor")


def finish(result: dict[str, Any], given: argparse.Namespace, *, gated: bool = False) -> int:
    """Print what was measured with its floors; 1 where a bound is broken and the gate was asked for, or is `gated`."""
    judged = floors_of(result)
    sys.stdout.write(json.dumps(result | judged, indent=None if given.json else 2) + "\n")
    broken = [
        f"{name} {value} (bound {at})"
        for found in judged.values()
        for name, (value, at, met) in found.items()
        if not met
    ]
    if broken and (gated or given.gate):
        sys.stderr.write(f"{result['benchmark']}: out of bounds: {', '.join(broken)}\n")
        return 1
    return 0

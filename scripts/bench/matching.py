"""How fast the order book matches: against a bare price-time book, and against packages of others.

All play the same operations in the same process, in rounds of one play each, so that whatever disturbs the
machine disturbs all alike; a figure is the median over the rounds, a ratio the median of the rounds' ratios.
Processor time is measured, not the time of day. Before the rounds each plays once untimed, and must report
the same trades. Run it as `python -m scripts.bench.matching --json`.
"""

from __future__ import annotations

import argparse
import gc
import platform
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from scripts.bench.bare_book import Trade
from scripts.bench.floors import add_gate, finish
from scripts.bench.matching_contestants import (
    Play,
    Prepare,
    peers_here,
    prepare_bare_book,
    prepare_exchange_book,
)
from scripts.bench.order_flow import Operation, order_flow

OPERATIONS = 200_000
SEED = 20_260_401
ROUNDS = 5
LARGEST_RUN = 5_000_000
"""Operations of one round: more would not fit into the memory of a small machine."""
MOST_ROUNDS = 100
QUIET_SECONDS = 2.0
"""Progress is shown once a run has taken longer than this."""

EXCHANGE = "exchange"
BARE = "bare"


class TradesDiffer(Exception):
    """A contestant did not report the trades of the bare book, so no comparison of speeds means anything."""


def run(
    operations: int = OPERATIONS,
    seed: int = SEED,
    rounds: int = ROUNDS,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Measure, and return what `--json` prints.

    Args:
        operations: how many operations each contestant plays in a round, 1 to `LARGEST_RUN`.
        seed: of the order flow.
        rounds: timed rounds, 1 to `MOST_ROUNDS`.
        progress: told what is being done, one short line at a time.

    Raises:
        TradesDiffer: naming the contestant and the first trade that differs.
        ValueError: for operations or rounds out of range.
    """
    if not (1 <= operations <= LARGEST_RUN and 1 <= rounds <= MOST_ROUNDS):
        message = f"give 1 to {LARGEST_RUN} operations and 1 to {MOST_ROUNDS} rounds"
        raise ValueError(message)
    tell = progress or _tell_nobody
    flow = order_flow(operations, seed)
    peers, left_out = peers_here()
    contestants: dict[str, Prepare] = {BARE: prepare_bare_book, EXCHANGE: prepare_exchange_book, **peers}
    trades = _play_for_the_same_trades(contestants, flow, tell)
    rates = _play_for_time(contestants, flow, rounds, tell)

    best_peer = max(peers, key=lambda name: median(rates[name]), default=None)
    return {
        "benchmark": "matching",
        "ops_per_s": round(median(rates[EXCHANGE])),
        "bare_book_ops_per_s": round(median(rates[BARE])),
        "ratio_to_bare": _ratio(rates[EXCHANGE], rates[BARE]),
        "peers": {name: round(median(rates[name])) for name in peers},
        "ratio_to_best_peer": None if best_peer is None else _ratio(rates[EXCHANGE], rates[best_peer]),
        "best_peer": best_peer,
        "peers_left_out": left_out,
        "same_trades": sorted(contestants),
        "operations": {"total": operations, **_counts(flow, trades)},
        "seed": seed,
        "rounds": rounds,
        "clock": "processor time",
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
    }


def _play_for_the_same_trades(
    contestants: dict[str, Prepare], flow: Sequence[Operation], tell: Callable[[str], None]
) -> list[Trade]:
    expected: list[Trade] = []
    for name, prepare in contestants.items():
        tell(f"checking the trades of {name}")
        reported = prepare(flow)()()
        if name == BARE:
            expected = reported
        elif reported != expected:
            raise TradesDiffer(_first_difference(name, expected, reported))
    return expected


def _first_difference(name: str, expected: Sequence[Trade], reported: Sequence[Trade]) -> str:
    shared = min(len(expected), len(reported))
    at = next((i for i in range(shared) if expected[i] != reported[i]), shared)
    return (
        f"{name} differs from the bare book at trade {at}: {list(reported[at : at + 1])} instead of "
        f"{list(expected[at : at + 1])} ({len(reported)} trades instead of {len(expected)})"
    )


def _play_for_time(
    contestants: dict[str, Prepare], flow: Sequence[Operation], rounds: int, tell: Callable[[str], None]
) -> dict[str, list[float]]:
    """Play in rounds, each begun by another contestant; operations a second of each round, by name."""
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            tell(f"round {number + 1} of {rounds}: {name}")
            rates[name].append(len(flow) / _timed(contestants[name](flow)))
    return rates


def _timed(play: Play) -> float:
    """Seconds of processor time of one play, the collector running as it does in a service after its start."""
    gc.collect()
    gc.freeze()
    try:
        started = time.process_time_ns()
        read = play()
        elapsed = time.process_time_ns() - started
    finally:
        gc.unfreeze()
    del read  # what was reported is freed outside the timed part
    return max(elapsed, 1) / 1e9


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return round(median(a / b for a, b in zip(ours, theirs, strict=True)), 3)


def _counts(flow: Sequence[Operation], trades: Sequence[Trade]) -> dict[str, int]:
    orders = sum(1 for operation in flow if operation.side)
    return {
        "orders": orders,
        "cancels": len(flow) - orders,
        "orders_that_traded_at_once": len({taker for taker, _, _, _ in trades}),
        "trades": len(trades),
    }


def _tell_nobody(_: str) -> None:
    """Show no progress."""


def progress_on_stderr(benchmark: str) -> Callable[[str], None]:
    """Return a `progress` of a benchmark that writes to standard error once `QUIET_SECONDS` have passed."""
    started = time.monotonic()

    def tell(line: str) -> None:
        if time.monotonic() - started > QUIET_SECONDS:
            sys.stderr.write(f"{benchmark}: {line}\n")
            sys.stderr.flush()

    return tell


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0, 1 if the contestants traded differently, 2 for bad arguments."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.matching", description=__doc__)
    parser.add_argument("--operations", type=int, default=OPERATIONS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    add_gate(parser)
    given = parser.parse_args(arguments)
    try:
        result = run(given.operations, given.seed, given.rounds, progress_on_stderr("matching"))
    except ValueError as error:
        parser.error(str(error))
    except TradesDiffer as difference:
        sys.stderr.write(f"matching: {difference}\n")
        return 1
    return finish(result, given)


if __name__ == "__main__":
    sys.exit(main())

"""How fast the engine decides commands: beside the bare price-time book, and with a hundred times as much standing.

Two venues play the same steps (`scripts.bench.bid_flow`) through `Engine.apply`, with every rule, posting and event:
one with as many parties and listings as the flow needs, one with `MANY`. In each round both play the round's steps and
the bare book plays the flow of `ipx bench matching`, one after the other in the same process, each round begun by
another, so that whatever disturbs the machine disturbs all alike. A figure is the median over the rounds, a ratio the
median of the rounds' ratios. Processor time is measured. Both venues must have done the same work, and a replay must
end in the same state. Run it as `python -m scripts.bench.engine --json`.
"""

from __future__ import annotations

import argparse
import gc
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, NamedTuple

from exchange.commands import Request
from exchange.turn import Outcome
from scripts.bench.bid_flow import BIDDERS, DISTINCT_PAIRS, LISTINGS, REFUSALS, BidFlow, Step
from scripts.bench.floors import add_gate, finish
from scripts.bench.market import DEPOSIT, Market, SetUpRefused
from scripts.bench.matching import OPERATIONS as BOOK_OPERATIONS
from scripts.bench.matching import SEED, progress_on_stderr
from scripts.bench.matching_contestants import Play as BookPlay
from scripts.bench.matching_contestants import prepare_bare_book
from scripts.bench.order_flow import order_flow

OPERATIONS = 2_000
ROUNDS = 20
MOST_ROUNDS = 100
MANY = 100_000
MOST_STANDING = 1_000_000
"""More would not fit into the memory of a small machine."""
BATCH = 32
"""Commands after which the changed rows are taken, as the sequencer does for each commit."""


class WorkDiffers(Exception):
    """The two venues, or a replay, did not do the same work, so no comparison of speeds means anything."""


class Cost(NamedTuple):
    """Nanoseconds of processor time of one play, and how many commands it had."""

    decide_ns: int
    rows_ns: int
    """Of writing the changed rows in canonical form, once a batch."""
    commands: int

    @property
    def commands_per_s(self) -> float:
        """Commands decided a second."""
        return self.commands * 1e9 / self.decide_ns

    @property
    def with_rows_per_s(self) -> float:
        """Commands a second, the changed rows made ready for the tables as well."""
        return self.commands * 1e9 / (self.decide_ns + self.rows_ns)


def run(
    operations: int = OPERATIONS,
    seed: int = SEED,
    rounds: int = ROUNDS,
    many: int = MANY,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Measure, and return what `--json` prints.

    Args:
        operations: of the flow in a round, 1 to what `rounds` let its listings and bidders hold.
        seed: of the flow.
        rounds: timed rounds, 1 to `MOST_ROUNDS`; one more, untimed, comes first.
        many: parties and listings that stand in the larger venue, `LISTINGS` to `MOST_STANDING`.
        progress: told what is being done, one short line at a time.

    Raises:
        WorkDiffers: the venues answered differently, money or bids differ, or a replay ended in another state.
        SetUpRefused: the engine does not take the market's set-up.
        ValueError: for arguments out of range.
    """
    if not (1 <= rounds <= MOST_ROUNDS and 1 <= operations <= DISTINCT_PAIRS // (rounds + 1)):
        message = f"give 1 to {MOST_ROUNDS} rounds and operations of at most {DISTINCT_PAIRS} in all of them"
        raise ValueError(message)
    if not LISTINGS <= many <= MOST_STANDING:
        message = f"give {LISTINGS} to {MOST_STANDING} parties and listings"
        raise ValueError(message)
    tell = progress or (lambda _: None)
    flow = BidFlow(seed)
    book = prepare_bare_book(order_flow(BOOK_OPERATIONS, seed))
    few_market, many_market = Market(LISTINGS, tell), Market(many, tell)
    steps: list[Step] = []
    few: list[Cost] = []
    crowd: list[Cost] = []
    bare: list[float] = []
    gc.collect()
    gc.freeze()  # as the sequencer does with what it has loaded
    try:
        for number in range(rounds + 1):
            tell(f"round {number} of {rounds}")
            drawn = flow.steps(operations)
            steps += drawn
            costs = _play_in_turn(few_market, many_market, drawn, book, first=number % 3)
            if number:  # the first warms up
                few.append(costs[0])
                crowd.append(costs[1])
                bare.append(costs[2])
    finally:
        gc.unfreeze()
    tell("replaying")
    _require_the_same_end(few_market, many_market, steps)
    return {
        "benchmark": "engine",
        "commands_per_s": round(median(cost.commands_per_s for cost in few)),
        "operations_per_s": round(median(_operations_per_s(few, operations))),
        "bare_book_ops_per_s": round(median(bare)),
        "ratio_to_bare": _ratio([cost.commands_per_s for cost in few], bare, 4),
        "operations_ratio_to_bare": _ratio(_operations_per_s(few, operations), bare, 4),
        "growth_ratio": _ratio(
            [cost.commands_per_s for cost in few], [cost.commands_per_s for cost in crowd]
        ),
        "commands_per_s_among_many": round(median(cost.commands_per_s for cost in crowd)),
        "with_rows_per_s": round(median(cost.with_rows_per_s for cost in few)),
        "with_rows_growth_ratio": _ratio(
            [cost.with_rows_per_s for cost in few], [cost.with_rows_per_s for cost in crowd]
        ),
        "standing": {"few": LISTINGS, "many": many},
        "listings": LISTINGS,
        "bidders": BIDDERS,
        "work": {"operations": operations * (rounds + 1), "commands": len(steps), **_counts(steps)},
        "same_work": True,
        "replayed": True,
        "state_hash": few_market.engine.state.state_hash(),
        "batch": BATCH,
        "seed": seed,
        "rounds": rounds,
        "clock": "processor time",
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
    }


def _play_in_turn(
    few: Market, many: Market, steps: Sequence[Step], book: BookPlay, first: int
) -> tuple[Cost, Cost, float]:
    """One round: costs of the venues, and operations a second of the bare book."""
    costs: dict[int, Cost] = {}
    answers: dict[int, list[Outcome]] = {}
    bare = 0.0
    for place in (first, (first + 1) % 3, (first + 2) % 3):
        if place == 2:  # noqa: PLR2004 - after the two venues
            gc.collect()
            started = time.process_time_ns()
            read = book()
            bare = BOOK_OPERATIONS * 1e9 / max(time.process_time_ns() - started, 1)
            del read
        else:
            costs[place], answers[place] = play(few if place == 0 else many, steps)
    _require_the_same_answers(steps, answers[0], answers[1])
    return costs[0], costs[1], bare


def play(market: Market, steps: Sequence[Step]) -> tuple[Cost, list[Outcome]]:
    """Let a venue decide the steps, batch by batch; only that is timed."""
    requests = market.requests(steps)
    apply, take_changes = market.engine.apply, market.engine.state.take_changes
    outcomes: list[Outcome] = []
    decide_ns = rows_ns = 0
    gc.collect()
    for start in range(0, len(requests), BATCH):
        batch: list[Request] = requests[start : start + BATCH]
        began = time.process_time_ns()
        for request in batch:
            outcomes.append(apply(request))  # noqa: PERF401 - the loop is what is measured
        decided = time.process_time_ns()
        take_changes()
        decide_ns += decided - began
        rows_ns += time.process_time_ns() - decided
    return Cost(max(decide_ns, 1), rows_ns, len(requests)), outcomes


def _require_the_same_answers(steps: Sequence[Step], few: Sequence[Outcome], many: Sequence[Outcome]) -> None:
    """Raises WorkDiffers unless both venues took and refused the same, and what was drawn to be refused was."""
    for step, one, other in zip(steps, few, many, strict=True):
        if _kind_of(one) != _kind_of(other) or (one.refusal is not None) != (step.what in REFUSALS):
            message = f"{step}: {_kind_of(one)} in the smaller venue, {_kind_of(other)} in the larger one"
            raise WorkDiffers(message)


def _kind_of(outcome: Outcome) -> tuple[str, tuple[str, ...]]:
    """What an outcome has in common with the same step's in another venue."""
    code = "" if outcome.refusal is None else outcome.refusal.code
    return code, tuple(type(event).__name__ for event in outcome.events)


def _require_the_same_end(few: Market, many: Market, steps: Sequence[Step]) -> None:
    """Raises WorkDiffers unless both hold the same bids and deposits, and the smaller one replays to its state."""
    registrations = sum(step.what == "register" for step in steps)
    for market in (few, many):
        if market.deposits_held() != registrations * DEPOSIT:
            message = f"{market.deposits_held()} held for {registrations} deposits of {DEPOSIT}"
            raise WorkDiffers(message)
    if few.live_bids() != many.live_bids():
        message = "the venues hold different bids"
        raise WorkDiffers(message)
    again = Market(few.standing, lambda _: None)
    for request in again.requests(steps):
        again.engine.apply(request)
    if again.engine.state.state_hash() != few.engine.state.state_hash():
        message = "a replay ends in another state"
        raise WorkDiffers(message)


def _operations_per_s(costs: Sequence[Cost], operations: int) -> list[float]:
    """What bidders do a second: a new bid is one operation, and three commands where its bidder registers first."""
    return [operations * 1e9 / cost.decide_ns for cost in costs]


def _counts(steps: Sequence[Step]) -> dict[str, int]:
    counts = Counter("refused" if step.what in REFUSALS else step.what for step in steps)
    return {name: counts[name] for name in ("register", "qualify", "bid", "amend", "withdraw", "refused")}


def _ratio(ours: Sequence[float], theirs: Sequence[float], digits: int = 3) -> float:
    return round(median(a / b for a, b in zip(ours, theirs, strict=True)), digits)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0, 1 if the venues' work differed, 2 for bad arguments."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.engine", description=__doc__)
    parser.add_argument("--operations", type=int, default=OPERATIONS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--many", type=int, default=MANY)
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    add_gate(parser)
    given = parser.parse_args(arguments)
    try:
        result = run(given.operations, given.seed, given.rounds, given.many, progress_on_stderr("engine"))
    except ValueError as error:
        parser.error(str(error))
    except (WorkDiffers, SetUpRefused) as difference:
        sys.stderr.write(f"engine: {difference}\n")
        return 1
    return finish(result, given)


if __name__ == "__main__":
    sys.exit(main())

"""How many bids a second the sequencer alone takes durably, beside inserts of single rows and of rows by the hundred.

So many bidders (`scripts.bench.bidders`) each wait for their answer, over the sequencer's own socket. In each round
they, single-row inserts on one connection and inserts of a hundred rows a statement have their turn on the same
PostgreSQL, each committed before it counts. A figure is the median over the rounds, a ratio the median of the rounds'
ratios; latencies are those of all rounds. At the end a replay of the journal must give the state that the tables hold.
Run it as `python -m scripts.bench.orders --json`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import psycopg

from ledger.sequencer.client import SequencerClient
from ledger.sequencer.messages import Submission
from ledger.store.connections import psycopg_url
from scripts.bench.bidders import AnswerDiffers, Bidder
from scripts.bench.floors import add_gate, finish
from scripts.bench.market import SetUpRefused
from scripts.bench.matching import SEED, progress_on_stderr
from scripts.bench.vault import (
    Held,
    ReplayDiffers,
    Vault,
    answered,
    hold,
    ratio,
    require_in_range,
    submission_of,
    vault,
    waited,
    with_holding,
)
from scripts.stack.child import StartRefused

OPERATIONS = 10_000
ROUNDS = 5
BIDDERS_AT_ONCE = 256
MOST_OPERATIONS = 400_000
SINGLE_ROWS = 4_000
ROWS_TOGETHER = 100
STATEMENTS = 400
_TABLE = """
CREATE TABLE IF NOT EXISTS bench_bids
(id bigint PRIMARY KEY, listing_id text NOT NULL, party_id text NOT NULL,
 price bigint NOT NULL, placed_ms bigint NOT NULL)
"""
_SINGLE = "INSERT INTO bench_bids VALUES (%s, %s, %s, %s, %s)"
_TOGETHER = """
INSERT INTO bench_bids SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])
"""


def run(
    operations: int = OPERATIONS,
    rounds: int = ROUNDS,
    seed: int = SEED,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Measure, and return what `--json` prints.

    Args:
        operations: of all bidders together in a round.
        rounds: timed rounds, 1 to `MOST_ROUNDS`; one more, untimed, comes first.
        seed: of the flow.
        progress: told what is being done, one short line at a time.

    Raises:
        AnswerDiffers, SetUpRefused, ReplayDiffers: the venue does not do what the flow expects of it.
        StartRefused: a process did not come up.
        ValueError: for arguments out of range.
    """
    require_in_range(operations, rounds, least=BIDDERS_AT_ONCE, most=MOST_OPERATIONS)
    tell = progress or (lambda _: None)
    with vault(tell) as place:
        bidders = [Bidder(number, BIDDERS_AT_ONCE, seed) for number in range(BIDDERS_AT_ONCE)]
        rows = Rows(place.database_url)
        each = operations // BIDDERS_AT_ONCE
        figures: list[tuple[float, float, float]] = []
        held: list[Held] = []
        waits: list[float] = []
        sent: dict[int, Submission] = {}
        first_entry = 0
        for number in range(rounds + 1):
            tell(f"round {number} of {rounds}")
            steps = [step for bidder in bidders for step in bidder.prepare(each)]
            before = hold(place, steps)
            turns = [
                lambda: asyncio.run(_play(place, bidders, each, waits, sent)),
                rows.single,
                rows.together,
            ]
            found = {turn: turns[turn]() for turn in (number % 3, (number + 1) % 3, (number + 2) % 3)}
            if number:
                figures.append((found[0], found[1], found[2]))
                held.append(before)
            else:  # it warms up
                first_entry = place.next_entry()
                waits.clear()
        rows.close()
        tell("replaying")
        rates = [figure[0] for figure in figures]
        return _report(place, figures, waits, first_entry) | {
            **with_holding(held, each * BIDDERS_AT_ONCE, rates),
            "operations": operations,
            "seed": seed,
            "rounds": rounds,
        }


def _report(
    place: Vault, figures: Sequence[tuple[float, float, float]], waits: Sequence[float], first_entry: int
) -> dict[str, Any]:
    """What was measured, once a replay has shown that it was the same work."""
    bids, single, together = ([each[column] for each in figures] for column in range(3))
    return {
        "benchmark": "orders",
        "bids_per_s": round(median(bids)),
        **waited(waits),
        "ratio_to_single_inserts": ratio(bids, single),
        "ratio_to_batch_inserts": ratio(bids, together),
        "single_inserts_per_s": round(median(single)),
        "batch_inserts_per_s": round(median(together)),
        **place.circumstances(first_entry, BIDDERS_AT_ONCE),
    }


async def _play(
    place: Vault,
    bidders: Sequence[Bidder],
    operations: int,
    waits: list[float],
    sent: dict[int, Submission],
) -> float:
    """Let every bidder do so many operations; operations a second of all. `sent`: what each has sent last."""
    client = SequencerClient(place.socket_path)
    try:
        began = time.perf_counter()
        await asyncio.gather(*(_bid(place, client, bidder, operations, waits, sent) for bidder in bidders))
        return operations * len(bidders) / (time.perf_counter() - began)
    finally:
        await client.close()


async def _bid(  # noqa: PLR0913 - who asks whom for what, and where it is kept
    place: Vault,
    client: SequencerClient,
    bidder: Bidder,
    operations: int,
    waits: list[float],
    sent: dict[int, Submission],
) -> None:
    for _ in range(operations):
        operation = bidder.next()
        if not operation.repeated:
            (request,) = place.market.requests([operation.step])
            sent[bidder.number] = submission_of(request, operation.key)
        began = time.perf_counter()
        answer = await client.submit(sent[bidder.number])
        waits.append(time.perf_counter() - began)
        bidder.answered(operation, answered(answer))


class Rows:
    """The peers: rows of the size of a bid into a table of their own, on one connection."""

    def __init__(self, database_url: str) -> None:
        self._connection = psycopg.connect(psycopg_url(database_url), autocommit=True)
        self._connection.execute(_TABLE)
        self._next = 0

    def single(self) -> float:
        """One row a commit; rows a second."""
        began = time.perf_counter()
        for row in self._rows(SINGLE_ROWS):
            self._connection.execute(_SINGLE, row, prepare=True)
        return SINGLE_ROWS / (time.perf_counter() - began)

    def together(self) -> float:
        """A hundred rows a commit; rows a second."""
        batches = [self._rows(ROWS_TOGETHER) for _ in range(STATEMENTS)]
        began = time.perf_counter()
        for batch in batches:
            self._connection.execute(
                _TOGETHER, [list(column) for column in zip(*batch, strict=True)], prepare=True
            )
        return STATEMENTS * ROWS_TOGETHER / (time.perf_counter() - began)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _rows(self, count: int) -> list[tuple[int, str, str, int, int]]:
        first, self._next = self._next, self._next + count
        return [
            (
                number,
                f"L-{number % 1_000}",
                f"P-{number % 500}",
                100_000_00 + number,
                1_800_000_000_000 + number,
            )
            for number in range(first, first + count)
        ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0, 1 if the venue did not do what the flow expects, 2 for bad arguments."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.orders", description=__doc__)
    parser.add_argument("--operations", type=int, default=OPERATIONS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    add_gate(parser)
    given = parser.parse_args(arguments)
    try:
        result = run(given.operations, given.rounds, given.seed, progress_on_stderr("orders"))
    except ValueError as error:
        parser.error(str(error))
    except (AnswerDiffers, SetUpRefused, ReplayDiffers, StartRefused) as difference:
        sys.stderr.write(f"orders: {difference}\n")
        return 1
    return finish(result, given)


if __name__ == "__main__":
    sys.exit(main())

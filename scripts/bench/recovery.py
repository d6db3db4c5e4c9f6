"""How long it takes until everything works again, each time beside the deadline that is set for it.

The sequencer is killed (SIGKILL) with the benchmarks' market standing: once with a standby beside it, once alone and
started again; in each round the time runs from the kill to the answer of a new bid that was given right after it, so
that load, takeover and commit are in it. The front door is killed and started again, until it says that it is ready.
Blocks of a chain full of logs are replaced by others, until the indexer's table is the one of a fresh reading. A figure
is the median of the rounds, and the longest stands beside it. Run it as `python -m scripts.bench.recovery --json`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any

import httpx

from ledger.alone import Database, open_database
from ledger.chain.errors import ChainFault
from ledger.indexer import Indexer
from ledger.log_lines import lines_of
from ledger.sequencer.client import BlockingSequencerClient, SequencerRefused
from scripts.bench.api import address_of, front_door
from scripts.bench.bidders import AnswerDiffers, Bidder
from scripts.bench.chain_venue import BenchVenue, bench_venue
from scripts.bench.floors import add_gate
from scripts.bench.indexing import record_logs
from scripts.bench.market import SetUpRefused
from scripts.bench.matching import SEED, progress_on_stderr
from scripts.bench.vault import (
    Vault,
    answered,
    decide_all,
    sequencer_process,
    submission_of,
    vault,
)
from scripts.stack.child import Child, StartRefused

ROUNDS, MOST_ROUNDS = 3, 20
LOGS = 5_000
FORK_DEPTHS = (1, 12, 60)
"""Blocks that are replaced."""
SLOTS_IN_AN_EPOCH = 32
"""So that those are final that have 64 blocks behind them."""
DEADLINE_S = 60.0
DEADLINES_S = {
    "standby_takes_over_s": 5,
    "sequencer_is_back_s": 10,
    "front_door_is_back_s": 10,
    "fork_is_healed_s": 5,
}
"""What is asked of each, in seconds."""
_READY = 200
_ROWS = "SELECT * FROM chain_events ORDER BY contract, seq"


class NotRecovered(Exception):
    """Something did not come back within `DEADLINE_S`, or came back as something else."""


def run(
    rounds: int = ROUNDS, seed: int = SEED, progress: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """Measure, and return what `--json` prints.

    Args:
        rounds: 1 to `MOST_ROUNDS`.
        seed: of the bids.
        progress: told what is being done, one short line at a time.

    Raises:
        NotRecovered: something did not come back.
        AnswerDiffers, SetUpRefused: the venue does not do what the flow expects of it.
        StartRefused, ChainFault: a process did not come up, or does not answer.
        ValueError: for rounds out of range.
    """
    if not 1 <= rounds <= MOST_ROUNDS:
        message = f"give 1 to {MOST_ROUNDS} rounds"
        raise ValueError(message)
    tell = progress or (lambda _: None)
    found: dict[str, list[float]] = {name: [] for name in DEADLINES_S}
    with vault(tell) as place:
        venue = _Killed(place, rounds, seed)
        for number in range(1, rounds + 1):
            tell(f"round {number} of {rounds}: sequencer and front door")
            found["sequencer_is_back_s"].append(venue.restarted())
            found["standby_takes_over_s"].append(venue.taken_over())
            found["front_door_is_back_s"].append(venue.door_restarted())
        entries = place.next_entry()
    with (
        bench_venue(slots_in_an_epoch=SLOTS_IN_AN_EPOCH) as chain,
        open_database(chain.database_url) as database,
    ):
        tell("recording logs")
        record_logs(chain, LOGS)
        Indexer(database, chain.client, chain.manifest).run()
        for number in range(1, rounds + 1):
            tell(f"round {number} of {rounds}: forks")
            found["fork_is_healed_s"] += [_healed(chain, database, depth) for depth in FORK_DEPTHS]
    return {
        "benchmark": "recovery",
        **{name: round(median(seconds), 3) for name, seconds in found.items()},
        "longest": {name: round(max(seconds), 3) for name, seconds in found.items()},
        "asked": DEADLINES_S,
        "entries_standing": entries,
        "fork_depths": FORK_DEPTHS,
        "rounds": rounds,
        "seed": seed,
        "clock": "wall time",
        "python": platform.python_version(),
    }


class _Killed:
    """Processes that are killed, and a bidder who asks right after it."""

    def __init__(self, place: Vault, rounds: int, seed: int) -> None:
        self._place = place
        self._bidder = Bidder(0, 1, seed)
        operations = 4 * rounds + 4
        asyncio.run(decide_all(place.socket_path, place.market.requests(self._bidder.prepare(operations))))

    def restarted(self) -> float:
        """The only sequencer is killed and started again."""
        sequencer = self._place.sequencer
        began = time.monotonic()
        sequencer.kill()
        sequencer.start()
        self._bid()
        return time.monotonic() - began

    def taken_over(self) -> float:
        """A standby takes over from the killed one, which then is the only one again."""
        with self._standby() as standby:
            standby.wait_until(lambda: standby.has_said("standing by"))
            began = time.monotonic()
            self._place.sequencer.kill()
            self._bid()
            took = time.monotonic() - began
        self._place.sequencer.start()
        self._bid()
        return took

    def door_restarted(self) -> float:
        """The front door is killed and started again."""
        with front_door(self._place) as door:
            began = time.monotonic()
            door.kill()
            door.start()
            door.wait_until(lambda: door.has_said("http://"))
            host, port = address_of(door)
            door.wait_until(lambda: _is_ready(f"http://{host}:{port}/readyz"))
            return time.monotonic() - began

    @contextmanager
    def _standby(self) -> Iterator[Child]:
        first = self._place.sequencer
        environment = first.environment | {"IPX_SEQUENCER_STANDBY": "1"}
        standby = sequencer_process("standby", first.log.parent, environment)
        standby.start()
        try:
            yield standby
        finally:
            standby.stop()

    def _bid(self) -> None:
        """Have the bidder's next operation decided, whoever decides by then.

        Raises:
            NotRecovered: nobody did.
        """
        operation = self._bidder.next()
        while operation.repeated:  # the answer to a repeat shows no commit
            operation = self._bidder.next()
        (request,) = self._place.market.requests([operation.step])
        with BlockingSequencerClient(self._place.socket_path, deadline_s=DEADLINE_S) as client:
            try:
                answer = client.submit(submission_of(request, operation.key))
            except SequencerRefused as refused:
                raise NotRecovered(str(refused)) from refused
        self._bidder.answered(operation, answered(answer))


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1.0, trust_env=False).status_code == _READY
    except httpx.HTTPError:
        return False


def _healed(chain: BenchVenue, database: Database, depth: int) -> float:
    """Replace so many blocks by empty ones; seconds until the table is that of a fresh reading.

    Raises:
        NotRecovered: it is another one.
    """
    chain.client.request("anvil_reorg", (depth, []))
    began = time.monotonic()
    Indexer(database, chain.client, chain.manifest).run()
    took = time.monotonic() - began
    healed = database.execute(_ROWS).fetchall()
    database.execute("TRUNCATE chain_events, chain_cursor")
    Indexer(database, chain.client, chain.manifest).run()
    if database.execute(_ROWS).fetchall() != healed:
        message = f"after a fork of {depth} blocks the table is not the one of a fresh reading"
        raise NotRecovered(message)
    return took


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0, 1 if something did not come back in time, 2 for bad arguments."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.recovery", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    add_gate(parser)  # a deadline that is missed is always 1
    given = parser.parse_args(arguments)
    try:
        with lines_of("bench", sys.stderr):  # what the indexer says of forks
            result = run(given.rounds, given.seed, progress_on_stderr("recovery"))
    except ValueError as error:
        parser.error(str(error))
    except (NotRecovered, AnswerDiffers, SetUpRefused, StartRefused, ChainFault) as error:
        sys.stderr.write(f"recovery: {type(error).__name__}: {error}\n")
        return 1
    sys.stdout.write(json.dumps(result, indent=None if given.json else 2) + "\n")
    return int(any(result["longest"][name] > deadline for name, deadline in DEADLINES_S.items()))


if __name__ == "__main__":
    sys.exit(main())

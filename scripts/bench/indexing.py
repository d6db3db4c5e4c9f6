"""How many logs a second go from a node into PostgreSQL, beside web3's contract events and beside fetching them alone.

On an anvil of its own with a block of 1,000,000,000 gas: rights, deals that both parties signed, the register's
confirmations, settlements and freezes, through the venue's own contracts in batches. In each round the indexer, web3
and the two ways of fetching have their turn on the same blocks and the same PostgreSQL; a figure is the median over the
rounds, a ratio the median of the rounds' ratios. Run it as `python -m scripts.bench.indexing --json`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from ledger.alone import Database, open_database
from ledger.chain.errors import ChainFault
from ledger.chain.records import (
    FreezeRecord,
    Record,
    RegistryConfirmationRecord,
    RightRecord,
    SettledRecord,
)
from ledger.indexer import CONTRACTS, Indexer
from ledger.log_lines import lines_of
from scripts.bench.chain_venue import BLOCK_GAS, BenchVenue, bench_venue, new_hash
from scripts.bench.floors import add_gate, finish
from scripts.bench.indexing_peers import HOW_FETCH, HOW_TRANSFER, HOW_WEB3, Web3Events, fetch, transfer
from scripts.bench.matching import progress_on_stderr
from scripts.bench.vault import MOST_ROUNDS, ratio
from scripts.stack.child import StartRefused

LOGS = 20_000
ROUNDS = 5
LARGEST_RUN = 200_000
PARTIES = 100
IN_A_CALL = 200
KINDS = (
    ("Register", "RightRegistered"),
    ("Register", "DealAgreed"),
    ("Register", "RegistryConfirmed"),
    ("Register", "DealSettled"),
    ("EncumbranceRegister", "RightFrozen"),
)
"""What is recorded, as many of one as of the other."""
_COMPARED = """
SELECT contract, seq, name, block_number, block_hash, transaction_hash, log_index, (
    SELECT array_agg(lower(value) ORDER BY lower(value)) FROM jsonb_each_text(data - 'log_head')
) FROM
"""
"""A log's place and values; web3 has the contract's own names for them."""
_DIFFERING = f"""
SELECT count(*) FROM (
    ({_COMPARED} chain_events EXCEPT {_COMPARED} bench_web3_events)
    UNION ALL ({_COMPARED} bench_web3_events EXCEPT {_COMPARED} chain_events)
) AS differing
"""  # noqa: S608 - made of nothing but the lines above


class IndexDiffers(Exception):
    """The indexer, or a peer, has not read what was recorded."""


@dataclass(frozen=True)
class Indexing:
    """What was measured; `index_ratio_to_transfer` is to receiving the answer's bytes without reading them."""

    logs_per_s: int
    index_ratio_to_web3: float
    index_ratio_to_fetch: float
    index_ratio_to_transfer: float
    web3_logs_per_s: int
    fetched_logs_per_s: int
    transferred_logs_per_s: int
    logs: int
    rounds: int


def measure_indexing(
    logs: int = LOGS, rounds: int = ROUNDS, progress: Callable[[str], None] | None = None
) -> Indexing:
    """Measure.

    Args:
        logs: recorded and read in every round, as many of each kind; those of setting up come on top.
        rounds: timed rounds, 1 to `MOST_ROUNDS`.
        progress: told what is being done, one short line at a time.

    Raises:
        ValueError: for logs or rounds out of range.
        StartRefused: a server did not come up.
        ChainFault: the chain does not answer.
        IndexDiffers: something else was read than was recorded.
    """
    if not (len(KINDS) <= logs <= LARGEST_RUN and 1 <= rounds <= MOST_ROUNDS):
        message = f"give {len(KINDS)} to {LARGEST_RUN} logs and 1 to {MOST_ROUNDS} rounds"
        raise ValueError(message)
    tell = progress or (lambda _: None)
    tell("starting a chain and a database")
    with (
        TemporaryDirectory(prefix="ipx-bench-") as folder,
        (Path(folder) / "worker.log").open("w") as lines,
        bench_venue() as venue,
        open_database(venue.database_url) as database,
    ):
        record_logs(venue, logs, tell)
        with lines_of("worker", lines):  # as a worker that tells every event that it reads
            return _measured(venue, database, rounds, tell)


def record_logs(venue: BenchVenue, logs: int, tell: Callable[[str], None] = lambda _: None) -> None:
    """Have so many logs stand on the chain, as many of each kind.

    Raises:
        ChainFault: the chain does not answer.
    """
    for number, records in enumerate(_calls(venue, logs // len(KINDS)), 1):
        tell(f"recording: call {number}")
        venue.record(records)


def _calls(venue: BenchVenue, each: int) -> Iterator[Sequence[Record]]:
    """So many records of every kind, call by call: deals of a hundred parties, each over a right of its own."""
    keys = venue.enrolled(PARTIES)
    sellers, buyers = keys[::2], keys[1::2]
    for first in range(0, each, IN_A_CALL):
        numbers = range(first, min(first + IN_A_CALL, each))
        rights = [RightRecord(right_id=new_hash(), holder=new_hash(), document=new_hash()) for _ in numbers]
        deals = [
            venue.deal(
                sellers[number % len(sellers)], buyers[7 * number % len(buyers)], right_id=right.right_id
            )
            for number, right in zip(numbers, rights, strict=True)
        ]
        yield rights
        yield deals
        yield [
            RegistryConfirmationRecord(
                right_id=right.right_id,
                deal_id=deal.deal_id,
                old_holder=right.holder,
                new_holder=new_hash(),
                proof=new_hash(),
            )
            for right, deal in zip(rights, deals, strict=True)
        ]
        yield [SettledRecord(deal_id=deal.deal_id) for deal in deals]
        yield [
            FreezeRecord(right_id=right.right_id, freeze_id=new_hash(), ground=new_hash()) for right in rights
        ]


def _measured(venue: BenchVenue, database: Database, rounds: int, tell: Callable[[str], None]) -> Indexing:
    ways = _Ways(venue, database)
    found: list[list[float]] = []
    for number in range(rounds + 1):
        tell(f"round {number} of {rounds}")
        turns = [ways.index, ways.web3, ways.fetch, ways.transfer]
        order = [(turn + number) % len(turns) for turn in range(len(turns))]
        speeds = {turn: turns[turn]() for turn in order}
        if number:  # the one before warms up
            found.append([speeds[turn] for turn in range(len(turns))])
    ways.require_same()
    index, web3, fetched, transferred = ([each[column] for each in found] for column in range(4))
    return Indexing(
        logs_per_s=round(median(index)),
        index_ratio_to_web3=ratio(index, web3),
        index_ratio_to_fetch=ratio(index, fetched),
        index_ratio_to_transfer=ratio(index, transferred),
        web3_logs_per_s=round(median(web3)),
        fetched_logs_per_s=round(median(fetched)),
        transferred_logs_per_s=round(median(transferred)),
        logs=ways.logs,
        rounds=rounds,
    )


class _Ways:
    """The indexer and its peers over the same blocks; each gives logs a second."""

    def __init__(self, venue: BenchVenue, database: Database) -> None:
        self._venue, self._database = venue, database
        self._first, self._last = venue.manifest.first_block(), venue.client.block_number()
        self._addresses = [venue.manifest.address(name) for name in CONTRACTS]
        url = venue.chain_url
        self._web3 = Web3Events(venue, url, [*KINDS, ("Register", "KeyEnrolled")])
        self._receive = transfer(url, self._addresses, self._first, self._last)
        self.logs = fetch(venue.client, self._addresses, self._first, self._last)
        """Those of setting up among them."""

    def index(self) -> float:
        self._database.execute("TRUNCATE chain_events, chain_cursor")
        return self._speed(
            lambda: Indexer(self._database, self._venue.client, self._venue.manifest).run().added
        )

    def web3(self) -> float:
        return self._speed(lambda: self._web3.store(self._database, self._first, self._last))

    def fetch(self) -> float:
        return self._speed(lambda: fetch(self._venue.client, self._addresses, self._first, self._last))

    def transfer(self) -> float:
        return self._speed(lambda: self._receive() and self.logs)

    def _speed(self, read: Callable[[], int]) -> float:
        began = time.perf_counter()
        count = read()
        speed = count / (time.perf_counter() - began)
        if (
            not self.logs - len(CONTRACTS) <= count <= self.logs
        ):  # each contract's first log may have no number
            message = f"{count} of {self.logs} logs were read"
            raise IndexDiffers(message)
        return speed

    def require_same(self) -> None:
        """Raises IndexDiffers unless indexer and web3 have stored the same events at the same places."""
        differing = self._database.execute(_DIFFERING).fetchone()
        if differing is None or differing["count"] != 0:
            message = f"{differing} events differ from those that web3 has read"
            raise IndexDiffers(message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0, 1 if it is too slow or something else was read, 2 for bad arguments."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.indexing", description=__doc__)
    parser.add_argument("--logs", type=int, default=LOGS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    add_gate(parser)
    given = parser.parse_args(arguments)
    try:
        found = measure_indexing(given.logs, given.rounds, progress_on_stderr("index"))
    except ValueError as error:
        parser.error(str(error))
    except (ChainFault, IndexDiffers, StartRefused) as error:
        sys.stderr.write(f"index: {error}\n")
        return 1
    result: dict[str, Any] = {
        "benchmark": "index",
        **asdict(found),
        "how": {
            "chain": f"anvil of its own, --gas-limit {BLOCK_GAS}, {IN_A_CALL} records a transaction and block",
            "logs_per_s": "one run of the indexer into empty tables, its checks and its log lines included",
            "index_ratio_to_web3": HOW_WEB3,
            "index_ratio_to_fetch": HOW_FETCH,
            "index_ratio_to_transfer": HOW_TRANSFER,
        },
    }
    return finish(result, given, gated=True)


if __name__ == "__main__":
    sys.exit(main())

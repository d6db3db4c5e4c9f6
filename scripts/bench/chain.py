"""What the chain costs: gas by measure, and how many deals a second go from the outbox to their final events.

On an anvil of its own with a block of 1,000,000,000 gas and a block for each transaction, so that the chain is never
what a record waits for. The same signer and connection send the same number of deals one by one in the same run.
Run it as `python -m scripts.bench.chain --json`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from ledger.alone import Database, open_database
from ledger.chain.calls import call_of
from ledger.chain.errors import ChainFault
from ledger.chain.records import DealRecord
from ledger.chain.sending import gas_bound
from ledger.indexer import Indexer
from ledger.outbox import Outbox
from scripts.bench.chain_gas import HOW_INCLUSION, measure_gas
from scripts.bench.chain_venue import BLOCK_GAS, DEADLINE_S, BenchVenue, bench_venue
from scripts.bench.floors import add_gate, finish
from scripts.stack.child import StartRefused

DEALS = 1_000
ROUNDS = 3
LARGEST_RUN, MOST_ROUNDS = 20_000, 20
_QUEUE = """
INSERT INTO outbox (record_id, kind, subject_id, payload, entry, updated_ms) VALUES (%s, 'deal', %s, %s, %s, 0)
"""
_UNFINISHED = """
SELECT count(*) AS left_over FROM outbox o WHERE NOT EXISTS (
    SELECT FROM chain_events e WHERE e.transaction_hash = o.transaction_hash AND e.final AND e.name = 'DealAgreed')
"""


class TooSlow(Exception):
    """A part of the benchmark did not come to its end in time."""


def run(
    deals: int = DEALS, rounds: int = ROUNDS, progress: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """Measure, and return what `--json` prints.

    Args:
        deals: deals that each way records in a round, 1 to `LARGEST_RUN`.
        rounds: timed rounds, 1 to `MOST_ROUNDS`; medians count.
        progress: told what is being done, one short line at a time.

    Raises:
        ValueError: for deals or rounds out of range.
        StartRefused: a server did not come up.
        ChainFault: the chain does not answer.
        TooSlow: a round did not end within its deadline.
    """
    if not (1 <= deals <= LARGEST_RUN and 1 <= rounds <= MOST_ROUNDS):
        message = f"give 1 to {LARGEST_RUN} deals and 1 to {MOST_ROUNDS} rounds"
        raise ValueError(message)
    tell = progress or (lambda _: None)
    tell("starting a chain and a database")
    with bench_venue() as venue, open_database(venue.database_url) as database:
        tell("measuring gas")
        gas = measure_gas(venue)
        tell("enrolling parties")
        keys = venue.enrolled(100)
        Indexer(database, venue.client, venue.manifest).run()
        batched, single = [], []
        for number in range(rounds):
            tell(f"round {number + 1} of {rounds}: signing deals")
            signed = [venue.deal(keys[each % 50], keys[50 + (each * 7) % 50]) for each in range(2 * deals)]
            tell(f"round {number + 1} of {rounds}: through the outbox")
            batched.append(deals / _through_outbox(venue, database, signed[:deals]))
            tell(f"round {number + 1} of {rounds}: one by one")
            single.append(deals / _one_by_one(venue, signed[deals:]))
    ratio = median(many / one for many, one in zip(batched, single, strict=True))
    return {
        "benchmark": "chain",
        **gas,
        "deals_per_s": round(median(batched), 1),
        "single_records_per_s": round(median(single), 1),
        "ratio_to_single_records": round(ratio, 2),
        "deals": deals,
        "rounds": rounds,
        "how": {
            "chain": f"anvil of its own, --gas-limit {BLOCK_GAS}, a block for each transaction",
            "deals_per_s": "rows queued in PostgreSQL, sent by the outbox, read back by the indexer until final",
            "single_records_per_s": "one deal a transaction, all sent before any is waited for, until all are mined",
            "gas_inclusion_20": HOW_INCLUSION,
        },
    }


def _through_outbox(venue: BenchVenue, database: Database, deals: Sequence[DealRecord]) -> float:
    """Seconds from the rows' queueing until the indexer has read every deal in a final block."""
    database.execute("DELETE FROM outbox")
    signers = {"settler": venue.sender, "registrar": venue.sender}
    outbox = Outbox(database, venue.client, venue.manifest, signers)
    indexer = Indexer(database, venue.client, venue.manifest)
    started = time.perf_counter()
    with database.transaction(), database.cursor() as writing:
        writing.executemany(
            _QUEUE,
            [
                (f"deal:{deal.deal_id}", deal.deal_id, Jsonb(msgspec.to_builtins(deal)), number)
                for number, deal in enumerate(deals)
            ],
        )
    end = time.monotonic() + DEADLINE_S
    while True:
        done = outbox.run()
        indexer.run()
        if not done.sent and not done.waiting:
            venue.client.request("anvil_mine", ("0x2",))  # what makes the last blocks final
            indexer.run()
            row = database.execute(_UNFINISHED).fetchone()
            if row is not None and row["left_over"] == 0:
                return time.perf_counter() - started
        if time.monotonic() >= end:
            raise TooSlow


def _one_by_one(venue: BenchVenue, deals: Sequence[DealRecord]) -> float:
    """Seconds from the first signature until every transaction is mined."""
    started = time.perf_counter()
    first, fees = venue.client.nonce(venue.sender.address), venue.client.fees().raised()
    sent = []
    for number, deal in enumerate(deals):
        call = call_of([deal])
        to = venue.manifest.address(call.contract)
        raw = venue.signed(to, call.data, first + number, fees, gas_bound(call.records))
        sent.append(venue.client.send_raw(raw))
    receipts = [venue.client.wait_for_receipt(each, DEADLINE_S, 0.01) for each in sent]
    if not all(receipt.succeeded and len(receipt.logs) == 1 for receipt in receipts):
        raise TooSlow
    return time.perf_counter() - started


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 0, 1 if it could not be measured or a bound is broken, 2 for bad arguments."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.chain", description=__doc__)
    parser.add_argument("--deals", type=int, default=DEALS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true", help="print one JSON object on one line")
    add_gate(parser)
    given = parser.parse_args(arguments)

    def tell(line: str) -> None:
        sys.stderr.write(f"chain: {line}\n")
        sys.stderr.flush()

    try:
        result = run(given.deals, given.rounds, tell)
    except ValueError as error:
        parser.error(str(error))
    except (ChainFault, StartRefused, TooSlow) as error:
        sys.stderr.write(f"chain: {error}\n")
        return 1
    return finish(result, given, gated=True)


if __name__ == "__main__":
    sys.exit(main())

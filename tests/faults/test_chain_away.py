"""The chain's node is killed while deals go on and comes back with all that it had: the worker catches up by itself."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from exchange.modes.posted import MOST_ACCEPTANCES
from ledger.chain.events import DealAgreed
from ledger.reconcile import reconcile
from tests.faults.kept_chain import kept_block, kept_chain, until
from tests.faults.scale import SCALE
from tests.ledger.works.desk import Desk, open_desk
from tests.ledger.works.worker_process import Worker

pytestmark = pytest.mark.faults
AWAY_S, DEALS_A_SECOND = 5 * SCALE, 20
DEALS = AWAY_S * DEALS_A_SECOND
STUCK_S = 2
"""A record that has waited so long is an alarm here; in a venue, ten minutes."""
AWAY, STUCK = "CHAIN-UNREACHABLE", "OUTBOX-STUCK-QUEUED"
"""What the worker tells meanwhile; docs/runbook.md says what to do."""
PRICE = 1_000_00
BUYERS = 4
DRAIN_S = 120.0 * SCALE


class Licensing:
    """Ordinary licences at posted prices, bought one after the other: each is a deal that both parties sign."""

    def __init__(self, desk: Desk, deals: int) -> None:
        self.desk = desk
        self.seller = desk.company()
        self.buyers = [desk.company() for _ in range(BUYERS)]
        rights = [desk.right(self.seller) for _ in range(-(-deals // MOST_ACCEPTANCES))]
        for buyer in self.buyers:
            desk.pay_in(buyer, deals * PRICE)
        desk.errands()
        self.listings = [
            desk.listing(self.seller, right, "ordinary_licence", most=MOST_ACCEPTANCES) for right in rights
        ]
        self.numbers = count()
        self.deals: list[str] = []

    def deal(self) -> None:
        """An acceptance that both sign; every command must be accepted."""
        number = next(self.numbers)
        buyer = self.buyers[number % BUYERS]
        deal_id = self.desk.accept(self.listings[number // MOST_ACCEPTANCES], buyer)
        self.desk.sign(deal_id, self.seller, buyer)
        self.deals.append(deal_id)

    def at_a_rate(self, deals: int, a_second: int) -> None:
        """So many deals by several callers, each begun when its time has come."""
        began = time.monotonic()
        with ThreadPoolExecutor(BUYERS) as callers:
            made = []
            for number in range(deals):
                time.sleep(max(0.0, began + number / a_second - time.monotonic()))
                made.append(callers.submit(self.deal))
            for each in made:
                each.result()

    def states(self) -> Counter[str]:
        rows = self.desk.database.execute("SELECT data ->> 'state' AS state FROM deals").fetchall()
        return Counter(row["state"] for row in rows)


def all_recorded(trade: Licensing) -> bool:
    """Whether the venue knows every deal to stand on the chain, and every record has come to its end."""
    deals, records = trade.states(), Counter(trade.desk.pipe.states())
    return deals == {"WITNESSED": len(trade.deals)} and set(records) == {"VERIFIED"}


def has_told(worker: Worker, since: int, code: str, *, over: bool = False) -> bool:
    """Whether the worker's log, from this place on, says so: that it began, or that it is over."""
    lines = worker.log.read_text()[since:].splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
    return any(line.get("code") == code and (line["level"] == "info") == over for line in told)


def test_deals_are_made_without_the_chain_and_the_worker_brings_each_there_once_when_it_is_back(
    migrated_database_url: str, redis_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """100 deals in 5 s without a chain in CI; with a scale of 120, ten minutes."""
    for name in ("chain", "desk", "worker"):
        (tmp_path / name).mkdir()
    with (
        kept_chain(tmp_path / "chain") as (chain, fork),
        open_desk(fork, migrated_database_url, tmp_path / "desk") as desk,
    ):
        trade = Licensing(desk, DEALS + 1)
        worker = Worker(desk, redis_url, tmp_path / "worker", IPX_STUCK_SECONDS=f"{STUCK_S}")
        worker.start()
        try:
            fork.client.request("evm_setIntervalMining", (1,))
            trade.deal()
            until(lambda: all_recorded(trade), f"see {worker.log}")
            fork.client.request("evm_setIntervalMining", (0,))
            reached = fork.client.block_number()
            until(lambda: kept_block(chain) >= reached, "the state is not kept")

            chain.child.kill()
            told_before = len(worker.log.read_text())
            began = time.monotonic()
            trade.at_a_rate(DEALS, DEALS_A_SECOND)
            dealt_s = time.monotonic() - began
            assert trade.states() == {"WITNESSED": 1, "SIGNED": DEALS}
            waiting = Counter(
                row["kind"] for row in desk.pipe.rows("kind, state") if row["state"] == "QUEUED"
            )
            assert waiting["deal"] == DEALS
            for code in (AWAY, STUCK):
                until(partial(has_told, worker, told_before, code), f"{code}: see {worker.log}")

            chain.start()  # its blocks come every second from here on
            back = time.monotonic()
            until(lambda: all_recorded(trade), f"see {worker.log}", DRAIN_S)
            drained_s = time.monotonic() - back
            until(partial(has_told, worker, told_before, STUCK, over=True), f"see {worker.log}")
        finally:
            worker.end(signal.SIGKILL)

        fork.client.request("evm_setIntervalMining", (0,))
        agreed = [event.deal_id for event in desk.pipe.events() if isinstance(event, DealAgreed)]
        assert Counter(desk.pipe.names()) == {"RightRegistered": len(trade.listings), "DealAgreed": DEALS + 1}
        assert len(agreed) == len(set(agreed)) == DEALS + 1 == desk.entries("accept_price")
        found = reconcile(desk.works)
        assert (found.differences, found.not_compared, found.deals) == ([], [], DEALS + 1)
    with capsys.disabled():
        print(  # noqa: T201 - figures that nothing here depends on
            f"\n{DEALS} deals in {dealt_s:.1f} s without a chain; on it {drained_s:.1f} s after it was back"
        )

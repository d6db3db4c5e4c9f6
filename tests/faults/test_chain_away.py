"""The chain's node stands still while deals go on: every one is taken, none is lost, and the queue drains in its order."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exchange import commands as c
from exchange.identifiers import deal_chain_id
from ledger.chain.client import ChainClient
from ledger.chain.errors import ChainFault
from ledger.chain.events import DealAgreed
from ledger.receipts import verify_receipt
from ledger.sequencer.client import Answer
from scripts.stack.chain import Chain
from scripts.stack.ports import free_port
from tests.faults.scale import SCALE
from tests.ledger.trading import DAY_MS
from tests.ledger.works.desk import Company, Desk, open_desk
from tests.ledger.works.pipeline import Fork, QuietClient
from tests.ledger.works.worker_process import Worker

pytestmark = pytest.mark.faults
AWAY_S, DEALS_A_SECOND = 5 * SCALE, 20
BUYERS = 10
RIGHTS = AWAY_S * DEALS_A_SECOND // BUYERS
DEALS = RIGHTS * BUYERS
CALLERS = 4
DEADLINE_S = 300.0
STUCK_S = 2


@contextmanager
def stoppable_chain(folder: Path) -> Iterator[tuple[Chain, Fork]]:
    """A chain that a test may stop and let go on; its blocks come once they are asked for."""
    chain = Chain(folder, folder, free_port(), keeps_state=False)
    chain.start()
    try:
        client = ChainClient(chain.url)
        client.request("anvil_setIntervalMining", (0,))
        yield chain, Fork(chain.url, client, QuietClient(chain.url))
    finally:
        assert chain.child.process is not None
        chain.child.process.send_signal(signal.SIGCONT)
        chain.stop()


class Floor:
    """Licences at posted prices that every buyer takes once, and a contested listing on which two outbid one another.

    `acknowledged` is the callers' own log of what was answered.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.acknowledged: list[Answer] = []
        self.seller: Company = desk.company()
        self.buyers = [desk.company() for _ in range(BUYERS)]
        rights = [desk.right(self.seller) for _ in range(RIGHTS + 1)]
        for buyer in self.buyers:
            desk.pay_in(buyer, (RIGHTS + 1) * 1_000_00)
        desk.errands()
        self.listings = [
            desk.listing(self.seller, right, "ordinary_licence", most=BUYERS) for right in rights[:-1]
        ]
        self.bids = self._contest(rights[-1])
        self.deals: list[str] = []

    def _contest(self, right: str) -> dict[str, tuple[Company, str]]:
        desk, now = self.desk, self.desk.now()
        desk.operator(c.ClassifyExport(right_id=right, export_class="free"))
        command = c.SubmitListing(
            right_id=right,
            mode="competitive",
            deal_kind="assignment",
            currency="CNY",
            closes_ms=now + 20 * DAY_MS,
            registration_closes_ms=now + 12 * DAY_MS,
        )
        terms = c.ListingTerms(price=100_00, deposit=10_00)
        listing = desk.by(self.seller, command, terms).result["listing_id"]
        desk.operator(c.ApproveListing(listing_id=listing))
        found = {}
        for buyer in self.buyers[:2]:
            desk.by(buyer, c.RegisterBidder(listing_id=listing))
            desk.operator(c.QualifyBidder(listing_id=listing, party_id=buyer.party_id))
            placed = desk.by(buyer, c.PlaceBid(listing_id=listing), c.BidTerms(price=100_00))
            found[buyer.party_id] = (buyer, placed.result["bid_id"])
        return found

    def give(self, company: Company, command: c.Command, terms: c.Terms | None = None) -> Answer:
        """A command that must be accepted, and is written down."""
        answer = self.desk.by(company, command, terms)
        self.acknowledged.append(answer)
        return answer

    def deal(self, listing: str, buyer: Company) -> None:
        """A buyer accepts, and both sign."""
        taken = self.give(buyer, c.AcceptPrice(listing_id=listing), c.BidTerms(price=1_000_00))
        deal_id = taken.result["deal_id"]
        for company in (self.seller, buyer):
            self.give(company, self.desk.agreement(deal_id, company))
        self.deals.append(deal_id)

    def outbid(self, price: int) -> None:
        for buyer, bid in self.bids.values():
            self.give(buyer, c.AmendBid(bid_id=bid), c.BidTerms(price=price))

    def trade(self) -> None:
        """So many deals a second, or as fast as this machine can, and a bid by each of two beside every tenth."""
        began = time.monotonic()
        with ThreadPoolExecutor(CALLERS) as callers:
            under_way = []
            for number, (listing, buyer) in enumerate(product(self.listings, self.buyers)):
                time.sleep(max(0.0, began + number / DEALS_A_SECOND - time.monotonic()))
                under_way.append(callers.submit(self.deal, listing, buyer))
                if number % BUYERS == 0:
                    self.outbid(200_00 + number)
            for each in under_way:
                each.result()

    def stands(self) -> None:
        """Every acknowledged command is in the journal, under its own receipt."""
        venue = self.desk.database.execute("SELECT data ->> 'receipt_key' AS key FROM venues").fetchone()
        assert venue is not None
        query = "SELECT public FROM journal WHERE entry = %s"
        for answer in self.acknowledged:
            row = self.desk.database.execute(query, (answer.entry,)).fetchone()
            assert row is not None
            verify_receipt(answer.receipt, bytes.fromhex(venue["key"]), bytes(row["public"]))
        assert len({answer.entry for answer in self.acknowledged}) == len(self.acknowledged)


def said(worker: Worker) -> list[dict[str, Any]]:
    """What the worker has logged, as far as it is whole."""
    lines = worker.log.read_bytes().splitlines()
    return [msgspec.json.decode(line) for line in lines if line.startswith(b"{") and line.endswith(b"}")]


def codes(worker: Worker, event: str) -> set[str]:
    return {each.get("code", "") for each in said(worker) if each["event"] == event}


def until(condition: Callable[[], bool], found: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE_S * SCALE
    while not condition():
        assert time.monotonic() < end, found()
        time.sleep(0.2)


def test_deals_go_on_while_the_chain_stands_still_and_each_is_final_once_and_in_order_afterwards(
    migrated_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """100 deals while the chain is away for 5 s in CI; with a scale of 120, 12,000 in ten minutes."""
    for name in ("chain", "desk", "worker"):
        (tmp_path / name).mkdir()
    with (
        stoppable_chain(tmp_path / "chain") as (chain, fork),
        open_desk(fork, migrated_database_url, tmp_path / "desk") as desk,
    ):
        pipe = desk.pipe
        floor = Floor(desk)
        fork.client.request("evm_setIntervalMining", (1,))
        rhythm = {"IPX_STUCK_SECONDS": str(STUCK_S), "IPX_TICK_SECONDS": "1"}
        worker = Worker(desk, redis_url, tmp_path / "worker", **rhythm)
        worker.start()

        def stands() -> object:
            return Counter(pipe.states()), worker.log.read_text()[-2000:]

        try:
            until(lambda: set(pipe.states()) == {"VERIFIED"}, stands)
            assert "OUTBOX-STUCK-QUEUED" not in codes(worker, "alarm")
            assert chain.child.process is not None
            chain.child.process.send_signal(signal.SIGSTOP)
            with pytest.raises(ChainFault, match="CHAIN-UNREACHABLE"):
                ChainClient(fork.url, timeout_s=1.0).block_number()

            floor.trade()
            assert len(floor.deals) == len(set(floor.deals)) == DEALS
            assert Counter(desk.deal(deal_id).state for deal_id in floor.deals) == {"SIGNED": DEALS}
            assert Counter(pipe.states())["VERIFIED"] < len(pipe.states()) - DEALS + 1
            until(
                lambda: "OUTBOX-STUCK-QUEUED" in codes(worker, "alarm"),
                stands,
            )
            floor.outbid(9_000_00)

            chain.child.process.send_signal(signal.SIGCONT)
            until(
                lambda: set(pipe.states()) == {"VERIFIED"},
                stands,
            )
            until(
                lambda: "OUTBOX-STUCK-QUEUED" in codes(worker, "an alarm is over"),
                stands,
            )
        finally:
            worker.end(signal.SIGKILL)
        floor.stands()
        _each_once_and_in_order(desk, floor)


def _each_once_and_in_order(desk: Desk, floor: Floor) -> None:
    """The chain has each deal once; those of one party, and of one right, in the order in which the journal has them."""
    assert Counter(desk.deal(deal_id).state for deal_id in floor.deals) == {"EFFECTIVE": DEALS}
    rows = desk.database.execute(
        "SELECT subject_id FROM outbox WHERE kind = 'deal' ORDER BY entry, id"
    ).fetchall()
    deals = [desk.deal(row["subject_id"]) for row in rows]
    assert sorted(deal.id for deal in deals) == sorted(floor.deals)
    on_chain = [event.deal_id for event in desk.pipe.events() if isinstance(event, DealAgreed)]
    journal = ["0x" + deal_chain_id(deal.id, deal.seller_key, deal.buyer_key).hex() for deal in deals]
    assert Counter(on_chain) == Counter(journal)
    place = {chain_id: number for number, chain_id in enumerate(on_chain)}
    for subject in ("buyer", "seller", "right_id"):
        last: dict[str, int] = {}
        for deal, chain_id in zip(deals, journal, strict=True):
            assert place[chain_id] > last.get(getattr(deal, subject), -1), (subject, deal.id)
            last[getattr(deal, subject)] = place[chain_id]

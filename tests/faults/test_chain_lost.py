"""The chain's node is killed while deals go on, and comes back without its last seconds of blocks, final ones included."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from ledger.chain.errors import ChainFault
from tests.faults.kept_chain import kept_block, kept_chain, until
from tests.faults.scale import SCALE
from tests.ledger.works.desk import Company, Desk, open_desk

pytestmark = pytest.mark.faults
AWAY_S, DEALS_A_SECOND = 5 * SCALE, 4
DEALS = AWAY_S * DEALS_A_SECOND


class Trade:
    """Deals between one seller and one buyer, each over a right of its own."""

    def __init__(self, desk: Desk, rights: int) -> None:
        self.desk = desk
        self.seller: Company = desk.company()
        self.buyer: Company = desk.company()
        self.rights = [desk.right(self.seller) for _ in range(rights)]
        self.deals: list[str] = []
        desk.pay_in(self.buyer, rights * 1_000_00)
        desk.errands()

    def deal(self) -> None:
        """An award that both sign; every command must be accepted."""
        deal_id = self.desk.award(self.seller, self.buyer, self.rights[len(self.deals)])
        self.desk.sign(deal_id, self.seller, self.buyer)
        self.deals.append(deal_id)

    def states(self) -> Counter[str]:
        return Counter(self.desk.deal(deal_id).state for deal_id in self.deals)


def test_trading_goes_on_without_the_chain_and_what_it_lost_is_recorded_again_once(
    migrated_database_url: str, tmp_path: Path
) -> None:
    """20 deals in 5 s without a chain in CI; with a scale of 120, ten minutes."""
    (tmp_path / "chain").mkdir()
    (tmp_path / "desk").mkdir()
    with (
        kept_chain(tmp_path / "chain") as (chain, fork),
        open_desk(fork, migrated_database_url, tmp_path / "desk") as desk,
    ):
        trade = Trade(desk, DEALS + 5)
        trade.deal()
        desk.chain()
        reached = desk.pipe.client.block_number()
        until(lambda: kept_block(chain) >= reached, "the state is not kept")
        early = chain.copy.read_bytes()
        trade.deal()
        trade.deal()
        desk.chain()
        assert trade.states() == {"EFFECTIVE": 3}
        final_before = desk.pipe.client.finalized_block().number
        assert desk.database.execute("SELECT count(*) AS n FROM chain_events WHERE NOT final").fetchone() == {
            "n": 0
        }

        chain.child.kill()
        began = time.monotonic()
        for number in range(DEALS):
            time.sleep(max(0.0, began + number / DEALS_A_SECOND - time.monotonic()))
            trade.deal()
            with pytest.raises(ChainFault, match="CHAIN-UNREACHABLE"):
                desk.works.send_outbox()
        assert trade.states() == {"EFFECTIVE": 3, "SIGNED": DEALS}
        assert Counter(desk.pipe.states())["QUEUED"] >= DEALS

        chain.state.write_bytes(early)
        chain.start()
        desk.pipe.client.request("anvil_setIntervalMining", (0,))
        assert desk.pipe.client.block_number() < final_before
        assert desk.works.read_chain().halted_for == "CHAIN-FINAL-LOST"
        assert desk.works.send_outbox().halted_for == "CHAIN-FINAL-LOST"
        trade.deal()  # nothing leaves the venue, and trading goes on
        recovered = desk.works.recover_chain(desk.operators[0], "the node came back without its last blocks")
        assert recovered.records_queued >= 2
        desk.chain(rounds=20)

        assert trade.states() == {"EFFECTIVE": DEALS + 4}
        assert set(desk.pipe.states()) == {"VERIFIED"}
        assert desk.entries("recover_chain") == 1
        rows = desk.pipe.rows("kind")
        events = Counter(desk.pipe.names())
        assert events["DealAgreed"] == DEALS + 4 == sum(row["kind"] == "deal" for row in rows)
        assert events["RightRegistered"] == DEALS + 4
        assert set(events) == {"DealAgreed", "RightRegistered"}

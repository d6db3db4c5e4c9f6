"""Results: settlement goes on when a record is final and says what was recorded, and on nothing less."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from exchange import commands as c
from ledger.alone import Work, alone, open_database
from ledger.chain.errors import ChainFault
from ledger.indexer import SettlementHalted, halted_for
from ledger.sequencer.messages import SequencerRefused
from ledger.service import _short
from tests.ledger.works.desk import Company, Desk


def signed_deal(desk: Desk) -> tuple[str, Company, Company]:
    seller, buyer = desk.company(), desk.company()
    right_id = desk.right(seller)
    desk.pay_in(buyer, 5_000_00)
    desk.works.read_statements()
    desk.works.read_register()
    deal_id = desk.award(seller, buyer, right_id)
    desk.sign(deal_id, seller, buyer)
    return deal_id, seller, buyer


def reports(desk: Desk) -> list[tuple[str, str, str]]:
    rows = desk.database.execute(
        "SELECT public FROM journal WHERE type = 'report_chain_record' ORDER BY entry"
    )
    commands = [msgspec.json.decode(row["public"])["command"] for row in rows.fetchall()]
    return [(command["record"], command["subject_id"], command["outcome"]) for command in commands]


def test_a_deal_waits_in_signed_until_its_record_is_final(desk: Desk) -> None:
    deal_id, _, _ = signed_deal(desk)
    desk.works.send_outbox()
    desk.pipe.fork.mine()
    desk.works.send_outbox()
    desk.works.read_chain()
    desk.works.follow_records()
    assert desk.deal(deal_id).state == "SIGNED"
    assert set(desk.pipe.states()) == {"MINED"}
    desk.pipe.fork.mine(2)
    desk.works.read_chain()
    desk.works.follow_records()
    assert desk.deal(deal_id).state == "EFFECTIVE"
    assert set(desk.pipe.states()) == {"VERIFIED"}
    assert reports(desk) == [("deal", deal_id, "final")]


@pytest.mark.faults
def test_a_report_cut_short_is_given_again_and_counts_once(desk: Desk) -> None:
    deal_id, _, _ = signed_deal(desk)
    desk.works.send_outbox()
    desk.pipe.fork.mine(3)
    desk.works.send_outbox()
    desk.works.read_chain()
    desk.sequencer.kill()
    with pytest.raises(SequencerRefused):
        desk.works.follow_records()
    assert "VERIFIED" not in [row["state"] for row in desk.pipe.rows("state, kind") if row["kind"] == "deal"]
    desk.sequencer.start().wait_until_serving()
    desk.works.follow_records()
    desk.database.execute("UPDATE outbox SET state = 'FINAL'")  # as if it had died after the report
    desk.works.follow_records()
    assert reports(desk) == [("deal", deal_id, "final")]
    assert desk.deal(deal_id).state == "EFFECTIVE"


def test_a_deal_that_the_contract_refuses_waits_for_fresh_signatures_and_then_stands(desk: Desk) -> None:
    deal_id, seller, buyer = signed_deal(desk)
    payload = next(row for row in desk.pipe.rows("id, kind, payload") if row["kind"] == "deal")
    forged = payload["payload"] | {"buyer_signature": payload["payload"]["seller_signature"]}
    desk.database.execute(
        "UPDATE outbox SET payload = %s WHERE id = %s", (msgspec.json.encode(forged).decode(), payload["id"])
    )
    desk.chain()
    assert desk.deal(deal_id).state == "CHAIN_REFUSED"
    assert desk.pipe.row_of("deal", "state, last_error") == {
        "state": "REFUSED",
        "last_error": "BuyerSignatureInvalid",
    }
    assert reports(desk) == [("deal", deal_id, "refused")]
    desk.sign(deal_id, seller, buyer)
    desk.chain()
    assert desk.deal(deal_id).state == "EFFECTIVE"
    assert desk.pipe.names() == ["RightRegistered", "ItemRefused", "DealAgreed"]


def test_a_record_that_was_altered_after_it_was_sent_is_never_verified(desk: Desk) -> None:
    deal_id, _, _ = signed_deal(desk)
    desk.works.send_outbox()
    desk.database.execute(
        "UPDATE outbox SET payload = payload || '{\"deadline\": 4000000001}' WHERE kind = 'deal'"
    )
    desk.pipe.fork.mine(3)
    for _ in range(3):
        desk.works.send_outbox()
        desk.works.read_chain()
        desk.works.follow_records()
        desk.pipe.fork.mine()
    row = desk.database.execute("SELECT state, last_error FROM outbox WHERE kind = 'deal'").fetchone()
    assert row == {"state": "FINAL", "last_error": "CHAIN-CONTENT-DIFFERS"}
    assert desk.deal(deal_id).state == "SIGNED"
    assert reports(desk) == []


def test_a_deal_unwound_before_its_record_was_final_is_reported_all_the_same(desk: Desk) -> None:
    deal_id, _, buyer = signed_deal(desk)
    desk.operator(c.UnwindDeal(deal_id=deal_id, ground="mutual"))
    desk.chain()
    assert desk.deal(deal_id).state == "REFUNDED"
    assert desk.balance(buyer) == 5_000_00
    assert desk.pipe.names() == ["RightRegistered", "DealAgreed", "DealUnwound"]
    assert reports(desk) == [("deal", deal_id, "final"), ("unwound", deal_id, "final")]


def test_a_refusal_because_the_record_before_it_was_lost_for_a_moment_says_nothing(desk: Desk) -> None:
    deal_id, _, _ = signed_deal(desk)
    desk.works.send_outbox()
    desk.pipe.fork.mine()
    desk.works.send_outbox()
    desk.works.read_chain()
    desk.operator(c.UnwindDeal(deal_id=deal_id, ground="mutual"))
    desk.pipe.fork.reorganise(1)
    assert desk.works.send_outbox().sent == 1  # the unwinding, while the deal is not on the chain
    desk.pipe.fork.mine()
    for _ in range(4):
        desk.database.execute("UPDATE outbox SET leased_until = NULL")
        desk.works.send_outbox()
        desk.pipe.fork.mine(3)
        desk.works.read_chain()
        desk.works.follow_records()
    assert "ItemRefused" in desk.pipe.names()
    assert set(desk.pipe.states()) == {"VERIFIED"}
    assert reports(desk) == [("deal", deal_id, "final"), ("unwound", deal_id, "final")]


def test_one_report_that_cannot_be_given_holds_up_nobody_elses_settlement(desk: Desk) -> None:
    first, _, _ = signed_deal(desk)
    second, _, _ = signed_deal(desk)
    desk.works.send_outbox()
    desk.pipe.fork.mine(3)
    desk.works.send_outbox()
    desk.works.read_chain()
    row = desk.database.execute(
        "SELECT record_id, transaction_hash FROM outbox WHERE kind = 'deal' ORDER BY id LIMIT 1"
    ).fetchone()
    assert row is not None
    key = _short(f"chain-record:{row['record_id']}:final:{row['transaction_hash']}")
    other = c.SetCalendar(closed_days=())
    taken = desk.door.submission("venue", desk.operators[0].address, other, key=key)
    desk.give(taken)  # an operator's keys are not the service's
    report = c.ReportChainRecord(
        record="right", subject_id="x", outcome="final", transaction="0x", block=1, error=None
    )
    desk.give(desk.door.submission("venue", desk.service_key.address, report, key=key))
    done = desk.works.follow_records()
    assert done.unreported == 1
    assert (desk.deal(first).state, desk.deal(second).state) == ("SIGNED", "EFFECTIVE")


def test_settlement_stands_still_while_the_indexer_is_halted_and_trading_goes_on(desk: Desk) -> None:
    deal_id, _, _ = signed_deal(desk)
    desk.chain()
    first = desk.pipe.events()[0].place.block_number
    desk.pipe.fork.roll_back(desk.pipe.client.block_number() - first + 1)
    desk.works.read_chain()
    assert halted_for(desk.database) == "CHAIN-FINAL-LOST"
    second, _, _ = signed_deal(desk)  # trading goes on
    desk.works.follow_records()
    assert desk.works.send_outbox().halted_for == "CHAIN-FINAL-LOST"
    assert desk.deal(second).state == "SIGNED"
    desk.pipe.fork.mine(5)
    with pytest.raises(ChainFault, match="CHAIN-RECOVERY-REFUSED: NOT-PERMITTED"):
        desk.works.recover_chain(desk.service_key, "演练")
    assert halted_for(desk.database) == "CHAIN-FINAL-LOST"
    for work in (desk.works.instruct_payments, desk.works.hand_in_filings):
        with pytest.raises(SettlementHalted, match="CHAIN-FINAL-LOST"):
            work()
    with (
        ThreadPoolExecutor(1) as pool,
        open_database(desk.pipe.database_url) as other,
        alone(other, Work.ANCHORING),
    ):
        under_way = pool.submit(desk.works.recover_chain, desk.operators[0], "演练")
        time.sleep(1)
        assert not under_way.done(), "it waits for a work that is being done"
        other.execute("SELECT pg_advisory_unlock(%s)", (int(Work.ANCHORING),))
        recovered = under_way.result(20)
    assert recovered.records_queued == 4, "the second deal with its right, and both companies' keys"
    assert desk.entries("recover_chain") == 2, "refused, and accepted"
    with pytest.raises(ChainFault, match="CHAIN-NOT-HALTED"):
        desk.works.recover_chain(desk.operators[0], "演练")
    desk.chain()
    assert desk.deal(deal_id).state == desk.deal(second).state == "EFFECTIVE"
    assert sorted(desk.pipe.names()) == ["DealAgreed"] * 2 + ["RightRegistered"] * 2

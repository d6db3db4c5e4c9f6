"""Disputes: nothing of a deal goes on, no clock is lost, no answer of chain or office is, and what may come after."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.deals import clocks, disputes
from exchange.rows import Deal
from exchange.rules.rule import Refusal
from exchange.turn import Turn
from ledger.outbox_records import outbox_records
from tests.exchange import encumbering
from tests.exchange.outcomes import code
from tests.exchange.rule_cases import licensed_for_royalty
from tests.exchange.scene import Scene, digest
from tests.exchange.test_keys import rotate
from tests.exchange.test_state_tables import DEAL_TABLES, deal_in

DISPUTE_STATES = {state for state, _ in disputes.TRANSITIONS} | set(disputes.TRANSITIONS.values())
DISPUTE_EVENTS = {event for _, event in disputes.TRANSITIONS}
DISPUTED_IN = [
    (kind, state)
    for kind, table in DEAL_TABLES.items()
    for state, event in sorted(table)
    if event == "dispute"
]


def turn_of(scene: Scene) -> Turn:
    return Turn(scene.state, c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))


@pytest.mark.parametrize("event", sorted(DISPUTE_EVENTS))
@pytest.mark.parametrize("state", sorted(DISPUTE_STATES))
def test_a_dispute_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene, deal = deal_in("FUNDED", "assignment")
    encumbering.dispute(scene, deal.id)
    dispute = scene.state.disputes["DIS-1"]
    dispute.state = state
    turn = turn_of(scene)
    if (state, event) in disputes.TRANSITIONS:
        disputes.change_dispute(turn, dispute, event, "test")
        assert dispute.state == disputes.TRANSITIONS[state, event]
    else:
        with pytest.raises(Refusal) as refusal:
            disputes.change_dispute(turn, dispute, event, "test")
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (dispute.state, turn.events) == (state, [])


def test_a_deal_may_be_disputed_in_every_state_but_its_way_back() -> None:
    for kind, table in DEAL_TABLES.items():
        states = {state for state, _ in table} | set(table.values())
        passing = {"", "DISPUTED", "UNWINDING", "REFUNDED", "REASSIGNED"} | (
            {"FUNDED"} if kind == "licence" else set()
        )
        assert {state for each, state in DISPUTED_IN if each == kind} == states - passing


@pytest.mark.parametrize(("kind", "state"), DISPUTED_IN)
def test_a_dispute_goes_back_to_where_it_came_from_with_every_clock(kind: str, state: str) -> None:
    scene, deal = deal_in(state, kind)
    due = {row.id: row.due_ms for row in scene.state.deadlines.values() if row.what in clocks.DEAL_CLOCKS}
    since_ms = scene.now + 1
    assert encumbering.dispute(scene, deal.id).refusal is None
    assert deal.state == "DISPUTED"
    assert not any(row.what in clocks.DEAL_CLOCKS for row in scene.state.deadlines.values())
    scene.wait(100 * MS_PER_DAY)
    assert deal.state == "DISPUTED"
    assert encumbering.outcome(scene, deal.id).refusal is None
    lasted_ms = scene.now - since_ms
    assert deal.state == state
    assert due == {
        row.id: row.due_ms - lasted_ms
        for row in scene.state.deadlines.values()
        if row.what in clocks.DEAL_CLOCKS
    }
    scene.replay()


@pytest.mark.parametrize(("kind", "state"), DISPUTED_IN)
def test_only_what_was_not_performed_is_unwound_by_an_outcome(kind: str, state: str) -> None:
    scene, deal = deal_in(state, kind)
    encumbering.dispute(scene, deal.id, "venue")
    hash_before = scene.state.state_hash()
    refusal = encumbering.outcome(scene, deal.id, "unwind").refusal
    if (state, "unwind") in DEAL_TABLES[kind]:
        assert refusal is None
        assert deal.state == "REFUNDED"
        assert scene.balance(deal.id, "escrow") == scene.balance(deal.buyer, "deposit") == 0
    else:
        assert refusal is not None
        assert refusal.code == "DISPUTE-OUTCOME"
        assert scene.state.state_hash() == hash_before
    scene.replay()


def steps_of(scene: Scene, deal: Any) -> list[Any]:
    """Everything that would bring a deal on."""
    return [
        scene.signature(deal.id, deal.seller),
        scene.fund(deal.id),
        scene.file(deal.id, "F-again"),
        scene.by(deal.seller, c.ConfirmDelivery(deal_id=deal.id, delivery_digest=digest("delivery"))),
        *(scene.approve_payment(each) for each in deal.payments),
        scene.operator(c.UnwindDeal(deal_id=deal.id, ground="mutual")),
        encumbering.dispute(scene, deal.id),
    ]


@pytest.mark.parametrize(("kind", "state"), DISPUTED_IN)
def test_nothing_of_a_disputed_deal_is_signed_paid_filed_delivered_or_approved(kind: str, state: str) -> None:
    scene, deal = deal_in(state, kind)
    encumbering.dispute(scene, deal.id)
    prepared = [each for each in deal.payments if scene.state.payments[each].state == "PREPARED"]
    for outcome in steps_of(scene, deal):
        refused = code(outcome)
        assert refused == "DEAL-DISPUTED" or (refused == "WRONG-STATE" and not prepared)
    assert deal.state == "DISPUTED"
    assert all(scene.state.payments[each].state == "PREPARED" for each in prepared)


def test_a_registration_that_comes_in_dispute_moves_the_holder_and_keeps_the_money() -> None:
    scene, deal = deal_in("FILED", "assignment")
    encumbering.dispute(scene, deal.id)
    assert scene.confirm(deal.id).refusal is None
    right = scene.state.rights[deal.right_id]
    assert [each.company_number for each in right.holder_of_record] == [scene.numbers[deal.buyer]]
    assert (deal.state, deal.disputed_from, deal.payments) == ("DISPUTED", "REGISTERED", ())
    assert scene.balance(deal.id, "escrow") == deal.price
    assert code(scene.confirm(deal.id, proof=digest("another"))) == "WRONG-STATE"
    assert code(encumbering.outcome(scene, deal.id, "unwind")) == "DISPUTE-OUTCOME"
    encumbering.outcome(scene, deal.id)
    assert (deal.state, scene.balance(deal.id, "escrow")) == ("REGISTERED", 0)
    scene.pay_all(deal.id)
    assert deal.state == "SETTLED"
    scene.replay()


@pytest.mark.parametrize("outcome", ["resume", "unwind"])
def test_a_refusal_of_the_office_that_comes_in_dispute_unwinds_the_deal_at_its_end(outcome: str) -> None:
    scene, deal = deal_in("FILED", "assignment")
    encumbering.dispute(scene, deal.id)
    assert scene.refuse(deal.id).refusal is None
    assert (deal.state, scene.balance(deal.id, "escrow")) == ("DISPUTED", deal.price)
    assert code(scene.refuse(deal.id, proof_digest=digest("twice"))) == "WRONG-STATE"
    assert encumbering.outcome(scene, deal.id, outcome).refusal is None
    assert (deal.state, deal.unwound_for, scene.balance(deal.id, "escrow")) == ("REFUNDED", "12-2", 0)
    records = outbox_records(1, scene.outcomes[-1], scene.state)
    assert [each.kind for each in records] == ["unwound"]
    scene.replay()


@pytest.mark.parametrize(("answer", "state"), [("final", "EFFECTIVE"), ("refused", "CHAIN_REFUSED")])
def test_the_chains_answer_that_comes_in_dispute_is_where_the_deal_goes_on(answer: str, state: str) -> None:
    scene, deal = deal_in("SIGNED", "assignment")
    encumbering.dispute(scene, deal.id)
    assert scene.chain(deal.id, answer).refusal is None
    assert (deal.state, deal.disputed_from) == ("DISPUTED", state)
    scene.wait(60 * MS_PER_DAY)
    encumbering.outcome(scene, deal.id)
    assert deal.state == state
    if state == "EFFECTIVE":
        fund_by = scene.state.deadlines[f"fund_by:{deal.id}"]
        scene.wait(fund_by.due_ms - scene.now - 1)
        assert deal.state == "EFFECTIVE"
        scene.wait(1)
        assert deal.state == "REFUNDED"
    scene.replay()


def test_what_the_chain_has_is_not_sent_to_it_again_after_a_dispute() -> None:
    for state in ("SIGNED", "SETTLED"):
        scene, deal = deal_in(state, "assignment")
        encumbering.dispute(scene, deal.id)
        assert outbox_records(1, scene.outcomes[-1], scene.state) == []
        encumbering.outcome(scene, deal.id)
        assert outbox_records(2, scene.outcomes[-1], scene.state) == []


def test_a_deal_cancelled_on_the_chain_in_dispute_ends_with_it() -> None:
    scene, deal = deal_in("AWARDED", "assignment")
    encumbering.dispute(scene, deal.id)
    assert scene.told("deal_cancelled", deal.id).refusal is None
    assert deal.state == "DISPUTED"
    encumbering.outcome(scene, deal.id)
    assert (deal.state, deal.unwound_for) == ("REFUNDED", "party_cancelled")
    scene.replay()


def test_a_payment_that_the_bank_makes_in_dispute_settles_the_deal_when_it_goes_on() -> None:
    scene, deal = deal_in("REGISTERED", "assignment")
    payment = deal.payments[0]
    for operator in (0, 1):
        scene.approve_payment(payment, operator)
    encumbering.dispute(scene, deal.id)
    scene.debit(payment, scene.state.payments[payment].amount)
    assert (deal.state, scene.state.payments[payment].state) == ("DISPUTED", "PAID")
    encumbering.outcome(scene, deal.id)
    assert deal.state == "SETTLED"
    scene.replay()


def test_what_is_signed_after_a_dispute_is_signed_for_as_long_as_after_an_award() -> None:
    scene, deal = deal_in("AWARDED", "assignment")
    scene.signature(deal.id, deal.seller)
    encumbering.dispute(scene, deal.id)
    scene.wait(100 * MS_PER_DAY)
    encumbering.outcome(scene, deal.id)
    assert deal.deadline_s == (scene.now + 90 * MS_PER_DAY) // 1000
    assert deal.seller_signature == ""
    scene.sign(deal.id)
    assert deal.state == "EFFECTIVE"


def test_a_dispute_takes_no_signature_away_that_the_contract_still_takes_nor_a_default() -> None:
    scene, deal = deal_in("AWARDED", "assignment")
    scene.signature(deal.id, deal.seller)
    encumbering.dispute(scene, deal.id)
    scene.wait(10 * MS_PER_DAY)
    encumbering.outcome(scene, deal.id)
    assert deal.seller_signature != ""
    encumbering.dispute(scene, deal.id)
    scene.wait(100 * MS_PER_DAY)
    encumbering.outcome(scene, deal.id)
    assert (deal.seller_signature, deal.voided_by) == ("", deal.buyer)


def test_a_key_that_is_replaced_in_dispute_is_the_deals_key_afterwards() -> None:
    scene, deal = deal_in("AWARDED", "assignment")
    scene.signature(deal.id, deal.seller)
    encumbering.dispute(scene, deal.id)
    assert rotate(scene, deal.seller).refusal is None
    assert (deal.seller_key, deal.seller_signature) == (scene.keys[deal.seller], "")
    encumbering.outcome(scene, deal.id)
    scene.sign(deal.id)
    assert deal.state == "EFFECTIVE"


# --- obligations


def royalty_deal(scene: Scene, **fields: Any) -> tuple[str, Deal]:
    _, buyer, deal_id = licensed_for_royalty(scene, **fields)
    return buyer, scene.state.deals[deal_id]


def test_dates_of_later_payments_move_by_the_dispute_and_statutory_clocks_do_not() -> None:
    scene = Scene()
    buyer, deal = royalty_deal(scene, late_interest=c.LateInterest(daily_rate=500, most=3_000))
    recordal = scene.state.deadlines[f"recordal:{deal.licence_id}"].due_ms
    scene.wait(93 * MS_PER_DAY)
    first = scene.state.obligations[scene.state.obligations_of[deal.id][0]]
    report_due_ms, due_ms = first.report_due_ms, first.due_ms
    encumbering.dispute(scene, deal.id)
    opened_ms = scene.now
    for command, terms in (
        (c.ReportRoyalty(obligation_id=first.id), c.RoyaltyReportTerms(base=1)),
        (c.PayObligation(obligation_id=first.id, statement_line="LINE-1"), None),
        (c.CallInspection(obligation_id=first.id), None),
    ):
        by = deal.seller if isinstance(command, c.CallInspection) else buyer
        assert code(scene.by(by, command, terms)) == "DEAL-DISPUTED"
    scene.wait(100 * MS_PER_DAY)  # another period ends meanwhile
    assert first.state == "TO_REPORT"
    assert scene.state.licences[deal.licence_id].state == "OVERDUE"
    assert recordal < scene.now
    second = scene.state.obligations[scene.state.obligations_of[deal.id][1]]
    assert second.state == "TO_REPORT"
    left_ms = scene.state.disputes["DIS-1"].clocks[f"report_due:{second.id}"]
    encumbering.outcome(scene, deal.id)
    lasted_ms = scene.now - opened_ms
    assert (first.report_due_ms, first.due_ms) == (report_due_ms + lasted_ms, due_ms + lasted_ms)
    assert second.report_due_ms == scene.now + left_ms
    scene.by(buyer, c.ReportRoyalty(obligation_id=first.id), c.RoyaltyReportTerms(base=1_000_000_00))
    line = scene.credit(buyer, first.amount)
    paid = scene.by(buyer, c.PayObligation(obligation_id=first.id, statement_line=line))
    assert (paid.refusal, first.interest) == (None, 0)
    scene.replay()


def test_a_credit_that_names_an_obligation_waits_for_the_disputes_end() -> None:
    scene = Scene()
    buyer, deal = royalty_deal(scene)
    scene.wait(93 * MS_PER_DAY)
    first = scene.state.obligations[scene.state.obligations_of[deal.id][0]]
    scene.by(buyer, c.ReportRoyalty(obligation_id=first.id), c.RoyaltyReportTerms(base=1_000_000_00))
    encumbering.dispute(scene, deal.id)
    scene.credit(first.id, first.amount)
    assert (first.state, scene.balance(buyer)) == ("DUE", first.amount)


def test_interest_and_the_days_for_an_inspection_stand_still_in_dispute() -> None:
    scene = Scene()
    terms = {"late_interest": c.LateInterest(daily_rate=500, most=3_000), "inspection": True}
    buyer, deal = royalty_deal(scene, **terms)
    scene.wait(93 * MS_PER_DAY)
    first = scene.state.obligations[scene.state.obligations_of[deal.id][0]]
    scene.by(buyer, c.ReportRoyalty(obligation_id=first.id), c.RoyaltyReportTerms(base=1_000_000_00))
    scene.wait(first.due_ms - scene.now + 5 * MS_PER_DAY)
    assert first.state == "OVERDUE"
    encumbering.dispute(scene, deal.id)
    scene.wait(300 * MS_PER_DAY)
    encumbering.outcome(scene, deal.id)
    assert scene.by(deal.seller, c.CallInspection(obligation_id=first.id)).refusal is None
    line = scene.credit(buyer, 2 * first.amount)
    scene.by(buyer, c.PayObligation(obligation_id=first.id, statement_line=line))
    assert 5 <= first.interest * 10**6 // (first.amount * 500) <= 6  # of 305 days
    scene.replay()


# --- undone by another deal


def test_after_registration_another_deal_gives_the_right_back() -> None:
    scene, deal = deal_in("SETTLED", "assignment")
    encumbering.dispute(scene, deal.id, deal.seller)
    scene.wait(12 * MS_PER_DAY)
    listing = scene.listing(deal.buyer, deal.right_id)
    reverse = scene.deal(listing, deal.seller)
    assert encumbering.outcome(scene, deal.id, "reverse_deal", reverse).refusal is None
    assert (deal.state, scene.state.disputes["DIS-1"].reverse_deal) == ("SETTLED", reverse)
    scene.sign(reverse)
    scene.fund(reverse)
    scene.register(reverse)
    right = scene.state.rights[deal.right_id]
    assert [each.company_number for each in right.holder_of_record] == [scene.numbers[deal.seller]]
    scene.replay()


# --- who, and how often


def test_only_a_side_or_an_operator_raises_a_dispute_and_it_has_a_reference() -> None:
    scene, deal = deal_in("FUNDED", "assignment")
    other = scene.party()
    assert code(encumbering.dispute(scene, deal.id, other)) == "NOT-PERMITTED"
    facts: dict[str, Any] = {
        "deal_id": deal.id,
        "ground": "title",
        "body": "court_cn",
        "document_digest": digest("order"),
    }
    command = c.RaiseDispute(erasable=encumbering.REASONED, **facts)
    assert code(scene.service(command)) == "NOT-PERMITTED"
    silent = c.RaiseDispute(erasable=encumbering.REFERENCE, **facts)
    assert code(scene.operator(silent)) == "FACT-MISSING"
    assert code(encumbering.dispute(scene, deal.id, erasable={})) == "FACT-MISSING"
    assert code(encumbering.dispute(scene, deal.id, document_digest="x")) == "MALFORMED"
    scene.operator(c.SuspendParty(party_id=deal.buyer))
    assert encumbering.dispute(scene, deal.id).refusal is None


def test_a_deal_is_disputed_sixteen_times_and_no_more() -> None:
    scene, deal = deal_in("FUNDED", "assignment")
    for _ in range(disputes.MOST_DISPUTES):
        assert encumbering.dispute(scene, deal.id).refusal is None
        encumbering.outcome(scene, deal.id)
    assert code(encumbering.dispute(scene, deal.id)) == "WRONG-STATE"


def test_a_buyer_under_a_standing_offer_leaves_it_by_a_dispute_and_both_sign_afterwards() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(
        seller,
        scene.right(seller),
        deal_kind="ordinary_licence",
        max_acceptances=3,
        ends_ms=scene.now + 10**11,
    )
    assert scene.sign_offer(listing, seller).refusal is None
    deal = scene.state.deals[scene.deal(listing, buyer)]
    encumbering.dispute(scene, deal.id)
    assert deal.id in scene.state.offers[listing].left
    assert scene.withdraw_offer(listing, seller).refusal is None
    assert scene.state.offers[listing].state == "WITHDRAWN"
    encumbering.outcome(scene, deal.id)
    scene.sign(deal.id)
    assert deal.state == "WITNESSED"
    scene.replay()


def test_a_disputed_deal_stays_in_memory_for_as_long_as_it_takes() -> None:
    scene, deal = deal_in("SETTLED", "assignment")
    encumbering.dispute(scene, deal.id)
    scene.wait(400 * MS_PER_DAY)
    assert deal.id in scene.state.deals
    encumbering.outcome(scene, deal.id)
    scene.wait(121 * MS_PER_DAY)
    assert (deal.id in scene.state.deals, "DIS-1" in scene.state.disputes) == (False, False)

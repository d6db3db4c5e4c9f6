"""Licences that end before their time: by an outcome for the time to come, or with a right that is void (Art. 47)."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.rows import Deal, Obligation
from ledger.outbox_records import outbox_records
from tests.exchange import encumbering
from tests.exchange.outcomes import code
from tests.exchange.rule_cases import licensed_for_royalty, posted
from tests.exchange.scene import Scene

PARTS = (
    c.Instalment(share=5_000, due_days=0),
    c.Instalment(share=2_500, due_days=30),
    c.Instalment(share=2_500, due_days=200),
)


def royalty_deal(scene: Scene, **fields: Any) -> Deal:
    deal: Deal = scene.state.deals[licensed_for_royalty(scene, **fields)[2]]
    return deal


def instalment_deal(scene: Scene) -> Deal:
    terms = {"deal_kind": "ordinary_licence", "consideration": c.Instalments(parts=PARTS)}
    _, buyer, listing = posted(scene, **terms)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    row: Deal = scene.state.deals[deal]
    return row


def owed(scene: Scene, deal: Deal) -> list[Obligation]:
    return [scene.state.obligations[each] for each in scene.state.obligations_of[deal.id]]


def states(scene: Scene, deal: Deal) -> list[str]:
    return [each.state for each in owed(scene, deal)]


def terminated(scene: Scene, deal: Deal) -> Any:
    encumbering.dispute(scene, deal.id)
    outcome = encumbering.outcome(scene, deal.id, "terminate_licence")
    assert outcome.refusal is None
    return outcome


def invalidated(scene: Scene, deal: Deal) -> Any:
    return scene.copy(deal.right_id, deal.seller, status="invalidated")


def test_an_outcome_ends_the_licence_and_its_chain_record_says_so() -> None:
    scene = Scene()
    deal = royalty_deal(scene)
    outcome = terminated(scene, deal)
    assert deal.licence_id not in scene.state.licences
    assert scene.state.rights[deal.right_id].licences == ()
    assert scene.state.disputes["DIS-1"].state == "TERMINATED"
    changed = next(
        event for event in outcome.events if getattr(event, "licence_id", "") and hasattr(event, "new")
    )
    assert (changed.new, changed.cause, changed.ended_early_ms) == (
        "TERMINATED",
        "dispute_outcome",
        scene.now,
    )
    records = outbox_records(1, outcome, scene.state)
    assert [each.kind for each in records] == ["licence_end"]
    encumbering.dispute(scene, deal.id)
    assert code(encumbering.outcome(scene, deal.id, "terminate_licence")) == "DISPUTE-OUTCOME"
    scene.replay()


def test_royalties_stop_with_an_outcome_and_the_use_until_then_is_reported_and_paid() -> None:
    scene = Scene()
    deal = royalty_deal(scene)
    scene.wait(100 * MS_PER_DAY)
    assert states(scene, deal) == ["TO_REPORT", "RUNNING"]
    terminated(scene, deal)
    assert states(scene, deal) == ["TO_REPORT", "TO_REPORT"]
    assert owed(scene, deal)[1].ends_ms == scene.now
    scene.wait(400 * MS_PER_DAY)
    assert len(owed(scene, deal)) == 2
    scene.replay()


def test_an_instalment_that_is_not_due_ends_with_the_licence_and_one_that_is_overdue_stays() -> None:
    scene = Scene()
    deal = instalment_deal(scene)
    scene.wait(40 * MS_PER_DAY)
    assert states(scene, deal) == ["OVERDUE", "DUE"]
    terminated(scene, deal)
    assert states(scene, deal) == ["OVERDUE", "LAPSED"]
    scene.wait(300 * MS_PER_DAY)
    assert states(scene, deal) == ["OVERDUE", "LAPSED"]
    assert code(pay(scene, deal, 1)) == "WRONG-STATE"
    assert pay(scene, deal, 0).refusal is None
    scene.replay()


def pay(scene: Scene, deal: Deal, number: int) -> Any:
    obligation = owed(scene, deal)[number]
    line = scene.credit(deal.buyer, obligation.amount)
    return scene.by(deal.buyer, c.PayObligation(obligation_id=obligation.id, statement_line=line))


def test_of_a_void_right_nothing_more_falls_due_and_what_is_performed_stays() -> None:
    scene = Scene()
    deal = royalty_deal(scene)
    scene.wait(93 * MS_PER_DAY)
    first = owed(scene, deal)[0]
    scene.by(deal.buyer, c.ReportRoyalty(obligation_id=first.id), c.RoyaltyReportTerms(base=1_000_000_00))
    pay(scene, deal, 0)
    paid = scene.balance(first.id, "escrow"), first.state, first.paid_ms
    scene.wait(92 * MS_PER_DAY)
    assert states(scene, deal)[1:] == ["TO_REPORT", "RUNNING"]
    invalidated(scene, deal)
    assert states(scene, deal)[1:] == ["LAPSED", "LAPSED"]
    assert (scene.balance(first.id, "escrow"), first.state, first.paid_ms) == paid
    report = c.ReportRoyalty(obligation_id=owed(scene, deal)[1].id)
    assert code(scene.by(deal.buyer, report, c.RoyaltyReportTerms(base=1))) == "WRONG-STATE"
    scene.wait(400 * MS_PER_DAY)
    assert len(owed(scene, deal)) == 3
    scene.replay()


@pytest.mark.parametrize("outcome", ["resume", "terminate_licence"])
def test_a_right_that_is_void_in_dispute_leaves_no_clock_behind(outcome: str) -> None:
    scene = Scene()
    deal = royalty_deal(scene)
    scene.wait(93 * MS_PER_DAY)
    encumbering.dispute(scene, deal.id)
    assert scene.state.disputes["DIS-1"].clocks
    invalidated(scene, deal)
    assert scene.state.disputes["DIS-1"].clocks == {}
    assert code(encumbering.outcome(scene, deal.id, outcome)) == (
        "" if outcome == "resume" else "DISPUTE-OUTCOME"
    )
    rows = owed(scene, deal)
    scene.wait(100 * MS_PER_DAY)
    assert {row.state for row in rows} == {"LAPSED"}
    scene.replay()


def test_an_inspection_of_what_lapses_is_closed_and_none_is_called() -> None:
    scene = Scene()
    deal = royalty_deal(scene, inspection=True)
    scene.wait(93 * MS_PER_DAY)
    first = owed(scene, deal)[0]
    scene.by(deal.buyer, c.ReportRoyalty(obligation_id=first.id), c.RoyaltyReportTerms(base=1_000_000_00))
    assert scene.by(deal.seller, c.CallInspection(obligation_id=first.id)).refusal is None
    invalidated(scene, deal)
    assert (first.state, first.inspection) == ("LAPSED", "CLOSED")
    assert code(scene.by(deal.seller, c.CallInspection(obligation_id=first.id))) == "WRONG-STATE"
    scene.replay()


def test_a_listing_leaves_memory_when_all_under_it_has_lapsed() -> None:
    scene = Scene()
    deal = royalty_deal(scene)
    scene.pay_all(deal.id)
    scene.wait(10 * MS_PER_DAY)
    invalidated(scene, deal)
    scene.wait(400 * MS_PER_DAY)
    assert deal.id not in scene.state.deals

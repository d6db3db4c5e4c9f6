"""A fifth of a price paid in parts is overdue: what its seller may ask for then, and when not (Civil Code Art. 634)."""

from __future__ import annotations

from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.deals import instalments
from tests.exchange import encumbering
from tests.exchange.outcomes import code
from tests.exchange.rule_cases import licensed_for_royalty, royalty
from tests.exchange.scene import Scene, digest
from tests.exchange.test_obligations import PRICE, SECOND, THIRD, Sale

DAY = MS_PER_DAY


def overdue(**fields: Any) -> Sale:
    """A sale whose second part, a third of the price, is overdue; the last is due in weeks."""
    scene = Sale(**fields)
    scene.effect()
    scene.wait(32 * DAY)
    assert [row.state for row in scene.owed()] == ["OVERDUE", "DUE"]
    return scene


def demand(scene: Sale, by: str = "", **fields: Any) -> Any:
    facts: dict[str, Any] = {"deal_id": scene.deal_id, "document_digest": digest("notice")}
    return scene.by(by or scene.seller, c.DemandInstalments(**(facts | fields)))


def remedy(scene: Sale, what: Any = "whole_price", refund: int = 0, by: str = "") -> Any:
    command = c.ChooseRemedy(deal_id=scene.deal_id, remedy=what)
    return scene.by(by or scene.seller, command, c.RemedyTerms(refund=refund))


def demanded(**fields: Any) -> Sale:
    scene = overdue(**fields)
    assert demand(scene).refusal is None
    scene.wait(instalments.TERM_MS)
    return scene


def late(**fields: Any) -> Sale:
    """The same with a last part that is due long after the term."""
    parts = (
        c.Instalment(share=3_000, due_days=0),
        c.Instalment(share=3_333, due_days=30),
        c.Instalment(share=3_667, due_days=300),
    )
    return demanded(consideration=c.Instalments(parts=parts), **fields)


def test_the_whole_price_is_due_by_the_end_of_the_day_after_demand_and_term() -> None:
    scene = late()
    assert remedy(scene).refusal is None
    assert [row.state for row in scene.owed()] == ["OVERDUE", "DUE"]
    assert 0 < scene.owed()[1].due_ms - scene.now <= DAY
    scene.wait(DAY)
    assert [row.state for row in scene.owed()] == ["OVERDUE", "OVERDUE"]
    for row in scene.owed():
        assert scene.settle(row).refusal is None
    assert sum(row.amount for row in scene.owed()) == SECOND + THIRD
    scene.replay()


def test_less_than_a_fifth_is_not_demanded() -> None:
    parts = (
        c.Instalment(share=5_000, due_days=0),
        c.Instalment(share=1_999, due_days=30),
        c.Instalment(share=3_001, due_days=300),
    )
    scene = overdue(consideration=c.Instalments(parts=parts))
    assert code(demand(scene)) == "CN-CIVIL-CODE-634"
    assert scene.owed()[0].amount * 5 < PRICE


def test_nothing_follows_without_a_demand_or_before_its_term_is_over() -> None:
    scene = overdue()
    assert code(remedy(scene)) == "CN-CIVIL-CODE-634"
    demand(scene)
    scene.wait(instalments.TERM_MS - 5)
    assert code(remedy(scene)) == "CN-CIVIL-CODE-634"
    assert code(demand(scene)) == "WRONG-STATE"


def test_a_payment_within_the_term_meets_the_demand_and_another_default_needs_another_one() -> None:
    scene = overdue()
    demand(scene)
    scene.settle(scene.owed()[0])
    assert not scene.deal.demand_until_ms
    scene.wait(61 * DAY)
    assert scene.owed()[1].state == "OVERDUE"
    assert code(remedy(scene)) == "CN-CIVIL-CODE-634"
    assert demand(scene).refusal is None


def test_a_dispute_stops_the_term_of_a_demand() -> None:
    scene = overdue()
    demand(scene)
    encumbering.dispute(scene, scene.deal_id)
    scene.wait(50 * DAY)
    assert code(remedy(scene)) == code(demand(scene)) == "DEAL-DISPUTED"
    encumbering.outcome(scene, scene.deal_id)
    assert code(remedy(scene)) == "CN-CIVIL-CODE-634"
    scene.wait(instalments.TERM_MS)
    assert remedy(scene, "rescind").refusal is None


def test_a_rescinded_sale_owes_nothing_more_and_the_deal_that_gives_the_right_back_is_drawn_up() -> None:
    scene = late()
    outcome = remedy(scene, "rescind", 10_000_00)
    reverse = scene.state.deals[outcome.result["reverse_deal"]]
    assert (reverse.reverses, reverse.price) == (scene.deal_id, 10_000_00)
    assert (reverse.seller, reverse.buyer) == (scene.buyer, scene.seller)
    assert [row.state for row in scene.owed()] == ["LAPSED", "LAPSED"]
    scene.sign(reverse.id)
    scene.fund(reverse.id)
    scene.register(reverse.id)
    right = scene.state.rights[reverse.right_id]
    assert [each.company_number for each in right.holder_of_record] == [scene.numbers[scene.seller]]
    scene.replay()


def test_a_rescinded_licence_ends() -> None:
    scene = late(deal_kind="ordinary_licence")
    assert code(remedy(scene, "rescind", 1)) == "WRONG-STATE"
    assert remedy(scene, "rescind").refusal is None
    assert scene.deal.licence_id not in scene.state.licences
    assert {row.state for row in scene.owed()} == {"LAPSED"}
    scene.replay()


def test_only_the_seller_chooses_and_only_what_there_is() -> None:
    scene = demanded()
    assert code(remedy(scene, by=scene.buyer)) == code(demand(scene, by=scene.buyer)) == "NOT-PERMITTED"
    assert code(remedy(scene, refund=-1)) == "MALFORMED"
    assert code(demand(scene, deal_id="D-9")) == "UNKNOWN-ID"
    assert code(remedy(scene, refund=1)) == "WRONG-STATE"
    scene = overdue()
    assert code(demand(scene, document_digest="no")) == "MALFORMED"
    scene = demanded()
    scene.wait(60 * DAY)
    assert code(remedy(scene)) == "WRONG-STATE"  # all of it is overdue by itself


# --- the least of a period that nobody reports


def unreported(floor: int | None = 90_000, **fields: Any) -> tuple[Scene, Any]:
    scene = Scene()
    _, _, deal = licensed_for_royalty(scene, consideration=royalty(floor=floor, **fields))
    first = scene.state.obligations[scene.state.obligations_of[deal][0]]
    scene.wait(93 * DAY)
    scene.wait(first.report_due_ms - scene.now)
    assert first.state == "REPORT_OVERDUE"
    return scene, first


def floors(scene: Scene) -> list[Any]:
    return [row for row in scene.state.obligations.values() if row.sort == "floor"]


def test_a_licensee_that_never_reports_owes_the_least_of_each_period_by_its_date() -> None:
    scene, first = unreported()
    (owed,) = floors(scene)
    assert (owed.state, owed.amount, owed.due_ms) == ("DUE", 90_000, first.due_ms)
    scene.wait(owed.due_ms - scene.now)
    assert owed.state == "OVERDUE"
    scene.wait(200 * DAY)
    assert len(floors(scene)) >= 2
    scene.replay()


def test_without_a_least_nothing_is_owed_before_the_report() -> None:
    scene, _ = unreported(None)
    assert floors(scene) == []


def test_a_late_report_owes_what_is_above_the_least_and_no_cent_twice() -> None:
    scene, first = unreported()
    report = c.ReportRoyalty(obligation_id=first.id)
    scene.by(first.payer, report, c.RoyaltyReportTerms(base=10_000_000))
    whole = 10_000_000 * 500 // 10_000
    assert (first.amount + first.floor, first.state) == (max(whole, 90_000), "DUE")
    scene, first = unreported()
    scene.by(first.payer, report, c.RoyaltyReportTerms(base=1))
    assert (first.amount, first.state, floors(scene)[0].amount) == (0, "SETTLED", 90_000)
    scene.replay()

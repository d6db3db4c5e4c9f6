"""An export is filed again: where its class or its contract changes no paper from before counts, and letters have a clock."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.events import DealChanged, ExportPapersVoided, LetterOverdue
from exchange.listings import findings
from exchange.turn import Turn
from tests.exchange import encumbering
from tests.exchange.floor_rule_cases import certified, leaving
from tests.exchange.lot_rule_cases import submit_lot
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest
from tests.exchange.test_exports import clocks
from tests.exchange.test_pledge_receipts import Earlier

BEFORE_IT_IS_PAID = [("assignment", "EFFECTIVE"), ("exclusive_licence", "WITNESSED")]


def classify(scene: Scene, deal: Any, export_class: Any) -> Any:
    return scene.operator(c.ClassifyExport(right_id=deal.right_id, export_class=export_class))


def agreed(export_class: str = "free", paper: str = "", scene: Scene | None = None, **fields: Any) -> Any:
    """A scene and its deal with a buyer from Hong Kong, that both have signed and the chain has."""
    scene = scene or Scene()
    right, listing, buyer = leaving(scene, export_class, **fields)
    scene.document("letter_of_intent", right, party_id=buyer)
    deal = scene.state.deals[scene.accept(listing, buyer).result["deal_id"]]
    scene.sign(deal.id)
    if paper:
        scene.document(paper, deal.id)
    return scene, deal


def events(scene: Scene, shape: type) -> list[Any]:
    return [event for outcome in scene.outcomes for event in outcome.events if isinstance(event, shape)]


@pytest.mark.parametrize(("kind", "state"), BEFORE_IT_IS_PAID)
def test_a_deal_whose_technology_comes_to_be_restricted_waits_for_its_licence(kind: str, state: str) -> None:
    scene, deal = agreed("free", "export_registration", deal_kind=kind)
    assert deal.state == state
    classify(scene, deal, "restricted")
    assert (deal.state, clocks(scene, deal)) == ("CONDITIONAL", {"export_licence_by"})
    assert events(scene, ExportPapersVoided) == [ExportPapersVoided(deal_id=deal.id, cause="classify_export")]
    assert code(scene.fund(deal.id)) == "WRONG-STATE"
    scene.document("export_licence", deal.id)
    assert (deal.state, clocks(scene, deal)) == (state, {"fund_by"})
    assert code(scene.fund(deal.id)) == ""
    scene.replay()


@pytest.mark.parametrize(("kind", "state"), BEFORE_IT_IS_PAID)
def test_an_amended_contract_has_its_export_licensed_again(kind: str, state: str) -> None:
    scene, deal = agreed("restricted", "export_licence", deal_kind=kind)
    assert deal.state == state
    scene.document("contract_amendment", deal.id)
    assert (deal.state, clocks(scene, deal)) == ("CONDITIONAL", {"export_licence_by"})
    told = [event for event in events(scene, DealChanged) if event.new == "CONDITIONAL"]
    assert told[-1] == DealChanged(deal_id=deal.id, old=state, new="CONDITIONAL", cause="contract_amendment")
    scene.document("export_licence", deal.id)
    assert deal.state == state
    scene.replay()


@pytest.mark.parametrize(("kind", "state"), BEFORE_IT_IS_PAID)
def test_a_deal_whose_technology_comes_to_be_free_takes_effect_and_is_registered(
    kind: str, state: str
) -> None:
    scene, deal = agreed("restricted", deal_kind=kind)
    assert deal.state == "CONDITIONAL"
    classify(scene, deal, "free")
    assert (deal.state, clocks(scene, deal)) == (state, {"fund_by", "export_registration_by"})
    scene.replay()


def test_a_class_that_is_found_again_changes_nothing() -> None:
    scene, deal = agreed("free", "export_registration")
    classify(scene, deal, "free")
    assert (deal.state, clocks(scene, deal)) == ("EFFECTIVE", {"fund_by"})
    assert not events(scene, ExportPapersVoided)
    scene.fund(deal.id)
    assert code(scene.file(deal.id)) == ""


def test_what_comes_to_be_prohibited_stays_where_it_is_and_is_refused() -> None:
    scene, deal = agreed("free", deal_kind="exclusive_licence")
    classify(scene, deal, "prohibited")
    assert (deal.state, clocks(scene, deal)) == ("WITNESSED", {"fund_by"})
    assert code(scene.fund(deal.id)) == "CN-TECHNOLOGY-EXPORT-29"


def test_papers_of_a_paid_deal_are_filed_again_within_the_same_clocks() -> None:
    scene = Scene()
    right, deal_id = certified(scene)
    deal = scene.state.deals[deal_id]
    assert clocks(scene, deal) == {"perform_by"}
    scene.document("contract_amendment", deal_id)
    assert (deal.state, clocks(scene, deal)) == ("FUNDED", {"perform_by", "export_registration_by"})
    classify(scene, deal, "restricted")
    assert (deal.state, clocks(scene, deal)) == ("FUNDED", {"perform_by", "export_licence_by"})
    scene.document("letter_of_intent", right, party_id=deal.buyer)
    scene.document("export_registration", deal_id)
    assert code(scene.file(deal_id)) == "CN-TECHNOLOGY-EXPORT-40", "a certificate is no licence"
    scene.document("export_licence", deal_id)
    assert clocks(scene, deal) == {"perform_by"}
    assert code(scene.file(deal_id)) == ""
    classify(scene, deal, "free")
    assert (deal.state, clocks(scene, deal)) == ("FILED", set())
    assert code(scene.confirm(deal_id)) == ""
    scene.replay()


def test_a_result_is_not_delivered_on_a_licence_of_another_contract() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party(jurisdiction="HK")
    facts: dict[str, Any] = {"right_type": "achievement", "status": "achievement", "expiry_date": None}
    right = scene.right(seller, **facts)
    scene.operator(c.ClassifyExport(right_id=right, export_class="restricted"))
    scene.document("letter_of_intent", right, party_id=buyer)
    deal = scene.deal(scene.listing(seller, right), buyer)
    scene.sign(deal)
    scene.document("export_licence", deal)
    scene.fund(deal)
    scene.document("contract_amendment", deal)
    delivery = c.ConfirmDelivery(deal_id=deal, delivery_digest=digest("record"))
    assert code(scene.by(seller, delivery)) == "CN-TECHNOLOGY-EXPORT-40"
    scene.document("export_licence", deal)
    assert [code(scene.by(party, delivery)) for party in (seller, buyer)] == ["", ""]


def test_a_disputed_deal_is_beside_its_dispute_where_its_class_has_brought_it() -> None:
    scene, deal = agreed("free", "export_registration")
    encumbering.dispute(scene, deal.id)
    classify(scene, deal, "restricted")
    assert (deal.state, deal.disputed_from) == ("DISPUTED", "CONDITIONAL")
    encumbering.outcome(scene, deal.id)
    assert (deal.state, clocks(scene, deal)) == ("CONDITIONAL", {"export_licence_by"})
    scene.replay()


def test_a_lot_waits_as_one_for_the_licence_of_each_of_its_rights() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party(jurisdiction="HK")
    rights = [scene.right(seller), scene.right(seller)]
    listing = submit_lot(scene, seller, rights, (600_000, 400_000)).result["listing_id"]
    scene.operator(c.ApproveListing(listing_id=listing))
    scene.credit(buyer, 100_000_00)
    scene.accept(listing, buyer)
    first, second = (scene.state.deals[each] for each in scene.state.listings[listing].deals)
    for deal in (first, second):
        scene.signature(deal.id, seller)
        scene.signature(deal.id, buyer)
    for deal in (first, second):
        scene.chain(deal.id)
        scene.document("export_registration", deal.id)
    assert [clocks(scene, each) for each in (first, second)] == [{"fund_by"}] * 2
    classify(scene, first, "restricted")
    assert [each.state for each in (first, second)] == ["CONDITIONAL", "EFFECTIVE"]
    assert [clocks(scene, each) for each in (first, second)] == [{"export_licence_by"}, set()]
    scene.document("export_licence", first.id)
    assert [clocks(scene, each) for each in (first, second)] == [{"fund_by"}] * 2
    scene.replay()


# --- the letter of intent


def applied(scene: Scene) -> tuple[str, str, str, str]:
    """A restricted right, its listing, a buyer from Hong Kong, and the application for the letter."""
    right, listing, buyer = leaving(scene, "restricted", closes_ms=scene.now + 90 * MS_PER_DAY)
    document = scene.document("letter_of_intent_application", right, party_id=buyer).result["document_id"]
    return right, listing, buyer, document


def awaited(scene: Scene) -> set[str]:
    return {row.subject_id for row in scene.state.deadlines.values() if row.what == "letter_of_intent_by"}


def owed(scene: Scene, listing: str) -> dict[str, Any]:
    turn = Turn(scene.state, c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))
    found = findings.on_listing(turn, scene.state.listings[listing]).duties
    return next(dict(each.detail) for each in found if each.duty.code == "CN-TECHNOLOGY-EXPORT-LETTER")


def test_an_application_that_is_not_decided_in_time_is_told_and_opens_nothing() -> None:
    scene = Scene()
    right, listing, buyer, document = applied(scene)
    assert owed(scene, listing)["decided_by"] is not None
    scene.wait(29 * MS_PER_DAY)
    assert awaited(scene) == {document}
    scene.wait(20 * MS_PER_DAY)
    assert events(scene, LetterOverdue) == [
        LetterOverdue(document_id=document, right_id=right, party_id=buyer, listing_id=listing)
    ]
    assert (awaited(scene), owed(scene, listing)["decided_by"]) == (set(), None)
    assert code(scene.accept(listing, buyer)) == "CN-TECHNOLOGY-EXPORT-30"
    scene.replay()


@pytest.mark.parametrize("decision", ["letter_of_intent", "letter_of_intent_refusal"])
def test_the_clock_ends_with_the_authoritys_decision_on_that_party(decision: str) -> None:
    scene = Scene()
    right, _, buyer, document = applied(scene)
    another = scene.party(jurisdiction="MO")
    scene.document(decision, right, party_id=another)
    assert awaited(scene) == {document}
    scene.document(decision, right, party_id=buyer)
    assert awaited(scene) == set()
    scene.wait(60 * MS_PER_DAY)
    assert not events(scene, LetterOverdue)
    scene.replay()


def test_an_application_anew_has_a_clock_of_its_own() -> None:
    scene = Scene()
    right, _, buyer, document = applied(scene)
    scene.wait(MS_PER_DAY)
    again = scene.document("letter_of_intent_application", right, party_id=buyer).result["document_id"]
    assert awaited(scene) == {again} != {document}


def test_engines_before_the_fifth_void_no_paper_and_know_no_application() -> None:
    scene, deal = agreed("free", "export_registration", Earlier())
    asked = scene.document("letter_of_intent_application", deal.right_id, party_id=deal.buyer)
    assert code(asked) == code(scene.document("contract_amendment", deal.id)) == "MALFORMED"
    classify(scene, deal, "restricted")
    classify(scene, deal, "free")
    assert deal.state == "EFFECTIVE"
    scene.fund(deal.id)
    assert code(scene.file(deal.id)) == ""
    scene.replay()


@pytest.mark.parametrize("kind", ["assignment", "exclusive_licence"])
def test_no_licence_leads_a_deal_on_whose_technology_is_prohibited(kind: str) -> None:
    scene, deal = agreed("restricted", deal_kind=kind)
    classify(scene, deal, "prohibited")
    scene.document("export_licence", deal.id)
    assert deal.state == "CONDITIONAL"
    classify(scene, deal, "restricted")
    scene.document("export_licence", deal.id)
    assert deal.state != "CONDITIONAL"
    scene.replay()


def test_no_money_goes_into_a_sale_whose_technology_has_come_to_be_prohibited() -> None:
    scene, deal = agreed("free")
    classify(scene, deal, "prohibited")
    assert code(scene.fund(deal.id)) == "CN-TECHNOLOGY-EXPORT-29"
    classify(scene, deal, "free")
    assert code(scene.fund(deal.id)) == ""
    scene.replay()

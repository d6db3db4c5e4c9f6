"""The contract that is signed, its commitment, and the papers that are filed: one text, whatever comes later."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from exchange import commands as c
from exchange.rows import Deal
from exchange.terms import offer_terms
from exchange.terms.contract import of_deal
from exchange.terms.filing_package import filing_package
from exchange.terms.hash_set import hash_set_commitment
from exchange.terms.text import DEMO_MARK
from tests.exchange.law_rule_cases import licensed
from tests.exchange.scene import Scene

CNIPA = "国务院专利行政部门"


def awarded(scene: Scene, right_id: str = "", buyer_from: str = "CN", kind: str = "assignment") -> Deal:
    seller, buyer = scene.party(), scene.party(jurisdiction=buyer_from)
    right = scene.right(seller, right_id=right_id)
    territory = (right.split("-")[0],)
    deal: Deal = scene.state.deals[
        scene.deal(scene.listing(seller, right, deal_kind=kind, territory=territory), buyer)
    ]
    return deal


def text_of(scene: Scene, deal: Deal) -> str:
    parties = scene.state.parties
    simulated = scene.state.venue.simulated
    return offer_terms.text_of(deal, parties[deal.seller], parties[deal.buyer], None, simulated=simulated)


def opens(scene: Scene, deal: Deal) -> bool:
    """Whether the hash set over the texts that are made of the deal now is what the parties have signed."""
    parties = scene.state.parties
    simulated = scene.state.venue.simulated
    contract = of_deal(deal, parties[deal.seller], parties[deal.buyer], simulated=simulated)
    return hash_set_commitment(contract, bytes.fromhex(deal.terms_salt)).hex() == deal.contract_commitment


def papers_of(scene: Scene, deal: Deal, *pledgees: str) -> dict[str, str]:
    parties = scene.state.parties
    return filing_package(
        deal,
        parties[deal.seller],
        parties[deal.buyer],
        offer=None,
        consenting_pledgees=pledgees,
        simulated=scene.state.venue.simulated,
    )


def test_a_later_register_copy_changes_neither_the_contract_nor_its_commitment() -> None:
    scene = Scene()
    deal = awarded(scene)
    before = text_of(scene, deal)
    dates = {"filing_date": "2019-02-01", "grant_date": "2021-01-01", "expiry_date": "2038-01-01"}
    assert scene.copy(deal.right_id, deal.seller, **dates).refusal is None
    assert scene.state.rights[deal.right_id].filing_date == "2019-02-01"
    after = text_of(scene, deal)
    assert after == before
    assert opens(scene, deal)


@pytest.mark.parametrize("simulated", [True, False])
def test_the_filed_contract_is_the_text_behind_the_signed_commitment(simulated: bool) -> None:
    scene = Scene(simulated=simulated)
    deal = awarded(scene)
    papers = papers_of(scene, deal)
    assert papers["contract"] == text_of(scene, deal)
    assert opens(scene, deal)
    for text in papers.values():
        assert text.startswith(DEMO_MARK) is simulated
        assert text.count(DEMO_MARK) == simulated


@pytest.mark.parametrize(
    ("right_id", "clause"),
    [
        ("", CNIPA),
        ("HK-99990010.7", "第514章第52條"),
        ("MO-I001234", "第97/99/M號法令"),
        ("US-16000001", "35 USC 261"),
    ],
)
@pytest.mark.parametrize("kind", ["assignment", "ordinary_licence"])
def test_a_contract_states_the_law_of_the_rights_own_place(right_id: str, clause: str, kind: str) -> None:
    scene = Scene()
    deal = awarded(scene, right_id, kind=kind)
    text = text_of(scene, deal)
    if kind == "assignment":
        assert clause in text
    is_chinese = not right_id
    assert ("专利法" in text) is is_chinese
    assert "專利法" not in text
    assert ("专利权人变更" in "".join(papers_of(scene, deal).values())) is (
        is_chinese and kind == "assignment"
    )


def test_papers_call_a_foreign_companys_number_by_its_own_name() -> None:
    scene = Scene()
    deal = awarded(scene, buyer_from="HK")
    papers = papers_of(scene, deal)
    number = scene.numbers[deal.buyer]
    assert f"统一社会信用代码 {scene.numbers[deal.seller]}" in papers["identity_papers"]
    assert f"香港商业登记号码或公司注册编号 {number}" in papers["identity_papers"]
    assert f"统一社会信用代码 {number}" not in papers["identity_papers"]


def test_a_pledgees_consent_is_filed_only_where_it_was_given() -> None:
    scene = Scene()
    bank = scene.party("pledgee")
    deal = awarded(scene)
    pledge = c.Pledge(company_number=scene.numbers[bank], amount=1, currency="CNY")
    scene.copy(deal.right_id, deal.seller, pledges=(pledge,))
    assert "pledgee_consent" not in papers_of(scene, deal)
    assert scene.numbers[bank] in papers_of(scene, deal, scene.numbers[bank])["pledgee_consent"]


def test_a_result_has_no_office_and_no_papers_for_one() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller, right_type="achievement", status="achievement", expiry_date=None)
    deal = scene.state.deals[scene.deal(scene.listing(seller, right), buyer)]
    assert deal.by_delivery
    assert "验收交接单" in text_of(scene, deal)
    assert "民法典第八百七十条" in text_of(scene, deal)
    assert papers_of(scene, deal) == {}


@pytest.mark.parametrize(
    ("right_id", "has_clock"), [("", True), ("HK-99990010.7", True), ("US-16000001", False)]
)
def test_the_clock_of_recordal_runs_only_where_the_law_sets_one(right_id: str, has_clock: bool) -> None:
    scene = Scene()
    deal = awarded(scene, right_id, kind="ordinary_licence")
    scene.sign(deal.id)
    scene.fund(deal.id)
    licence = scene.state.licences[deal.licence_id]
    assert bool(licence.recordal_due_ms) is has_clock
    assert (f"recordal:{licence.id}" in scene.state.deadlines) is has_clock


def test_a_buyer_of_a_right_is_told_of_every_licence_that_goes_on() -> None:
    """Interpretation on Technology Contracts, Art. 24(2): they outlive the assignment."""
    scene = Scene()
    seller, right = licensed(scene, "ordinary_licence", territory=("CN-GD",), field_of_use="H01")
    deal = scene.state.deals[scene.deal(scene.listing(seller, right), scene.party())]
    (licence,) = deal.right_facts.licences
    text = text_of(scene, deal)
    assert licence.licence_id == scene.state.rights[right].licences[0]
    assert f"{licence.licence_id}（普通实施许可，地域 CN-GD，领域 H01，2027-01-15至2039-03-01）" in text
    scene.replay()


def test_a_buyer_of_a_right_without_licences_is_told_of_none() -> None:
    scene = Scene()
    deal = awarded(scene)
    assert deal.right_facts.licences is UNSET
    assert "登记在案" not in text_of(scene, deal)


@pytest.mark.parametrize(("right_id", "is_kept"), [("", True), ("HK-99990010.7", False)])
def test_the_licensor_of_a_mainland_patent_keeps_it_in_force(right_id: str, *, is_kept: bool) -> None:
    """Interpretation on Technology Contracts, Art. 26."""
    scene = Scene()
    assert ("维持专利权有效" in text_of(scene, awarded(scene, right_id, kind="ordinary_licence"))) is is_kept


@pytest.mark.parametrize(
    ("place", "is_between"), [("CN", False), ("HK", True), ("MO", True), ("OTHER", True)]
)
def test_a_deal_between_the_mainland_and_elsewhere_is_arbitrated(place: str, *, is_between: bool) -> None:
    """Venue rules, § 89: judgments on patents are not recognised across, awards are."""
    scene = Scene()
    deal = awarded(scene, buyer_from=place)
    assert ("深圳国际仲裁院" in text_of(scene, deal)) is is_between
    assert opens(scene, deal)
    scene.replay()


def test_an_arbitration_that_the_listing_names_stays() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party(jurisdiction="HK")
    named = c.Arbitration(institution="HKIAC", seat="hong_kong")
    listing = scene.listing(seller, scene.right(seller), arbitration=named)
    assert scene.state.deals[scene.deal(listing, buyer)].terms.arbitration == named

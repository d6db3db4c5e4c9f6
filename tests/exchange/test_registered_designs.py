"""A Hong Kong registered design is no patent: contract, papers and co-owners follow its own ordinance, Cap. 522."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from exchange import commands as c
from exchange.terms import filing_package, text
from exchange.terms.contract import LANGUAGES, ContractTerms, of_deal
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene

DESIGN, PATENT = "HK-2400123.4", "HK-99990010.7"
OF_PATENTS = ("Cap. 514", "第514章", "Patent", "patent", "专利", "專利")
OF_DESIGNS = {
    "zh-Hans": ("注册外观设计（申请） HK-2400123.4", "香港外观设计注册处", "第522章"),
    "zh-Hant": ("註冊外觀設計（申請） HK-2400123.4", "香港外觀設計註冊處", "第522章"),
    "en": ("registered design (application) HK-2400123.4", "Hong Kong Designs Registry", "Cap. 522"),
}


class Earlier(Scene):
    """A venue of the fourth engine."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=4, rulebook=1))


def sold(scene: Scene, right_id: str, right_type: str, kind: str = "assignment", owners: int = 1) -> str:
    """A deal of a right of Hong Kong, signed and paid; with several owners the others have consented."""
    sellers = [scene.party(jurisdiction="HK") for _ in range(owners)]
    right = scene.right(*sellers, right_id=right_id, right_type=right_type)
    fields: dict[str, Any] = {"deal_kind": kind, "territory": ("HK",), "currency": "HKD"}
    listing = scene.listing(sellers[0], right, approve=False, **fields)
    for other in sellers[1:]:
        scene.by(other, c.ConsentToListing(listing_id=listing))
    scene.operator(c.ApproveListing(listing_id=listing))
    return scene.deal(listing, scene.party(jurisdiction="HK"), currency="HKD")


def contract_of(scene: Scene, deal_id: str) -> ContractTerms:
    deal = scene.state.deals[deal_id]
    seller, buyer = (scene.state.parties[side] for side in (deal.seller, deal.buyer))
    return of_deal(deal, seller, buyer, simulated=True)


@pytest.mark.parametrize("kind", ["assignment", "exclusive_licence", "ordinary_licence"])
def test_the_contract_of_a_hong_kong_design_names_its_own_registry_and_ordinance_and_no_patents(
    kind: str,
) -> None:
    scene = Scene(profile="hong-kong")
    contract = contract_of(scene, sold(scene, DESIGN, "design", kind))
    for language in LANGUAGES:
        words = text.text(contract, language)
        for said in OF_DESIGNS[language]:
            assert said in words, (language, said)
        assert [word for word in OF_PATENTS if word in words] == [], language


def test_a_patent_of_hong_kong_is_still_one_of_its_patents_registry() -> None:
    scene = Scene(profile="hong-kong")
    contract = contract_of(scene, sold(scene, PATENT, "invention"))
    assert "Hong Kong Patents Registry" in text.text(contract, "en")
    assert "522章" not in text.text(contract, "zh-Hans")


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("assignment", "香港外观设计注册处所有权变更注册申请"),
        ("ordinary_licence", "香港外观设计注册处特许注册申请"),
    ],
)
def test_the_papers_of_a_hong_kong_design_are_those_of_the_designs_registry(kind: str, title: str) -> None:
    scene = Scene(profile="hong-kong")
    deal_id = sold(scene, DESIGN, "design", kind)
    papers = filing_package.papers_of(scene.state, scene.state.deals[deal_id])
    name = "change_application" if kind == "assignment" else "recordal_application"
    assert title in papers[name]
    assert f"外观设计注册（申请）编号：{DESIGN}" in papers[name]
    assert "外观设计代理委托书" in papers["power_of_attorney"]
    assert "专利" not in "".join(papers.values())


def test_a_hong_kong_design_passes_when_the_designs_registry_confirms() -> None:
    scene = Scene(profile="hong-kong")
    deal_id = sold(scene, DESIGN, "design", owners=2)
    scene.sign(deal_id)
    scene.fund(deal_id)
    scene.file(deal_id)
    assert code(scene.confirm(deal_id)) == ""
    buyer = scene.numbers[scene.state.deals[deal_id].buyer]
    assert [holder.company_number for holder in scene.state.rights[DESIGN].holder_of_record] == [buyer]
    scene.replay()


@pytest.mark.parametrize(
    ("venue", "refused"),
    [(Scene, "HK-REGISTERED-DESIGNS-CO-OWNERS"), (Earlier, "HK-PATENTS-ORDINANCE-54")],
)
def test_co_owners_of_a_design_follow_its_own_ordinance_since_engine_five(
    venue: type[Scene], refused: str
) -> None:
    scene = venue(profile="hong-kong")
    sellers = [scene.party(jurisdiction="HK") for _ in range(2)]
    right = scene.right(*sellers, right_id=DESIGN, right_type="design")
    listing = scene.listing(sellers[0], right, approve=False, currency="HKD")
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == refused
    scene.replay()


def test_a_contract_signed_before_engine_five_and_its_papers_keep_their_words_after_it() -> None:
    scene = Earlier(profile="hong-kong")
    deal_id = sold(scene, DESIGN, "design")
    contract = contract_of(scene, deal_id)
    before = text.texts(contract), filing_package.papers_of(scene.state, scene.state.deals[deal_id])
    assert "Hong Kong Patents Registry" in before[0]["en"]
    assert "patent (application)" in before[0]["en"]
    scene.upgrade()
    again = contract_of(scene, deal_id)
    assert (text.texts(again), filing_package.papers_of(scene.state, scene.state.deals[deal_id])) == before


def test_without_a_title_on_record_the_words_are_those_of_the_form_before() -> None:
    """The form of a text follows from its terms alone."""
    scene = Scene(profile="hong-kong")
    contract = contract_of(scene, sold(scene, DESIGN, "design"))
    bare = msgspec.structs.replace(
        contract.right, bibliography=UNSET, holders=UNSET, status=UNSET, publication_number=UNSET
    )
    assert "Cap. 514" in text.text(msgspec.structs.replace(contract, right=bare), "en")

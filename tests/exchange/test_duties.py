"""What the law asks beside the rules stands in one table, and a listing names what its own rights bring of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, add_months, venue_date
from exchange.deals.filing import FILED_AT_SINCE_ENGINE
from exchange.listings import duties as of_listings
from exchange.listings import findings
from exchange.rules.duties import DUTIES, duties_of
from exchange.rules.effects import HONG_KONG_RECORDAL_SINCE_ENGINE
from exchange.rules.rule import EVERYWHERE, RULES
from exchange.turn import Turn
from tests.exchange.scene import START_MS, Scene, cn_right_id

BROUGHT = {
    "registration_gives_priority": "HK-PATENTS-ORDINANCE-52",
    "late_registration_costs_damages": "HK-PATENTS-ORDINANCE-SIX-MONTHS",
    "short_term_patent_is_unexamined": "HK-SHORT-TERM-PATENT-EXAMINATION",
    "design_ranks_by_its_filing": "HK-REGISTERED-DESIGN-FILED-AT",
    "macau_is_asked_for_in_time": "MO-EXTENSION-OF-CN-INVENTION",
    "contract_is_recognised": "CN-TECHNOLOGY-CONTRACT-RECOGNITION",
    "letter_is_decided_in_time": "CN-TECHNOLOGY-EXPORT-LETTER",
}
"""What finds a duty of a listing's right, and the duty."""
STANDARD, SHORT_TERM, DESIGN, EXTENDED = "HK-08103456.7", "HK-32024012345.6", "HK-2400123.4", "MO-J001234"
HK_RIGHTS = {STANDARD: "invention", SHORT_TERM: "utility_model", DESIGN: "design"}


def brought(scene: Scene, listing_id: str) -> dict[str, dict[str, Any]]:
    """The duties that a check of the listing names, with their facts."""
    command = c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick())
    turn = Turn(scene.state, command)
    found = findings.on_listing(turn, scene.state.listings[listing_id]).duties
    return {each.duty.code: dict(each.detail) for each in found}


def offered(scene: Scene, right_id: str = "", jurisdiction: str = "CN", **fields: Any) -> str:
    """A listing of a right that one party holds."""
    facts = {name: fields.pop(name) for name in ("right_type", "status", "grant_date") if name in fields}
    seller = scene.party(jurisdiction=jurisdiction)
    right = scene.right(seller, right_id=right_id, **facts)
    return scene.listing(seller, right, approve=False, **fields)


def classify(scene: Scene, listing: str, export_class: Any) -> None:
    right_id = scene.state.listings[listing].right_id
    scene.operator(c.ClassifyExport(right_id=right_id, export_class=export_class))


def in_hong_kong(right_id: str, **fields: Any) -> tuple[Scene, str]:
    scene = Scene(profile="hong-kong")
    listing = offered(scene, right_id, "HK", right_type=HK_RIGHTS[right_id], currency="HKD", **fields)
    return scene, listing


@pytest.mark.parametrize("code", sorted(DUTIES))
def test_a_duty_says_in_both_languages_what_is_asked_and_where_it_is_met(code: str) -> None:
    duty = DUTIES[code]
    for text in (duty.citation, duty.text, duty.met):
        assert text.strip()
    for text in (duty.text_zh, duty.met_zh):
        assert any("\u4e00" <= character <= "\u9fff" for character in text)
    assert set(duty.jurisdictions) <= set(EVERYWHERE)
    assert ("[M]" in duty.citation) == (duty.source == "M")
    assert code not in RULES


def test_every_duty_of_the_services_own_law_and_of_contracts_is_listed() -> None:
    """Blockchain services, electronic signatures and evidence, personal information, recognition, contracts."""
    asked = {
        *(f"CN-BLOCKCHAIN-{each}" for each in ("SERVICE-FILING", "FILING-NUMBER", "SAFETY-ASSESSMENT")),
        *(f"CN-BLOCKCHAIN-{each}" for each in ("SERVICE-LOGS", "REAL-NAMES", "ILLEGAL-CONTENT")),
        *(f"CN-ELECTRONIC-SIGNATURE-LAW-{each}" for each in (5, 6, 8, 13, 14)),
        *(f"CN-PERSONAL-INFORMATION-{each}" for each in (13, 19, 38, 47, 55)),
        *(f"CN-PATENT-LAW-{each}" for each in (6, 52)),
        *(f"CN-CIVIL-CODE-{each}" for each in (478, 587, 867)),
        *("CN-PATENT-RULES-15", "CN-TECHNOLOGY-CONTRACTS-24", "CN-AUCTION-LAW-50", "CN-ONLINE-LITIGATION-16"),
        *(f"CN-NETWORK-DATA-{each}" for each in (35, 37)),
        "CN-TECHNOLOGY-CONTRACT-RECOGNITION",
        "CN-TECHNOLOGY-EXPORT-LETTER",
    }
    assert {duty.code for duty in duties_of("CN")} == asked
    assert {duty.code for duty in duties_of("HK")} == {code for code in BROUGHT.values() if code[:2] == "HK"}
    assert duties_of() == [DUTIES[code] for code in sorted(DUTIES)]


@pytest.mark.parametrize(("finder", "code"), sorted(BROUGHT.items()))
def test_without_what_finds_it_a_duty_is_not_named(
    finder: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, listing = in_hong_kong({"HK-S": SHORT_TERM, "HK-R": DESIGN}.get(code[:4], STANDARD))
    if code[:2] != "HK":
        scene = Scene()
        listing = offered(scene, status="application")
        classify(scene, listing, "restricted")
    assert code in brought(scene, listing)
    monkeypatch.setattr(of_listings, finder, lambda *_args: ())
    assert code not in brought(scene, listing)


@pytest.mark.parametrize("right_id", [STANDARD, SHORT_TERM])
def test_in_hong_kong_a_short_term_patent_brings_a_duty_more(right_id: str) -> None:
    scene, listing = in_hong_kong(right_id)
    assert brought(scene, listing)["HK-PATENTS-ORDINANCE-SIX-MONTHS"]["months"] == 6
    own = {SHORT_TERM: {"HK-SHORT-TERM-PATENT-EXAMINATION"}}
    assert set(brought(scene, listing)) == own.get(right_id, set()) | {
        "HK-PATENTS-ORDINANCE-52",
        "HK-PATENTS-ORDINANCE-SIX-MONTHS",
    }


def test_a_registered_design_of_hong_kong_brings_no_duty_of_its_patents() -> None:
    scene, listing = in_hong_kong(DESIGN)
    assert set(brought(scene, listing)) == {"HK-REGISTERED-DESIGN-FILED-AT"}


def test_no_recordal_clock_of_hong_kongs_patents_runs_for_a_licence_of_a_design() -> None:
    scene, listing = in_hong_kong(DESIGN, deal_kind="ordinary_licence", territory=("HK",))
    scene.operator(c.ApproveListing(listing_id=listing))
    assert scene.state.licences[licence_of(scene, listing)].recordal_due_ms == 0


def test_an_earlier_licence_that_no_register_has_is_named_to_whoever_lists_the_right() -> None:
    scene, listing = in_hong_kong(STANDARD, deal_kind="ordinary_licence", territory=("HK",))
    scene.operator(c.ApproveListing(listing_id=listing))
    licensed = licence_of(scene, listing)
    right = scene.state.rights[STANDARD]
    again = scene.listing(right_seller(scene), STANDARD, approve=False, currency="HKD")
    assert brought(scene, again)["HK-PATENTS-ORDINANCE-52"]["unregistered"] == licensed
    scene.register(scene.state.licences[licensed].deal_id)
    assert scene.state.licences[licensed].recorded
    assert right.licences == (licensed,)
    assert brought(scene, again)["HK-PATENTS-ORDINANCE-52"]["unregistered"] is None


def right_seller(scene: Scene) -> str:
    return str(next(iter(scene.state.listings.values())).seller)


def licence_of(scene: Scene, listing: str) -> str:
    """A Hong Kong buyer takes the licence that a listing offers."""
    deal = scene.deal(listing, scene.party(jurisdiction="HK"), currency="HKD")
    scene.sign(deal)
    scene.fund(deal)
    scene.pay_all(deal)
    return str(scene.state.deals[deal].licence_id)


def test_a_hong_kong_licence_has_six_months_to_be_registered_and_stands_when_it_is_late() -> None:
    scene, listing = in_hong_kong(STANDARD, deal_kind="ordinary_licence", territory=("HK",))
    scene.operator(c.ApproveListing(listing_id=listing))
    row = scene.state.licences[licence_of(scene, listing)]
    due_ms = add_months(row.starts_ms, 6)
    assert 0 <= row.recordal_due_ms - due_ms < 7 * MS_PER_DAY  # the next working day where it is none
    scene.wait(row.recordal_due_ms - scene.now - 1)
    assert row.state == "GRANTED"
    scene.wait(1)
    assert row.state == "OVERDUE"
    assert row.id in scene.state.rights[STANDARD].licences


class Earlier(Scene):
    """A venue on the engine before this one."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=HONG_KONG_RECORDAL_SINCE_ENGINE - 1, rulebook=1))


def test_before_engine_five_no_clock_runs_for_a_hong_kong_licence() -> None:
    scene = Earlier(profile="hong-kong")
    listing = offered(
        scene,
        STANDARD,
        "HK",
        right_type="invention",
        currency="HKD",
        deal_kind="ordinary_licence",
        territory=("HK",),
    )
    scene.operator(c.ApproveListing(listing_id=listing))
    assert scene.state.licences[licence_of(scene, listing)].recordal_due_ms == 0


@pytest.mark.parametrize("venue", [Scene, Earlier])
def test_a_filing_keeps_the_time_at_which_it_was_made_since_engine_five(venue: type[Scene]) -> None:
    scene = venue(profile="hong-kong")
    listing = offered(scene, DESIGN, "HK", right_type="design", currency="HKD")
    scene.operator(c.ApproveListing(listing_id=listing))
    deal = scene.deal(listing, scene.party(jurisdiction="HK"), currency="HKD")
    scene.sign(deal)
    scene.fund(deal)
    scene.hours(5)
    scene.file(deal)
    filed_ms = scene.state.filings[f"F-{deal}"].filed_ms
    keeps = scene.state.venue.engine >= FILED_AT_SINCE_ENGINE
    assert filed_ms == (scene.now if keeps else UNSET)
    scene.replay()


GRANTED = venue_date(START_MS - 80 * MS_PER_DAY)
ENDS_MS = add_months(START_MS - 80 * MS_PER_DAY, 3)


@pytest.mark.parametrize(("before_the_end_ms", "is_named"), [(1_000, True), (0, False)])
def test_macau_can_be_asked_for_until_three_months_after_the_grant_and_no_longer(
    before_the_end_ms: int, is_named: bool
) -> None:
    scene = Scene()
    listing = offered(scene, grant_date=GRANTED.isoformat())
    scene.wait(ENDS_MS - before_the_end_ms - scene.now)
    found = brought(scene, listing).get("MO-EXTENSION-OF-CN-INVENTION")
    assert (found is not None) == is_named
    if found is not None:
        assert found["not_after"] == venue_date(ENDS_MS - 1_000).isoformat()


def test_an_invention_without_a_grant_can_still_reach_macau_and_one_that_has_does_not_ask_again() -> None:
    scene = Scene()
    listing = offered(scene, status="application")
    right = scene.state.listings[listing].right_id
    assert brought(scene, listing)["MO-EXTENSION-OF-CN-INVENTION"]["not_after"] is None
    scene.right(scene.party(jurisdiction="MO"), right_id=EXTENDED)
    scene.operator(c.TieFamily(family_id="FAMILY-1", right_ids=(right, EXTENDED)))
    assert "MO-EXTENSION-OF-CN-INVENTION" not in brought(scene, listing)


@pytest.mark.parametrize("right_type", ["utility_model", "design"])
def test_only_an_invention_is_extended_to_macau(right_type: str) -> None:
    scene = Scene()
    listing = offered(scene, cn_right_id(0, right_type), right_type=right_type)
    assert "MO-EXTENSION-OF-CN-INVENTION" not in brought(scene, listing)


@pytest.mark.parametrize(("price", "working_days"), [(4_999_999_99, 15), (5_000_000_00, 30)])
def test_the_recognition_of_a_technology_contract_takes_fifteen_working_days_from_five_million_on_thirty(
    price: int, working_days: int
) -> None:
    scene = Scene()
    found = brought(scene, offered(scene, price=price))
    assert found["CN-TECHNOLOGY-CONTRACT-RECOGNITION"]["working_days"] == working_days


def test_no_recognition_is_asked_for_of_a_mark_or_of_a_seller_elsewhere() -> None:
    scene = Scene()
    seller = scene.party()
    mark = scene.other_right(
        "CN-trademark-12345678", "trademark", seller, filing_date="2019-03-01", similar_marks=()
    )
    assert "CN-TECHNOLOGY-CONTRACT-RECOGNITION" not in brought(
        scene, scene.listing(seller, mark, approve=False)
    )
    abroad = offered(scene, STANDARD, "HK", right_type="invention")
    assert "CN-TECHNOLOGY-CONTRACT-RECOGNITION" not in brought(scene, abroad)


@pytest.mark.parametrize("export_class", ["free", "restricted", "unclassified", "prohibited"])
@pytest.mark.parametrize("jurisdiction", ["CN", "HK"])
def test_what_does_not_leave_the_mainland_freely_brings_the_letter_of_intent(
    export_class: str, jurisdiction: str
) -> None:
    scene = Scene()
    listing = offered(scene, jurisdiction=jurisdiction)
    classify(scene, listing, export_class)
    expected = {"right_id": scene.state.listings[listing].right_id, "working_days": 30, "decided_by": None}
    named = brought(scene, listing).get("CN-TECHNOLOGY-EXPORT-LETTER")
    assert named == (expected if export_class in {"restricted", "unclassified"} else None)

"""What would bar a listing is told at once, by the engine's own rules, and leaves no entry."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from api.client import VenueProblem
from api.listings.schemas import OwnListingView
from exchange.calendar import venue_date
from exchange.commands import (
    Commission,
    DocumentTerms,
    Holder,
    ImportRight,
    Pledge,
    SubmitListing,
)
from exchange.rules.duties import DUTIES
from tests.api.running_venue import DAY_MS, RunningVenue, digest
from tests.exchange.scene import cn_right_id
from tests.undertakings import offered

if TYPE_CHECKING:
    from api.client import Client, OperatorClient

_serials = count(7_600)


def entries(venue: RunningVenue) -> int:
    last: int = venue.public.transport.get("/v1/time")["last_entry"]
    return last


def draft(venue: RunningVenue, right_id: str, **fields: Any) -> SubmitListing:
    stated: dict[str, Any] = {
        "right_id": right_id,
        "mode": "posted",
        "deal_kind": "assignment",
        "currency": "CNY",
        "closes_ms": venue.operator.time_ms() + 30 * DAY_MS,
    }
    return SubmitListing(**(stated | fields))


def own(client: Client | OperatorClient, listing_id: str) -> OwnListingView:
    view = client.listing(listing_id)
    assert isinstance(view, OwnListingView)
    return view


def codes(found: list[Any]) -> list[tuple[str, str]]:
    return [(each.step, each.code) for each in found]


def test_a_draft_is_told_every_ground_and_the_submission_is_refused_under_the_first(
    venue: RunningVenue,
) -> None:
    seller, other = venue.party("seller"), venue.party("seller")
    right_id = venue.right(other)
    venue.copy(right_id, other, freeze="dispute", in_fee_grace=True)
    before = entries(venue)
    command = draft(venue, right_id, deal_kind="exclusive_licence")
    terms = offered(price=1_000_00, territory=("HK",))
    view = seller.check_draft(command, terms)
    assert entries(venue) == before
    assert not view.may_go_on
    assert codes(view.grounds) == [
        ("list", "CN-PATENT-RULES-103"),
        ("list", "CN-LICENCE-RECORDAL-12-2"),
        ("list", "TERRITORY-OUTSIDE-RIGHT"),
    ]
    assert codes(view.warnings) == [("file", "CN-LICENCE-RECORDAL-12-6")]
    assert all(each.cure and each.cure_zh and each.citation for each in view.grounds)
    with pytest.raises(VenueProblem) as refused:
        seller.submit_listing(command, terms)
    assert refused.value.code == view.grounds[0].code


def test_a_missing_fact_is_told_with_whoever_supplies_it(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    right_id = "US-16999999"
    seller.give(
        "/v1/rights",
        ImportRight(right_id=right_id, office="US", right_type="invention", filing_date="2019-03-01"),
        parts={"bibliography": {"title": "A device 演示"}},
    )
    view = seller.check_draft(draft(venue, right_id), offered(price=1_000_00))
    missing = view.grounds[0].missing
    assert missing is not None
    assert (view.grounds[0].code, missing.fact, missing.supplier) == (
        "FACT-MISSING",
        "register_copy",
        "patent office",
    )
    assert view.register_as_of_ms is None


def test_a_pledged_right_may_be_listed_and_is_warned_of(venue: RunningVenue) -> None:
    seller, bank = venue.party("seller"), venue.party("pledgee")
    right_id = venue.right(seller)
    number = bank.own_party().company_number
    pledge = Pledge(company_number=number, amount=1_00, currency="CNY")
    venue.copy(right_id, seller, pledges=(pledge,), in_fee_grace=True)
    listing_id = venue.listing(seller, right_id)
    before = entries(venue)
    for client in (seller, venue.operator):
        view = client.check_listing(listing_id)
        assert (view.may_go_on, view.grounds) == (True, [])
        assert codes(view.warnings) == [("sign", "CN-CIVIL-CODE-444"), ("file", "CN-LICENCE-RECORDAL-12-6")]
        assert "mainland" in view.profiles
    assert entries(venue) == before
    bank.consent(listing_id)
    assert codes(seller.check_listing(listing_id).warnings) == [("file", "CN-LICENCE-RECORDAL-12-6")]


def test_a_check_is_for_its_seller_and_the_venue(venue: RunningVenue) -> None:
    seller, rival = venue.party("seller"), venue.party("buyer", "seller")
    listing_id = venue.listing(seller, venue.right(seller))

    def refused(client: Client) -> str:
        with pytest.raises(VenueProblem) as caught:
            client.check_listing(listing_id)
        return caught.value.code

    assert refused(rival) == "UNKNOWN-ID"
    assert refused(venue.public) == "UNAUTHENTICATED"
    with venue.http() as http:
        answer = http.post(
            "/v1/listings/check", content=json.dumps({}), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 401


def test_a_state_enterprise_is_told_what_is_not_on_record(venue: RunningVenue) -> None:
    seller = venue.party("seller", category="state_enterprise")
    right_id = venue.right(seller)
    command, terms = draft(venue, right_id), offered(price=1_000_00, territory=("US",))
    view = seller.check_draft(command, terms)
    assert codes(view.grounds) == [("list", "VENUE-NOT-DESIGNATED"), ("list", "FACT-MISSING")]
    missing = view.grounds[1].missing
    assert missing is not None
    assert (missing.fact, missing.supplier) == ("appraisal", "operator")
    designation = DocumentTerms(document="venue_designation", subject_id="venue")
    venue.operator.record_document(designation, digest("designation"), "seen")
    value = DocumentTerms(document="appraisal", subject_id=right_id, amount=2_000_00, currency="CNY")
    venue.operator.record_document(value, digest("value"), "seen")
    assert codes(seller.check_draft(command, terms).grounds) == [("list", "CN-STATE-ASSETS-APPRAISAL")]
    assert seller.check_draft(command, offered(price=1_800_00, territory=("US",))).may_go_on


def test_a_check_knows_the_agent_of_a_draft_and_the_co_owners_that_sell_with_a_listing(
    venue: RunningVenue,
) -> None:
    seller, agent = venue.party("seller"), venue.party("agent")
    enterprise = venue.party("seller", category="state_enterprise")
    right_id = venue.right(seller)
    commission = Commission(party_id=agent.party_id, basis_points=300)
    terms = offered(price=1_000_00, territory=("US",), commission=commission)
    assert seller.check_draft(draft(venue, right_id), terms).grounds == []
    numbers = [each.own_party().company_number for each in (seller, enterprise)]
    holders = tuple(Holder(company_number=number, share=5_000) for number in numbers)
    venue.copy(right_id, seller, holders=holders)
    listing_id = seller.submit_listing(draft(venue, right_id), terms).result["listing_id"]
    enterprise.consent_as_co_owner(listing_id)
    found = [each.code for each in seller.check_listing(listing_id).grounds]
    assert "FACT-MISSING" in found
    with pytest.raises(VenueProblem) as refused:
        venue.operator.approve_listing(listing_id, "seen")
    assert refused.value.code == found[0]


def test_a_check_names_the_duties_that_a_right_brings_and_they_bar_nothing(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    view = seller.check_listing(venue.listing(seller, venue.right(seller)))
    duty = DUTIES["CN-TECHNOLOGY-CONTRACT-RECOGNITION"]
    named = {each.code: each for each in view.duties}[duty.code]
    assert (named.text, named.text_zh, named.met, named.met_zh) == (
        duty.text,
        duty.text_zh,
        duty.met,
        duty.met_zh,
    )
    assert (named.citation, named.source, named.owed_by) == (duty.citation, duty.source, duty.owed_by)
    assert named.facts == {"right_id": view.right_id, "working_days": 15}
    assert view.may_go_on
    assert {each.code for each in venue.public.rulebook("mainland").duties} >= {duty.code}
    assert {each.code for each in venue.public.rulebook("macau").duties} == {"MO-EXTENSION-OF-CN-INVENTION"}


def test_a_check_warns_of_a_request_to_declare_the_right_invalid_and_everybody_sees_it(
    venue: RunningVenue,
) -> None:
    seller = venue.party("seller")
    right_id = venue.right(seller, invalidation_requested=True, same_day_twin="US-16000001")
    found = seller.check_listing(venue.listing(seller, right_id))
    assert [(each.step, each.code) for each in found.warnings] == [("pledge", "CN-PLEDGE-INVALIDATION")]
    shown = venue.public.right(right_id)
    assert (shown.invalidation_requested, shown.same_day_twin) == (True, "US-16000001")
    told = venue.public.timeline(right_id).items[0]
    assert (told.invalidation_requested, told.same_day_twin) == (True, "US-16000001")
    venue.copy(right_id, seller)
    shown = venue.public.right(right_id)
    assert (shown.invalidation_requested, shown.same_day_twin) == (None, None)


def test_a_letter_of_intent_that_is_awaited_is_told_to_seller_and_venue_alone(venue: RunningVenue) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    right_id = cn_right_id(next(_serials))
    fields: dict[str, Any] = {"office": "CN", "right_type": "invention", "filing_date": "2019-03-01"}
    bibliography = {"bibliography": {"title": "A device"}}
    seller.give("/v1/rights", ImportRight(right_id=right_id, **fields), parts=bibliography)
    venue.copy(right_id, seller, grant_date="2021-06-01")
    venue.operator.classify_export(right_id, "restricted", "as found")
    listing_id = venue.listing(seller, right_id)
    applied = DocumentTerms(
        document="letter_of_intent_application", subject_id=right_id, party_id=buyer.party_id
    )
    venue.operator.record_document(applied, digest("application"), "applied for")
    for client in (seller, venue.operator):
        (letter,) = own(client, listing_id).letters_awaited
        assert (letter.right_id, letter.party_id) == (right_id, buyer.party_id)
        last_day = venue_date(letter.decided_by_ms - 1).isoformat()
    assert "letters_awaited" not in json.dumps(buyer.transport.get(f"/v1/listings/{listing_id}"))
    duties = {each.code: each.facts for each in seller.check_listing(listing_id).duties}
    assert duties["CN-TECHNOLOGY-EXPORT-LETTER"]["decided_by"] == last_day
    granted = DocumentTerms(document="letter_of_intent", subject_id=right_id, party_id=buyer.party_id)
    venue.operator.record_document(granted, digest("letter"), "granted")
    assert own(seller, listing_id).letters_awaited == []

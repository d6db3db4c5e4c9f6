"""Rights of every kind at the front door: know-how, families, co-owners' consents, timelines; who sees what of them."""

from __future__ import annotations

import json

from api.client import Client
from api.rights.schemas import EnrolledRightView
from exchange import commands as c
from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue, company_number, digest
from tests.undertakings import offered


def know_how(venue: RunningVenue, seller: Client, reference: str) -> str:
    """Know-how that the venue has found to be the seller's."""
    right_id = f"CN-know-how-{reference}"
    command = c.ImportRight(
        right_id=right_id, office="CN", right_type="know_how", filing_date=None, service_invention=False
    )
    seller.give("/v1/rights", command, parts={"bibliography": {"title": "一种配方"}})
    number = seller.own_party().company_number
    assert number is not None
    holders = (c.Holder(company_number=number),)
    venue.operator.record_holding(right_id, holders, digest("undertaking"), "seen")
    return right_id


def test_know_how_is_sold_from_the_venues_finding_to_a_delivery_record(venue: RunningVenue) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    right_id = know_how(venue, seller, "2026KH0001")
    venue.operator.classify_export(right_id, "free", "not in the catalogue")
    listing = venue.listing(seller, right_id, deal_kind="assignment")
    line = venue.money(buyer, 1_000_00)
    deal = buyer.accept_price(listing, 1_000_00).result["deal_id"]
    seller.sign_deal(deal, price=1_000_00)
    buyer.sign_deal(deal, price=1_000_00)
    assert line
    view = seller.right(right_id)
    assert (view.status, view.register_as_of_ms, view.title) == ("held", None, "一种配方")
    item = seller.timeline(right_id).items[0]
    assert (item.kind, item.state) == ("finding", "held")
    assert item.words.startswith("as found by the venue on ")
    assert item.holders is not None


def test_a_timeline_tells_the_public_neither_holders_nor_licences(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    right_id = venue.right(seller)
    venue.copy(right_id, seller, fee_due="2027-06-30", in_fee_grace=True)
    shown = seller.timeline(right_id)
    assert [item.kind for item in shown.items] == ["register_copy", "register_copy"]
    assert [item.fee_due for item in shown.items] == [None, "2027-06-30"]
    assert all(item.words.startswith("as of the register copy of 20") for item in shown.items)
    assert all(item.holders for item in shown.items)
    assert not shown.older_left_off
    view = seller.right(right_id)
    assert isinstance(view, EnrolledRightView)
    assert (view.fee_due, view.fee_grace_until, view.in_fee_grace) == ("2027-06-30", "2027-12-30", True)
    with venue.http() as http:
        public = http.get(f"/v1/rights/{right_id}/timeline").json()
        assert http.get("/v1/rights/US-99999999/timeline").status_code == 404
        assert http.get("/v1/rights/US-99999999/family").status_code == 404
    assert [item["holders"] for item in public["items"]] == [None, None]
    assert [item["pledges"] for item in public["items"]] == [None, None]
    number = seller.own_party().company_number
    assert number is not None
    assert number not in json.dumps(public)


def test_a_timeline_tells_when_each_encumbrance_began_and_ended_and_names_no_pledgee_to_the_public(
    venue: RunningVenue,
) -> None:
    seller, bank = venue.party("seller"), venue.party("pledgee")
    right_id = venue.right(seller)
    number = bank.own_party().company_number
    assert number is not None
    pledge = c.Pledge(company_number=number, amount=7, currency="CNY")
    licence = c.RegisteredLicence(
        licence_id="R-1",
        kind="sole",
        licensee="91440300000000999X",
        starts_on="2026-01-01",
        ends_on=None,
        territory=("CN-GD",),
        field_of_use="all",
    )
    venue.copy(right_id, seller, pledges=(pledge,), licences=(licence,), freeze="preservation")
    freeze_id = freeze(venue, right_id)
    venue.copy(right_id, seller)
    items = seller.timeline(right_id).items
    burdens = [(item.kind, item.state, item.detail) for item in items if item.state in {"begins", "ends"}]
    assert sorted(burdens) == [
        ("freeze", "begins", "preservation"),
        ("freeze", "ends", "preservation"),
        ("freeze_notice", "begins", "dispute"),
        ("freeze_notice", "ends", "dispute"),
        ("licence_elsewhere", "begins", "sole_licence"),
        ("licence_elsewhere", "ends", "sole_licence"),
        ("pledge", "begins", bank.party_id),
        ("pledge", "ends", bank.party_id),
    ]
    assert [item.at_ms for item in items] == sorted(item.at_ms for item in items)
    assert freeze_id in [item.subject_id for item in items]
    (named,) = [each for item in items for each in item.licences_elsewhere or ()]
    assert (named.licence_id, named.licence_kind, named.territory) == ("R-1", "sole_licence", ["CN-GD"])
    with venue.http() as http:
        public = http.get(f"/v1/rights/{right_id}/timeline").json()["items"]
        page = http.get(f"/rights/{right_id}").text
    assert {item["detail"] for item in public if item["kind"] == "pledge"} == {None}
    assert {item["licences_elsewhere"] for item in public} == {None}
    for hidden in (bank.party_id, number, "91440300000000999X"):
        assert hidden not in json.dumps(public) + page
    assert "财产保全" in page


def freeze(venue: RunningVenue, right_id: str) -> str:
    """The venue is told of a dispute over ownership; the freeze's id."""
    now = venue.public.time_ms()
    given = venue.operator.record_freeze(
        right_id, "dispute", "(2027)示例中止第 1 号", digest("notice"), now, "served today"
    )
    return str(given.result["freeze_id"])


def test_a_family_is_tied_and_seen_by_everybody(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    one, other = venue.right(seller), venue.right(seller)
    venue.operator.tie_family("F-1", (one, other), "one creation")
    with venue.http() as http:
        found = http.get(f"/v1/rights/{one}/family").json()
    assert found["family"] == "F-1"
    assert [member["id"] for member in found["members"]] == sorted((one, other))
    assert seller.family(other).members[0].id == min(one, other)
    third = venue.right(seller)
    assert [member.id for member in seller.family(third).members] == [third]


def test_a_co_owned_right_is_opened_by_a_command_and_a_paper(venue: RunningVenue) -> None:
    seller, other, outsider = venue.party("seller"), venue.party("buyer"), company_number()
    right_id = venue.right(seller)
    numbers = [seller.own_party().company_number, other.own_party().company_number, outsider]
    shares = tuple(
        c.Holder(company_number=str(number), share=share)
        for number, share in zip(numbers, (5_000, 3_000, 2_000), strict=True)
    )
    venue.copy(right_id, seller, holders=shares)
    command = c.SubmitListing(
        right_id=right_id,
        mode="posted",
        deal_kind="assignment",
        currency="CNY",
        closes_ms=seller.time_ms() + 20 * 86_400_000,
    )
    listing = seller.submit_listing(command, offered(price=1_000_00)).result["listing_id"]
    rule = refusal(lambda: venue.operator.approve_listing(listing, "seen"), "US-PATENT-ACT-262", 409)
    assert "consent" in rule.cure
    assert other.listing(listing).terms.price == 1_000_00
    refusal(lambda: venue.party("buyer").listing(listing), "UNKNOWN-ID", 404)
    other.consent_as_co_owner(listing)
    refusal(lambda: other.consent_as_co_owner("L-99"), "UNKNOWN-ID", 404)
    venue.operator.lodge_co_owner_consent(listing, outsider, digest("paper"), "handed in")
    assert venue.operator.approve_listing(listing, "seen").result["state"] == "OPEN"
    refusal(lambda: other.accept_price(listing, 1_000_00), "CN-AUCTION-LAW-30", 403)
    entries = [event for event in other.events() if event.type == "consent_to_listing"]
    assert entries

"""What is shown to whom: outsiders, parties, those concerned, the venue."""

from __future__ import annotations

import msgspec
import pytest

from api.client import VenueProblem
from exchange import commands as c
from ledger.receipts import ReceiptRefused
from tests.api.running_venue import RunningVenue
from tests.undertakings import offered
from tests.whole_words import says


def test_outsiders_see_no_company_no_price_and_no_words(venue: RunningVenue) -> None:
    seller, buyer, outsider = venue.party("seller"), venue.party("buyer"), venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller), price=7_654_32)
    venue.money(buyer, 8_000_00)
    given = buyer.accept_price(listing_id, 7_654_32)
    deal_id = given.result["deal_id"]
    number = buyer.own_party().company_number
    for reader in (venue.public, outsider):
        shown = [
            reader.deal(deal_id).model_dump_json(),
            reader.entry(given.entry).model_dump_json(),
            reader.listing(listing_id).model_dump_json(exclude={"terms"}),
        ]
        for text in shown:
            assert not says(text, "7654.32")
            assert not says(text, "765432")
            assert number not in text
            assert "see the claims" not in text
            assert "salt" not in text
    assert "company_number" not in outsider.party(buyer.party_id).model_dump()
    assert list(outsider.accounts(owner=buyer.party_id)) == []
    with pytest.raises(VenueProblem):
        outsider.postings(f"{buyer.party_id}/available/CNY")
    account = f"{buyer.party_id}/deposit/CNY"
    for concerned in (buyer, venue.operator):
        (hold,) = concerned.holds(account, state="PENDING")
        assert (hold.subject_id, hold.amount, hold.sort) == (deal_id, 7_654_32, "price")
        assert list(concerned.holds(account, state="POSTED")) == []
    with pytest.raises(VenueProblem):
        list(outsider.holds(account))


def test_the_public_journal_tells_party_numbers_and_no_company(venue: RunningVenue) -> None:
    """As the pages, docs/api.md and SECURITY.md say it."""
    seller = venue.party("seller")
    listing_id = venue.listing(seller, venue.right(seller), mode="competitive", deposit=10_00)
    bidder = venue.bidder(listing_id)
    entries = [entry for entry in venue.public.events() if entry.public["actor"] == bidder.party_id]
    assert [entry.type for entry in entries] == ["enrol_key", "register_bidder"]
    everything = "".join(entry.model_dump_json() for entry in venue.public.events())
    for party in (seller, bidder):
        assert party.own_party().company_number not in everything
    assert "示例甲有限公司" not in everything


def test_holders_are_shown_to_approved_parties_only(venue: RunningVenue) -> None:
    """An applicant approves itself to nobody: by the holder it could tell which company a party number is."""
    seller = venue.party("seller")
    right_id = venue.right(seller)
    number = seller.own_party().company_number
    applicant = venue.party("buyer", approve=False)
    for reader in (venue.public, applicant):
        assert number not in reader.right(right_id).model_dump_json()
        assert "holder_of_record" not in reader.right(right_id).model_dump()
        assert not any("holder_of_record" in right.model_dump() for right in reader.rights())
    venue.admit(applicant.party_id, "licence seen")
    assert [found.company_number for found in applicant.enrolled_right(right_id).holder_of_record] == [number]
    venue.operator.suspend_party(applicant.party_id, "licence lapsed")
    assert "holder_of_record" not in applicant.right(right_id).model_dump()


def test_a_party_reads_its_own_openings_and_what_concerns_it(venue: RunningVenue) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller), price=1_000_00)
    venue.money(buyer, 2_000_00)
    given = buyer.accept_price(listing_id, 1_000_00)
    own = buyer.entry(given.entry)
    assert own.terms is not None
    assert own.terms.value["price"] == 1_000_00
    assert {"posted", "deal_changed"} <= {event["type"] for event in own.events}
    theirs = seller.entry(given.entry)
    assert theirs.terms is None
    assert "deal_changed" in {event["type"] for event in theirs.events}
    assert venue.public.entry(given.entry).events == []
    assert venue.operator.entry(given.entry).outcome is not None
    everything = [entry.entry for entry in buyer.events(after=given.entry - 1)]
    assert everything[0] == given.entry
    assert everything == sorted(set(everything))


def test_a_submitted_listing_is_its_sellers_and_the_venues_alone(venue: RunningVenue) -> None:
    seller, other = venue.party("seller"), venue.party("buyer")
    terms = offered(price=1_000_00, territory=("US",))
    closes = venue.public.time_ms() + 5 * 24 * 3600 * 1000
    offer = c.SubmitListing(
        right_id=venue.right(seller),
        mode="posted",
        deal_kind="ordinary_licence",
        currency="CNY",
        closes_ms=closes,
    )
    listing_id = seller.submit_listing(offer, terms).result["listing_id"]
    assert seller.listing(listing_id).state == "SUBMITTED"
    assert venue.operator.listing(listing_id).state == "SUBMITTED"
    for reader in (other, venue.public):
        with pytest.raises(VenueProblem):
            reader.listing(listing_id)
        with pytest.raises(VenueProblem):
            reader.book(listing_id)
        assert listing_id not in {listing.id for listing in reader.listings(seller=seller.party_id)}


def test_an_erased_part_is_gone_and_its_proof_stands(venue: RunningVenue) -> None:
    party = venue.party("buyer")
    applied = next(entry for entry in party.events() if entry.type == "apply_party" and entry.erasable)
    before = venue.public.receipt(applied.entry)
    assert party.own_party().profile == {"name": "示例甲有限公司"}
    venue.operator.erase(applied.entry, "profile", "data-subject-request", "asked in writing")
    assert party.own_party().profile is None
    assert venue.public.receipt(applied.entry) == before
    venue.public.check_entry(before, party.giver.trust)
    with pytest.raises(VenueProblem) as caught:
        venue.operator.erase(applied.entry, "profile", "data-subject-request", "asked in writing")
    assert caught.value.code == "SEALED-PART-UNKNOWN"


def test_a_receipt_of_another_entry_does_not_pass(venue: RunningVenue) -> None:
    party = venue.party("buyer")
    receipt = venue.public.receipt(1)
    venue.public.check_entry(receipt, party.giver.trust)
    forged = msgspec.structs.replace(receipt, leaf_hash="00" * 32)
    with pytest.raises(ReceiptRefused):
        venue.public.check_entry(forged, party.giver.trust)

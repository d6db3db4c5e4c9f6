"""What is called an auction, at the front door: its reserve, its records, its fees, and who has colluded on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec import UNSET

from exchange import commands as c
from tests.api.auction import refusal, refused_without_trace
from tests.api.running_venue import DAY_MS, RunningVenue, digest
from tests.api.test_checks import draft
from tests.undertakings import offered

if TYPE_CHECKING:
    from api.calls.acknowledgements import Acknowledgement
    from api.client import Client

PRICE = 1_000_00


@pytest.fixture(autouse=True)
def _licensed(venue: RunningVenue) -> None:
    licence = c.DocumentTerms(document="auctioneer_licence", subject_id="venue")
    venue.operator.record_document(licence, digest("licence"), "seen")


def auction_of(venue: RunningVenue, right_id: str, **fields: Any) -> c.SubmitListing:
    """An assignment by what is called an auction, viewed for two days before its registration closes."""
    now_ms = venue.operator.time_ms()
    preview = c.Preview(starts_ms=now_ms + DAY_MS, ends_ms=now_ms + 3 * DAY_MS)
    given: dict[str, Any] = {
        "mode": "english",
        "registration_closes_ms": now_ms + 10 * DAY_MS,
        "auction": preview,
    }
    return draft(venue, right_id, **(given | fields))


def announced(venue: RunningVenue, seller: Client, **terms: Any) -> tuple[Acknowledgement, Acknowledgement]:
    """What was answered to an auction's submission, and to its approval."""
    command = auction_of(venue, venue.right(seller))
    own = offered(price=PRICE, step=100_00, deposit=1_00, territory=("US",), **terms)
    submitted = seller.submit_listing(command, own, description="see the claims")
    return submitted, venue.operator.approve_listing(submitted.result["listing_id"], "papers seen")


@pytest.mark.parametrize(
    ("terms", "answered", "chinese", "english"),
    [
        ({}, "none", "无保留价", "<dt>Reserve</dt><dd>None</dd>"),
        ({"reserve": 1_500_00}, "set", "设有保留价，金额不公开", "There is one; its amount is not public"),
    ],
)
def test_everybody_reads_whether_there_is_a_reserve_before_bidding_begins(
    venue: RunningVenue, terms: dict[str, int], answered: str, chinese: str, english: str
) -> None:
    submitted, approved = announced(venue, venue.party("seller"), **terms)
    listing_id = submitted.result["listing_id"]
    assert approved.result == {"listing_id": listing_id, "state": "PUBLICITY", "reserve": answered}
    shown = venue.public.listing(listing_id)
    assert (shown.state, shown.has_reserve) == ("PUBLICITY", answered == "set")
    assert not hasattr(shown.terms, "reserve")
    with venue.http() as http:
        for language, words in (("zh", chinese), ("en", english)):
            page = http.get(f"/listings/{listing_id}", params={"lang": language}).text
            assert words in page
            assert "1,500.00" not in page


def test_the_public_journal_holds_the_announcement(venue: RunningVenue) -> None:
    _, approved = announced(venue, venue.party("seller"))
    entry = venue.public.transport.get(f"/v1/entries/{approved.entry}")
    assert entry["public"]["answer"]["result"]["reserve"] == "none"


def test_words_about_an_auction_are_not_erased_and_the_refusal_is_an_entry(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    submitted, _ = announced(venue, seller)

    def erase() -> Acknowledgement:
        return venue.operator.erase(submitted.entry, "description", "data-subject-request", "asked for it")

    before = venue.public.transport.get("/v1/time")["last_entry"]
    problem = refused_without_trace(venue, erase, "CN-AUCTION-LAW-54", 409)
    assert "Art. 54" in problem.citation
    assert venue.public.transport.get("/v1/time")["last_entry"] == before + 1
    entry = venue.operator.transport.get(f"/v1/entries/{submitted.entry}")
    assert entry["erasable"]["description"]["value"] == "see the claims"
    online = seller.submit_listing(
        auction_of(venue, venue.right(seller), auction=UNSET),
        offered(price=PRICE, step=100_00, deposit=1_00, territory=("US",)),
        description="see the claims",
    )
    venue.operator.erase(online.entry, "description", "data-subject-request", "asked for it")


def test_a_finding_of_collusion_bars_whom_it_names_and_counts_with_its_reference(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    listing_id = venue.listing(
        seller, venue.right(seller), mode="english", deal_kind="assignment", step=100_00
    )
    named, other = venue.bidder(listing_id), venue.bidder(listing_id)
    finding = c.DocumentTerms(document="collusion_finding", subject_id=listing_id, party_id=named.party_id)
    paper = digest("finding")
    refusal(lambda: venue.operator.record_document(finding, paper, "a case"), "FACT-MISSING", 409)
    venue.operator.record_document(finding, paper, "decided", reference="竞价监督〔2026〕1号")
    assert named.listing(listing_id).own_standing == "LEFT"
    assert other.listing(listing_id).own_standing == "QUALIFIED"
    refusal(lambda: named.register_bidder(listing_id), "CN-AUCTION-LAW-37", 403)


def test_a_draft_is_told_that_an_auction_would_bear_too_much(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    command = auction_of(venue, venue.right(seller), currency="MOP")
    terms = offered(price=PRICE, step=100_00, deposit=1_00, territory=("US",))
    for basis_points, codes in ((501, {"CN-AUCTION-LAW-56"}), (500, set())):
        bands = (c.FeeBand(above=0, basis_points=basis_points),)
        venue.operator.set_fee_schedule(c.SetFeeSchedule(currency="MOP", bands=bands), "resolved")
        assert {each.code for each in seller.check_draft(command, terms).grounds} == codes
    seller.submit_listing(command, terms)

"""One key, one command: repeated it gets the same answer, changed it is refused, without a key nothing is taken."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.calls.giving import VALID_FOR_MS
from api.client import VenueProblem
from exchange import commands as c
from tests.api.auction import Auction, bid_body, problem_of
from tests.api.running_venue import RunningVenue


@pytest.fixture(scope="module")
def auction(venue: RunningVenue) -> Auction:
    """An auction of this page's own."""
    return Auction(venue)


def test_a_post_without_a_key_is_refused(auction: Auction) -> None:
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, auction.key, "none", valid_until_ms=auction.until()
    )
    problem_of(auction.post(body, key=None), "IDEMPOTENCY-KEY-MISSING", 400)
    with auction.venue.http() as http:
        answer = http.post("/v1/withdrawals", json={}, headers={"Authorization": auction.api_key})
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize("key", ["", "two words", "x" * 129, "tab\there"])
def test_a_key_is_visible_ascii_of_bounded_length(auction: Auction, key: str) -> None:
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, auction.key, "k", valid_until_ms=auction.until()
    )
    problem_of(auction.post(body, key=key), "IDEMPOTENCY-KEY-MALFORMED", 400)


def test_the_same_command_under_the_same_key_gets_the_same_answer(venue: RunningVenue) -> None:
    auction = Auction(venue)
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, auction.key, "again", valid_until_ms=auction.until()
    )
    first = auction.post(body, key="again")
    assert first.status_code == 201
    end = venue.public.transport.get("/v1/time")["last_entry"]
    assert auction.post(body, key="again").content == first.content
    assert venue.public.transport.get("/v1/time")["last_entry"] == end


def test_sealed_and_signed_afresh_it_is_still_the_same_command(venue: RunningVenue) -> None:
    auction = Auction(venue)
    first = auction.bidder.place_bid(auction.listing_id, 10_000_00, idempotency_key="afresh")
    again = auction.bidder.place_bid(auction.listing_id, 10_000_00, idempotency_key="afresh")
    assert (again.entry, again.result, again.receipt) == (first.entry, first.result, first.receipt)


def test_another_command_under_the_same_key_is_refused(venue: RunningVenue) -> None:
    auction = Auction(venue)
    auction.bidder.place_bid(auction.listing_id, 10_000_00, idempotency_key="once")
    with pytest.raises(VenueProblem) as caught:
        auction.bidder.place_bid(auction.listing_id, 10_000_01, idempotency_key="once")
    assert (caught.value.code, caught.value.status) == ("IDEMPOTENCY-KEY-REUSED", 422)
    with pytest.raises(VenueProblem) as caught:
        auction.bidder.withdraw("CNY", 1_00, idempotency_key="once")
    assert (caught.value.code, caught.value.status) == ("IDEMPOTENCY-KEY-REUSED", 422)


def test_a_refusal_is_repeated_as_well(venue: RunningVenue) -> None:
    party = venue.party()
    entries = set()
    for _ in range(2):
        with pytest.raises(VenueProblem) as caught:
            party.withdraw("CNY", 1_00, idempotency_key="poor")
        assert caught.value.code == "FUNDS-SHORT"
        entries.add(caught.value.entry)
    assert len(entries) == 1


def test_sent_many_times_at_once_it_is_applied_once(venue: RunningVenue) -> None:
    auction = Auction(venue)
    key = secrets.token_hex(8)
    body = bid_body(
        auction.bidder.party_id,
        auction.listing_id,
        auction.key,
        key,
        valid_until_ms=venue.public.time_ms() + VALID_FOR_MS,
    )

    def send(_: int) -> httpx.Response:
        return auction.post(body, key=key)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(24)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["entry"] for answer in answers if answer.status_code == 201}) == 1
    assert len(list(auction.bidder.bids())) == 1


def test_two_parties_may_use_the_same_key(venue: RunningVenue) -> None:
    for _ in range(2):
        seller = venue.party("seller")
        right_id = f"US-16{secrets.randbelow(10**6):06d}"
        command = c.ImportRight(
            right_id=right_id, office="US", right_type="invention", filing_date="2019-03-01"
        )
        given = seller.give(
            "/v1/rights", command, parts={"bibliography": {"title": "A device"}}, idempotency_key="shared"
        )
        assert given.result["known"] == "no"


def test_a_client_order_id_is_unique_for_ever(venue: RunningVenue) -> None:
    auction = Auction(venue)
    given = auction.bidder.place_bid(auction.listing_id, 10_000_00, client_order_id="order-7")
    auction.bidder.withdraw_bid(given.result["bid_id"])
    again = auction.bidder.place_bid(auction.listing_id, 10_000_00, client_order_id="order-7")
    assert (again.entry, again.result) == (given.entry, given.result)
    with pytest.raises(VenueProblem) as caught:
        auction.bidder.place_bid(auction.listing_id, 10_001_00, client_order_id="order-7")
    assert (caught.value.code, caught.value.status) == ("CLIENT-ORDER-ID-REUSED", 409)


def test_an_api_key_is_shown_once_and_a_lost_one_replaced_by_signature(venue: RunningVenue) -> None:
    party = venue.applicant()
    from tests.api.running_venue import company_number

    number = company_number()
    profile = {"name": "示例丙"}
    _, shown = party.apply(
        roles=("buyer",),
        jurisdiction="CN",
        company_number=number,
        profile=profile,
        authorisation_letter="授权委托书",
        idempotency_key="join",
    )
    assert shown is not None
    _, repeated = party.apply(
        roles=("buyer",),
        jurisdiction="CN",
        company_number=number,
        profile=profile,
        authorisation_letter="授权委托书",
        idempotency_key="join",
    )
    assert repeated is None
    party.transport.use_api_key(None)
    _, replaced = party.issue_api_key(party.party_id)
    assert replaced not in {None, shown}
    assert party.own_party().state == "APPLIED"
    venue.admit(party.party_id, "seen")
    assert party.own_party().id == party.party_id
    party.transport.use_api_key(shown)
    with pytest.raises(VenueProblem) as caught:
        party.own_party()
    assert caught.value.code == "UNAUTHENTICATED"

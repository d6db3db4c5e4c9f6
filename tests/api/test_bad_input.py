"""Whatever has the wrong shape or comes from the wrong caller gets a problem with a code and a cure, and changes nothing."""

from __future__ import annotations

import pytest

from api.client import OperatorClient
from exchange import commands as c
from ledger.signatures import (
    PrivateKey,
)
from tests.api.auction import Auction, bid_body, problem_of, refusal, refused_without_trace
from tests.api.running_venue import RunningVenue

# --- shape ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"terms": 5}',
        b'{"terms": {"price": "1.00"}}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_command_is_refused(auction: Auction, body: bytes) -> None:
    before = auction.venue.operator.transport.get("/v1/time")["last_entry"]
    for path in (f"/v1/listings/{auction.listing_id}/bids", "/v1/withdrawals"):
        headers = {
            "Authorization": auction.api_key,
            "Idempotency-Key": "shape",
            "Content-Type": "application/json",
        }
        with auction.venue.http() as http:
            answer = http.post(path, content=body, headers=headers)
        problem_of(answer, "BODY-MALFORMED", 422)
    assert auction.venue.operator.transport.get("/v1/time")["last_entry"] == before


@pytest.mark.parametrize(
    "price", ["1.001", "1e3", "-1.00", "01.00", "1,00", "１.00", "", " 1.00", "9" * 14, "NaN"]
)
def test_an_amount_that_is_no_amount_is_refused(auction: Auction, price: str) -> None:
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, auction.key, "hand", valid_until_ms=auction.until()
    )
    body["terms"]["price"] = price
    problem_of(auction.post(body), "BODY-MALFORMED", 422)
    with auction.venue.http() as http:
        answer = http.post(
            "/v1/withdrawals",
            json={
                "terms": {"currency": "CNY", "amount": price, "salt": "00" * 32},
                "signature": body["signature"],
            },
            headers={"Authorization": auction.api_key, "Idempotency-Key": "amount"},
        )
    problem_of(answer, "BODY-MALFORMED", 422)


def test_a_number_is_no_amount_and_an_unknown_field_no_field(auction: Auction) -> None:
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, auction.key, "hand", valid_until_ms=auction.until()
    )
    problem_of(auction.post({**body, "terms": {**body["terms"], "price": 10000}}), "BODY-MALFORMED", 422)
    problem_of(auction.post({**body, "more": 1}), "BODY-MALFORMED", 422)
    problem_of(auction.post({**body, "erasable": {"reason": {}}}), "BODY-MALFORMED", 422)


def test_what_was_sent_is_never_repeated_in_a_problem(auction: Auction) -> None:
    canary = "canary-5a1f"
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, auction.key, "hand", valid_until_ms=auction.until()
    )
    for changed in (
        {**body, "terms": {**body["terms"], "price": canary}},
        {**body, "terms": {**body["terms"], "salt": canary}},
        {**body, "signature": {**body["signature"], "value": canary}},
    ):
        assert canary not in auction.post(changed).text
    with auction.venue.http() as http:
        answer = http.post(
            "/v1/withdrawals",
            json={"terms": {"currency": canary, "amount": canary, "salt": canary}, "signature": canary},
            headers={"Authorization": auction.api_key, "Idempotency-Key": "canary"},
        )
    assert answer.status_code == 422
    assert canary not in answer.text


def test_a_body_beyond_the_bound_is_refused_with_or_without_a_declared_length(auction: Auction) -> None:
    headers = {"Authorization": auction.api_key, "Idempotency-Key": "big", "Content-Type": "application/json"}
    big = b" " * (1024 * 1024 + 1)
    with auction.venue.http() as http:
        for path in (f"/v1/listings/{auction.listing_id}/bids", "/v1/withdrawals"):
            problem_of(http.post(path, content=big, headers=headers), "BODY-TOO-LARGE", 413)
            chunks = (big[start : start + 65_536] for start in range(0, len(big), 65_536))
            problem_of(http.post(path, content=chunks, headers=headers), "BODY-TOO-LARGE", 413)


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", ""])
def test_another_media_type_is_refused(auction: Auction, media_type: str) -> None:
    headers = {"Authorization": auction.api_key, "Idempotency-Key": "text", "Content-Type": media_type}
    with auction.venue.http() as http:
        for path in (f"/v1/listings/{auction.listing_id}/bids", "/v1/withdrawals"):
            answer = http.post(path, content=b"{}", headers=headers)
            problem_of(answer, "MEDIA-TYPE-UNKNOWN", 415)


def test_unknown_routes_and_methods_are_problems_too(venue: RunningVenue) -> None:
    with venue.http() as http:
        problem_of(http.get("/v1/nowhere"), "ROUTE-UNKNOWN", 404)
        problem_of(http.delete("/v1/listings"), "METHOD-NOT-ALLOWED", 405)
        problem_of(http.get("/v1/bids/B-1/amendment"), "METHOD-NOT-ALLOWED", 405)


# --- who calls ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", [None, "Bearer ipx_unknown", "Basic eA==", "Bearer", "Bearer " + "x" * 500]
)
def test_nobody_gives_commands_without_a_known_key(auction: Auction, header: str | None) -> None:
    headers = {"Idempotency-Key": "nobody"} | ({} if header is None else {"Authorization": header})
    with auction.venue.http() as http:
        for path in (f"/v1/listings/{auction.listing_id}/bids", "/v1/withdrawals", "/v1/operator/clock"):
            answer = http.post(path, json={}, headers=headers)
            problem_of(answer, "UNAUTHENTICATED", 401)
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert http.get("/v1/accounts", headers=headers).status_code == 401


def test_a_party_is_no_operator_and_an_operator_no_party(auction: Auction) -> None:
    refusal(
        lambda: OperatorClient.give(
            auction.bidder,
            "/v1/operator/clock",
            c.JumpClock(to_ms=2**45),
        ),
        "CALLER-NOT-PERMITTED",
        403,
    )
    refusal(
        lambda: auction.venue.operator.give(
            f"/v1/listings/{auction.listing_id}/withdrawal",
            c.WithdrawListing(listing_id=auction.listing_id),
            in_path=("listing_id",),
        ),
        "CALLER-NOT-PERMITTED",
        403,
    )


def test_a_party_cannot_act_for_another(venue: RunningVenue) -> None:
    one, other = venue.party(), venue.party()
    command = c.AppointAgent(key=PrivateKey.generate().address, scope=("bid",), until_ms=2**42)
    refusal(
        lambda: one.give(
            f"/v1/parties/{other.party_id}/agents", command, parts={"authorisation_letter": "委托"}
        ),
        "CALLER-NOT-PERMITTED",
        403,
    )


def test_an_unapproved_party_only_reads(venue: RunningVenue) -> None:
    applicant = venue.party("buyer", approve=False)
    assert applicant.own_party().state == "APPLIED"
    refused_without_trace(venue, lambda: applicant.withdraw("CNY", 1_00), "PARTY-NOT-ACTIVE", 403)

"""Whatever is wrong gets a problem with a stable code, a citation and a cure, and changes nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from api.calls.giving import VALID_FOR_MS, body_of
from api.client import Client, OperatorClient, VenueProblem
from exchange import commands as c
from exchange.sealed import commitment
from ledger.signatures import (
    Domain,
    Instruction,
    PrivateKey,
    content_of,
    exchange_domain,
    instruction_digest,
    reference_of,
    sign,
)
from tests.api.running_venue import ANCHOR, CHAIN_ID, DAY_MS, RunningVenue, company_number

DOMAIN = exchange_domain(CHAIN_ID, ANCHOR)


def refusal(call: Callable[[], Any], code: str, status: int) -> VenueProblem:
    """The problem that a call is answered with: it has this code, a citation and a cure."""
    with pytest.raises(VenueProblem) as caught:
        call()
    problem = caught.value
    assert (problem.code, problem.status) == (code, status)
    assert problem.citation
    assert problem.cure
    assert problem.document["request_id"]
    return problem


def refused_without_trace(
    venue: RunningVenue, call: Callable[[], Any], code: str, status: int
) -> VenueProblem:
    """As `refusal`, and no row has changed."""
    before = venue.state_of()
    problem = refusal(call, code, status)
    assert venue.state_of() == before
    return problem


def bid_body(
    party: str,
    listing_id: str,
    key: PrivateKey,
    idempotency_key: str,
    *,
    price: int = 10_000_00,
    domain: Domain = DOMAIN,
    valid_until_ms: int,
    **changes: Any,
) -> dict[str, Any]:
    """A bid's body, signed by hand, so that a test can sign what no client would."""
    command, terms, salt = c.PlaceBid(listing_id=listing_id), c.BidTerms(price=price), secrets.token_hex(32)
    instruction = Instruction(
        action=changes.get("action", "place_bid"),
        party=party,
        reference=reference_of(idempotency_key),
        content=content_of(command),
        terms=commitment("terms", bytes.fromhex(salt), terms),
        valid_until_ms=valid_until_ms,
    )
    signature = {
        "value": sign(instruction_digest(domain, instruction), key),
        "valid_until_ms": valid_until_ms,
    }
    return body_of(command, (terms, salt), {}, signature, ("listing_id",))


class Auction:
    """A competitive listing with one qualified bidder, and ways to post on it by hand."""

    def __init__(self, venue: RunningVenue) -> None:
        self.venue = venue
        self.seller = venue.party("seller", "buyer")
        self.listing_id = venue.listing(
            self.seller,
            venue.right(self.seller),
            mode="competitive",
            deal_kind="assignment",
            price=10_000_00,
            deposit=1_000_00,
        )
        self.bidder = venue.bidder(self.listing_id)
        self.key = self.bidder.giver.key
        self.api_key = self.bidder.transport._http.headers["authorization"]

    def until(self) -> int:
        return self.venue.public.time_ms() + VALID_FOR_MS

    def post(self, body: Any, key: str | None = "hand", **headers: str) -> httpx.Response:
        sent = {"Authorization": self.api_key, **headers}
        if key is not None:
            sent["Idempotency-Key"] = key
        with self.venue.http() as http:
            return http.post(f"/v1/listings/{self.listing_id}/bids", json=body, headers=sent)


@pytest.fixture(scope="module")
def auction(venue: RunningVenue) -> Auction:
    """One auction for the tests that never get a bid in."""
    return Auction(venue)


def problem_of(answer: httpx.Response, code: str, status: int) -> dict[str, Any]:
    """The problem in an answer, if it has this code and the members of RFC 9457."""
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert (document["code"], answer.status_code) == (code, status)
    assert document["status"] == status
    assert {"type", "title", "detail", "citation", "cure", "request_id"} <= set(document)
    return document


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
    path = f"/v1/listings/{auction.listing_id}/bids"
    big = b" " * (1024 * 1024 + 1)
    with auction.venue.http() as http:
        problem_of(http.post(path, content=big, headers=headers), "BODY-TOO-LARGE", 413)
        chunks = (big[start : start + 65_536] for start in range(0, len(big), 65_536))
        problem_of(http.post(path, content=chunks, headers=headers), "BODY-TOO-LARGE", 413)


def test_another_media_type_is_refused(auction: Auction) -> None:
    headers = {"Authorization": auction.api_key, "Idempotency-Key": "text", "Content-Type": "text/plain"}
    with auction.venue.http() as http:
        answer = http.post(f"/v1/listings/{auction.listing_id}/bids", content=b"{}", headers=headers)
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


# --- signatures -----------------------------------------------------------------------------------------------


def test_a_signature_by_another_key_shows_digest_and_recovered_signer(auction: Auction) -> None:
    stranger = PrivateKey.generate()
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, stranger, "hand", valid_until_ms=auction.until()
    )
    before = auction.venue.state_of()
    document = problem_of(auction.post(body), "SIGNATURE-WRONG", 403)
    assert document["recovered_signer"] == stranger.address
    assert len(document["digest"]) == 66
    assert auction.venue.state_of() == before


def test_a_signature_for_another_chain_or_contract_is_wrong(auction: Auction) -> None:
    for domain in (exchange_domain(1, ANCHOR), exchange_domain(CHAIN_ID, "0x" + "99" * 20)):
        body = bid_body(
            auction.bidder.party_id,
            auction.listing_id,
            auction.key,
            "hand",
            domain=domain,
            valid_until_ms=auction.until(),
        )
        problem_of(auction.post(body), "SIGNATURE-WRONG", 403)


def test_a_signature_is_good_for_one_key_one_command_one_party_one_price(auction: Auction) -> None:
    until = auction.until()
    made = bid_body(auction.bidder.party_id, auction.listing_id, auction.key, "first", valid_until_ms=until)
    problem_of(auction.post(made, key="second"), "SIGNATURE-WRONG", 403)
    dearer = {**made, "terms": {**made["terms"], "price": "99999.00"}}
    problem_of(auction.post(dearer, key="first"), "SIGNATURE-WRONG", 403)
    later = {**made, "signature": {**made["signature"], "valid_until_ms": until + 1}}
    problem_of(auction.post(later, key="first"), "SIGNATURE-WRONG", 403)
    other = bid_body(
        auction.bidder.party_id,
        auction.listing_id,
        auction.key,
        "first",
        valid_until_ms=until,
        action="amend_bid",
    )
    problem_of(auction.post(other, key="first"), "SIGNATURE-WRONG", 403)
    for_another = bid_body("P-999999", auction.listing_id, auction.key, "first", valid_until_ms=until)
    problem_of(auction.post(for_another, key="first"), "SIGNATURE-WRONG", 403)
    named = {**made, "signature": {**made["signature"], "signer": "0x" + "12" * 20}}
    problem_of(auction.post(named, key="first"), "SIGNATURE-WRONG", 403)


@pytest.mark.parametrize(
    ("ahead_ms", "code"), [(-1, "SIGNATURE-EXPIRED"), (400 * DAY_MS, "SIGNATURE-EXPIRED")]
)
def test_a_signature_has_its_time(auction: Auction, ahead_ms: int, code: str) -> None:
    until = auction.venue.public.time_ms() + ahead_ms
    body = bid_body(auction.bidder.party_id, auction.listing_id, auction.key, "hand", valid_until_ms=until)
    problem_of(auction.post(body), code, 403)


@pytest.mark.parametrize("value", ["0x" + "00" * 65, "0x" + "ff" * 65, "0x" + "11" * 64 + "05"])
def test_bytes_that_are_no_signature_are_malformed(auction: Auction, value: str) -> None:
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, auction.key, "hand", valid_until_ms=auction.until()
    )
    body["signature"]["value"] = value
    assert problem_of(auction.post(body), "SIGNATURE-MALFORMED", 422)["reason"].startswith("SIGNATURE-")


def test_the_second_signature_of_a_pair_is_refused(auction: Auction) -> None:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, auction.key, "hand", valid_until_ms=auction.until()
    )
    raw = bytes.fromhex(body["signature"]["value"][2:])
    high = (order - int.from_bytes(raw[32:64])).to_bytes(32)
    body["signature"]["value"] = "0x" + (raw[:32] + high + bytes([55 - raw[64]])).hex()
    assert problem_of(auction.post(body), "SIGNATURE-MALFORMED", 422)["reason"] == "SIGNATURE-HIGH-S"


def test_a_deal_is_not_signed_by_a_stranger_or_over_another_deal(venue: RunningVenue) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller))
    venue.money(buyer, 2_000_00)
    deal_id = buyer.accept_price(listing_id, 1_000_00).result["deal_id"]
    theirs = "0x" + PrivateKey.generate().sign_digest(bytes.fromhex(buyer.to_sign(deal_id).digest[2:])).hex()
    problem = refused_without_trace(
        venue,
        lambda: buyer.give(
            f"/v1/deals/{deal_id}/signatures",
            c.SignDeal(deal_id=deal_id, deal_signature=theirs),
            in_path=("deal_id",),
        ),
        "SIGNATURE-WRONG",
        403,
    )
    assert problem.document["expected_signer"] == buyer.giver.key.address
    outsider = venue.party()
    refusal(lambda: outsider.to_sign(deal_id), "UNKNOWN-ID", 404)


# --- rules of the exchange ------------------------------------------------------------------------------------


def test_unknown_ids_are_named(venue: RunningVenue) -> None:
    party = venue.party()
    refusal(lambda: party.listing("L-999999"), "UNKNOWN-ID", 404)
    refusal(lambda: party.deal("D-999999"), "UNKNOWN-ID", 404)
    refusal(lambda: party.right("CN-999"), "UNKNOWN-ID", 404)
    refusal(lambda: party.bid("B-999999"), "UNKNOWN-ID", 404)
    refusal(lambda: party.entry(10**9), "UNKNOWN-ID", 404)
    problem = refused_without_trace(venue, lambda: party.place_bid("L-999999", 1_00), "UNKNOWN-ID", 404)
    assert problem.facts == {"kind": "listing", "id": "L-999999"}
    assert problem.entry is not None
    assert problem.receipt is not None


def test_the_seller_does_not_bid_on_its_own_listing(venue: RunningVenue, auction: Auction) -> None:
    problem = refused_without_trace(
        venue, lambda: auction.seller.place_bid(auction.listing_id, 10_000_00), "CN-AUCTION-LAW-30", 403
    )
    assert "Auction Law" in problem.citation


def test_an_affiliate_of_the_seller_does_not_bid(venue: RunningVenue, auction: Auction) -> None:
    affiliate = venue.party("buyer")
    venue.operator.record_affiliation(affiliate.party_id, auction.seller.party_id, "same owner")
    refused_without_trace(
        venue, lambda: affiliate.register_bidder(auction.listing_id), "AFFILIATE-MAY-NOT-BID", 403
    )


def test_nobody_bids_below_the_listed_price_or_unqualified(venue: RunningVenue, auction: Auction) -> None:
    refused_without_trace(
        venue, lambda: auction.bidder.place_bid(auction.listing_id, 9_999_99), "BID-BELOW-PRICE", 409
    )
    stranger = venue.party("buyer")
    refused_without_trace(
        venue, lambda: stranger.place_bid(auction.listing_id, 10_000_00), "NOT-QUALIFIED", 409
    )


def test_nobody_bids_on_a_closed_listing(venue: RunningVenue) -> None:
    ended = Auction(venue)
    ended.seller.withdraw_listing(ended.listing_id)
    problem = refused_without_trace(
        venue, lambda: ended.bidder.place_bid(ended.listing_id, 10_000_00), "WRONG-STATE", 409
    )
    assert problem.facts["state"] == "WITHDRAWN"
    seller, buyer = venue.party("seller"), venue.party("buyer")
    posted = venue.listing(seller, venue.right(seller))
    venue.money(buyer, 2_000_00)
    seller.withdraw_listing(posted)
    closed = refused_without_trace(venue, lambda: buyer.accept_price(posted, 1_000_00), "WRONG-STATE", 409)
    assert closed.facts["state"] == "WITHDRAWN"


def test_too_little_money_buys_nothing(venue: RunningVenue) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller))
    venue.money(buyer, 999_99)
    problem = refused_without_trace(
        venue, lambda: buyer.accept_price(listing_id, 1_000_00), "FUNDS-SHORT", 409
    )
    assert problem.facts["short_of"] == 1
    refused_without_trace(venue, lambda: buyer.withdraw("CNY", 1_000_00), "FUNDS-SHORT", 409)


def test_a_licence_that_conflicts_is_refused(venue: RunningVenue) -> None:
    seller, buyer = venue.party("seller"), venue.party("buyer")
    right_id = venue.right(seller)
    listing_id = venue.listing(seller, right_id, deal_kind="exclusive_licence")
    line = venue.money(buyer, 2_000_00)
    deal_id = buyer.accept_price(listing_id, 1_000_00).result["deal_id"]
    seller.sign_deal(deal_id)
    buyer.sign_deal(deal_id)
    venue.service(
        c.ReportChainRecord(
            record="deal", subject_id=deal_id, outcome="final", transaction="0x" + "79" * 32, block=9
        )
    )
    buyer.fund_deal(deal_id, line)
    for payment in venue.operator.payments(state="PREPARED"):
        if payment.deal_id == deal_id:
            venue.operator.approve_payment(payment.id)
            venue.second_operator.approve_payment(payment.id)
            venue.banked -= payment.amount
            paid = c.StatementLineTerms(
                direction="debit",
                currency="CNY",
                amount=payment.amount,
                balance_after=venue.banked,
                reference=payment.id,
                attestation="",
            )
            venue.service(
                c.RecordStatementLine(line_id=f"out-{payment.id}", value_time_ms=0, line_digest="00" * 32),
                paid,
            )
    assert venue.operator.deal(deal_id).state == "SETTLED"
    problem = refused_without_trace(
        venue, lambda: venue.listing(seller, right_id), "CN-TECHNOLOGY-CONTRACTS-25", 409
    )
    assert "Interpretation on Technology Contracts" in problem.citation


def test_a_company_number_that_cannot_exist_is_refused(venue: RunningVenue) -> None:
    applicant = venue.applicant()
    number = company_number()
    wrong = number[:-1] + ("A" if number[-1] != "A" else "B")
    refused_without_trace(
        venue,
        lambda: applicant.apply(
            roles=("buyer",),
            jurisdiction="CN",
            company_number=wrong,
            profile={"name": "示例乙"},
            authorisation_letter="函",
        ),
        "COMPANY-NUMBER-INVALID",
        422,
    )


def test_one_operator_is_not_four_eyes_and_signs_for_the_bank_exactly(venue: RunningVenue) -> None:
    party = venue.party()
    venue.money(party, 500_00)
    payment_id = party.withdraw("CNY", 200_00).result["payment_id"]
    venue.operator.approve_payment(payment_id)
    refused_without_trace(venue, lambda: venue.operator.approve_payment(payment_id), "FOUR-EYES", 409)
    wrong = c.ApprovalTerms(bank_approval="0x" + venue.operator_keys[1].sign_digest(bytes(32)).hex())
    refused_without_trace(
        venue,
        lambda: venue.second_operator.give(
            f"/v1/payments/{payment_id}/approval",
            c.ApprovePayment(payment_id=payment_id),
            terms=wrong,
            in_path=("payment_id",),
        ),
        "SIGNATURE-WRONG",
        403,
    )


def test_problems_speak_chinese_to_whoever_asks_for_it(venue: RunningVenue) -> None:
    client = Client(venue.url, language="zh-CN,zh;q=0.9,en;q=0.5")
    with client, pytest.raises(VenueProblem) as caught:
        client.listing("L-999999")
    assert caught.value.document["title"] == "未找到该编号对应的记录"
    assert caught.value.cure == "请核对编号，或先查询现有记录"


def test_a_rule_can_be_looked_up_where_a_problem_s_type_leads(venue: RunningVenue) -> None:
    with venue.http() as http:
        document = http.get("/v1/listings/L-999999").json()
        rule = http.get(document["type"]).json()
    assert (rule["code"], rule["status"]) == ("UNKNOWN-ID", 404)
    book = venue.public.rulebook()
    assert {"CN-PATENT-LAW-14", "FUNDS-SHORT"} <= {found.code for found in book.rules}
    assert {"SIGNATURE-WRONG", "IDEMPOTENCY-KEY-MISSING"} <= {found.code for found in book.problems}

"""What a rule of the exchange refuses: a problem with the rule's code, citation and cure, and no other change."""

from __future__ import annotations

import pytest

from api.client import Client, VenueProblem
from exchange import commands as c
from tests.api.auction import Auction, refusal, refused_without_trace
from tests.api.running_venue import RunningVenue, company_number


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
    assert problem.facts["short_of"] == "0.01"
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
            venue.operator.approve_payment(payment.id, "due under the deal")
            venue.second_operator.approve_payment(payment.id, "due under the deal")
            venue.paid_out(payment.id, payment.amount)
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
    venue.operator.approve_payment(payment_id, "due under the deal")
    refused_without_trace(
        venue, lambda: venue.operator.approve_payment(payment_id, "due under the deal"), "FOUR-EYES", 409
    )
    wrong = c.ApprovalTerms(bank_approval="0x" + venue.operator_keys[1].sign_digest(bytes(32)).hex())
    refused_without_trace(
        venue,
        lambda: venue.second_operator.give(
            f"/v1/payments/{payment_id}/approval",
            c.ApprovePayment(payment_id=payment_id),
            terms=wrong,
            parts={"reason": "due under the deal"},
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


def test_the_rulebook_is_listed_by_profile_and_by_step(venue: RunningVenue) -> None:
    hong_kong = venue.public.rulebook(profile="hong-kong")
    assert all("hong-kong" in rule.profiles for rule in hong_kong.rules)
    assert {rule.code for rule in hong_kong.rules} >= {"HK-PATENTS-ORDINANCE-54", "FUNDS-SHORT"}
    assert "CN-PATENT-LAW-14" not in {rule.code for rule in hong_kong.rules}
    filing = venue.public.rulebook(profile="mainland", step="file").rules
    assert {"CN-LICENCE-RECORDAL-12-6", "PROOF-DIFFERS"} <= {rule.code for rule in filing}
    assert all("file" in rule.steps and rule.facts_from for rule in filing)
    for asked in ({"profile": "london"}, {"step": "nowhere"}):
        refusal(lambda asked=asked: venue.public.rulebook(**asked), "BODY-MALFORMED", 422)  # type: ignore[misc]


@pytest.mark.parametrize("number", ["张三的专利", "2026 1", "x" * 33, "-1", "1\n"])
def test_an_announcement_number_that_cannot_be_one_makes_no_entry(venue: RunningVenue, number: str) -> None:
    seller = venue.party("seller")
    right_id = venue.right(seller)
    before = venue.public.transport.get("/v1/time")["last_entry"]
    refusal(lambda: venue.listing(seller, right_id, announcement_number=number), "BODY-MALFORMED", 422)
    assert venue.public.transport.get("/v1/time")["last_entry"] == before

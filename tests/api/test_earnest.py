"""Earnest money at the front door: in the terms and the contract, paid by the buyer, seen by both sides."""

from __future__ import annotations

import time
from typing import Any

from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue

PRICE, DEPOSIT, EARNEST = 10_000_00, 1_000_00, 1_500_00


def test_earnest_money_is_agreed_paid_and_counted(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    fields: dict[str, Any] = {
        "mode": "competitive",
        "deal_kind": "assignment",
        "price": PRICE,
        "deposit": DEPOSIT,
    }
    right = venue.right(seller)
    refusal(lambda: venue.listing(seller, right, earnest=2_001, **fields), "CN-CIVIL-CODE-586", 409)
    listing_id = venue.listing(seller, right, earnest=1_500, **fields)
    assert venue.public.listing(listing_id).terms.earnest == 1_500
    buyer, other = venue.bidder(listing_id), venue.bidder(listing_id)
    buyer.place_bid(listing_id, PRICE)
    venue.operator.jump_clock(venue.public.listing(listing_id).closes_ms, "the listing's close")
    end = time.monotonic() + 30
    while not (deals := list(seller.deals(own=True))):
        assert time.monotonic() < end
        time.sleep(0.02)
    (deal,) = deals
    words = buyer.to_sign(deal.id)
    assert "1500.00 CNY as earnest money" in words.model_dump_json()
    assert "定金 1500.00 CNY" in words.model_dump_json()
    line = venue.money(buyer, PRICE)
    refusal(lambda: buyer.pay_earnest(deal.id, line), "WRONG-STATE", 409)
    seller.sign_deal(deal.id, price=PRICE)
    buyer.sign_deal(deal.id, price=PRICE)
    refusal(lambda: other.pay_earnest(deal.id, line), "NOT-PERMITTED", 403)
    buyer.pay_earnest(deal.id, line)
    for side in (seller, buyer):
        assert side.own_deal(deal.id).earnest == EARNEST
    assert "定金" in buyer.contract(deal.id, "zh-Hans").text
    accounts = {account.id: account.balance for account in venue.operator.accounts(owner=deal.id)}
    assert accounts == {f"{deal.id}/earnest/CNY": EARNEST}

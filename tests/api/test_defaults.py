"""After a default the next bidder learns of it, and takes or declines the award at the front door."""

from __future__ import annotations

import time

from exchange.calendar import MS_PER_DAY
from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue

LISTED, DEPOSIT = 10_000_00, 1_000_00


def test_the_next_bidder_is_offered_the_award_and_takes_it_at_its_own_price(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    right = venue.right(seller)
    listing_id = venue.listing(
        seller, right, mode="competitive", deal_kind="assignment", price=LISTED, deposit=DEPOSIT
    )
    winner, second, third = (venue.bidder(listing_id) for _ in range(3))
    for bidder, above in ((winner, 3), (second, 2), (third, 1)):
        bidder.place_bid(listing_id, LISTED + above)

    def wait_for(state: str) -> None:
        end = time.monotonic() + 30
        while venue.public.listing(listing_id).state != state:
            assert time.monotonic() < end, f"never {state}"
            time.sleep(0.02)

    venue.operator.jump_clock(venue.public.listing(listing_id).closes_ms, "the listing's close")
    wait_for("AWARDED")
    (deal,) = [each for each in seller.deals() if each.listing_id == listing_id]
    seller.sign_deal(deal.id, price=LISTED + 3)
    refusal(lambda: second.take_award(listing_id), "WRONG-STATE", 409)
    venue.operator.jump_clock(venue.public.time_ms() + 30 * MS_PER_DAY, "the time to sign has passed")
    wait_for("REOFFERED")
    assert [each.listing(listing_id).own_standing for each in (winner, second, third)] == [
        "FORFEITED",
        "OFFERED",
        "QUALIFIED",
    ]
    shown = venue.public.listing(listing_id)
    assert shown.award_offered_until_ms is not None
    refusal(lambda: third.take_award(listing_id), "NOT-PERMITTED", 403)
    second.decline_award(listing_id)
    taken = third.take_award(listing_id)
    assert third.own_deal(taken.result["deal_id"]).price == LISTED + 1
    held = {account.purpose: account.balance for account in third.accounts()}
    assert held["deposit"] == DEPOSIT

"""Whoever is found to be staff of the venue, or on a list, leaves the bidding; its deposit goes back (invariant d)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.exchange.continuous_rule_cases import PROFILE, floor, order
from tests.exchange.outcomes import code
from tests.exchange.rule_cases import competitive
from tests.exchange.scene import Scene

BARS = ("venue_staff", "sanctions_listing", "dishonesty_listing")


@pytest.mark.parametrize("document", BARS)
def test_a_bid_does_not_survive_what_bars_its_bidder(document: str) -> None:
    scene = Scene()
    _, bidder, listing = competitive(scene, deposit=1_000_00)
    scene.credit(bidder, 1_000_00)
    other = scene.party()
    for party in (bidder, other):
        scene.credit(party, 1_000_00)
        scene.bidder(listing, party)
    barred = scene.bid(listing, bidder, 120_000_00).result["bid_id"]
    scene.bid(listing, other, 110_000_00)
    scene.document(document, bidder)
    assert scene.state.bids[barred].state == "LAPSED"
    assert scene.balance(bidder, "deposit") == 0
    scene.wait(31 * MS_PER_DAY)
    winners = {deal.buyer for deal in scene.state.deals.values()}
    assert bidder not in winners
    scene.replay()


@pytest.mark.parametrize("document", BARS)
def test_a_negotiation_and_a_sealed_bid_end_as_well(document: str) -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    negotiated = scene.listing(seller, scene.right(seller), "negotiated", deposit=1_00)
    sealed = scene.listing(seller, scene.right(seller), "sealed", deposit=1_00, reveal_ms=MS_PER_DAY)
    scene.credit(buyer, 2_00)
    proposal = scene.propose(negotiated, buyer, 90_000_00).result["proposal_id"]
    scene.bidder(sealed, buyer)
    bid = scene.seal(sealed, buyer, 100_000_00).result["bid_id"]
    scene.document(document, buyer)
    assert scene.state.proposals[proposal].state == "LAPSED"
    assert scene.state.bids[bid].state == "LAPSED"
    assert scene.balance(buyer, "available") == 2_00
    scene.replay()


@pytest.mark.parametrize("document", BARS)
def test_orders_of_such_a_party_lapse(document: str) -> None:
    scene = Scene(**PROFILE)
    _, buyer, listing = floor(scene)
    resting = order(scene, listing, buyer, "buy", 90_00).result["order_id"]
    scene.document(document, buyer)
    assert resting not in scene.state.orders or scene.state.orders[resting].state == "LAPSED"
    assert scene.balance(buyer, "available", "HKD") == 10_000_00
    scene.replay()


def test_what_such_a_party_sells_is_not_touched_by_it() -> None:
    scene = Scene()
    seller, bidder, listing = competitive(scene)
    scene.bid(listing, bidder, 100_000_00)
    scene.document("venue_staff", seller)
    assert scene.state.listings[listing].state == "OPEN"
    assert scene.by(seller, c.WithdrawListing(listing_id=listing)).refusal is None


@pytest.mark.parametrize("staff_first", [True, False])
@pytest.mark.parametrize("between", [0, 1, 2])
def test_a_bid_of_an_affiliate_of_staff_ends_in_whichever_order_both_are_found(
    between: int, staff_first: bool
) -> None:
    scene = Scene()
    seller, bidder, listing = competitive(scene, deposit=1_000_00)
    clerk, *others = (scene.party() for _ in range(between + 1))
    for party in (bidder, clerk):
        scene.credit(party, 1_000_00)
    scene.bidder(listing, bidder)
    bid = scene.bid(listing, bidder, 120_000_00).result["bid_id"]
    negotiated = scene.listing(seller, scene.right(seller), "negotiated", deposit=1_00)
    scene.credit(bidder, 1_00)
    proposal = scene.propose(negotiated, bidder, 90_000_00).result["proposal_id"]
    chain = [clerk, *others, bidder]
    if staff_first:
        scene.document("venue_staff", clerk)
    for one, other in pairwise(chain):
        assert scene.state.bids[bid].state == "LIVE"
        scene.operator(c.RecordAffiliation(party_id=one, affiliate_id=other))
    if not staff_first:
        assert scene.state.bids[bid].state == "LIVE"
        scene.document("venue_staff", clerk)
    assert scene.state.bids[bid].state == "LAPSED"
    assert scene.state.proposals[proposal].state == "LAPSED"
    assert scene.balance(bidder, "deposit") == 0
    assert "CN-AUCTION-LAW-22" in code(scene.bid(listing, bidder, 130_000_00))
    scene.replay()


def test_staff_found_after_the_award_signs_nothing_and_loses_no_deposit() -> None:
    scene = Scene()
    seller, bidder, listing = competitive(scene, deposit=1_000_00)
    scene.credit(bidder, 1_000_00)
    scene.bidder(listing, bidder)
    bid = scene.bid(listing, bidder, 120_000_00).result["bid_id"]
    scene.wait(11 * MS_PER_DAY)
    deal = scene.by(seller, c.AcceptBid(bid_id=bid)).result["deal_id"]
    scene.signature(deal, seller)
    clerk = scene.party()
    scene.operator(c.RecordAffiliation(party_id=bidder, affiliate_id=clerk))
    scene.document("venue_staff", clerk)
    assert code(scene.signature(deal, bidder)) == "CN-AUCTION-LAW-22"
    scene.wait(60 * MS_PER_DAY)
    assert scene.state.deals[deal].state == "REFUNDED"
    assert not scene.state.deals[deal].defaulted
    assert scene.balance(bidder) == 1_000_00
    scene.replay()


def test_an_award_is_not_offered_to_an_affiliate_of_staff() -> None:
    scene = Scene()
    _, winner, listing = competitive(scene, deposit=1_000_00)
    second, third, clerk = (scene.party() for _ in range(3))
    for party, price in ((winner, 130_000_00), (second, 120_000_00), (third, 110_000_00)):
        scene.credit(party, 1_000_00)
        scene.bidder(listing, party)
        scene.bid(listing, party, price)
    scene.wait(31 * MS_PER_DAY)
    (deal,) = scene.state.deals
    scene.operator(c.RecordAffiliation(party_id=second, affiliate_id=clerk))
    scene.document("venue_staff", clerk)
    scene.cancel(deal, winner)
    standing = scene.state.listings[listing].bidders
    assert (standing[second].state, standing[third].state) == ("QUALIFIED", "OFFERED")
    scene.replay()


def test_a_bidder_parts_with_the_affiliates_of_a_co_owner_that_sells() -> None:
    scene = Scene()
    seller, co_owner, bidder, between = (scene.party() for _ in range(4))
    right = scene.right(seller, co_owner)
    listing = scene.listing(seller, right, "negotiated", approve=False)
    scene.by(co_owner, c.ConsentToListing(listing_id=listing))
    scene.operator(c.ApproveListing(listing_id=listing))
    proposal = scene.propose(listing, bidder, 90_000_00).result["proposal_id"]
    scene.operator(c.RecordAffiliation(party_id=bidder, affiliate_id=between))
    assert scene.state.proposals[proposal].state == "LIVE"
    scene.operator(c.RecordAffiliation(party_id=between, affiliate_id=co_owner))
    assert scene.state.proposals[proposal].state == "LAPSED"
    scene.replay()

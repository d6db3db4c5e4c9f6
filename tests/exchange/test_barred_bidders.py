"""Whoever is found to be staff of the venue, or on a list, leaves the bidding; its deposit goes back (invariant d)."""

from __future__ import annotations

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.exchange.continuous_rule_cases import PROFILE, floor, order
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

"""The work of a command does not grow with the market around it: counted in calls and steps, never in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.exchange.recovering import propose
from tests.exchange.scene import Scene
from tests.exchange.test_keys import advance, revoke, rotate

PRICE = 100_000_00


def calls_of(action: Callable[[], Any]) -> int:
    """How many functions, Python's and C's, an action calls."""
    count = 0

    def count_call(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(count_call)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


def market(others: int) -> tuple[Scene, str, str, str]:
    """A listing with so many other bids, beside as many other listings: scene, listing, a bidder and its bid."""
    scene = Scene()
    seller = scene.party()
    listing = scene.listing(seller, scene.right(seller), "competitive", deposit=1)
    for number in range(others):
        bidder = scene.party()
        scene.credit(bidder, 10)
        scene.bidder(listing, bidder)
        scene.bid(listing, bidder, PRICE + number % 17)
        scene.listing(seller, scene.right(seller))
    bidder = scene.party()
    scene.credit(bidder, 10)
    scene.bidder(listing, bidder)
    return scene, listing, bidder, f"B-{others + 1}"


def act(what: str, scene: Scene, listing: str, bidder: str, bid_id: str) -> None:
    if what == "place":
        scene.bid(listing, bidder, PRICE + 3)
    elif what == "amend":
        scene.by(bidder, c.AmendBid(bid_id=bid_id), terms=c.BidTerms(price=PRICE + 5))
    else:
        scene.by(bidder, c.WithdrawBid(bid_id=bid_id))


@pytest.mark.parametrize("what", ["place", "amend", "withdraw"])
def test_a_bid_costs_as_much_among_four_hundred_as_among_four(what: str) -> None:
    costs = []
    for others in (4, 400):
        scene, listing, bidder, bid_id = market(others)
        if what != "place":
            scene.bid(listing, bidder, PRICE + 3)
        scene.state.take_changes()
        costs.append(calls_of(partial(act, what, scene, listing, bidder, bid_id)))
        assert scene.outcomes[-1].refusal is None
        changed = {change.kind for change in scene.state.take_changes()}
        assert changed <= {"bid", "venue"}
    few, many = costs
    assert many <= few + 20


def test_an_acceptance_costs_as_much_beside_two_hundred_ordinary_licences_as_beside_two() -> None:
    costs = []
    for others in (2, 200):
        scene = Scene()
        seller, buyer = scene.party(), scene.party()
        right = scene.right(seller)
        listing = scene.listing(
            seller,
            right,
            deal_kind="ordinary_licence",
            max_acceptances=500,
            closes_ms=scene.now + 300 * MS_PER_DAY,
        )
        scene.credit(buyer, 1_000 * PRICE)
        for _ in range(others):
            scene.accept(listing, buyer)
        costs.append(calls_of(partial(scene.accept, listing, buyer)))
        assert scene.outcomes[-1].refusal is None
    few, many = costs
    assert many <= 2 * few


def opcodes_of(action: Callable[[], Any]) -> int:
    """How many steps of Python's machine an action takes: a loop over everybody's rows shows even without a call."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return count


def crowd(others: int) -> tuple[Scene, str, str]:
    """Two parties beside so many others, each of which has keys, an offer, a deal and a recovery under way."""
    scene = Scene()
    party, affiliate = scene.party(), scene.party()
    for number in range(others):
        seller, buyer = scene.party(), scene.party()
        listing = scene.listing(seller, scene.right(seller), deal_kind="ordinary_licence", max_acceptances=2)
        assert scene.sign_offer(listing, seller).refusal is None
        scene.deal(listing, buyer)
        assert propose(scene, seller, f"0x{10**6 + number:040x}").refusal is None
    return scene, party, affiliate


def suspend_and_approve(scene: Scene, party: str, _: str) -> None:
    scene.operator(c.SuspendParty(party_id=party))
    scene.operator(c.ApproveParty(party_id=party))


OF_ONE_PARTY: dict[str, Callable[[Scene, str, str], Any]] = {
    "enrols a key": lambda scene, party, _: scene.enrol(party, "0x" + "e7" * 20),
    "is approved": suspend_and_approve,
    "rotates its key": lambda scene, party, _: rotate(scene, party, "0x" + "e8" * 20),
    "revokes its key": lambda scene, party, _: revoke(scene, party),
    "advances its counter": lambda scene, party, _: advance(scene, party, 1),
    "asks for a recovery": lambda scene, party, _: propose(scene, party),
    "has an affiliate": lambda scene, party, other: scene.operator(
        c.RecordAffiliation(party_id=party, affiliate_id=other)
    ),
}


@pytest.mark.parametrize("what", OF_ONE_PARTY)
def test_what_a_party_does_costs_as_much_beside_sixty_others_as_beside_two(what: str) -> None:
    costs = []
    for others in (2, 60):
        scene, party, affiliate = crowd(others)
        costs.append(opcodes_of(partial(OF_ONE_PARTY[what], scene, party, affiliate)))
        assert scene.outcomes[-1].refusal is None
    few, many = costs
    assert many <= few + 20

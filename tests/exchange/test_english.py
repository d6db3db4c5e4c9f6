"""The English auction: open bids, one above the other, a close that leaves time to answer, and a reserve."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_MINUTE
from exchange.events import ClosePostponed
from exchange.modes.english import EXTENSION_MS
from exchange.turn import Outcome
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene

FIRST, STEP, DEPOSIT = 100_000_00, 1_000_00, 30_000_00


class Auction(Scene):
    """An English auction with three bidders, in its bidding unless `bidders` is less."""

    def __init__(self, bidders: int = 3, **fields: Any) -> None:
        super().__init__()
        self.seller = self.party()
        terms = {"price": FIRST, "step": STEP, "deposit": DEPOSIT} | fields
        self.right_id = self.right(self.seller)
        self.listing_id = self.listing(self.seller, self.right_id, "english", **terms)
        self.bidders = [self.party() for _ in range(bidders)]
        for bidder in self.bidders:
            self.credit(bidder, DEPOSIT)
            self.bidder(self.listing_id, bidder)

    @property
    def row(self) -> Any:
        return self.state.listings[self.listing_id]

    def begin(self) -> None:
        """Registration closes."""
        self.wait(10 * MS_PER_DAY)

    def raised(self, who: int, price: int) -> Outcome:
        return self.bid(self.listing_id, self.bidders[who], price)


def test_each_bid_is_a_step_above_the_highest_which_it_supersedes() -> None:
    auction = Auction()
    assert code(auction.raised(0, FIRST)) == "WRONG-STATE", "registration still runs"
    auction.begin()
    assert code(auction.raised(0, FIRST - 1)) == "BID-BELOW-PRICE"
    first = auction.raised(0, FIRST).result["bid_id"]
    assert code(auction.raised(1, FIRST + STEP - 1)) == "BID-BELOW-PRICE"
    second = auction.raised(1, FIRST + STEP).result["bid_id"]
    assert code(auction.raised(1, FIRST + 9 * STEP)) == "BID-STANDS"
    third = auction.raised(0, FIRST + 5 * STEP + 1).result["bid_id"]
    states = {bid.id: bid.state for bid in auction.state.bids.values()}
    assert states == {first: "SUPERSEDED", second: "SUPERSEDED", third: "LIVE"}
    auction.wait(21 * MS_PER_DAY)
    (deal,) = auction.state.deals.values()
    assert (deal.buyer, deal.price, deal.bid_id) == (auction.bidders[0], FIRST + 5 * STEP + 1, third)
    assert deal.deposit == DEPOSIT
    assert [auction.balance(bidder) for bidder in auction.bidders] == [0, DEPOSIT, DEPOSIT]
    assert auction.replay().state.state_hash() == auction.state.state_hash()


def test_a_bid_is_irrevocable_until_a_higher_one_and_gone_after_it() -> None:
    auction = Auction()
    auction.begin()
    first = auction.raised(0, FIRST).result["bid_id"]
    bidder = auction.bidders[0]
    assert code(auction.by(bidder, c.WithdrawBid(bid_id=first))) == "BID-IRREVOCABLE"
    amended = c.BidTerms(price=FIRST + STEP)
    assert code(auction.by(bidder, c.AmendBid(bid_id=first), terms=amended)) == "BID-IRREVOCABLE"
    assert code(auction.by(bidder, c.LeaveListing(listing_id=auction.listing_id))) == "BID-IRREVOCABLE"
    assert code(auction.by(auction.seller, c.AcceptBid(bid_id=first))) == "WRONG-STATE"
    assert code(auction.by(auction.seller, c.WithdrawListing(listing_id=auction.listing_id))) == "WRONG-STATE"


def test_a_bid_shortly_before_the_close_leaves_time_to_answer_it_as_often_as_it_happens() -> None:
    auction = Auction()
    auction.begin()
    closes_ms = auction.row.closes_ms
    outcome = auction.raised(0, FIRST)
    assert not [event for event in outcome.events if isinstance(event, ClosePostponed)]
    assert auction.row.closes_ms == closes_ms
    auction.wait(closes_ms - auction.now - MS_PER_MINUTE)
    price = FIRST
    for turn in range(4):
        price += STEP
        outcome = auction.raised(1 - turn % 2, price)
        (moved,) = [event for event in outcome.events if isinstance(event, ClosePostponed)]
        assert moved.closes_ms == auction.row.closes_ms == auction.now + EXTENSION_MS
        auction.wait(EXTENSION_MS - MS_PER_MINUTE)
        assert auction.row.state == "BIDDING"
    auction.wait(MS_PER_MINUTE)
    assert auction.row.state == "AWARDED"
    (deal,) = auction.state.deals.values()
    assert deal.price == price


@pytest.mark.parametrize(("bid", "sold"), [(0, False), (FIRST, False), (FIRST + STEP, True)])
def test_below_the_reserve_nothing_is_sold(bid: int, *, sold: bool) -> None:
    auction = Auction(reserve=FIRST + STEP)
    auction.begin()
    if bid:
        assert code(auction.raised(0, bid)) == ""
    auction.wait(21 * MS_PER_DAY)
    assert auction.row.state == ("AWARDED" if sold else "LAPSED")
    assert len(auction.state.deals) == sold
    if not sold:
        assert [auction.balance(bidder) for bidder in auction.bidders] == [DEPOSIT] * 3
        assert {bid.state for bid in auction.state.bids.values()} <= {"LAPSED"}


@pytest.mark.parametrize(("bidders", "state"), [(0, "LAPSED"), (1, "BIDDING"), (2, "BIDDING")])
def test_bidding_begins_with_whoever_is_qualified(bidders: int, state: str) -> None:
    auction = Auction(bidders)
    auction.begin()
    assert auction.row.state == state


def test_whoever_was_not_qualified_does_not_bid_and_has_its_deposit_back() -> None:
    auction = Auction(1)
    late = auction.party()
    auction.credit(late, DEPOSIT)
    auction.by(late, c.RegisterBidder(listing_id=auction.listing_id))
    auction.begin()
    assert auction.balance(late) == DEPOSIT
    assert code(auction.bid(auction.listing_id, late, FIRST)) == "NOT-QUALIFIED"


@pytest.mark.parametrize(
    "fields",
    [
        {"step": 0},
        {"reserve": FIRST - 1},
        {"reserve": 2**53},
        {"registration_closes_ms": None},
        {"deposit": FIRST // 2},
        {"floor": 1},
        {"interval_ms": 60_000},
        {"max_acceptances": 2, "deal_kind": "ordinary_licence"},
    ],
)
def test_an_english_listing_without_what_it_needs_or_with_what_others_have_is_refused(
    fields: dict[str, Any],
) -> None:
    scene = Scene()
    seller = scene.party()
    given = {"price": FIRST, "step": STEP, "deposit": 0} | fields
    outcome = scene.submit(seller, scene.right(seller), "english", **given)
    assert code(outcome) == ("DEPOSIT-CAP" if "deposit" in fields else "MALFORMED")


def test_a_suspension_gives_bidding_its_time_back() -> None:
    auction = Auction()
    auction.begin()
    closes_ms = auction.row.closes_ms
    auction.copy(auction.right_id, auction.seller, freeze="preservation")
    assert code(auction.raised(0, FIRST)) == "WRONG-STATE"
    auction.wait(2 * MS_PER_DAY)
    auction.copy(auction.right_id, auction.seller)
    assert auction.row.state == "BIDDING"
    assert auction.row.closes_ms >= closes_ms + 2 * MS_PER_DAY

"""How several bidders of a competitive listing bid: one price each, or rounds that rise until one passes in silence."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE
from exchange.events import RoundBegun
from exchange.modes.bidding import LONGEST_ROUND_MS, SHORTEST_ROUND_MS
from exchange.turn import Outcome
from tests.exchange.halt_rule_cases import halt, resume
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene

PRICE, STEP, DEPOSIT = 100_000_00, 1_000_00, 10_000_00
ROUND_MS = 2 * MS_PER_HOUR
RISING: dict[str, Any] = {"bidding": "rising", "round_ms": ROUND_MS, "step": STEP}
ONCE: dict[str, Any] = {"bidding": "once"}


class FourthEngine(Scene):
    """A venue that has activated the fourth engine only."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=4, rulebook=1))


class Floor(Scene):
    """A competitive listing with bidders whose registration has closed."""

    def __init__(self, bidders: int = 3, **terms: Any) -> None:
        super().__init__()
        self.seller = self.party()
        self.right_id = self.right(self.seller)
        self.listing_id = self.listing(
            self.seller, self.right_id, "competitive", price=PRICE, deposit=DEPOSIT, **terms
        )
        self.bidders = [self.party() for _ in range(bidders)]
        for bidder in self.bidders:
            self.credit(bidder, DEPOSIT)
            self.bidder(self.listing_id, bidder)

    @property
    def row(self) -> Any:
        return self.state.listings[self.listing_id]

    def begin(self) -> None:
        """Registration closes."""
        self.wait(self.row.registration_closes_ms - self.now)

    def end(self) -> None:
        """The listing's close, or the round's end."""
        self.wait(self.row.closes_ms - self.now)

    def offer(self, who: int, price: int) -> Outcome:
        """A first bid, or another price for the one that stands."""
        stands = self.state.book(self.listing_id).bid_by_party.get(self.bidders[who])
        if stands is None:
            return self.bid(self.listing_id, self.bidders[who], price)
        return self.by(self.bidders[who], c.AmendBid(bid_id=stands), terms=c.BidTerms(price=price))


# --- the listing's terms


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"bidding": "rising", "step": STEP}, "round_ms"),
        ({**RISING, "round_ms": SHORTEST_ROUND_MS - 1}, "round_ms"),
        ({**RISING, "round_ms": LONGEST_ROUND_MS + 1}, "round_ms"),
        ({**RISING, "step": 0}, "step"),
        ({**ONCE, "step": STEP}, "step"),
        ({**ONCE, "round_ms": ROUND_MS}, "round_ms"),
        ({"round_ms": ROUND_MS}, "round_ms"),
    ],
)
def test_a_way_of_bidding_has_what_belongs_to_it_and_nothing_else(terms: dict[str, Any], field: str) -> None:
    scene = Scene()
    seller = scene.party()
    refused = scene.submit(seller, scene.right(seller), "competitive", deposit=DEPOSIT, **terms).refusal
    assert refused is not None
    assert (refused.code, refused.detail["field"]) == ("MALFORMED", field)


@pytest.mark.parametrize("round_ms", [SHORTEST_ROUND_MS, LONGEST_ROUND_MS])
def test_a_round_may_be_as_short_and_as_long_as_the_venue_says(round_ms: int) -> None:
    assert Floor(**{**RISING, "round_ms": round_ms}).row.state == "OPEN"


@pytest.mark.parametrize("mode", ["posted", "negotiated", "english", "dutch", "sealed", "tender"])
def test_no_other_mode_has_a_way_of_bidding(mode: str) -> None:
    scene = Scene()
    seller = scene.party()
    every: dict[str, dict[str, Any]] = {
        "english": {"step": 1, "deposit": DEPOSIT},
        "dutch": {"step": STEP, "floor": PRICE - STEP, "interval_ms": MS_PER_DAY},
        "sealed": {"deposit": DEPOSIT, "reveal_ms": MS_PER_DAY},
        "tender": {
            "deposit": DEPOSIT,
            "reveal_ms": MS_PER_DAY,
            "criteria": (c.Criterion(code="price", weight=5_000), c.Criterion(code="track_record", weight=5_000)),
        },
    }  # fmt: skip
    own = every.get(mode, {})
    right = scene.right(seller)
    assert code(scene.submit(seller, right, mode, **own, bidding="once")) == "MALFORMED"
    assert code(scene.submit(seller, right, mode, **own)) == ""


@pytest.mark.parametrize("mode", ["competitive", "english"])
def test_every_bidder_has_a_deposit_to_lose_since_this_engine_version(mode: str) -> None:
    for scene, expected in ((Scene(), "MALFORMED"), (FourthEngine(), "")):
        seller = scene.party()
        outcome = scene.submit(seller, scene.right(seller), mode, deposit=0, step=1)
        assert code(outcome) == expected


def test_before_this_engine_version_nobody_chose_how_to_bid() -> None:
    scene = FourthEngine()
    seller = scene.party()
    right = scene.right(seller)
    for terms in (ONCE, RISING):
        assert code(scene.submit(seller, right, "competitive", deposit=DEPOSIT, **terms)) == "MALFORMED"


# --- one price each


def test_each_bidder_gives_one_price_and_the_highest_wins() -> None:
    floor = Floor(**ONCE)
    assert code(floor.offer(0, PRICE)) == "WRONG-STATE", "registration still runs"
    floor.begin()
    assert code(floor.offer(0, PRICE + 7)) == ""
    assert code(floor.offer(0, PRICE + 9)) == "BID-IRREVOCABLE"
    assert code(floor.bid(floor.listing_id, floor.bidders[0], PRICE + 9)) == "BID-STANDS"
    assert code(floor.by(floor.bidders[0], c.WithdrawBid(bid_id="B-1"))) == "BID-IRREVOCABLE"
    assert code(floor.offer(1, PRICE - 1)) == "BID-BELOW-PRICE"
    assert code(floor.offer(1, PRICE + 5)) == "", "lower than another's, which it does not see"
    floor.end()
    (deal,) = floor.state.deals.values()
    assert (deal.buyer, deal.price) == (floor.bidders[0], PRICE + 7)
    assert [floor.balance(bidder) for bidder in floor.bidders] == [0, DEPOSIT, DEPOSIT]
    floor.replay()


def test_of_equal_prices_the_earliest_wins() -> None:
    floor = Floor(**ONCE)
    floor.begin()
    for who in (2, 0, 1):
        floor.offer(who, PRICE)
    floor.end()
    (deal,) = floor.state.deals.values()
    assert deal.buyer == floor.bidders[2]


@pytest.mark.parametrize("terms", [ONCE, RISING])
def test_where_one_came_alone_it_negotiates_as_usual(terms: dict[str, Any]) -> None:
    floor = Floor(bidders=1, **terms)
    floor.begin()
    assert (floor.row.state, floor.row.round) == ("NEGOTIATE", msgspec.UNSET)
    for price in (PRICE, PRICE + STEP, PRICE + 3 * STEP):
        assert code(floor.offer(0, price)) == ""
    assert code(floor.by(floor.seller, c.AcceptBid(bid_id="B-1"))) == ""
    (deal,) = floor.state.deals.values()
    assert deal.price == PRICE + 3 * STEP


@pytest.mark.parametrize("terms", [ONCE, RISING])
def test_where_several_came_and_nobody_bids_the_listing_lapses_and_every_deposit_goes_back(
    terms: dict[str, Any],
) -> None:
    floor = Floor(**terms)
    floor.begin()
    floor.end()
    assert floor.row.state == "LAPSED"
    assert [floor.balance(bidder) for bidder in floor.bidders] == [DEPOSIT] * 3


# --- rising rounds


def test_each_bid_is_a_step_above_the_highest_which_is_anothers() -> None:
    floor = Floor(**RISING)
    assert code(floor.offer(0, PRICE)) == "WRONG-STATE", "registration still runs"
    floor.begin()
    assert code(floor.offer(0, PRICE)) == ""
    assert code(floor.offer(0, PRICE + STEP)) == "BID-STANDS"
    too_low = floor.offer(1, PRICE).refusal
    assert too_low is not None
    assert (too_low.code, too_low.detail["least"]) == ("BID-BELOW-PRICE", PRICE + STEP)
    assert code(floor.offer(1, PRICE + STEP)) == ""
    assert code(floor.offer(0, PRICE + STEP)) == "BID-BELOW-PRICE"
    assert code(floor.offer(0, PRICE + 2 * STEP)) == ""
    assert code(floor.by(floor.bidders[1], c.WithdrawBid(bid_id="B-2"))) == "BID-IRREVOCABLE"
    assert {bid.state for bid in floor.state.bids.values()} == {"LIVE"}, "each still binds"


def test_a_round_with_a_bid_is_followed_by_another_and_the_silent_one_is_the_last() -> None:
    floor = Floor(**RISING)
    floor.begin()
    assert (floor.row.round, floor.row.raised) == (1, False)
    price, number = PRICE, 1
    for who in (0, 1, 2, 1):
        floor.offer(who, price)
        ended_ms = floor.row.closes_ms
        floor.end()
        number += 1
        assert floor.row.closes_ms == ended_ms + ROUND_MS
        begun = [event for event in floor.outcomes[-1].events if isinstance(event, RoundBegun)]
        assert begun == [RoundBegun(listing_id=floor.listing_id, round=number, closes_ms=ended_ms + ROUND_MS)]
        assert (floor.row.state, floor.row.round, floor.row.raised) == ("BIDDING", number, False)
        price += STEP
    floor.wait(ROUND_MS - 1)
    assert floor.row.state == "BIDDING"
    floor.wait(1)
    assert (floor.row.state, floor.row.round) == ("AWARDED", 5)
    (deal,) = floor.state.deals.values()
    assert (deal.buyer, deal.price) == (floor.bidders[1], PRICE + 3 * STEP)
    floor.replay()


def test_a_bid_in_the_last_moment_gives_the_others_a_whole_round() -> None:
    floor = Floor(**RISING)
    floor.begin()
    floor.offer(0, PRICE)
    floor.wait(floor.row.closes_ms - floor.now - 2)
    floor.offer(1, PRICE + STEP)
    last_ms = floor.row.closes_ms
    floor.end()
    assert floor.row.closes_ms == last_ms + ROUND_MS
    assert code(floor.offer(2, PRICE + 2 * STEP)) == ""


def test_whoever_is_found_to_be_the_sellers_leaves_and_the_next_price_stands() -> None:
    floor = Floor(**RISING)
    floor.begin()
    floor.offer(0, PRICE)
    floor.offer(1, PRICE + STEP)
    floor.operator(c.RecordAffiliation(party_id=floor.seller, affiliate_id=floor.bidders[1]))
    floor.end()
    floor.end()
    (deal,) = floor.state.deals.values()
    assert (deal.buyer, deal.price) == (floor.bidders[0], PRICE)


def test_a_round_has_back_what_a_suspension_takes_of_it() -> None:
    floor = Floor(**RISING)
    floor.begin()
    floor.offer(0, PRICE)
    closes_ms = floor.row.closes_ms
    floor.wait(closes_ms - floor.now - MS_PER_MINUTE)
    floor.copy(floor.right_id, floor.seller, freeze="dispute")
    assert floor.row.state == "SUSPENDED"
    since_ms = floor.now
    floor.wait(MS_PER_MINUTE // 2)
    floor.copy(floor.right_id, floor.seller)
    assert (floor.row.state, floor.row.round) == ("BIDDING", 1)
    assert floor.row.closes_ms == closes_ms + floor.now - since_ms
    floor.end()
    assert (floor.row.state, floor.row.round) == ("BIDDING", 2)


def test_a_halt_of_trading_stands_in_the_round_and_lets_it_go_on() -> None:
    floor = Floor(**RISING)
    floor.begin()
    floor.offer(0, PRICE)
    left_ms = floor.row.closes_ms - floor.now
    halt(floor)
    floor.wait(30 * MS_PER_DAY)
    assert (floor.row.state, floor.row.round) == ("BIDDING", 1)
    resume(floor)
    assert floor.row.closes_ms - floor.now <= left_ms
    floor.end()
    assert (floor.row.state, floor.row.round) == ("BIDDING", 2)


Deed = tuple[int, int]
"""A bidder, and how many steps above the listed price it bids; from the fourth bidder on: the round ends."""


@settings(max_examples=60, deadline=None)
@given(deeds=st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 9)), max_size=25))
def test_whatever_is_bid_in_rounds_the_best_standing_bid_wins_after_one_silent_round(
    deeds: list[Deed],
) -> None:
    """Held against a model of a few lines: the highest price, whose it is, and whether somebody has bid."""
    floor = Floor(**RISING)
    floor.begin()
    highest, leader, number, raised, over = PRICE - STEP, -1, 1, False, False
    for who, steps in deeds:
        if over:
            break
        if who >= len(floor.bidders):
            floor.end()
            over, number, raised = not raised, number + raised, False
            continue
        price = PRICE + steps * STEP
        taken = code(floor.offer(who, price)) == ""
        assert taken == (price >= highest + STEP and who != leader)
        if taken:
            highest, leader, raised = price, who, True
    while not over:
        floor.end()
        over, number, raised = not raised, number + raised, False
    assert floor.row.round == number
    if leader < 0:
        assert floor.row.state == "LAPSED"
    else:
        (deal,) = floor.state.deals.values()
        assert (deal.buyer, deal.price) == (floor.bidders[leader], highest)
    floor.replay()


@settings(max_examples=40, deadline=None)
@given(prices=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), max_size=8))
def test_whatever_is_bid_once_the_first_price_of_each_counts_and_the_best_of_these_wins(
    prices: list[Deed],
) -> None:
    floor = Floor(**ONCE)
    floor.begin()
    first: dict[int, int] = {}
    for who, above in prices:
        taken = code(floor.offer(who, PRICE + above)) == ""
        assert taken == (who not in first)
        first.setdefault(who, above)
    floor.end()
    if not first:
        assert floor.row.state == "LAPSED"
        return
    best = max(first, key=lambda who: first[who])
    (deal,) = floor.state.deals.values()
    assert (deal.buyer, deal.price) == (floor.bidders[best], PRICE + first[best])


def test_the_next_bidder_of_a_rising_listing_is_offered_the_award_after_a_default() -> None:
    floor = Floor(**RISING)
    floor.begin()
    floor.offer(0, PRICE)
    floor.offer(1, PRICE + STEP)
    floor.end()
    floor.end()
    floor.signature("D-1", floor.seller)
    floor.wait(30 * MS_PER_DAY)
    assert (floor.row.state, floor.row.runners_up) == ("REOFFERED", ("B-1",))

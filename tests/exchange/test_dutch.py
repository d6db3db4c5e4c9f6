"""The Dutch auction: the price falls by its clock until the first buyer takes it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.events import PriceDropped
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene

FIRST, STEP, FLOOR = 100_000_00, 15_000_00, 60_000_00


class Falling(Scene):
    """A Dutch auction whose price falls every hour, and a buyer with money."""

    def __init__(self, **fields: Any) -> None:
        super().__init__()
        self.seller = self.party()
        self.right_id = self.right(self.seller)
        terms = {"price": FIRST, "step": STEP, "floor": FLOOR, "interval_ms": MS_PER_HOUR} | fields
        self.listing_id = self.listing(self.seller, self.right_id, "dutch", **terms)
        self.buyer = self.party()
        self.credit(self.buyer, FIRST)

    @property
    def row(self) -> Any:
        return self.state.listings[self.listing_id]


def test_the_price_falls_by_a_step_each_interval_and_not_below_the_floor() -> None:
    falling = Falling()
    seen = [falling.row.current_price]
    for _ in range(5):
        falling.wait(MS_PER_HOUR)
        seen.append(falling.row.current_price)
    assert seen == [100_000_00, 85_000_00, 70_000_00, FLOOR, FLOOR, FLOOR]
    drops = [
        each for outcome in falling.outcomes for each in outcome.events if isinstance(each, PriceDropped)
    ]
    assert [(each.old_price, each.price) for each in drops] == list(pairwise(seen[:4]))
    assert falling.replay().state.state_hash() == falling.state.state_hash()


def test_a_late_tick_makes_no_later_price_later() -> None:
    falling = Falling()
    falling.wait(2 * MS_PER_HOUR + MS_PER_HOUR // 2)
    assert falling.row.current_price == 70_000_00
    falling.wait(MS_PER_HOUR // 2)
    assert falling.row.current_price == FLOOR


def test_the_first_buyer_has_it_at_the_price_of_that_moment() -> None:
    falling = Falling()
    falling.wait(MS_PER_HOUR)
    assert code(falling.accept(falling.listing_id, falling.buyer, 84_999_99)) == "PRICE-CHANGED"
    outcome = falling.accept(falling.listing_id, falling.buyer, 95_000_00)
    deal = falling.state.deals[outcome.result["deal_id"]]
    assert (deal.price, deal.deposit) == (85_000_00, 85_000_00)
    assert falling.balance(falling.buyer) == FIRST - 85_000_00
    assert falling.row.state == "AWARDED"
    late = falling.party()
    falling.credit(late, FIRST)
    assert code(falling.accept(falling.listing_id, late, FIRST)) == "WRONG-STATE"
    falling.wait(2 * MS_PER_HOUR)
    assert falling.row.current_price == 85_000_00, "an awarded listing's price has stopped"
    falling.sign(deal.id)
    assert code(falling.fund(deal.id)) == ""


def test_a_buyer_without_the_price_has_nothing() -> None:
    falling = Falling()
    poor = falling.party()
    falling.credit(poor, FLOOR)
    assert code(falling.accept(falling.listing_id, poor, FIRST)) == "FUNDS-SHORT"
    falling.wait(3 * MS_PER_HOUR)
    assert code(falling.accept(falling.listing_id, poor, FIRST)) == ""


def test_a_suspended_listings_price_stands_still() -> None:
    falling = Falling()
    falling.copy(falling.right_id, falling.seller, freeze="preservation")
    ticks = len(falling.requests)
    falling.wait(5 * MS_PER_HOUR)
    assert falling.row.current_price == FIRST
    assert len(falling.requests) == ticks + 1, "its clock writes no entry an interval meanwhile"
    falling.copy(falling.right_id, falling.seller)
    falling.wait(MS_PER_HOUR)
    assert falling.row.current_price == FIRST - STEP


def test_what_nobody_takes_lapses() -> None:
    falling = Falling()
    falling.wait(31 * MS_PER_DAY)
    assert falling.row.state == "LAPSED"
    assert falling.state.deals == {}


def test_a_licence_under_a_dutch_auction_is_granted_when_it_is_paid() -> None:
    falling = Falling(deal_kind="exclusive_licence")
    deal = falling.accept(falling.listing_id, falling.buyer, FIRST).result["deal_id"]
    falling.sign(deal)
    falling.fund(deal)
    (licence,) = falling.state.licences.values()
    assert (licence.licensee, licence.licence_kind) == (falling.buyer, "exclusive_licence")


@pytest.mark.parametrize(
    "fields",
    [
        {"floor": 0},
        {"floor": FIRST},
        {"step": 0},
        {"step": 1},
        {"interval_ms": 59_999},
        {"interval_ms": 31 * MS_PER_DAY},
        {"deposit": 1},
        {"reserve": FIRST},
        {"registration_closes_ms": 1_800_900_000_000},
    ],
)
def test_a_dutch_listing_without_what_it_needs_or_with_what_others_have_is_refused(
    fields: dict[str, Any],
) -> None:
    scene = Scene()
    seller = scene.party()
    given = {"price": FIRST, "step": STEP, "floor": FLOOR, "interval_ms": MS_PER_HOUR} | fields
    assert code(scene.submit(seller, scene.right(seller), "dutch", **given)) == "MALFORMED"


@pytest.mark.parametrize("missing", ["floor", "interval_ms"])
def test_a_dutch_listing_names_floor_and_interval(missing: str) -> None:
    scene = Scene()
    seller = scene.party()
    given = {"price": FIRST, "step": STEP, "floor": FLOOR, "interval_ms": MS_PER_HOUR}
    del given[missing]
    assert code(scene.submit(seller, scene.right(seller), "dutch", **given)) == "MALFORMED"

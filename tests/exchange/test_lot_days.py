"""Random days of lots: whatever happens to one of their rights, they stand or fall as they promise, to the cent."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.events import LotBroken, LotDecided
from tests.exchange import random_lots
from tests.exchange.watched_day import WatchedDay

STEPS = 160
SEEDS = range(1, 11)
MUST_BE_MET = {
    "DealChanged SETTLED", "DealChanged REFUNDED", "DealChanged CHAIN_REFUSED", "DealChanged DISPUTED",
    "DeadlineFired sign_by", "DeadlineFired lot_choice", "LOT-CHOICE-OPEN", "NOT-PERMITTED", "ListingChanged SOLD",
    "ListingChanged LAPSED", "ListingChanged SUSPENDED", "a lot broken", "lot keep", "lot rescind",
    "a lot sold in part", "a lot unwound in whole", "a lot of licences",
}  # fmt: skip


class LotDay(WatchedDay):
    """A day that begins with lots that are sold."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        for _ in range(4):
            self.sell()

    def sell(self) -> None:
        """A lot is listed at a posted price, and accepted."""
        dice = self.dice
        seller, buyer = self.party("seller", "buyer"), self.party("seller", "buyer")
        kind = dice.choose(("assignment", "assignment", "assignment", "exclusive_licence"))
        first = self.state.rights[self.right(seller)]
        fields: dict[str, Any] = {
            "deal_kind": kind,
            "price": dice.choose((100_000_01, 1_000_000, 10**12 + 7)),
        }
        submitted = self.submit(seller, first.id, **(fields | random_lots.with_others(self, first, [first])))
        if submitted.refusal is not None:
            return
        listing_id = submitted.result["listing_id"]
        self.operator(c.ApproveListing(listing_id=listing_id))
        if dice.chance(15):
            self.copy(first.id, seller, freeze="dispute")
            self.copy(first.id, seller)
        self._money(buyer, fields["price"])
        self.accept(listing_id, buyer, fields["price"])

    def lots(self) -> None:
        """One of them goes on."""
        random_lots.carry_on(self)

    def waits(self) -> None:
        """Time passes, in long steps."""
        self.wait(self.dice.choose((MS_PER_HOUR, 9 * MS_PER_DAY, 20 * MS_PER_DAY)))

    def step(self) -> None:
        self.dice.choose(_ACTIONS)(self)

    def met(self) -> set[str]:
        """What the day came across, of lots besides what every day is asked for."""
        seen = set(self.watcher.seen)
        for outcome in self.outcomes:
            for event in outcome.events:
                if isinstance(event, LotBroken):
                    seen.add("a lot broken")
                elif isinstance(event, LotDecided):
                    seen.add(f"lot {event.decision}")
        by_lot: dict[str, set[str]] = {}
        for deal in self.state.deals.values():
            if deal.lot:
                by_lot.setdefault(deal.lot.id, set()).add(deal.state)
                seen |= {"a lot of licences"} if deal.licence_id else set()
        seen |= {"a lot sold in part" for states in by_lot.values() if states == {"SETTLED", "REFUNDED"}}
        return seen | {"a lot unwound in whole" for states in by_lot.values() if states == {"REFUNDED"}}


_ACTIONS: list[Callable[[LotDay], None]] = [
    *[LotDay.lots] * 16,
    LotDay.sell,
    LotDay.sell,
    LotDay.waits,
    LotDay.money,
]


@cache
def watched(seed: int) -> LotDay:
    day = LotDay(seed)
    for _ in range(STEPS):
        day.step()
    return day


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_day_of_lots_keeps_every_promise_and_replays(seed: int) -> None:
    day = watched(seed)
    assert day.replay().state.state_hash() == day.state.state_hash()


def test_the_days_come_across_what_lots_come_across() -> None:
    assert sorted(MUST_BE_MET - set().union(*(watched(seed).met() for seed in SEEDS))) == []

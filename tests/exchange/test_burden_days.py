"""Random days of disputes, freezes and pledges over deals that are under way, before the office, or settled."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from tests.exchange import random_burdens
from tests.exchange.watched_day import WatchedDay

STEPS = 260
SEEDS = (*range(1, 13), 20, 25)
MUST_BE_MET = {
    "DisputeChanged REVERSED", "DisputeChanged TERMINATED", "LicenceChanged TERMINATED", "ObligationChanged LAPSED",
    "CN-CIVIL-CODE-634", "DealChanged DISPUTED", "DisputeChanged RESUMED", "DisputeChanged UNWOUND",
    "DEAL-DISPUTED", "DISPUTE-OUTCOME",
    "DisputedDealMoved EFFECTIVE", "DisputedDealMoved REGISTERED", "DisputedDealMoved UNWINDING",
    "ConfirmRegistration in dispute", "RefuseRegistration in dispute", "DealChanged REFUNDED", "DealChanged SETTLED",
    "FreezeNoticeChanged DISPUTE", "FreezeNoticeChanged PRESERVATION", "FreezeNoticeChanged EXPIRED",
    "FreezeNoticeChanged RELEASED", "CN-PATENT-RULES-103", "CN-PLEDGE-STANDS", "CN-PLEDGE-TWIN",
    "PledgeContractChanged CONTRACT", "PledgeContractChanged FILED", "PledgeContractChanged REGISTERED",
    "PledgeContractChanged CHANGED", "PledgeContractChanged DISCHARGED", "PledgeContractChanged ENFORCED",
    "PledgeContractChanged CANCELLED", "CN-PATENT-LAW-14", "pledge of several CONTRACT", "pledge of several FILED",
    "change of a pledge handed in",
    "obligation royalty OVERDUE", "DeadlineFired payment_due",
}  # fmt: skip


class BurdenDay(WatchedDay):
    """A day that begins with deals on their way and goes on with what is laid upon them."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        for _ in range(4):
            self.deal_under_way()

    def deal_under_way(self) -> None:
        """A deal that has come as far as chance has it."""
        dice = self.dice
        seller, buyer = self.party("seller", "buyer", "pledgee"), self.party("seller", "buyer", "pledgee")
        kind = dice.choose(("assignment", "assignment", "exclusive_licence", "ordinary_licence"))
        fields = {"deal_kind": kind, "price": 100_000_00, **self._clauses("posted", kind)}
        if kind != "assignment":
            fields["ends_ms"] = self.now + 700 * MS_PER_DAY
        submitted = self.submit(seller, self.right(seller), **fields)
        if submitted.refusal is not None or isinstance(fields.get("consideration"), c.Equity):
            return
        listing_id = submitted.result["listing_id"]
        self.operator(c.ApproveListing(listing_id=listing_id))
        self._money(buyer, 10**12)
        deal_id = self.accept(listing_id, buyer, int(fields["price"])).result["deal_id"]
        way: list[Callable[[str], object]] = [self.sign, self.fund, self.file, self.confirm, self.pay_all]
        for step in way[: dice.below(6)]:
            step(deal_id)

    def burdens(self) -> None:
        """Something is laid upon a deal or a right."""
        random_burdens.burden(self)

    def waits(self) -> None:
        """Time passes, in long steps."""
        self.wait(self.dice.choose((MS_PER_HOUR, 9 * MS_PER_DAY, 40 * MS_PER_DAY)))

    def step(self) -> None:
        self.dice.choose(_ACTIONS)(self)


_ACTIONS: list[Callable[[BurdenDay], None]] = [
    *[BurdenDay.burdens] * 12, *[BurdenDay.obligations] * 2, *[BurdenDay.deals] * 2, BurdenDay.money, BurdenDay.waits,
    BurdenDay.deal_under_way,
]  # fmt: skip


@cache
def watched(seed: int) -> BurdenDay:
    day = BurdenDay(seed)
    for _ in range(STEPS):
        day.step()
    return day


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_day_of_burdens_keeps_every_promise_and_replays(seed: int) -> None:
    day = watched(seed)
    assert day.replay().state.state_hash() == day.state.state_hash()


def test_the_days_come_across_what_burdens_come_across() -> None:
    assert sorted(MUST_BE_MET - set().union(*(watched(seed).watcher.seen for seed in SEEDS))) == []

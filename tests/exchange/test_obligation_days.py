"""Random days of what falls due later: reported, paid, inspected or not, while pledges, banks and licences change."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from tests.exchange.watched_day import WatchedDay

STEPS = 220
SEEDS = range(1, 17)
MUST_BE_MET = {
    *(f"ObligationChanged {state}" for state in
      ("DUE", "OVERDUE", "IN_RELEASE", "SETTLED", "RUNNING", "TO_REPORT", "REPORT_OVERDUE")),
    "DeadlineFired payment_due", "DeadlineFired period_end", "DeadlineFired report_due", "DeadlineFired inspection_end",
    "InspectionChanged CALLED", "InspectionChanged CLOSED", "DeadlineFired archive", "DeadlineFired licence_end",
    "obligation inspection DUE", "obligation inspection SETTLED", "obligation royalty SETTLED late",
    "obligation instalment SETTLED late", "seller paid", "seller paid beside a pledgee", "PLEDGEE-PAID-FIRST",
    "CN-CIVIL-CODE-846", "release of tax", "release of commission",
    "paid in parts DUE", "paid in parts OVERDUE", "paid in parts SETTLED", "release to several agents",
}  # fmt: skip


class ObligationDay(WatchedDay):
    """A day that begins with deals that have taken effect and goes on with what they bring."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        for _ in range(6):
            self.effect()

    def effect(self) -> None:
        """A deal with a consideration of some kind is made and takes effect, often on a pledged right."""
        dice = self.dice
        if dice.chance(30):
            bands = (c.FeeBand(above=0, basis_points=300), c.FeeBand(above=40_000_00, basis_points=50))
            minimum, maximum = dice.choose(((0, None), (500_00, None), (7, 900_00)))
            self.operator(c.SetFeeSchedule(currency="CNY", bands=bands, minimum=minimum, maximum=maximum))
            self.party("agent")
        seller = self.party()
        pledges: tuple[c.Pledge, ...] = ()
        banks = [self.party("pledgee") for _ in range(dice.below(2))]
        if banks:
            amount = dice.choose((1, 40_000_00, 10**14))
            currency: Any = dice.choose(("CNY", "CNY", "HKD"))
            pledges = (c.Pledge(company_number=self.numbers[banks[0]], amount=amount, currency=currency),)
        right = self.right(seller, pledges=pledges)
        kind = dice.choose(("assignment", "exclusive_licence", "ordinary_licence"))
        fields: dict[str, Any] = {"deal_kind": kind, "price": dice.choose((1, 99_999_99, 100_000_00))}
        fields |= self._clauses("posted", kind)
        if kind != "assignment":
            days = dice.choose((100, 400, 1_000))
            fields["ends_ms"] = self.now + days * MS_PER_DAY
        submitted = self.submit(seller, right, **fields)
        if submitted.refusal is not None:  # its right has expired meanwhile
            return
        listing_id = submitted.result["listing_id"]
        self.operator(c.ApproveListing(listing_id=listing_id))
        for bank in banks:
            self.by(bank, c.ConsentToDeal(listing_id=listing_id))
        buyer = self.party()
        agreed = fields.get("consideration")
        if isinstance(agreed, c.Equity):
            return
        self._money(buyer, 10**12)
        deal_id = self.accept(listing_id, buyer, fields["price"]).result["deal_id"]
        self.sign(deal_id)
        self.fund(deal_id)
        if kind == "assignment":
            self.register(deal_id)

    def lend(self) -> None:
        """A pledge comes into or out of the register, or the right ends."""
        dice = self.dice
        deal = self.state.deals.get(self._one("deal"))
        if deal is None:
            return
        right = self.state.rights[deal.right_id]
        holder = [
            party for party in self.keys if self.numbers[party] == right.holder_of_record[0].company_number
        ]
        number = dice.choose(list(self.numbers.values()))
        pledge = c.Pledge(company_number=number, amount=dice.choose((1, 10**9)), currency="CNY")
        facts: dict[str, Any] = {"pledges": dice.choose(((), (pledge,), (*right.pledges, pledge)))}
        if dice.chance(10):
            facts["status"] = "invalidated"
        self.copy(right.id, *holder, **facts)

    def waits(self) -> None:
        """Time passes, in long steps."""
        self.wait(self.dice.choose((MS_PER_HOUR, 20 * MS_PER_DAY, 50 * MS_PER_DAY, 95 * MS_PER_DAY)))

    def waits_for_years(self) -> None:
        """So long that inspections lapse and listings leave memory."""
        if self.dice.chance(25):
            self.wait(1_200 * MS_PER_DAY)

    def step(self) -> None:
        self.dice.choose(_ACTIONS)(self)


_ACTIONS: list[Callable[[ObligationDay], None]] = [
    *[ObligationDay.obligations] * 12, *[ObligationDay.money] * 8, *[ObligationDay.waits] * 3, ObligationDay.lend,
    ObligationDay.effect, ObligationDay.waits_for_years,
]  # fmt: skip


@cache
def watched(seed: int) -> ObligationDay:
    day = ObligationDay(seed)
    for _ in range(STEPS):
        day.step()
    return day


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_day_of_obligations_keeps_every_promise_and_replays(seed: int) -> None:
    day = watched(seed)
    assert day.replay().state.state_hash() == day.state.state_hash()


def test_the_days_come_across_what_obligations_come_across() -> None:
    assert sorted(MUST_BE_MET - set().union(*(watched(seed).watcher.seen for seed in SEEDS))) == []

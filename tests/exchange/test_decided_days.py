"""Random days on which offices refuse applications and declare rights invalid, finally or not, while deals run on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.exchange import random_burdens
from tests.exchange.test_obligation_days import ObligationDay

STEPS = 260
SEEDS = (*range(1, 7), 10, 20)
MUST_BE_MET = {
    "LicenceChanged SUSPENDED", "LicenceChanged GRANTED", "LicenceChanged RECORDED", "LicenceChanged OVERDUE",
    "LicenceChanged EXPIRED", "LicenceChanged ENDED", "LicenceChanged TERMINATED",
    "SuspendedLicenceMoved RECORDED", "SuspendedLicenceMoved OVERDUE",
    "suspended DUE", "suspended TO_REPORT", "suspended RUNNING", "suspended IN_RELEASE", "suspended OVERDUE",
    "suspended beside SETTLED", "suspended beside DISPUTED",
    "ObligationChanged LAPSED", "ObligationChanged OVERDUE", "ObligationChanged REPORT_OVERDUE",
    "INVALIDITY-DECIDED", "CN-TECHNOLOGY-CONTRACTS-23", "application refused", "DEAL-DISPUTED",
}  # fmt: skip


class DecidedDay(ObligationDay):
    """A day that begins with deals that have taken effect, on rights of which many are declared invalid."""

    def register_decides(self) -> None:
        """A register copy shows a decision, its end, or that of the right."""
        dice = self.dice
        licensed = [right for right in self.state.rights.values() if right.licences or right.stopped_deals]
        if not licensed:
            return
        right = dice.choose(licensed)
        word: Any = dice.choose(
            ("invalidity_decided",) * 5 + ("granted",) * 5 + ("lapsed", "expired", "invalidated")
        )
        facts: dict[str, Any] = {"status": word}
        if dice.chance(10):
            facts["expiry_date"] = dice.choose(("2028-02-29", "2029-01-31"))
        holders = self._those_that_hold(right)
        self.copy(right.id, *holders, **facts)
        if dice.chance(20):
            self.submit(holders[0], right.id, deal_kind="ordinary_licence")

    def recordal(self) -> None:
        """A licence is filed for recordal, or the office answers."""
        deals = [deal for deal in self.state.deals.values() if deal.licence_id in self.state.licences]
        if not deals:
            return
        deal = self.dice.choose(deals)
        if not deal.filing_id:
            self.file(deal.id, f"F-{deal.id}-{len(self.requests)}")
        elif self.dice.chance(70):
            self.confirm(deal.id, deal.filing_id)
        else:
            self.refuse(deal.id)

    def application(self) -> None:
        """An application is sold, goes some of its way, and is refused, or not."""
        dice = self.dice
        seller, buyer = self.party(), self.party()
        right = self.right(seller, status="application", expiry_date=None)
        deal = self.deal(self.listing(seller, right), buyer)
        steps = (self.sign, self.fund, self.file, self.confirm, self.pay_all)
        for step in steps[: dice.below(len(steps) + 1)]:
            step(deal)
        if dice.chance(75):
            self.copy(
                right, *self._those_that_hold(self.state.rights[right]), status="refused", expiry_date=None
            )
        self.by(dice.choose((buyer, buyer, seller)), c.RescindDeal(deal_id=deal))

    def disputes(self) -> None:
        """A deal comes into dispute, or an outcome is recorded, often that its licence ends."""
        random_burdens.disputes(self)

    def remedies(self) -> None:
        """What is overdue is demanded, or a remedy chosen."""
        random_burdens.remedies(self)

    def short_wait(self) -> None:
        """Time passes in steps in which something falls due."""
        self.wait(self.dice.choose((3, 9, 16, 31)) * MS_PER_DAY)

    def step(self) -> None:
        self.dice.choose(_ACTIONS)(self)

    def _those_that_hold(self, right: Any) -> list[str]:
        numbers = {each.company_number for each in right.holder_of_record}
        return [party for party in self.keys if self.numbers[party] in numbers]


_ACTIONS: list[Callable[[DecidedDay], None]] = [
    *[DecidedDay.obligations] * 10, *[DecidedDay.money] * 4, *[DecidedDay.short_wait] * 5, *[DecidedDay.register_decides] * 7,
    *[DecidedDay.recordal] * 3, *[DecidedDay.disputes] * 3, DecidedDay.remedies, DecidedDay.application, DecidedDay.effect,
    DecidedDay.waits_for_years,
]  # fmt: skip


@cache
def watched(seed: int) -> DecidedDay:
    day = DecidedDay(seed)
    for _ in range(STEPS):
        day.step()
    return day


@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_of_decisions_keeps_every_promise_and_replays(seed: int) -> None:
    day = watched(seed)
    assert day.replay().state.state_hash() == day.state.state_hash()


def test_the_days_come_across_what_such_decisions_come_across() -> None:
    assert sorted(MUST_BE_MET - set().union(*(watched(seed).watcher.seen for seed in SEEDS))) == []

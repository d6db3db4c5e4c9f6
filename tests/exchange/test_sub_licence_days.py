"""Random days of sub-licences: whatever becomes of a head licence, nothing under it outlives or exceeds it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.events import LicenceChanged
from tests.exchange import encumbering
from tests.exchange.watched_day import WatchedDay

STEPS = 160
SEEDS = range(1, 11)
MUST_BE_MET = {
    "LicenceChanged TERMINATED", "LicenceChanged EXPIRED", "LicenceChanged ENDED", "LicenceChanged RECORDED",
    "ListingChanged SUSPENDED", "DealChanged SETTLED", "DealChanged REFUNDED", "CN-PATENT-LAW-12",
    "CN-TECHNOLOGY-CONTRACTS-25-2", "HEAD-LICENCE-NOT-IN-FORCE", "SUB-LICENCE-BEYOND-HEAD", "LISTING-EXISTS",
    "a sub-licence", "a head that has ended before what was under it",
}  # fmt: skip
PLACES = (("CN",), ("CN-GD", "CN-SH"), ("CN-GD",))
FIELDS = ("all", "H01;C", "H01", "C07", "battery")


class SubLicenceDay(WatchedDay):
    """A day that begins with licences whose contracts mostly let their licensees license others."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        for _ in range(4):
            self.grant_a_head()

    def grant_a_head(self) -> None:
        """A licence is granted by an owner."""
        dice = self.dice
        owner = self.party("seller", "buyer", "pledgee")
        terms: dict[str, Any] = {
            "deal_kind": dice.choose(("exclusive_licence", "sole_licence", "ordinary_licence")),
            "territory": dice.choose(PLACES),
            "field_of_use": dice.choose(FIELDS),
            "ends_ms": self.now + dice.choose((60, 200, 700)) * MS_PER_DAY,
            "may_sublicense": not dice.chance(15),
        }
        self._grant(owner, self.right(owner), terms, approve=100)

    def license_under_one(self) -> None:
        """A licensee, or whoever, offers a sub-licence, more or less within its own; it goes on its way."""
        dice, state = self.dice, self.state
        if not state.licences:
            return
        head = state.licences[dice.choose(list(state.licences))]
        inside = dice.chance(70)
        terms: dict[str, Any] = {
            "deal_kind": "ordinary_licence" if dice.chance(90) else "sole_licence",
            "head_licence": head.id,
            "territory": head.territory[-1:] if inside else dice.choose(PLACES),
            "field_of_use": head.field_of_use if inside else dice.choose(FIELDS),
            "ends_ms": head.ends_ms
            if inside
            else dice.choose((None, head.ends_ms + 1, head.ends_ms - MS_PER_DAY)),
            "max_acceptances": dice.choose((1, 3)),
        }
        self._grant(self._actor(head.licensee), head.right_id, terms, approve=90)

    def _grant(self, seller: str, right_id: str, terms: dict[str, Any], approve: int) -> None:
        submitted = self.submit(seller, right_id, **({"price": 100_000_00} | terms))
        if submitted.refusal is not None:
            return
        listing_id = submitted.result["listing_id"]
        if self.dice.chance(approve):
            self.operator(c.ApproveListing(listing_id=listing_id))
        buyer = self.party("seller", "buyer")
        self._money(buyer, 10**12)
        accepted = self.accept(listing_id, buyer)
        if accepted.refusal is not None:
            return
        deal_id = accepted.result["deal_id"]
        way: list[Callable[[str], object]] = [self.sign, self.fund, self.pay_all, self.file, self.confirm]
        for step in way[: 2 + self.dice.below(4) if "head_licence" not in terms else self.dice.below(6)]:
            step(deal_id)

    def end_one(self) -> None:
        """A dispute over a licence's deal: raised, or brought to its end, by which the licence may end."""
        dice, state = self.dice, self.state
        deals = [state.licences[each].deal_id for each in state.licences]
        open_ones = [row.id for row in state.deals.values() if row.state == "DISPUTED"]
        if open_ones and dice.chance(80):
            what = dice.choose(("terminate_licence", "resume"))
            encumbering.outcome(self, dice.choose(open_ones), what)
        elif deals:
            deal_id = dice.choose(deals)
            if deal_id in state.deals:
                encumbering.dispute(self, deal_id)

    def waits(self) -> None:
        """Time passes, in long steps."""
        self.wait(self.dice.choose((MS_PER_HOUR, 5 * MS_PER_DAY, 20 * MS_PER_DAY)))

    def step(self) -> None:
        self.dice.choose(_ACTIONS)(self)

    def met(self) -> set[str]:
        """What the day came across, of sub-licences besides what every day is asked for."""
        seen = set(self.watcher.seen)
        heads: dict[str, str] = {}
        for row in self.tables.rows.values():
            if row.kind == "licence" and row.data is not None:
                head = json.loads(row.data).get("head_licence")
                if head:
                    heads[row.id] = head
        for event in (each for outcome in self.outcomes for each in outcome.events):
            if isinstance(event, LicenceChanged) and event.licence_id in heads:
                seen.add("a sub-licence")
                if event.cause == "head_licence_ended":
                    seen.add("a head that has ended before what was under it")
        return seen


_ACTIONS: list[Callable[[SubLicenceDay], None]] = [
    *[SubLicenceDay.license_under_one] * 8, *[SubLicenceDay.end_one] * 3, *[SubLicenceDay.deals] * 4,
    *[SubLicenceDay.register_speaks] * 2, SubLicenceDay.money, SubLicenceDay.waits, SubLicenceDay.grant_a_head,
]  # fmt: skip


@cache
def watched(seed: int) -> SubLicenceDay:
    day = SubLicenceDay(seed)
    for _ in range(STEPS):
        day.step()
    return day


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_day_of_sub_licences_keeps_every_promise_and_replays(seed: int) -> None:
    day = watched(seed)
    assert day.replay().state.state_hash() == day.state.state_hash()


def test_the_days_come_across_what_sub_licences_come_across() -> None:
    assert sorted(MUST_BE_MET - set().union(*(watched(seed).met() for seed in SEEDS))) == []

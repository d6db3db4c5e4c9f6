"""Random days on which everything that may befall a deal befalls the same deals."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from exchange.deals import steps
from exchange.events import ExportPapersVoided
from tests.exchange.random_crossings import CrossingDay

STEPS = 80
SEEDS = (1, 2, 3, 4, 13, 26, 45, 47, 79, 83, 105, 108, 111, 138, 201)
MUST_BE_MET = {
    "DealChanged ROFR_PENDING", "DealChanged REASSIGNED", "DeadlineFired refusal_by", "BidChanged LOST first_refusal",
    "BidChanged WON accept_award", "BidChanged FORFEIT default", "LOT-CHOICE-OPEN", "DeadlineFired lot_choice",
    "DealChanged CHAIN_REFUSED", "DealChanged CONDITIONAL", "DealChanged SETTLED", "DeadlineFired archive",
    "DisputeChanged REVERSED", "DisputeChanged UNWOUND", "DisputedDealMoved REGISTERED", "DisputedDealMoved UNWINDING",
    "earnest money CONDITIONAL kept", "earnest money DISPUTED kept", "earnest money REFUNDED",
    "earnest money SETTLED kept", "obligation instalment LAPSED", "obligation instalment OVERDUE",
    "hold EXPIRED", "hold POSTED", "hold VOIDED", "release of co_owner", "sold by several",
    "CN-ANTI-MONEY-LAUNDERING-40", "CN-CIVIL-CODE-847", "CN-CIVIL-CODE-860", "CN-STATE-ASSETS-ONE-PAYMENT",
    "DISHONEST-DEBTOR", "PARTY-NOT-ACTIVE",
    "export licensed again", "void since classify_export", "void since contract_amendment",
    "given back", "given back of a lot", "in dispute in its first refusal's term", "unwound in its first refusal's term",
}  # fmt: skip
"""What the days must come across, lest they grow tame."""


@cache
def watched(seed: int) -> CrossingDay:
    """A whole day, every step of it under watch."""
    day = CrossingDay(seed)
    for _ in range(STEPS):
        day.step()
    return day


def met(day: CrossingDay) -> set[str]:
    """What the day came across, of crossings besides what every day is asked for."""
    seen = set(day.watcher.seen)
    moves = [event for outcome in day.outcomes for event in outcome.events]
    changes = {(event.old, event.new) for event in moves if type(event).__name__ == "DealChanged"}  # type: ignore[union-attr]
    seen |= {
        word
        for word, change in (
            ("in dispute in its first refusal's term", ("ROFR_PENDING", "DISPUTED")),
            ("unwound in its first refusal's term", ("ROFR_PENDING", "UNWINDING")),
            ("export licensed again", ("EFFECTIVE", "CONDITIONAL")),
        )
        if change in changes
    }
    seen |= {f"void since {event.cause}" for event in moves if isinstance(event, ExportPapersVoided)}
    deals: dict[str, Any] = day.state.deals
    back = [row for row in deals.values() if row.reverses and row.state in steps.PASSED]
    seen |= {"given back"} if back else set()
    return seen | {"given back of a lot" for row in back if row.reverses in deals and deals[row.reverses].lot}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_of_crossings_keeps_every_promise_and_replays(seed: int) -> None:
    day = watched(seed)
    assert day.replay().state.state_hash() == day.state.state_hash()


def test_the_days_come_across_what_crossings_come_across() -> None:
    assert sorted(MUST_BE_MET - set().union(*(met(watched(seed)) for seed in SEEDS))) == []

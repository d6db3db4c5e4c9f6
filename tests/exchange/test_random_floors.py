"""Random days of continuous trading: what the engine matches is what a naive book matches, and every promise holds."""

from __future__ import annotations

import functools

import pytest

from tests.exchange.watched_day import WatchedFloor

SEEDS = range(8)
STEPS = 1_200
MUST_BE_MET = {
    "AFFILIATE-MAY-NOT-BID", "ASKS-BEYOND-OFFER", "CALL-AUCTION-UNDER-WAY", "CN-AUCTION-LAW-22", "CN-AUCTION-LAW-30",
    "CN-SC-2012-37-CENTRALISED-TRADING", "FILL-OR-KILL-NOT-FILLABLE", "FUNDS-SHORT", "MALFORMED", "NOT-PERMITTED",
    "PARTY-NOT-ACTIVE", "POST-ONLY-WOULD-TRADE", "WRONG-STATE",
    "DeadlineFired call_end", "DeadlineFired order_expiry", "DeadlineFired listing_close", "DeadlineFired sign_by",
    "OrderChanged CANCELLED", "OrderChanged EXPIRED", "OrderChanged FILLED", "OrderChanged LAPSED",
    "OrderChanged PARTLY_FILLED",
    "ListingChanged AWARDED", "ListingChanged LAPSED", "ListingChanged SUSPENDED", "ListingChanged TRADING",
    "ListingChanged WITHDRAWN", "DealChanged REFUNDED", "DealChanged SETTLED", "LicenceChanged GRANTED",
}  # fmt: skip
"""What the days must come across, lest they grow tame."""


@functools.cache
def watched(seed: int) -> WatchedFloor:
    """A whole day, every step of it under watch."""
    floor = WatchedFloor(seed)
    for _ in range(STEPS):
        floor.step()
    return floor


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_day_of_trading_replays_and_loads_to_the_same_state(seed: int) -> None:
    floor = watched(seed)
    fresh = floor.replay()
    assert fresh.state.state_hash() == floor.state.state_hash()
    assert fresh.state.rows == floor.state.rows


def test_the_days_come_across_what_trading_comes_across() -> None:
    assert sorted(MUST_BE_MET - set().union(*(watched(seed).watcher.seen for seed in SEEDS))) == []

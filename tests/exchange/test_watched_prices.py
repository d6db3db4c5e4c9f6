"""The watch over prices tells of an engine that takes or awards what its mode's rule does not let it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from exchange.deals import award
from exchange.modes import dutch, english, negotiated, posted
from exchange.modes.competitive import Competitive
from exchange.rules import venue as rules
from exchange.rules.rule import Rule, refuse
from tests.exchange.drawn_day import DrawnDay
from tests.exchange.random_day import Dice

pytestmark = pytest.mark.not_replayed("what a faulty engine has decided no sound one decides again")
DAYS, STEPS = 6, 8
FAULTS = {
    "english below its reserve": ("english", "awarded below its reserve"),
    "english without a step": ("english", "a bid below the highest and a step"),
    "negotiated at the listed price": ("negotiated", "negotiated: awarded at"),
    "dutch at the first price": ("dutch", "dutch: awarded at"),
    "posted at another price": ("posted", "awarded at another price than the listed one"),
}
"""Fault to the mode that has it and what the watch says."""


def traded(mode: str) -> set[str]:
    """What is met on days on which parties trade in one mode alone; the same days every time."""
    met = set()
    for seed in range(DAYS):
        day = DrawnDay()
        day.modes = (mode,)
        day.dice = Dice(seed)
        for _ in range(STEPS):
            day.offer(mode)
            day.wait_for_a_deadline()
            day.take_part(mode)
        met |= day.watcher.seen
    return met


def plant(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the engine's mode do it."""
    at_the_listed_price = SimpleNamespace(open_deal=_open_at_the_listed_price)
    match fault:
        case "english below its reserve":
            monkeypatch.setattr(english.English, "close", Competitive.close)
        case "english without a step":
            monkeypatch.setattr(english, "refuse", _refuse_no_price)
        case "negotiated at the listed price":
            monkeypatch.setattr(negotiated, "award", at_the_listed_price)
        case "dutch at the first price":
            monkeypatch.setattr(dutch, "award", at_the_listed_price)
        case _:
            monkeypatch.setattr(posted, "refuse", _refuse_no_price)


def _open_at_the_listed_price(turn: Any, listing: Any, buyer: Any, price: int, **rest: Any) -> Any:  # noqa: ARG001 - the fault
    return award.open_deal(turn, listing, buyer, listing.terms.price, **rest)


def _refuse_no_price(rule: Rule, **detail: Any) -> None:
    if rule not in {rules.BID_BELOW_PRICE, rules.PRICE_CHANGED}:
        refuse(rule, **detail)


@pytest.mark.parametrize("mode", ["posted", "dutch", "negotiated", "english"])
def test_a_sound_engine_awards_at_its_modes_price(mode: str) -> None:
    met = traded(mode)
    assert f"award of {mode}" in met
    assert mode == "posted" or f"award of {mode} off the listed price" in met


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_in_a_price_is_told(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mode, told = FAULTS[fault]
    plant(fault, monkeypatch)
    with pytest.raises(AssertionError, match=told):
        traded(mode)

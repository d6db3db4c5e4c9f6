"""Exchange rates: recorded, dated, and used by rules alone, which compare integers and convert no money."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import canonical
from exchange import commands as c
from exchange.calendar import MS_PER_DAY, venue_date
from exchange.events import ExchangeRateUsed
from exchange.rules.exchange_rates import OLDEST_DAYS, factors
from exchange.rules.open_licences import LARGEST_FEE
from exchange.rules.rule import Refusal
from exchange.rules.state_assets import LONG_NOTICE_ABOVE
from exchange.state import State
from exchange.turn import Outcome
from tests.exchange.floor_rule_cases import state_asset
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene

OPEN_LICENCE: dict[str, Any] = {
    "deal_kind": "ordinary_licence",
    "announcement_number": "2026-1",
}
TERMS = st.integers(1, 10**12)


def record(scene: Scene, base: Any = "HKD", quote: Any = "CNY", **fields: Any) -> Outcome:
    """A rate of today: 0.9134 unless said otherwise."""
    facts: dict[str, Any] = {
        "numerator": 9_134,
        "denominator": 10_000,
        "as_of": venue_date(scene.now).isoformat(),
        "source": "cfets_central_parity",
    }
    return scene.operator(c.RecordExchangeRate(base=base, quote=quote, **(facts | fields)))


def used(outcome: Outcome) -> list[tuple[str, str]]:
    return [(event.rate_id, event.rule) for event in outcome.events if isinstance(event, ExchangeRateUsed)]


@given(numerator=TERMS, denominator=TERMS, ours=st.integers(0, 10**15), theirs=st.integers(0, 10**15))
def test_two_amounts_compare_as_the_exact_fractions_do_whichever_way_the_rate_was_recorded(
    numerator: int, denominator: int, ours: int, theirs: int
) -> None:
    scene = Scene()
    record(scene, numerator=numerator, denominator=denominator)
    rate = factors(scene.state, "HKD", "CNY", scene.now)
    worth = Fraction(ours * numerator, denominator)
    assert (ours * rate.ours > theirs * rate.theirs) == (worth > theirs)
    assert (ours * rate.ours == theirs * rate.theirs) == (worth == theirs)
    back = factors(scene.state, "CNY", "HKD", scene.now)
    assert (theirs * back.ours < ours * back.theirs) == (worth > theirs)
    assert rate.rate_id == back.rate_id == "RATE-1"


def test_amounts_of_one_currency_need_no_rate() -> None:
    scene = Scene()
    assert factors(scene.state, "MOP", "MOP", scene.now) == (1, 1, "")


def test_without_a_rate_or_with_an_old_one_nothing_is_compared() -> None:
    scene = Scene()
    with pytest.raises(Refusal) as refusal:
        factors(scene.state, "HKD", "CNY", scene.now)
    assert refusal.value.rule.code == "FACT-MISSING"
    assert refusal.value.detail["fact"] == "exchange_rate"
    record(scene)
    scene.wait(OLDEST_DAYS * MS_PER_DAY)
    assert factors(scene.state, "HKD", "CNY", scene.now).rate_id == "RATE-1"
    scene.wait(MS_PER_DAY)
    with pytest.raises(Refusal):
        factors(scene.state, "HKD", "CNY", scene.now)
    with pytest.raises(Refusal):
        factors(scene.state, "CNY", "HKD", scene.now)


def test_the_last_rate_of_a_pair_counts_and_the_others_leave_memory() -> None:
    scene = Scene()
    record(scene)
    record(scene, numerator=9_200)
    record(scene, "MOP", numerator=8_900)
    assert set(scene.state.exchange_rates) == {"RATE-2", "RATE-3"}
    assert factors(scene.state, "HKD", "CNY", scene.now)[:2] == (9_200, 10_000)
    loaded = State()
    again = scene.replay().state
    loaded.load([(row.kind, canonical.encode(row)) for row in scene.state.each_row()])
    assert loaded.exchange_rate_of == again.exchange_rate_of == scene.state.exchange_rate_of
    assert loaded.state_hash() == again.state_hash() == scene.state.state_hash()


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("quote", {"quote": "HKD"}),
        ("numerator", {"numerator": 0}),
        ("numerator", {"numerator": 10**12 + 1}),
        ("denominator", {"denominator": -1}),
        ("denominator", {"denominator": 10**12 + 1}),
        ("as_of", {"as_of": "today"}),
        ("as_of", {"as_of": "2020-01-01"}),
        ("as_of", {"as_of": "2199-01-01"}),
    ],
)
def test_a_rate_stands_within_its_bounds(field: str, fields: dict[str, Any]) -> None:
    scene = Scene()
    before = scene.state.state_hash()
    outcome = record(scene, **fields)
    assert code(outcome) == "MALFORMED"
    assert outcome.refusal is not None
    assert outcome.refusal.detail["field"] == field
    assert scene.state.state_hash() == before


def test_a_rate_of_an_earlier_date_does_not_take_the_place_of_a_later_one() -> None:
    scene = Scene()
    yesterday = venue_date(scene.now - MS_PER_DAY).isoformat()
    assert code(record(scene, as_of=yesterday)) == ""
    assert code(record(scene)) == ""
    assert code(record(scene, as_of=yesterday)) == "MALFORMED"


def test_an_open_licence_fee_of_another_currency_is_held_against_the_cap_by_the_rate() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    at_the_cap = LARGEST_FEE * 10_000 // 9_134
    fields = OPEN_LICENCE | {"currency": "HKD"}
    missing = scene.submit(seller, right, price=at_the_cap, **fields)
    assert code(missing) == "FACT-MISSING"
    record(scene)
    above = scene.submit(seller, right, price=at_the_cap + 1, **fields)
    assert code(above) == "CN-OPEN-LICENCE-FEE"
    assert above.refusal is not None
    assert above.refusal.detail["rate_id"] == "RATE-1"
    within = scene.submit(seller, right, price=at_the_cap, **fields)
    assert used(within) == [("RATE-1", "CN-OPEN-LICENCE-FEE")]
    scene.document("open_licence_announcement", right, announcement_number=fields["announcement_number"])
    approved = scene.operator(c.ApproveListing(listing_id=within.result["listing_id"]))
    assert used(approved) == [("RATE-1", "CN-OPEN-LICENCE-FEE")]


def test_the_notice_of_a_state_asset_is_as_long_as_the_price_is_worth_in_yuan() -> None:
    for over, days in ((0, 10), (1, 20)):
        scene = Scene()
        price = LONG_NOTICE_ABOVE * 10_000 // 9_134 + over
        enterprise, right = state_asset(scene, LONG_NOTICE_ABOVE)
        fields: dict[str, Any] = {"currency": "HKD", "price": price, "closes_ms": scene.now + 60 * MS_PER_DAY}
        assert code(scene.submit(enterprise, right, **fields)) == "FACT-MISSING"
        record(scene)
        submitted = scene.submit(enterprise, right, **fields)
        assert used(submitted) == [("RATE-1", "CN-STATE-ASSETS-APPRAISAL")]
        approved = scene.operator(c.ApproveListing(listing_id="L-1"))
        assert used(approved) == [
            ("RATE-1", "CN-STATE-ASSETS-APPRAISAL"),
            ("RATE-1", "CN-STATE-ASSETS-NOTICE"),
        ]
        (end,) = [row for row in scene.state.deadlines.values() if row.what == "notice_end"]
        working = [
            day
            for day in range(1, 60)
            if venue_date(scene.now + day * MS_PER_DAY).weekday() < 5
            and scene.now + day * MS_PER_DAY < end.due_ms
        ]
        assert len(working) == days


def test_an_appraisal_in_another_currency_is_held_against_the_price_by_the_rate() -> None:
    scene = Scene()
    enterprise, right = state_asset(scene, 100_000_00)
    record(scene, numerator=1, denominator=2)
    fields: dict[str, Any] = {"currency": "HKD"}
    below = scene.submit(enterprise, right, price=179_999_99, **fields)
    assert code(below) == "CN-STATE-ASSETS-APPRAISAL"
    assert code(scene.submit(enterprise, right, price=180_000_00, **fields)) == ""


def test_a_listing_in_yuan_uses_no_rate_and_no_money_moves_by_one() -> None:
    scene = Scene()
    seller = scene.party()
    record(scene)
    outcome = scene.submit(seller, scene.right(seller), **OPEN_LICENCE)
    assert code(outcome) == ""
    assert used(outcome) == []
    assert not scene.state.accounts


def test_an_earlier_engine_knows_no_rate_and_compares_figures() -> None:
    class Earlier(Scene):
        def open_versions(self) -> None:
            self.give(c.ActivateVersion(schema=1, engine=2, rulebook=1))

    scene = Earlier()
    seller = scene.party()
    right = scene.right(seller)
    assert code(record(scene)) == "MALFORMED"
    fields = OPEN_LICENCE | {"currency": "HKD"}
    assert code(scene.submit(seller, right, price=LARGEST_FEE + 1, **fields)) == "CN-OPEN-LICENCE-FEE"
    assert code(scene.submit(seller, right, price=LARGEST_FEE, **fields)) == ""

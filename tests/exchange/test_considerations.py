"""What falls due, how much: to the cent, within its bounds, and against sums made with fractions."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, start_of_day, venue_date
from exchange.money.amount import LARGEST_AMOUNT
from exchange.terms import consideration as paid
from tests.exchange.rule_cases import royalty
from tests.exchange.scene import START_MS, Scene

amounts = st.integers(0, LARGEST_AMOUNT)
rates = st.integers(1, 10_000)


@st.composite
def splits(draw: st.DrawFn) -> tuple[c.Instalment, ...]:
    """Shares that make up the whole, each above nothing."""
    cuts = draw(st.lists(st.integers(1, 9_999), min_size=1, max_size=23, unique=True))
    edges = [0, *sorted(cuts), 10_000]
    return tuple(
        c.Instalment(share=after - before, due_days=number)
        for number, (before, after) in enumerate(itertools.pairwise(edges))
    )


@given(amounts, splits())
def test_instalments_make_up_the_price_to_the_cent_and_none_is_off_by_more_than_one(
    price: int, parts: tuple[c.Instalment, ...]
) -> None:
    found = paid.instalment_amounts(price, parts)
    assert sum(found) == price
    for amount, part in zip(found, parts, strict=True):
        assert abs(amount - Fraction(price * part.share, 10_000)) < 1


def agreed(**fields: Any) -> c.Royalty:
    return royalty(**fields).royalty


@given(amounts, amounts, rates, st.none() | amounts, st.none() | amounts, st.integers(1, 90))
def test_a_royalty_grows_with_its_base_and_stays_within_its_bounds(
    one: int, other: int, rate: int, least: int | None, most: int | None, days: int
) -> None:
    if least is not None and most is not None:
        least, most = min(least, most), max(least, most)
    terms = agreed(rates=(rate,), floor=least, ceiling=most)
    small, large = sorted((one, other))
    below, above = (paid.royalty_amount(terms, 0, base, days, 90) for base in (small, large))
    assert below <= above
    exact = Fraction(large * rate, 10_000)
    owed = max(exact, Fraction((least or 0) * days, 90))
    assert above == int(owed if most is None else min(owed, Fraction(most)))
    whole = paid.royalty_amount(terms, 0, small, 90, 90)
    assert (least or 0) <= whole <= (LARGEST_AMOUNT if most is None else most)


@given(amounts, st.integers(1, 1_000), st.integers(1, 3_000), st.integers(0, 40_000))
def test_late_interest_grows_by_the_day_up_to_its_most_and_is_rounded_down(
    amount: int, daily_rate: int, most: int, days: int
) -> None:
    terms = c.LateInterest(daily_rate=daily_rate, most=most)
    found = paid.late_interest(terms, amount, days)
    exact = min(Fraction(amount * daily_rate * days, 10**6), Fraction(amount * most, 10_000))
    assert found == min(int(exact), LARGEST_AMOUNT - amount)
    assert paid.late_interest(terms, amount, 0) == paid.late_interest(UNSET, amount, days) == 0


def test_interest_runs_from_the_day_after_the_due_date() -> None:
    due_ms = paid.due_after(START_MS, 10)
    last_day = venue_date(START_MS).toordinal() + 10
    assert venue_date(due_ms - 1).toordinal() == last_day
    assert paid.days_late(due_ms, due_ms - 1) == 0
    assert paid.days_late(due_ms, due_ms) == 1
    assert paid.days_late(due_ms, due_ms + MS_PER_DAY - 1) == 1
    assert paid.days_late(due_ms, due_ms + MS_PER_DAY) == 2


@pytest.mark.parametrize(
    ("period", "years"),
    [("quarter", (0, 0, 0, 0, 1, 1, 1, 1, 2)), ("half_year", (0, 0, 1, 1, 2)), ("year", (0, 1, 2, 3))],
)
def test_the_rate_of_a_period_is_that_of_its_contract_year_and_the_last_goes_on(
    period: Any, years: tuple[int, ...]
) -> None:
    terms = agreed(rates=(900, 600, 300), period=period)
    for number, year in enumerate(years):
        assert paid.rate_of(terms, number) == (900, 600, 300)[min(year, 2)]


def test_reporting_periods_follow_one_another_by_calendar_months() -> None:
    starts_ms = start_of_day(venue_date(START_MS)) + 7
    ends = [paid.period_end(starts_ms, agreed(period="half_year"), number) for number in range(4)]
    assert ends == sorted(set(ends))
    day = venue_date(starts_ms)
    assert venue_date(ends[1] - 1) == day.replace(year=day.year + 1)


@pytest.mark.parametrize(
    ("consideration", "due"),
    [
        (UNSET, 1_001),
        (
            c.Instalments(
                parts=(c.Instalment(share=3_333, due_days=0), c.Instalment(share=6_667, due_days=9))
            ),
            333,
        ),
        (
            c.Instalments(
                parts=(c.Instalment(share=3_333, due_days=1), c.Instalment(share=6_667, due_days=9))
            ),
            0,
        ),
        (royalty(), 0),
        (c.EntryFeeAndRoyalty(royalty=agreed()), 1_001),
        (c.Equity(company_number="X", basis_points=1), 0),
    ],
)
def test_what_must_be_in_escrow_first_is_the_part_that_is_due_at_effect(consideration: Any, due: int) -> None:
    assert paid.due_at_effect(c.ListingTerms(price=1_001, consideration=consideration), 1_001) == due


# --- what a listing may say

PARTS = (c.Instalment(share=5_000, due_days=0), c.Instalment(share=5_000, due_days=30))
LICENCE = {"deal_kind": "ordinary_licence"}
ROYALTY = {**LICENCE, "price": 0}


def parts(*shares_and_days: tuple[int, int]) -> dict[str, Any]:
    instalments = tuple(c.Instalment(share=share, due_days=days) for share, days in shares_and_days)
    return {"consideration": c.Instalments(parts=instalments)}


def bearing(**fields: Any) -> dict[str, Any]:
    return {**ROYALTY, "consideration": royalty(**fields)}


REFUSED: dict[str, list[dict[str, Any]]] = {
    "instalments": [
        parts((10_000, 0)),
        parts(*((400, day) for day in range(25))),
    ],
    "due_days": [
        parts((5_000, -1), (5_000, 1)),
        parts((5_000, 5), (5_000, 5)),
        parts((5_000, 6), (5_000, 5)),
        parts((5_000, 0), (5_000, 3_661)),
    ],
    "share": [parts((5_000, 0), (5_001, 1)), parts((0, 0), (10_000, 1)), parts((-1, 0), (10_001, 1))],
    "rates": [bearing(rates=()), bearing(rates=(0,)), bearing(rates=(10_001,)), bearing(rates=(1, 3, 2)),
              bearing(rates=(1,) * 21)],
    "floor": [bearing(floor=0), bearing(floor=LARGEST_AMOUNT + 1)],
    "ceiling": [bearing(ceiling=0), bearing(floor=5, ceiling=4)],
    "report_days": [bearing(report_days=0), bearing(report_days=181)],
    "pay_days": [bearing(pay_days=-1), bearing(pay_days=181)],
    "royalty": [{"consideration": c.EntryFeeAndRoyalty(royalty=agreed())}],
    "price": [{**bearing(), "price": 1}],
    "price, deposit or step": [{"price": 0}, {**LICENCE, "price": 0, **parts((5_000, 0), (5_000, 1))}],
    "equity": [{**LICENCE, "consideration": c.Equity(company_number="X", basis_points=1)}],
    "basis_points": [
        {"consideration": c.Equity(company_number="X", basis_points=points)} for points in (0, 10_000)
    ],
    "company_number": [
        {"consideration": c.Equity(company_number=number, basis_points=1)} for number in ("", "x" * 33)
    ],
    "improvements": [{"improvements": "shared"}],
    "inspection": [{**LICENCE, "inspection": True}],
    "late_interest": [
        {"late_interest": c.LateInterest(daily_rate=rate, most=most)}
        for rate, most in ((0, 1), (1_001, 1), (1, 0), (1, 3_001))
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "number"), [(field, number) for field, cases in REFUSED.items() for number in range(len(cases))]
)
def test_a_consideration_out_of_bounds_is_refused_and_named(field: str, number: int) -> None:
    scene = Scene()
    seller = scene.party()
    outcome = scene.submit(seller, scene.right(seller), **REFUSED[field][number])
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.detail["field"]) == ("MALFORMED", field)
    scene.replay()


@pytest.mark.parametrize("mode", ["competitive", "negotiated", "english", "dutch"])
def test_a_royalty_without_a_price_is_posted_alone_and_shares_are_posted_or_negotiated(mode: str) -> None:
    scene = Scene()
    seller = scene.party()
    own: dict[str, Any] = {"dutch": {"step": 1, "floor": 1, "interval_ms": MS_PER_DAY}}.get(mode, {})
    bare = scene.submit(seller, scene.right(seller), mode, **ROYALTY, consideration=royalty(), **own)
    assert bare.refusal is not None
    assert bare.refusal.detail["field"] == "consideration"
    shares = c.Equity(company_number=scene.numbers[seller], basis_points=1_000)
    outcome = scene.submit(seller, scene.right(seller), mode, consideration=shares, **own)
    assert (outcome.refusal is None) == (mode == "negotiated")


@pytest.mark.parametrize(
    "clause",
    [
        {"consideration": c.Instalments(parts=PARTS)},
        {"late_interest": c.LateInterest(daily_rate=500, most=1_000)},
        {"improvements": "shared", **LICENCE},
        {"inspection": False},
        {"arbitration": c.Arbitration(institution="SCIA", seat="shenzhen")},
    ],
)
def test_an_engine_before_the_third_knows_no_clause_of_these(clause: dict[str, Any]) -> None:
    class Earlier(Scene):
        def open_versions(self) -> None:
            self.give(c.ActivateVersion(schema=1, engine=2, rulebook=1))

    for scene, is_known in ((Earlier(), False), (Scene(), True)):
        seller = scene.party()
        outcome = scene.submit(seller, scene.right(seller), **clause)
        assert (outcome.refusal is None) == is_known

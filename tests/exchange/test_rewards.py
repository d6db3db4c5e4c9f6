"""Rewards of those who made a result: exact to the cent, at least what the law names, and before a state body is paid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.engine import VERSIONS
from exchange.terms.allocation import share_out
from tests.exchange.outcomes import code
from tests.exchange.rule_cases import royalty
from tests.exchange.scene import Scene

SHARES = st.lists(st.integers(1, 10_000), min_size=1, max_size=64)


class Earlier(Scene):
    """A venue that has not come to engine version 5 yet."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=VERSIONS[0], engine=4, rulebook=VERSIONS[2]))


def sold(scene: Scene, category: str = "university", price: int = 100_000_00, **fields: Any) -> Any:
    """A result of a seller's of this category that is sold and registered, or licensed."""
    seller, buyer = scene.party(category=category), scene.party()
    right = scene.right(seller, **fields.pop("facts", {}))
    if isinstance(fields.get("consideration"), c.Equity):
        equity = c.Equity(company_number=scene.numbers[buyer], basis_points=2_000)
        fields = fields | {"consideration": equity, "currency": "CNY"}
    listing = scene.listing(seller, right, price=price, **fields)
    scene.wait(16 * MS_PER_DAY)
    deal = scene.deal(listing, buyer, price)
    scene.sign(deal)
    scene.fund(deal)
    row = scene.state.deals[deal]
    if row.deal_kind == "assignment":
        scene.register(deal)
    return row


def record(scene: Scene, deal: Any, *shares: int, costs: int = 0, **fields: Any) -> Any:
    terms = c.RewardTerms(costs=costs, shares=shares, **fields)
    return scene.by(deal.seller, c.RecordReward(deal_id=deal.id), terms)


def amounts(outcome: Any) -> tuple[int, ...]:
    (event,) = (each for each in outcome.events if type(each).__name__ == "RewardRecorded")
    return tuple(event.amounts)


@given(st.integers(0, 10**15), SHARES)
def test_what_is_shared_out_is_the_amount_and_nobody_is_a_unit_off(amount: int, shares: list[int]) -> None:
    parts = share_out(amount, shares)
    whole = sum(shares)
    assert sum(parts) == amount
    assert all(
        amount * share // whole <= part <= -(-amount * share // whole)
        for part, share in zip(parts, shares, strict=True)
    )


def test_a_reward_that_does_not_divide_evenly_is_shared_to_the_cent() -> None:
    scene = Scene()
    deal = sold(scene, "company", 100_000_01)
    assert deal.fee == 1_000_00
    shared = amounts(record(scene, deal, 3_333, 3_333, 3_334))
    assert sum(shared) == 99_000_01
    assert shared == (32_996_70, 32_996_70, 33_006_61)


def test_no_cent_keeps_contributors_below_their_half() -> None:
    scene = Scene()
    deal = sold(scene, price=1_02)
    assert deal.fee == 1
    assert amounts(record(scene, deal, 2_500, 2_500)) == (26, 25)
    assert code(record(scene, deal, 2_500, 2_499)) == "CN-ACHIEVEMENTS-45"
    earlier = Earlier()
    deal = sold(earlier, price=1_02)
    earlier.pay_all(deal.id)
    assert amounts(record(earlier, deal, 2_500, 2_500)) == (25, 25)


def test_a_state_body_is_paid_when_the_reward_is_on_record_and_its_deal_settles_then() -> None:
    scene = Scene()
    deal = sold(scene)
    (payment,) = deal.payments
    assert code(scene.approve_payment(payment)) == "CN-ACHIEVEMENTS-44"
    assert code(record(scene, deal, 5_000)) == ""
    scene.pay(payment)
    assert deal.state == "SETTLED"
    scene.replay()


def test_what_is_paid_later_asks_for_a_record_that_covers_it() -> None:
    halves = c.Instalments(
        parts=(c.Instalment(share=5_000, due_days=0), c.Instalment(share=5_000, due_days=30))
    )
    scene = Scene()
    deal = sold(scene, consideration=halves)
    record(scene, deal, 5_000)
    scene.pay_all(deal.id)
    assert deal.state == "SETTLED"
    line = scene.credit(deal.buyer, 50_000_00)
    scene.by(deal.buyer, c.PayObligation(obligation_id="OB-1", statement_line=line))
    (payment,) = scene.state.obligations["OB-1"].payments
    assert code(scene.approve_payment(payment)) == "CN-ACHIEVEMENTS-44"
    assert amounts(record(scene, deal, 5_000)) == (49_500_00,)
    assert code(scene.approve_payment(payment)) == ""


@pytest.mark.parametrize(
    ("category", "fields", "expected"),
    [
        ("university", {"ground": "not_made_here"}, ""),
        ("university", {"ground": "agreement"}, "MALFORMED"),
        ("university", {"ground": "unit_rules"}, "MALFORMED"),
        ("company", {"ground": "agreement"}, ""),
        ("company", {"ground": "unit_rules"}, ""),
        ("company", {}, "MALFORMED"),
    ],
)
def test_shares_are_left_out_on_a_named_ground_alone_and_where_no_law_sets_a_least(
    category: str, fields: dict[str, Any], expected: str
) -> None:
    scene = Scene()
    assert code(record(scene, sold(scene, category), **fields)) == expected


def test_an_agreement_does_not_take_a_state_bodys_contributors_below_their_half() -> None:
    scene = Scene()
    deal = sold(scene)
    assert code(record(scene, deal, 4_999, ground="agreement")) == "CN-ACHIEVEMENTS-45"
    assert code(record(scene, deal, 5_000, ground="agreement")) == ""


def test_a_contribution_as_capital_settles_when_half_of_the_shares_are_on_record() -> None:
    scene = Scene()
    deal = sold(scene, consideration=c.Equity(company_number="", basis_points=1))
    assert deal.state == "REGISTERED", "nothing is paid, and nothing settles it"
    assert code(record(scene, deal, 4_999)) == "CN-ACHIEVEMENTS-45"
    assert code(record(scene, deal, 5_000, basis="income")) == "MALFORMED"
    outcome = record(scene, deal, 5_000)
    assert amounts(outcome) == ()
    assert outcome.events[0].basis == "shares"
    assert deal.state == "SETTLED"
    scene.replay()


@pytest.mark.parametrize(
    ("shares", "years", "expected"),
    [
        ((499,), 3, "CN-ACHIEVEMENTS-45"),
        ((250, 250), 2, "CN-ACHIEVEMENTS-45"),
        ((500,), 6, "CN-ACHIEVEMENTS-45"),
        ((250, 250), 3, ""),
        ((500,), 5, ""),
    ],
)
def test_a_licence_paid_by_profit_may_reward_by_profit_for_three_to_five_years(
    shares: tuple[int, ...], years: int, expected: str
) -> None:
    scene = Scene()
    kind: Any = {"deal_kind": "exclusive_licence", "ends_ms": scene.now + 900 * MS_PER_DAY}
    deal = sold(scene, consideration=royalty(base="profit"), price=0, **kind)
    assert deal.state == "EFFECTIVE"
    assert code(record(scene, deal, *shares, basis="profit", years=years)) == expected
    assert (deal.state == "SETTLED") == (not expected)


def test_a_reward_on_grant_names_its_day_and_whether_it_came_within_three_months() -> None:
    scene = Scene()
    deal = sold(scene, "company")
    assert code(record(scene, deal, 1, on_grant=4_000_00)) == "FACT-MISSING"
    assert code(record(scene, deal, 1, on_grant_day="2021-09-01")) == "FACT-MISSING"
    late = [
        record(scene, deal, 1, on_grant=4_000_00, on_grant_day=day).events[0].on_grant_late
        for day in ("2021-06-01", "2021-09-01", "2021-09-02")
    ]
    assert late == [False, False, True]


def test_nobody_rewards_for_what_it_gives_back_and_companies_are_paid_without_a_record() -> None:
    scene = Scene()
    deal = sold(scene, "company")
    scene.pay_all(deal.id)
    assert deal.state == "SETTLED"


def test_before_engine_5_a_university_was_paid_without_a_record_and_knew_no_other_basis() -> None:
    scene = Earlier()
    deal = sold(scene)
    assert code(record(scene, deal, 5_000, ground="agreement")) == "MALFORMED"
    scene.pay_all(deal.id)
    assert deal.state == "SETTLED"


# --- a state body that is paid as a co-owner


def shared(scene: Scene, *categories: str, **fields: Any) -> Any:
    """A right of so many owners in equal parts, sold by the first of them with the others' consent and registered."""
    seller, *others = (scene.party(category=category) for category in categories)
    right = scene.right(seller, *others)
    listing = scene.listing(seller, right, approve=False, price=100_000_00, **fields)
    for other in others:
        assert code(scene.by(other, c.ConsentToListing(listing_id=listing))) == ""
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == ""
    scene.wait(16 * MS_PER_DAY)
    deal = scene.deal(listing, scene.party(), 100_000_00)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    return scene.state.deals[deal]


def payment_to(scene: Scene, row: Any, party_id: str) -> str:
    (found,) = (each for each in row.payments if scene.state.payments[each].party_id == party_id)
    return str(found)


def recorded(scene: Scene, deal: Any, by: str, *shares: int, costs: int = 0) -> Any:
    terms = c.RewardTerms(costs=costs, shares=shares)
    return scene.by(by, c.RecordReward(deal_id=deal.id), terms)


@pytest.mark.parametrize("category", ["university", "research_institute"])
def test_a_state_body_that_is_paid_as_a_co_owner_records_its_own_reward_first(category: str) -> None:
    scene = Scene()
    deal = shared(scene, "company", category)
    (other,) = (each for each in scene.numbers if scene.state.parties[each].category == category)
    scene.approve_payment(payment_to(scene, deal, deal.seller), 0)
    payment = payment_to(scene, deal, other)
    assert code(scene.approve_payment(payment)) == "CN-ACHIEVEMENTS-44"
    assert code(record(scene, deal, 5_000)) == ""
    assert code(scene.approve_payment(payment)) == "CN-ACHIEVEMENTS-44", "the seller's record is not its own"
    assert code(recorded(scene, deal, other, 4_999)) == "CN-ACHIEVEMENTS-45"
    assert code(recorded(scene, deal, other, 5_000, costs=49_500_01)) == "MALFORMED"
    outcome = recorded(scene, deal, other, 2_500, 2_500)
    (event,) = (each for each in outcome.events if type(each).__name__ == "RewardRecorded")
    assert (event.party_id, event.received, event.amounts) == (other, 49_500_00, (12_375_00, 12_375_00))
    assert deal.co_owners_rewarded == {other: 49_500_00}
    assert code(scene.approve_payment(payment)) == ""
    scene.replay()


def test_one_owners_missing_record_holds_up_no_payment_to_another_and_the_deal_settles_with_the_last() -> (
    None
):
    scene = Scene()
    deal = shared(scene, "university", "research_institute", "company", "company")
    payments = {
        scene.state.parties[scene.state.payments[each].party_id].category: each for each in deal.payments
    }
    assert code(scene.approve_payment(payments["company"], 0)) == ""
    assert code(record(scene, deal, 5_000)) == ""
    assert code(scene.approve_payment(payments["university"], 0)) == ""
    assert code(scene.approve_payment(payments["research_institute"], 0)) == "CN-ACHIEVEMENTS-44"
    for each in deal.payments:
        scene.pay(each)
    assert deal.state == "SETTLED"
    scene.replay()


def test_what_a_co_owner_is_paid_later_asks_for_a_record_that_covers_it() -> None:
    halves = c.Instalments(
        parts=(c.Instalment(share=5_000, due_days=0), c.Instalment(share=5_000, due_days=30))
    )
    scene = Scene()
    deal = shared(scene, "company", "university", consideration=halves)
    for each in deal.payments:
        scene.pay(each)
    assert deal.state == "SETTLED"
    line = scene.credit(deal.buyer, 50_000_00)
    scene.by(deal.buyer, c.PayObligation(obligation_id="OB-1", statement_line=line))
    obligation = scene.state.obligations["OB-1"]
    (other,) = deal.co_owners_rewarded
    payment = payment_to(scene, obligation, other)
    assert code(scene.approve_payment(payment)) == "CN-ACHIEVEMENTS-44"
    assert code(recorded(scene, deal, other, 5_000)) == ""
    assert deal.co_owners_rewarded == {other: 49_500_00}
    assert code(scene.approve_payment(payment)) == ""
    scene.replay()


def test_who_is_paid_nothing_by_a_deal_records_no_reward_of_it() -> None:
    scene = Scene()
    deal = shared(scene, "company", "university")
    for stranger in (deal.buyer, scene.party(category="university")):
        assert code(recorded(scene, deal, stranger, 5_000)) == "NOT-PERMITTED"


def test_before_the_fifth_engine_a_co_owner_records_nothing_and_is_paid() -> None:
    scene = Earlier()
    deal = shared(scene, "company", "university")
    (other,) = (each for each in scene.numbers if scene.state.parties[each].category == "university")
    assert code(recorded(scene, deal, other, 5_000)) == "NOT-PERMITTED"
    assert code(scene.approve_payment(payment_to(scene, deal, other))) == ""
    scene.replay()

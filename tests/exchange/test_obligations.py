"""What falls due after a deal took effect: paid through escrow to the cent, late with interest, reported and inspected."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, start_of_day, venue_date
from exchange.deals import obligations
from exchange.events import InspectionChanged, ObligationChanged, Posted
from exchange.rows import Obligation
from exchange.rules.rule import Refusal
from exchange.turn import Outcome, Turn
from tests.exchange.rule_cases import licensed_for_royalty, posted, reported, royalty
from tests.exchange.scene import Scene

PRICE = 100_000_01
PARTS = (
    c.Instalment(share=3_000, due_days=0),
    c.Instalment(share=3_333, due_days=30),
    c.Instalment(share=3_667, due_days=90),
)
THREE = c.Instalments(parts=PARTS)
FIRST, SECOND, THIRD = 30_000_00, 33_330_00, 36_670_01
LATE = c.LateInterest(daily_rate=500, most=300)


class Sale(Scene):
    """A sale in three parts; the fee is 1 %."""

    def __init__(self, **fields: Any) -> None:
        super().__init__()
        terms: dict[str, Any] = {"price": PRICE, "consideration": THREE} | fields
        self.seller, self.buyer, self.listing_id = posted(self, **terms)
        self.credit(self.buyer, 10**9)
        self.deal_id = self.accept(self.listing_id, self.buyer, terms["price"]).result["deal_id"]

    @property
    def deal(self) -> Any:
        return self.state.deals[self.deal_id]

    def effect(self) -> None:
        """Signed, funded, registered, and its first part paid out."""
        self.sign(self.deal_id)
        self.fund(self.deal_id)
        self.register(self.deal_id)
        self.pay_all(self.deal_id)

    def owed(self) -> list[Obligation]:
        """In the order in which they began."""
        rows = [self.state.obligations[each] for each in self.state.obligations_of.get(self.deal_id, ())]
        return sorted(rows, key=lambda row: int(row.id.partition("-")[2]))

    def settle(self, obligation: Obligation, line: str = "") -> Outcome:
        """The buyer pays what it owes."""
        line = line or self.credit(self.buyer, 10**9)
        return self.by(self.buyer, c.PayObligation(obligation_id=obligation.id, statement_line=line))


def postings(outcome: Outcome) -> dict[str, int]:
    found: dict[str, int] = {}
    for event in outcome.events:
        if isinstance(event, Posted):
            found[event.purpose] = found.get(event.purpose, 0) + event.amount
    return found


# --- the tables

STATES = {state for state, _ in obligations.TRANSITIONS} | set(obligations.TRANSITIONS.values())
EVENTS = {event for _, event in obligations.TRANSITIONS}
INSPECTION_STATES = {"", "CALLED", "CLOSED"}
INSPECTION_EVENTS = {event for _, event in obligations.INSPECTIONS}


def a_turn(scene: Scene) -> Turn:
    return Turn(scene.state, c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))


@pytest.mark.parametrize("event", sorted(EVENTS))
@pytest.mark.parametrize("state", sorted(STATES))
def test_an_obligation_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene = Sale()
    scene.effect()
    row, turn = scene.owed()[0], a_turn(scene)
    row.state = state
    if (state, event) in obligations.TRANSITIONS:
        obligations.advance(turn, row, event, "test")
        assert row.state == obligations.TRANSITIONS[state, event]
    else:
        with pytest.raises(Refusal) as refusal:
            obligations.advance(turn, row, event, "test")
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (row.state, turn.events) == (state, [])


@pytest.mark.parametrize("event", sorted(INSPECTION_EVENTS))
@pytest.mark.parametrize("state", sorted(INSPECTION_STATES))
def test_an_inspection_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene = Sale()
    scene.effect()
    row, turn = scene.owed()[0], a_turn(scene)
    row.inspection = state
    if (state, event) in obligations.INSPECTIONS:
        obligations.change_inspection(turn, row, event, "test")
        assert row.inspection == obligations.INSPECTIONS[state, event]
    else:
        with pytest.raises(Refusal) as refusal:
            obligations.change_inspection(turn, row, event, "test")
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (row.inspection, turn.events) == (state, [])


def test_every_state_of_an_obligation_leads_to_its_end_and_none_leads_out_of_it() -> None:
    table = obligations.TRANSITIONS
    assert not {state for state, _ in table} & obligations.ENDED
    reaching = set(obligations.ENDED)
    for _ in STATES:
        reaching |= {state for (state, _), new in table.items() if new in reaching}
    assert reaching == STATES


# --- instalments


def test_the_first_part_alone_is_held_and_put_into_escrow_and_its_payout_settles_the_deal() -> None:
    scene = Sale()
    assert scene.balance(scene.buyer, "deposit") == FIRST
    scene.effect()
    assert scene.deal.state == "SETTLED"
    assert scene.deal.fee == FIRST // 100
    assert [(row.sort, row.amount, row.state) for row in scene.owed()] == [
        ("instalment", SECOND, "DUE"),
        ("instalment", THIRD, "DUE"),
    ]
    day = venue_date(scene.state.obligations["OB-1"].due_ms - 1)
    registered = venue_date(scene.now)
    assert (day - registered).days == 30
    assert scene.state.listings[scene.listing_id].state == "SOLD"
    scene.replay()


def test_a_later_part_goes_through_its_own_escrow_to_fee_and_seller_to_the_cent() -> None:
    scene = Sale(late_interest=LATE)
    scene.effect()
    second = scene.owed()[0]
    outcome = scene.settle(second)
    assert postings(outcome) == {"escrow_in": SECOND, "fee": 333_30, "release": SECOND - 333_30}
    assert second.state == "IN_RELEASE"
    (payment,) = second.payments
    assert scene.state.payments[payment].party_id == scene.seller
    scene.pay(payment)
    assert second.state == "SETTLED"
    assert scene.balance(second.id, "escrow") == 0
    again = scene.settle(second)
    assert again.refusal is not None
    assert again.refusal.code == "WRONG-STATE"
    scene.replay()


def test_an_overdue_part_bears_interest_by_the_day_as_a_posting_of_its_own() -> None:
    scene = Sale(late_interest=LATE)
    scene.effect()
    second = scene.owed()[0]
    scene.wait(second.due_ms - scene.now - 2)
    assert second.state == "DUE"
    scene.wait(2)
    assert second.state == "OVERDUE"
    scene.wait(6 * MS_PER_DAY)
    outcome = scene.settle(second)
    interest = SECOND * 500 * 7 // 1_000_000
    assert postings(outcome)["late_interest"] == interest == second.interest == 11_665
    assert postings(outcome)["release"] == SECOND + interest - second.fee
    assert second.fee == SECOND // 100
    scene.replay()


def test_late_interest_stops_at_its_most_and_none_runs_where_none_was_agreed() -> None:
    for agreed, most in ((LATE, SECOND * 300 // 10_000), (None, 0)):
        scene = Sale(**({"late_interest": agreed} if agreed else {}))
        scene.effect()
        scene.wait(2_000 * MS_PER_DAY)
        second = scene.owed()[0]
        scene.settle(second)
        assert second.interest == most


def test_both_sides_and_the_venue_see_a_default_as_an_event() -> None:
    scene = Sale()
    scene.effect()
    second = scene.owed()[0]
    before = len(scene.outcomes)
    scene.wait(31 * MS_PER_DAY)
    events = [event for outcome in scene.outcomes[before:] for event in outcome.events]
    assert (
        ObligationChanged(
            obligation_id=second.id,
            deal_id=scene.deal_id,
            old="DUE",
            new="OVERDUE",
            cause="payment_due_passed",
        )
        in events
    )


def test_only_the_buyer_pays_and_with_money_that_came_in_by_its_own_line() -> None:
    scene = Sale()
    scene.effect()
    second = scene.owed()[0]
    pay = c.PayObligation(obligation_id=second.id, statement_line="LINE-1")
    by_seller = scene.by(scene.seller, pay)
    by_another_line = scene.by(
        scene.buyer, c.PayObligation(obligation_id=second.id, statement_line=scene.credit(scene.seller, 5))
    )
    unknown = scene.by(scene.buyer, c.PayObligation(obligation_id="OB-99", statement_line="LINE-1"))
    codes = [each.refusal.code for each in (by_seller, by_another_line, unknown) if each.refusal is not None]
    assert codes == ["NOT-PERMITTED", "LINE-NOT-MATCHING", "UNKNOWN-ID"]
    assert second.state == "DUE"


def test_a_credit_that_names_what_is_owed_pays_it_where_it_is_enough() -> None:
    for paid_in, state in ((SECOND, "IN_RELEASE"), (SECOND + 5, "IN_RELEASE")):
        scene = Sale()
        scene.effect()
        second, before = scene.owed()[0], scene.balance(scene.buyer)
        line = scene.credit(second.id, paid_in)
        assert second.state == state
        assert scene.state.statement_lines[line].party_id == scene.buyer
        assert scene.balance(scene.buyer) == before + paid_in - SECOND
        assert second.funded_by == {line: SECOND}
        scene.credit(second.id, 7)
        assert scene.balance(scene.buyer) == before + paid_in - SECOND + 7
        scene.replay()


def test_a_credit_in_another_currency_or_for_a_period_that_runs_is_its_payers_and_pays_nothing() -> None:
    scene = Sale()
    scene.effect()
    second = scene.owed()[0]
    scene.credit(second.id, SECOND, "HKD")
    assert (second.state, scene.balance(scene.buyer, currency="HKD")) == ("DUE", SECOND)
    other = Scene()
    _, buyer, _deal = licensed_for_royalty(other)
    other.credit("OB-1", 9)
    assert (other.state.obligations["OB-1"].state, other.balance(buyer)) == ("RUNNING", 9)


def test_who_pays_in_full_has_all_of_it() -> None:
    scene = Sale()
    scene.effect()
    scene.by(
        scene.buyer,
        c.RequestWithdrawal(),
        c.WithdrawalTerms(currency="CNY", amount=scene.balance(scene.buyer) - SECOND + 1),
    )
    outcome = scene.by(
        scene.buyer, c.PayObligation(obligation_id=scene.owed()[0].id, statement_line="LINE-1")
    )
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.detail["short_of"]) == ("FUNDS-SHORT", 1)


def test_a_part_without_a_cent_is_no_obligation() -> None:
    scene = Sale(
        price=1, consideration=c.Instalments(parts=(PARTS[0], c.Instalment(share=7_000, due_days=9)))
    )
    scene.sign(scene.deal_id)
    scene.fund(scene.deal_id)
    scene.register(scene.deal_id)
    assert [row.amount for row in scene.owed()] == [1]
    assert scene.deal.state == "SETTLED"


def test_what_a_deposit_holds_beyond_the_first_part_goes_back_when_the_deal_is_funded() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    small = c.Instalments(
        parts=(c.Instalment(share=1_000, due_days=0), c.Instalment(share=9_000, due_days=9))
    )
    listing = scene.listing(
        seller, scene.right(seller), "negotiated", price=1_000_00, deposit=300_00, consideration=small
    )
    line = scene.credit(buyer, 1_000_00)
    scene.propose(listing, buyer, 1_000_00)
    deal = scene.by(seller, c.AcceptProposal(proposal_id="N-1")).result["deal_id"]
    scene.sign(deal)
    outcome = scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))
    assert postings(outcome) == {"escrow_in": 100_00, "deposit_return": 200_00}
    assert scene.balance(buyer) == 900_00
    scene.replay()


def test_a_listing_stays_in_memory_until_the_last_part_is_paid() -> None:
    scene = Sale()
    scene.effect()
    scene.wait(500 * MS_PER_DAY)
    assert scene.deal_id in scene.state.deals
    for row in scene.owed():
        scene.settle(row)
        for payment in row.payments:
            scene.pay(payment)
    scene.wait(121 * MS_PER_DAY)
    assert scene.deal_id not in scene.state.deals
    assert not scene.state.obligations
    assert not scene.state.obligations_of


# --- pledges


def pledged_sale() -> tuple[Sale, str]:
    scene = Sale()
    bank = scene.party("pledgee")
    pledge = c.Pledge(company_number=scene.numbers[bank], amount=40_000_00, currency="CNY")
    scene.copy(scene.deal.right_id, scene.seller, pledges=(pledge,))
    scene.by(bank, c.ConsentToDeal(listing_id=scene.listing_id))
    scene.effect()
    return scene, bank


def test_a_pledge_that_the_first_part_has_not_prepaid_takes_of_the_next_before_the_seller() -> None:
    scene, bank = pledged_sale()
    first = FIRST - FIRST // 100
    assert scene.deal.pledgee_share == first
    second = scene.owed()[0]
    scene.settle(second)
    to_bank, to_seller = (scene.state.payments[each] for each in second.payments)
    assert (to_bank.party_id, to_bank.amount) == (bank, 40_000_00 - first)
    assert to_seller.amount == SECOND - second.fee - to_bank.amount
    early = scene.approve_payment(to_seller.id)
    assert early.refusal is not None
    assert early.refusal.code == "PLEDGEE-PAID-FIRST"
    scene.service(c.RefusePayment(payment_id=to_bank.id, reason_code="AC04"))
    scene.pay(to_bank.id)
    scene.pay(to_seller.id)
    assert second.state == "SETTLED"
    scene.replay()


def test_what_a_bank_refuses_to_pay_a_pledgee_is_instructed_anew_for_the_same_obligation() -> None:
    scene, bank = pledged_sale()
    second = scene.owed()[0]
    scene.settle(second)
    to_bank, to_seller = second.payments
    for who in (0, 1):
        scene.approve_payment(to_bank, who)
    scene.service(c.RefusePayment(payment_id=to_bank, reason_code="AC04"))
    again = second.payments[0]
    assert again != to_bank
    assert scene.state.payments[again].obligation_id == second.id
    assert scene.state.payments[again].party_id == bank
    scene.pay(again)
    scene.pay(to_seller)
    assert second.state == "SETTLED"


def test_a_pledge_of_the_new_owners_takes_nothing_of_what_it_still_owes_the_seller() -> None:
    scene = Sale()
    scene.effect()
    bank = scene.party("pledgee")
    pledge = c.Pledge(company_number=scene.numbers[bank], amount=10**9, currency="CNY")
    scene.copy(scene.deal.right_id, scene.buyer, pledges=(pledge,))
    second = scene.owed()[0]
    scene.settle(second)
    assert [scene.state.payments[each].party_id for each in second.payments] == [scene.seller]
    assert second.pledgee_share == 0


def test_a_new_owners_pledge_to_the_same_bank_takes_nothing_of_what_it_still_owes_the_seller() -> None:
    scene, bank = pledged_sale()
    again = c.Pledge(company_number=scene.numbers[bank], amount=40_000_00, currency="CNY")
    assert scene.state.rights[scene.deal.right_id].pledges == (again,), "the same in every word"
    scene.copy(scene.deal.right_id, scene.buyer)
    scene.copy(scene.deal.right_id, scene.buyer, pledges=(again,))
    second = scene.owed()[0]
    scene.settle(second)
    assert [scene.state.payments[each].party_id for each in second.payments] == [scene.seller]
    assert second.pledgee_share == 0
    scene.replay()


def test_a_pledge_whose_sum_has_changed_is_prepaid_as_before() -> None:
    scene, bank = pledged_sale()
    right = scene.state.rights[scene.deal.right_id]
    first = scene.deal.pledgee_share
    named = c.Pledge(
        company_number=scene.numbers[bank], amount=40_000_00, currency="CNY", register_number="Y2026-1"
    )
    scene.copy(right.id, scene.seller, pledges=(named,))
    scene.copy(right.id, scene.seller, pledges=(msgspec.structs.replace(named, amount=first + 5_00),))
    second = scene.owed()[0]
    scene.settle(second)
    assert second.pledgee_share == 5_00
    scene.replay()


# --- royalties


def test_a_royalty_alone_holds_nothing_and_its_licence_begins_when_the_buyer_calls_for_it() -> None:
    scene = Scene()
    seller, buyer, listing = posted(scene, deal_kind="ordinary_licence", price=0, consideration=royalty())
    deal = scene.accept(listing, buyer, 0).result["deal_id"]
    assert scene.balance(buyer, "deposit") == 0
    scene.sign(deal)
    line = scene.credit(buyer, 5)
    cited = scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=line))
    assert cited.refusal is not None
    assert (cited.refusal.code, cited.refusal.detail["field"]) == ("MALFORMED", "statement_line")
    called = scene.by(buyer, c.FundDeal(deal_id=deal, statement_line=""))
    assert called.refusal is None
    assert postings(called) == {}
    assert scene.state.deals[deal].state == "SETTLED"
    assert [row.state for row in scene.state.obligations.values()] == ["RUNNING"]
    assert scene.state.parties[seller].id == scene.state.obligations["OB-1"].payee
    scene.replay()


def test_a_price_of_nothing_is_accepted_where_no_price_is_named_and_nowhere_else() -> None:
    scene = Scene()
    _, buyer, listing = posted(scene)
    outcome = scene.accept(listing, buyer, 0)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "MALFORMED"


def test_a_reported_period_is_owed_by_its_date_and_the_next_one_runs() -> None:
    scene = Scene()
    _, first = reported(scene, base=1_234_567_89)
    rows = scene.state.obligations
    assert rows[first].amount == 1_234_567_89 * 500 // 10_000
    assert rows[first].state == "DUE"
    assert [row.state for row in rows.values()] == ["DUE", "RUNNING"]
    ends = venue_date(rows[first].ends_ms - 1)
    assert (venue_date(rows[first].report_due_ms - 1) - ends).days == 30
    assert (venue_date(rows[first].due_ms - 1) - ends).days == 45
    assert rows["OB-2"].starts_ms == rows[first].ends_ms
    scene.replay()


def test_a_report_that_comes_late_does_not_move_the_date_of_payment() -> None:
    scene = Scene()
    _, buyer, _deal = licensed_for_royalty(scene, late_interest=LATE)
    first = scene.state.obligations["OB-1"]
    scene.wait(first.ends_ms - scene.now)
    due_ms = first.due_ms
    scene.wait(first.report_due_ms - scene.now)
    assert first.state == "REPORT_OVERDUE"
    scene.wait(due_ms - scene.now + 9 * MS_PER_DAY)
    report = c.ReportRoyalty(obligation_id=first.id)
    outcome = scene.by(buyer, report, c.RoyaltyReportTerms(base=10_000_000))
    assert outcome.result["state"] == "OVERDUE"
    assert first.due_ms == due_ms
    scene.by(buyer, c.PayObligation(obligation_id=first.id, statement_line=scene.credit(buyer, 10**9)))
    assert first.interest == 500_000 * 500 * 10 // 1_000_000
    scene.replay()


def test_a_period_without_a_royalty_is_over_with_its_report() -> None:
    scene = Scene()
    _, first = reported(scene, base=0)
    assert scene.state.obligations[first].state == "SETTLED"


def test_least_and_most_of_a_period_hold_and_a_cut_period_bears_its_part_of_the_least() -> None:
    for base, owed in ((0, 90_000), (10**9, 100_000)):
        scene = Scene()
        _, first = reported(scene, base=base, consideration=royalty(floor=90_000, ceiling=100_000))
        assert scene.state.obligations[first].amount == owed
    scene = Scene()
    _, buyer, deal = licensed_for_royalty(scene, consideration=royalty(floor=90_000))
    first_row = scene.state.obligations["OB-1"]
    scene.wait(30 * MS_PER_DAY)
    scene.copy(scene.state.deals[deal].right_id, scene.state.deals[deal].seller, status="expired")
    assert first_row.state == "TO_REPORT"
    assert first_row.ends_ms == scene.now
    scene.by(buyer, c.ReportRoyalty(obligation_id="OB-1"), c.RoyaltyReportTerms(base=0))
    lasted = first_row.ends_ms - first_row.starts_ms
    assert first_row.amount == 90_000 * lasted // first_row.whole_ms < 90_000
    assert list(scene.state.obligations) == ["OB-1"], "no period follows the licence"
    scene.replay()


def test_a_licence_that_ends_before_it_begins_owes_nothing() -> None:
    scene = Scene()
    later = scene.now + 400 * MS_PER_DAY
    _, _, deal = licensed_for_royalty(scene, starts_ms=later)
    right, seller = scene.state.deals[deal].right_id, scene.state.deals[deal].seller
    scene.copy(right, seller, status="expired")
    assert [row.state for row in scene.state.obligations.values()] == ["SETTLED"]


def test_periods_follow_one_another_to_the_end_of_the_licence_and_no_further() -> None:
    scene = Scene()
    ends_ms = start_of_day(venue_date(scene.now + 400 * MS_PER_DAY))
    _, _, deal = licensed_for_royalty(scene, ends_ms=ends_ms)
    scene.wait(800 * MS_PER_DAY)
    rows = [scene.state.obligations[each] for each in scene.state.obligations_of[deal]]
    assert [row.number for row in rows] == [0, 1, 2, 3, 4]
    for one, other in itertools.pairwise(rows):
        assert one.ends_ms == other.starts_ms
    assert rows[-1].ends_ms == ends_ms
    assert {row.state for row in rows} == {"REPORT_OVERDUE"}
    scene.replay()


@pytest.mark.parametrize("base", [-1, 10**15 + 1])
def test_a_base_out_of_bounds_is_refused(base: int) -> None:
    scene = Scene()
    _, buyer, _deal = licensed_for_royalty(scene)
    early = scene.by(buyer, c.ReportRoyalty(obligation_id="OB-1"), c.RoyaltyReportTerms(base=1))
    assert early.refusal is not None
    assert early.refusal.code == "WRONG-STATE"
    scene.wait(93 * MS_PER_DAY)
    outcome = scene.by(buyer, c.ReportRoyalty(obligation_id="OB-1"), c.RoyaltyReportTerms(base=base))
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.detail["field"]) == ("MALFORMED", "base")


def test_an_entry_fee_is_held_at_acceptance_and_the_royalty_runs_from_the_licences_beginning() -> None:
    scene = Scene()
    terms = c.EntryFeeAndRoyalty(royalty=royalty().royalty)
    _, buyer, _deal = licensed_for_royalty_with_fee(scene, terms)
    assert scene.state.accounts["venue/fees/CNY"].balance == 1_000_00
    assert [row.sort for row in scene.state.obligations.values()] == ["royalty"]
    assert scene.balance(buyer, "deposit") == 0


def licensed_for_royalty_with_fee(scene: Scene, terms: c.EntryFeeAndRoyalty) -> tuple[str, str, str]:
    seller, buyer, listing = posted(scene, deal_kind="exclusive_licence", consideration=terms)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    return seller, buyer, deal


# --- inspections


def inspected(scene: Scene) -> tuple[str, str, str]:
    """Licensor, licensee and a period whose inspection the licensor has called."""
    seller, first = reported(scene, base=1_000_000_00, inspection=True)
    outcome = scene.by(seller, c.CallInspection(obligation_id=first))
    assert outcome.result["inspection"] == "CALLED"
    return seller, scene.state.obligations[first].payer, first


def states(scene: Scene, party: str, obligation_id: str, base: int) -> Outcome:
    return scene.by(party, c.StateInspection(obligation_id=obligation_id), c.InspectionTerms(base=base))


def test_a_base_that_both_accept_adds_its_difference_and_the_report_stays_owed_meanwhile() -> None:
    scene = Scene()
    licensor, licensee, first = inspected(scene)
    assert scene.state.obligations[first].state == "DUE"
    assert states(scene, licensor, first, 1_200_000_00).result["inspection"] == "CALLED"
    assert states(scene, licensee, first, 1_100_000_00).result["inspection"] == "CALLED"
    outcome = states(scene, licensee, first, 1_200_000_00)
    added = [event for event in outcome.events if isinstance(event, InspectionChanged)]
    assert [(event.new, event.amount) for event in added] == [("CLOSED", 10_000_00)]
    more = next(row for row in scene.state.obligations.values() if row.sort == "inspection")
    assert (more.amount, more.state, more.payer) == (10_000_00, "DUE", licensee)
    assert (venue_date(more.due_ms - 1) - venue_date(scene.now)).days == 15
    assert scene.state.obligations[first].amount == 50_000_00
    scene.replay()


def test_a_licensor_that_accepts_the_report_ends_the_inspection_alone_and_a_licensee_does_not() -> None:
    scene = Scene()
    licensor, licensee, first = inspected(scene)
    assert states(scene, licensee, first, 1_000_000_00).result["inspection"] == "CALLED"
    assert states(scene, licensor, first, 1_000_000_00).result["inspection"] == "CLOSED"
    assert all(row.sort == "royalty" for row in scene.state.obligations.values())


def test_an_inspection_finds_no_less_than_was_reported_and_is_called_once_and_in_time() -> None:
    scene = Scene()
    licensor, licensee, first = inspected(scene)
    less = states(scene, licensor, first, 999_999_99)
    again = scene.by(licensor, c.CallInspection(obligation_id=first))
    foreign = states(scene, scene.party(), first, 1_000_000_00)
    by_licensee = scene.by(licensee, c.CallInspection(obligation_id=first))
    late = Scene()
    seller, period = reported(late, inspection=True)
    late.wait(180 * MS_PER_DAY)
    too_late = late.by(seller, c.CallInspection(obligation_id=period))
    outcomes = (less, again, foreign, by_licensee, too_late)
    codes = [each.refusal.code for each in outcomes if each.refusal is not None]
    assert codes == ["MALFORMED", "WRONG-STATE", "NOT-PERMITTED", "NOT-PERMITTED", "WRONG-STATE"]


def test_what_is_not_agreed_on_within_three_years_lapses_and_frees_the_memory() -> None:
    scene = Scene()
    _, _, first = inspected(scene)
    scene.wait(3 * 365 * MS_PER_DAY)
    assert scene.state.obligations[first].inspection == "CLOSED"


# --- shares


def test_a_contribution_as_capital_moves_no_money_and_settles_when_the_right_has_passed() -> None:
    scene = Scene()
    seller, target = scene.party(), scene.party()
    shares = c.Equity(company_number=scene.numbers[target], basis_points=1_500)
    listing = scene.listing(seller, scene.right(seller), consideration=shares)
    deal = scene.accept(listing, target).result["deal_id"]
    scene.sign(deal)
    assert scene.by(target, c.FundDeal(deal_id=deal, statement_line="")).result["state"] == "FUNDED"
    scene.register(deal)
    row = scene.state.deals[deal]
    assert (row.state, row.fee, row.payments) == ("SETTLED", 0, ())
    assert not any(isinstance(event, Posted) for outcome in scene.outcomes for event in outcome.events)
    assert scene.state.rights[row.right_id].holder_of_record[0].company_number == scene.numbers[target]
    scene.replay()

"""A decision that declares a right invalid suspends its licences until it is final: what they owe waits, and runs on or lapses."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.deals import licences
from exchange.events import LicenceChanged, ObligationChanged, SuspendedLicenceMoved
from exchange.listings import life
from exchange.rows import Obligation
from exchange.rules.rule import Refusal
from exchange.turn import Outcome
from ledger.outbox_records import outbox_records
from tests.exchange import encumbering
from tests.exchange.ending_rule_cases import decide, demand, remedy
from tests.exchange.invariants import accounts_balance
from tests.exchange.outcomes import code
from tests.exchange.rule_cases import licensed_for_royalty, posted, royalty
from tests.exchange.scene import Scene
from tests.exchange.sub_licensing import head, listed
from tests.exchange.test_obligations import a_turn

PRICE = 100_000_00
LATE = c.LateInterest(daily_rate=500, most=300)
HALVES = c.Instalments(parts=(c.Instalment(share=5_000, due_days=0), c.Instalment(share=5_000, due_days=40)))
FIRST_PERIOD = 92 * MS_PER_DAY
"""A quarter that begins with a scene, and a day."""


class Licensed(Scene):
    """A granted licence on a right: at a running royalty, or in two halves with late interest."""

    def __init__(self, *, halves: bool = False, **fields: Any) -> None:
        super().__init__()
        if halves:
            terms: dict[str, Any] = {
                "deal_kind": "ordinary_licence",
                "consideration": HALVES,
                "late_interest": LATE,
            }
            self.seller, self.buyer, listing = posted(self, **(terms | fields))
            self.credit(self.buyer, PRICE)
            self.deal_id = self.accept(listing, self.buyer).result["deal_id"]
            self.sign(self.deal_id)
            self.fund(self.deal_id)
        else:
            self.seller, self.buyer, self.deal_id = licensed_for_royalty(self, **fields)
        self.right_id = self.deal_row.right_id
        self.licence = self.state.licences["LIC-1"]

    @property
    def deal_row(self) -> Any:
        return self.state.deals[self.deal_id]

    def decide_invalidity(self) -> Outcome:
        return decide(self, self.right_id, self.seller)

    def shows(self, status: str = "granted") -> Outcome:
        return self.copy(self.right_id, self.seller, status=status)

    def owed(self) -> list[Obligation]:
        rows = [self.state.obligations[each] for each in self.state.obligations_of.get(self.deal_id, ())]
        return sorted(rows, key=lambda row: int(row.id.partition("-")[2]))

    def states(self) -> list[str]:
        return [row.state for row in self.owed()]

    def report(self, row: Obligation, base: int = 1_000_000_00) -> Outcome:
        command = c.ReportRoyalty(obligation_id=row.id)
        return self.by(self.buyer, command, c.RoyaltyReportTerms(base=base))

    def settle(self, row: Obligation) -> Outcome:
        line = self.credit(self.buyer, 10**9)
        return self.by(self.buyer, c.PayObligation(obligation_id=row.id, statement_line=line))

    def due_at(self, what: str, row: Obligation) -> int | None:
        deadline = self.state.deadlines.get(f"{what}:{row.id}")
        return None if deadline is None else int(deadline.due_ms)

    def whole(self) -> None:
        """Every cent is somewhere, and the run replays to the same state."""
        accounts_balance(self.state)
        assert self.replay().state.state_hash() == self.state.state_hash()


# --- the table

IN_FORCE = ("GRANTED", "RECORDED", "OVERDUE")
ENDED = ("EXPIRED", "ENDED", "TERMINATED")
EXPECTED = {
    ("", "grant"): "GRANTED",
    ("GRANTED", "record"): "RECORDED",
    ("OVERDUE", "record"): "RECORDED",
    ("GRANTED", "recordal_overdue"): "OVERDUE",
    ("GRANTED", "suspend"): "SUSPENDED",
    ("RECORDED", "suspend"): "SUSPENDED",
    ("OVERDUE", "suspend"): "SUSPENDED",
    ("SUSPENDED", "resume_granted"): "GRANTED",
    ("SUSPENDED", "resume_recorded"): "RECORDED",
    ("SUSPENDED", "resume_overdue"): "OVERDUE",
}
EXPECTED |= {(state, "expire"): "EXPIRED" for state in (*IN_FORCE, "SUSPENDED")}
EXPECTED |= {(state, "end"): "ENDED" for state in (*IN_FORCE, "SUSPENDED")}
EXPECTED |= {(state, "terminate"): "TERMINATED" for state in (*IN_FORCE, "SUSPENDED")}
EVENTS = sorted({event for _, event in EXPECTED})


@pytest.mark.parametrize(
    ("state", "event"), list(itertools.product(("", *IN_FORCE, "SUSPENDED", *ENDED), EVENTS))
)
def test_a_licence_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene = Licensed()
    row, turn = scene.licence, a_turn(scene)
    row.state = state
    if (state, event) in EXPECTED:
        licences.advance(turn, row, event, "test")
        assert row.state == EXPECTED[state, event]
        assert [type(each) for each in turn.events] == [LicenceChanged]
    else:
        with pytest.raises(Refusal) as refusal:
            licences.advance(turn, row, event, "test")
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (row.state, turn.events) == (state, [])


def test_the_table_has_these_steps_and_no_other() -> None:
    assert licences.TRANSITIONS == EXPECTED


def _terminate(scene: Licensed) -> None:
    encumbering.dispute(scene, scene.deal_id)
    encumbering.outcome(scene, scene.deal_id, "terminate_licence")


HAPPENINGS: dict[str, Callable[[Licensed], object]] = {
    "the office records it": lambda scene: scene.confirm(scene.deal_id),
    "its time for recordal passes": lambda scene: scene.wait(93 * MS_PER_DAY),
    "it is declared invalid": Licensed.decide_invalidity,
    "the register shows it granted": Licensed.shows,
    "it is invalid for good": lambda scene: scene.shows("invalidated"),
    "it has expired": lambda scene: scene.shows("expired"),
    "it has lapsed": lambda scene: scene.shows("lapsed"),
    "its term ends": lambda scene: scene.wait(scene.licence.ends_ms - scene.now),
    "an outcome ends it": _terminate,
}
ENDS = {
    "it is invalid for good": "ENDED",
    "it has expired": "ENDED",
    "its term ends": "EXPIRED",
    "an outcome ends it": "TERMINATED",
}
OF_RECORDAL = {
    ("GRANTED", "the office records it"): "RECORDED",
    ("OVERDUE", "the office records it"): "RECORDED",
    ("GRANTED", "its time for recordal passes"): "OVERDUE",
}


def licence_in(state: str, *, suspended: bool) -> Licensed:
    """A licence, with its filing at the office, that real commands have brought into a state, and into suspension."""
    scene = Licensed(halves=True, ends_ms=1_900_000_000_000)
    scene.file(scene.deal_id)
    if state == "RECORDED":
        scene.confirm(scene.deal_id)
    if state == "OVERDUE":
        scene.wait(93 * MS_PER_DAY)
    assert scene.licence.state == state
    if suspended:
        scene.decide_invalidity()
        assert (scene.licence.state, scene.licence.suspended_from) == ("SUSPENDED", state)
    return scene


@pytest.mark.parametrize("happening", HAPPENINGS)
@pytest.mark.parametrize("state", IN_FORCE)
@pytest.mark.parametrize("suspended", [False, True])
def test_what_happens_to_a_licence_in_every_state(state: str, happening: str, suspended: bool) -> None:
    scene = licence_in(state, suspended=suspended)
    HAPPENINGS[happening](scene)
    beside = OF_RECORDAL.get((state, happening), state)
    licence = scene.licence
    if happening in ENDS:
        assert (licence.state, licence.suspended_from) == (ENDS[happening], UNSET)
    elif happening == "it is declared invalid" or (
        suspended and happening not in {"the register shows it granted", "it has lapsed"}
    ):
        assert (licence.state, licence.suspended_from) == ("SUSPENDED", beside)
        scene.shows()
        assert (licence.state, licence.suspended_from) == (beside, UNSET)
    else:
        assert (licence.state, licence.suspended_from) == (beside, UNSET)
    scene.whole()


def test_everybody_sees_that_it_is_suspended_what_moves_beside_it_and_that_it_goes_on() -> None:
    scene = licence_in("GRANTED", suspended=False)
    facts = {"licence_id": "LIC-1", "deal_id": scene.deal_id, "right_id": scene.right_id}
    suspended = [each for each in scene.decide_invalidity().events if isinstance(each, LicenceChanged)]
    assert suspended == [
        LicenceChanged(**facts, old="GRANTED", new="SUSPENDED", cause="right_invalidity_decided")
    ]
    assert not [each for each in scene.decide_invalidity().events if isinstance(each, LicenceChanged)]
    recorded = scene.confirm(scene.deal_id)
    assert recorded.result["state"] == "SUSPENDED"
    assert recorded.events[-1] == SuspendedLicenceMoved(
        **facts, old="GRANTED", new="RECORDED", cause="recordal"
    )
    shown = scene.shows()
    goes_on = LicenceChanged(**facts, old="SUSPENDED", new="RECORDED", cause="right_granted")
    assert goes_on in shown.events
    assert scene.state.rights[scene.right_id].stopped_deals is UNSET


@pytest.mark.parametrize("state", IN_FORCE)
def test_the_chain_has_a_licence_once_and_hears_of_its_end_alone(state: str) -> None:
    scene = licence_in(state, suspended=False)
    for outcome in (scene.decide_invalidity(), scene.shows(), scene.decide_invalidity()):
        assert outbox_records(1, outcome, scene.state) == []
    records = outbox_records(1, scene.shows("invalidated"), scene.state)
    assert [(each.kind, each.subject_id) for each in records] == [("licence_end", "LIC-1")]


def test_every_licence_of_the_right_is_suspended_and_a_listing_and_a_deal_of_it_wait() -> None:
    scene = Scene()
    owner, licensee, head_id = head(scene)
    right = scene.state.licences[head_id].right_id
    subs = listed(scene, licensee, head_id, max_acceptances=3)
    sub = scene.deal(subs, scene.party())
    scene.sign(sub)
    scene.fund(sub)
    waiting = scene.deal(subs, scene.party())
    decide(scene, right, owner)
    assert {row.state for row in scene.state.licences.values()} == {"SUSPENDED"}
    assert scene.state.listings[subs].state == "SUSPENDED"
    for party in (licensee, scene.state.deals[waiting].buyer):
        assert code(scene.signature(waiting, party)) == "INVALIDITY-DECIDED"
    scene.copy(right, owner)
    assert {row.state for row in scene.state.licences.values()} == {"GRANTED"}
    assert scene.state.listings[subs].state == "OPEN"
    scene.sign(waiting)
    assert scene.fund(waiting).refusal is None
    decide(scene, right, owner)
    ended = [
        each
        for each in scene.copy(right, owner, status="invalidated").events
        if isinstance(each, LicenceChanged)
    ]
    assert {each.new for each in ended} == {"ENDED"}
    assert len(ended) == 3
    assert scene.state.licences == {}
    assert scene.state.listings[subs].state == "SUSPENDED"
    scene.replay()


def test_who_cannot_sign_or_pay_for_such_a_right_has_not_defaulted() -> None:
    scene = Scene()
    seller, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    row = scene.state.deals[deal]
    decide(scene, row.right_id, seller)
    assert code(scene.fund(deal)) == "INVALIDITY-DECIDED"
    scene.wait(60 * MS_PER_DAY)
    assert (row.state, not row.defaulted) == ("REFUNDED", True)


def test_what_the_office_registers_all_the_same_is_a_fact() -> None:
    scene = Scene()
    seller, buyer, listing = posted(scene)
    deal = scene.deal(listing, buyer)
    scene.sign(deal)
    scene.fund(deal)
    right = scene.state.deals[deal].right_id
    decide(scene, right, seller)
    assert code(scene.file(deal)) == "INVALIDITY-DECIDED"
    scene.copy(right, seller)
    scene.file(deal)
    decide(scene, right, seller)
    assert code(scene.confirm(deal)) == ""
    assert scene.state.deals[deal].state == "REGISTERED"


# --- what is owed meanwhile


def test_a_report_and_a_payment_wait_and_run_on_with_the_time_that_they_had_left() -> None:
    scene = Licensed()
    scene.wait(FIRST_PERIOD)
    first = scene.owed()[0]
    due_ms = scene.due_at("report_due", first)
    assert (first.state, due_ms) == ("TO_REPORT", first.report_due_ms)
    scene.wait(10 * MS_PER_DAY)
    scene.decide_invalidity()
    decided_ms = scene.now
    assert scene.due_at("report_due", first) is None
    scene.wait(400 * MS_PER_DAY)
    assert scene.licence.state == "SUSPENDED"
    assert set(scene.states()) == {"TO_REPORT", "RUNNING"}
    pay_days_ms = first.due_ms - first.report_due_ms
    scene.shows()
    shift_ms = scene.now - decided_ms
    assert scene.due_at("report_due", first) == (due_ms or 0) + shift_ms == first.report_due_ms
    assert first.due_ms - first.report_due_ms == pay_days_ms
    for row in scene.owed()[1:-1]:
        assert row.report_due_ms - scene.now == scene_days(row.report_due_ms - scene.now)
        assert scene.due_at("report_due", row) == row.report_due_ms
    scene.wait(first.report_due_ms - scene.now)
    assert first.state == "REPORT_OVERDUE"
    scene.whole()


def scene_days(length_ms: int) -> int:
    """A length, where it is one that a contract gives for a report: thirty days to the end of the day."""
    assert 29 * MS_PER_DAY <= length_ms <= 31 * MS_PER_DAY
    return length_ms


def test_what_fell_due_before_stays_due_and_bears_no_interest_for_the_time_that_stood_still() -> None:
    scene = Licensed(halves=True)
    scene.wait(51 * MS_PER_DAY)
    (half,) = scene.owed()
    assert half.state == "OVERDUE"
    scene.decide_invalidity()
    scene.wait(300 * MS_PER_DAY)
    assert half.state == "OVERDUE"
    outcome = scene.settle(half)
    assert outcome.refusal is None
    assert half.interest == half.amount * 500 * 11 // 1_000_000
    scene.whole()


def test_its_interest_goes_on_where_it_stood_once_the_right_stands_again() -> None:
    scene = Licensed(halves=True)
    scene.wait(51 * MS_PER_DAY)
    (half,) = scene.owed()
    scene.decide_invalidity()
    scene.wait(300 * MS_PER_DAY)
    scene.shows()
    scene.wait(5 * MS_PER_DAY)
    scene.settle(half)
    # Eleven days and five, of which the day on which it was stopped in its middle counts once.
    assert half.interest == half.amount * 500 * 15 // 1_000_000


def test_whoever_pays_or_reports_while_it_is_suspended_may_and_is_not_late() -> None:
    scene = Licensed()
    scene.wait(FIRST_PERIOD)
    first = scene.owed()[0]
    left_ms = first.due_ms - scene.now
    scene.decide_invalidity()
    scene.wait(300 * MS_PER_DAY)
    assert code(scene.report(first)) == ""
    assert (first.state, scene.due_at("payment_due", first)) == ("DUE", None)
    scene.wait(100 * MS_PER_DAY)
    second = scene.owed()[1]
    assert second.state == "TO_REPORT"
    scene.report(second)
    assert second.state == "DUE"
    assert code(scene.settle(second)) == ""
    assert second.interest == 0
    scene.shows()
    assert scene.due_at("payment_due", first) == first.due_ms
    assert abs(first.due_ms - scene.now - left_ms) < MS_PER_DAY
    assert code(scene.settle(first)) == ""
    scene.whole()


def test_a_report_that_was_overdue_before_owes_what_was_due_before_and_is_then_overdue() -> None:
    scene = Licensed()
    scene.wait(FIRST_PERIOD + 60 * MS_PER_DAY)
    first = scene.owed()[0]
    assert first.state == "REPORT_OVERDUE"
    scene.decide_invalidity()
    scene.report(first)
    assert first.state == "OVERDUE"
    scene.shows("invalidated")
    assert first.state == "OVERDUE"


def test_what_would_have_fallen_due_while_suspended_is_not_owed_of_a_void_right() -> None:
    scene = Licensed()
    scene.wait(FIRST_PERIOD + 60 * MS_PER_DAY)
    scene.decide_invalidity()
    scene.wait(200 * MS_PER_DAY)
    waiting = scene.owed()[1]
    scene.report(waiting)
    assert set(scene.states()) == {"REPORT_OVERDUE", "DUE", "TO_REPORT", "RUNNING"}
    scene.shows("invalidated")
    assert scene.states() == ["REPORT_OVERDUE", *["LAPSED"] * (len(scene.owed()) - 1)]
    assert scene.deal_row.stopped is UNSET
    assert not [each for each in scene.state.deadlines if each.startswith(("payment_due", "report_due"))]
    scene.whole()


def test_no_default_is_pursued_meanwhile_and_the_term_of_a_demand_stands_still() -> None:
    scene = Licensed(halves=True)
    scene.wait(51 * MS_PER_DAY)
    assert code(demand(scene, scene.deal_id)) == ""
    until_ms = scene.deal_row.demand_until_ms
    scene.decide_invalidity()
    decided_ms = scene.now
    scene.wait(100 * MS_PER_DAY)
    assert code(demand(scene, scene.deal_id)) == "INVALIDITY-DECIDED"
    assert code(remedy(scene, scene.deal_id)) == "INVALIDITY-DECIDED"
    scene.shows()
    assert scene.deal_row.demand_until_ms == until_ms + scene.now - decided_ms
    assert code(remedy(scene, scene.deal_id)) == "CN-CIVIL-CODE-634"
    scene.wait(31 * MS_PER_DAY)
    assert code(remedy(scene, scene.deal_id)) == ""
    assert scene.licence.state == "TERMINATED"


# --- licences that end meanwhile


@pytest.mark.parametrize(("fate", "state"), [("granted", "TO_REPORT"), ("invalidated", "LAPSED")])
def test_a_licence_whose_term_ends_meanwhile_owes_its_last_period_if_the_right_stands(
    fate: str, state: str
) -> None:
    scene = Licensed(ends_ms=1_800_000_000_000 + 400 * MS_PER_DAY)
    scene.decide_invalidity()
    scene.wait(scene.licence.ends_ms - scene.now + 100 * MS_PER_DAY)
    assert scene.licence.state == "EXPIRED"
    assert scene.deal_row.stopped is not UNSET
    assert set(scene.states()) == {"TO_REPORT"}
    scene.shows(fate)
    assert scene.deal_row.stopped is UNSET
    assert set(scene.states()) == {state}
    if fate == "granted":
        scene.wait(60 * MS_PER_DAY)
        assert set(scene.states()) == {"REPORT_OVERDUE"}
    scene.whole()


@pytest.mark.parametrize(("fate", "state"), [("granted", "TO_REPORT"), ("invalidated", "LAPSED")])
def test_an_outcome_ends_a_suspended_licence_and_its_use_until_then_waits_for_the_rights_fate(
    fate: str, state: str
) -> None:
    scene = Licensed()
    scene.decide_invalidity()
    scene.wait(30 * MS_PER_DAY)
    _terminate(scene)
    assert (scene.licence.state, scene.states()) == ("TERMINATED", ["TO_REPORT"])
    scene.wait(200 * MS_PER_DAY)
    scene.shows(fate)
    assert scene.states() == [state]
    scene.whole()


def test_a_deal_stays_in_memory_while_it_stands_still_and_leaves_it_afterwards() -> None:
    scene = Licensed(halves=True, ends_ms=1_950_000_000_000)
    scene.file(scene.deal_id)
    scene.confirm(scene.deal_id)
    scene.decide_invalidity()
    scene.settle(scene.owed()[0])
    for payment in list(scene.state.payments):
        if scene.state.payments[payment].state == "PREPARED":
            scene.pay(payment)
    scene.wait(200 * MS_PER_DAY)
    assert scene.deal_row.stopped is not UNSET
    scene.shows()
    scene.wait(life.ARCHIVE_AFTER_MS)
    assert scene.deal_id not in scene.state.deals
    scene.decide_invalidity()
    assert scene.licence.state == "SUSPENDED"
    assert scene.state.rights[scene.right_id].stopped_deals is UNSET
    scene.shows()
    assert scene.licence.state == "RECORDED"
    scene.whole()


# --- disputes that overlap


@pytest.mark.parametrize(
    "order",
    [
        each
        for each in itertools.permutations(("dispute", "end", "decide", "shows"))
        if each.index("dispute") < each.index("end") and each.index("decide") < each.index("shows")
    ],
)
@pytest.mark.parametrize("overdue", [False, True])
def test_a_clock_stands_still_for_as_long_as_a_dispute_or_a_decision_stops_it_and_no_longer(
    order: tuple[str, ...], overdue: bool
) -> None:
    scene = Licensed(halves=True)
    (half,) = scene.owed()
    scene.wait((51 if overdue else 10) * MS_PER_DAY)
    due_ms, stopped_ms, stops = half.due_ms, 0, 0
    moves: dict[str, Callable[[], object]] = {
        "dispute": lambda: encumbering.dispute(scene, scene.deal_id),
        "end": lambda: encumbering.outcome(scene, scene.deal_id),
        "decide": scene.decide_invalidity,
        "shows": scene.shows,
    }
    for number, move in enumerate(order):
        before_ms = scene.now
        scene.wait((number + 2) * MS_PER_DAY)
        moves[move]()
        if stops:
            stopped_ms += scene.now - before_ms
        stops += 1 if move in {"dispute", "decide"} else -1
        runs = scene.due_at("payment_due", half) is not None
        assert runs == (not stops and not overdue)
    assert half.due_ms == due_ms + stopped_ms
    assert half.state == ("OVERDUE" if overdue else "DUE")
    scene.wait(half.due_ms - scene.now - 1)
    assert half.state == ("OVERDUE" if overdue else "DUE")
    scene.wait(2)
    assert half.state == "OVERDUE"
    scene.whole()


def test_a_right_that_is_void_while_its_licence_is_disputed_and_suspended_leaves_no_clock_behind() -> None:
    scene = Licensed()
    scene.wait(FIRST_PERIOD)
    scene.decide_invalidity()
    encumbering.dispute(scene, scene.deal_id)
    assert list(scene.state.disputes["DIS-1"].clocks) == [f"report_due:{scene.owed()[0].id}"]
    assert scene.deal_row.stopped.clocks == {}
    scene.wait(100 * MS_PER_DAY)
    scene.shows("invalidated")
    assert set(scene.states()) == {"LAPSED"}
    assert scene.state.disputes["DIS-1"].clocks == {}
    encumbering.outcome(scene, scene.deal_id)
    assert not [each for each in scene.state.deadlines if each.startswith(("payment_due", "report_due"))]
    scene.whole()


# --- what of it a register can say


def test_a_register_says_so_of_what_is_granted_or_registered_alone() -> None:
    scene = Scene()
    seller = scene.party()
    facts: dict[str, Any] = {"right_type": "achievement", "status": "achievement", "expiry_date": None}
    assert (
        code(decide(scene, scene.right(seller, **facts), seller, expiry_date=None, grant_date=None))
        == "RIGHT-DIFFERS"
    )
    mark = scene.other_right("CN-trademark-12345678", "trademark", seller, filing_date="2019-03-01")
    assert code(decide(scene, mark, seller)) == ""
    older = OlderScene()
    seller = older.party()
    assert code(decide(older, older.right(seller), seller)) == "RIGHT-DIFFERS"


class OlderScene(Scene):
    """A venue of engine version 2."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=2, rulebook=1))


def test_no_overdue_mark_is_made_of_anything_that_fell_due_meanwhile() -> None:
    scene = Licensed(consideration=royalty(floor=100_00))
    scene.decide_invalidity()
    scene.wait(700 * MS_PER_DAY)
    marks = [
        event
        for outcome in scene.outcomes
        for event in outcome.events
        if isinstance(event, ObligationChanged) and event.new in {"OVERDUE", "REPORT_OVERDUE"}
    ]
    assert marks == []
    assert len(scene.owed()) > 7

"""Obligations 应付款: what a buyer owes after its deal took effect, or a seller that defaulted on earnest money.

They have one transition table, and clocks. A right or a licence has passed by then, or never will, so that nothing here
unwinds: what is not paid is overdue, and a default that both sides and the venue see. Payment dates are the contract's:
they run on through an outage of the venue.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.calendar import MS_PER_DAY
from exchange.commands import Instalments
from exchange.deals import clocks
from exchange.events import InspectionChanged, ObligationChanged
from exchange.rows import Deadline, Deal, Licence, Obligation
from exchange.rows.obligations import ObligationSort
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.consideration import (
    due_after,
    instalment_amounts,
    period_end,
    royalty_amount,
    royalty_of,
)
from exchange.transitions import Table, take_step
from exchange.turn import Turn

TRANSITIONS: Table = {
    ("", "owed"): "DUE",
    ("", "begins"): "RUNNING",
    ("RUNNING", "ends"): "TO_REPORT",
    ("RUNNING", "nothing_due"): "SETTLED",
    ("TO_REPORT", "report_overdue"): "REPORT_OVERDUE",
    ("TO_REPORT", "reported"): "DUE",
    ("TO_REPORT", "nothing_due"): "SETTLED",
    ("REPORT_OVERDUE", "reported"): "DUE",
    ("REPORT_OVERDUE", "nothing_due"): "SETTLED",
    ("DUE", "overdue"): "OVERDUE",
    ("DUE", "paid_in_part"): "DUE",
    ("OVERDUE", "paid_in_part"): "OVERDUE",
    ("DUE", "paid"): "IN_RELEASE",
    ("OVERDUE", "paid"): "IN_RELEASE",
    ("IN_RELEASE", "payments_ended"): "SETTLED",
    ("RUNNING", "lapse"): "LAPSED",
    ("TO_REPORT", "lapse"): "LAPSED",
    ("DUE", "lapse"): "LAPSED",
    ("DUE", "accelerate"): "DUE",
    ("DUE", "rescind"): "LAPSED",
    ("OVERDUE", "rescind"): "LAPSED",
}
INSPECTIONS: Table = {
    ("", "call"): "CALLED",
    ("CALLED", "agree"): "CLOSED",
    ("CALLED", "lapse"): "CLOSED",
}
"""For the inspection of a reported period."""
ENDED = frozenset({"SETTLED", "LAPSED"})
LAPSING: dict[str, frozenset[ObligationSort]] = {
    "right_invalidated": frozenset({"instalment", "royalty", "inspection", "floor"}),
    "dispute_outcome": frozenset({"instalment"}),
    "head_licence_ended": frozenset({"instalment"}),
}
"""Why a licence ends before its time, to what ends with it as far as it is not due yet.

Of a right that is void nothing more falls due, and what is performed stays (Patent Law Art. 47); an outcome ends a
licence for the time to come, so that its use until then is reported and paid.
"""
INSPECTION_CALLED_WITHIN_MS = 180 * MS_PER_DAY
"""From the report on."""
INSPECTION_LASTS_MS = 3 * 365 * MS_PER_DAY
"""What the two have not agreed on by then is for whoever decides their dispute (Civil Code Art. 188: three years)."""


def obligation_of(state: State, obligation_id: str) -> Obligation:
    """An obligation by id. Raises Refusal UNKNOWN-ID."""
    obligation = state.obligations.get(obligation_id)
    if obligation is None:
        refuse(rules.UNKNOWN_ID, kind="obligation", id=obligation_id)
    return obligation


def advance(turn: Turn, obligation: Obligation, event: str, cause: str) -> None:
    """Take a step of the table."""
    old = take_step(TRANSITIONS, obligation, event)
    turn.state.touch(obligation)
    turn.emit(
        ObligationChanged(
            obligation_id=obligation.id,
            deal_id=obligation.deal_id,
            old=old,
            new=obligation.state,
            cause=cause,
        )
    )


def require_inspection_step(obligation: Obligation, event: str) -> None:
    """Raises Refusal WRONG-STATE when the event does not follow from where the inspection stands."""
    if (obligation.inspection, event) not in INSPECTIONS:
        refuse(
            rules.WRONG_STATE,
            obligation_id=obligation.id,
            state=obligation.state,
            inspection=obligation.inspection,
            step=event,
        )


def change_inspection(turn: Turn, obligation: Obligation, event: str, cause: str, amount: int = 0) -> None:
    """Take a step of the inspection's table; `amount` is what it has added."""
    require_inspection_step(obligation, event)
    old, obligation.inspection = obligation.inspection, INSPECTIONS[obligation.inspection, event]
    turn.state.touch(obligation)
    turn.emit(
        InspectionChanged(
            obligation_id=obligation.id,
            deal_id=obligation.deal_id,
            old=old,
            new=obligation.inspection,
            cause=cause,
            amount=amount,
        )
    )


def begin(turn: Turn, deal: Deal) -> None:
    """The deal has taken effect: its later instalments fall due by their days, its first royalty period runs."""
    agreed = deal.terms.consideration
    if isinstance(agreed, Instalments):
        amounts = instalment_amounts(deal.price, agreed.parts)
        for number, (part, amount) in enumerate(zip(agreed.parts, amounts, strict=True)):
            if part.due_days and amount:
                due_ms = due_after(turn.time_ms, part.due_days)
                owe(turn, deal, "instalment", number, amount, due_ms, "took_effect")
    licence = turn.state.licences.get(deal.licence_id or "")
    if licence is not None:
        _begin_period(turn, deal, licence, 0)


def owe(  # noqa: PLR0913 - what an obligation consists of
    turn: Turn, deal: Deal, sort: ObligationSort, number: int, amount: int, due_ms: int, cause: str
) -> Obligation:
    """The buyer, or of earnest money the seller, owes `amount` minor units until the day that ends at `due_ms`."""
    obligation = _new(turn, deal, sort, number)
    obligation.amount, obligation.due_ms = amount, due_ms
    advance(turn, obligation, "owed", cause)
    clocks.set_clock(turn, deal, "payment_due", obligation.id, due_ms)
    return obligation


def falls_due(turn: Turn, obligation: Obligation, cause: str) -> None:
    """A reported royalty is owed by its date, which a late report does not move: it may be over already."""
    advance(turn, obligation, "reported", cause)
    deal = turn.state.deals[obligation.deal_id]
    # While its licence is suspended its time stands where that began, or where its period has ended since.
    since_ms = max(clocks.time_of_payments(deal, turn.time_ms), obligation.ends_ms)
    if obligation.due_ms <= since_ms:
        advance(turn, obligation, "overdue", cause)
    else:
        clocks.set_clock(turn, deal, "payment_due", obligation.id, obligation.due_ms, since_ms=since_ms)


def licence_ended(turn: Turn, licence: Licence, ended_ms: int, cause: str) -> None:
    """The period that runs ends with its licence, and no other follows; what lapses with it is never owed."""
    for obligation_id in turn.state.obligations_of.get(licence.deal_id, ()):
        obligation = turn.state.obligations[obligation_id]
        _lapse_if_it_may(turn, obligation, cause)
        if obligation.state != "RUNNING":
            continue
        turn.state.clear_deadline("period_end", obligation.id)
        _end_period(turn, obligation, min(ended_ms, obligation.ends_ms), "licence_ended")


def lapse(turn: Turn, deal_id: str, cause: str) -> None:
    """What is not due yet of a deal, and lapses for this cause, is owed no more."""
    for obligation_id in turn.state.obligations_of.get(deal_id, ()):
        _lapse_if_it_may(turn, turn.state.obligations[obligation_id], cause)


def instalments_of(state: State, deal: Deal, *states: str) -> list[Obligation]:
    """The later parts of a deal's price that are in one of these states."""
    rows = (state.obligations[each] for each in state.obligations_of.get(deal.id, ()))
    return [row for row in rows if row.sort == "instalment" and row.state in states]


def rescind(turn: Turn, deal: Deal, cause: str) -> None:
    """What is unpaid of a deal's price, overdue or not, is owed no more."""
    for row in instalments_of(turn.state, deal, "DUE", "OVERDUE"):
        clocks.clear_clock(turn, deal, "payment_due", row.id)
        advance(turn, row, "rescind", cause)


def is_needed(state: State, deal: Deal, time_ms: int) -> bool:
    """Whether a deal has obligations that are not at their end, that stand still, or that an inspection may add to."""
    inspected = deal.terms.inspection is True  # of what lapsed there is nothing to inspect
    return deal.stopped is not UNSET or any(
        each.state not in ENDED
        or each.inspection == "CALLED"
        or is_being_paid_out(state, each)
        or (
            inspected
            and each.state != "LAPSED"
            and not each.inspection
            and each.reported_ms is not None
            and time_ms < each.reported_ms + INSPECTION_CALLED_WITHIN_MS + (each.paused_ms or 0)
        )
        for each in (
            state.obligations[obligation_id] for obligation_id in state.obligations_of.get(deal.id, ())
        )
    )


def is_being_paid_out(state: State, obligation: Obligation) -> bool:
    """Whether what was paid of it in part, before the rest lapsed, is still on its way."""
    return obligation.parts is not UNSET and any(
        state.payments[each].state not in {"PAID", "REFUSED"} for each in obligation.payments
    )


def period_ended(turn: Turn, deadline: Deadline) -> None:
    """A reporting period has ended: its report is due, and the next one runs while the licence does."""
    obligation = turn.state.obligations[deadline.subject_id]
    _end_period(turn, obligation, obligation.ends_ms, "period_end")
    deal = turn.state.deals[obligation.deal_id]
    licence = turn.state.licences.get(deal.licence_id or "")
    if licence is not None:
        _begin_period(turn, deal, licence, obligation.number + 1)


def report_overdue(turn: Turn, deadline: Deadline) -> None:
    """No report has come in time: a default. The least of the period is owed by its date all the same."""
    obligation = turn.state.obligations[deadline.subject_id]
    advance(turn, obligation, "report_overdue", "report_due_passed")
    deal = turn.state.deals[obligation.deal_id]
    royalty = royalty_of(deal.terms)
    if royalty is None or not royalty.floor:
        return
    lasted_ms = obligation.ends_ms - obligation.starts_ms
    obligation.floor = royalty_amount(royalty, obligation.number, 0, lasted_ms, obligation.whole_ms)
    turn.state.touch(obligation)
    if not obligation.floor:
        return
    owed = _new(turn, deal, "floor", obligation.number)
    owed.amount, owed.due_ms = obligation.floor, obligation.due_ms
    advance(turn, owed, "owed", "report_due_passed")
    if owed.due_ms <= turn.time_ms:
        advance(turn, owed, "overdue", "report_due_passed")
    else:
        clocks.set_clock(turn, deal, "payment_due", owed.id, owed.due_ms)


def payment_overdue(turn: Turn, deadline: Deadline) -> None:
    """Nothing was paid in time: a default, and late interest runs where it was agreed."""
    advance(turn, turn.state.obligations[deadline.subject_id], "overdue", "payment_due_passed")


def inspection_lapsed(turn: Turn, deadline: Deadline) -> None:
    """The two have not agreed on what the inspection has found."""
    change_inspection(turn, turn.state.obligations[deadline.subject_id], "lapse", "inspection_end")


def _new(turn: Turn, deal: Deal, sort: ObligationSort, number: int) -> Obligation:
    payer, payee = (deal.seller, deal.buyer) if sort == "earnest" else (deal.buyer, deal.seller)
    obligation = Obligation(
        id=turn.state.next_id("OB"),
        deal_id=deal.id,
        sort=sort,
        number=number,
        payer=payer,
        payee=payee,
        currency=deal.currency,
    )
    turn.state.add(obligation)
    return obligation


def _begin_period(turn: Turn, deal: Deal, licence: Licence, number: int) -> None:
    royalty = royalty_of(deal.terms)
    if royalty is None:
        return
    starts_ms = period_end(licence.starts_ms, royalty, number - 1) if number else licence.starts_ms
    if starts_ms >= licence.ends_ms:
        return
    whole_end_ms = period_end(licence.starts_ms, royalty, number)
    obligation = _new(turn, deal, "royalty", number)
    obligation.starts_ms, obligation.ends_ms = starts_ms, min(whole_end_ms, licence.ends_ms)
    obligation.whole_ms = whole_end_ms - starts_ms
    advance(turn, obligation, "begins", "period_begins")
    # With its licence, whose term runs on through a dispute.
    turn.state.set_deadline("period_end", obligation.id, obligation.ends_ms, venue_clock=False)


def _lapse_if_it_may(turn: Turn, obligation: Obligation, cause: str) -> None:
    if obligation.sort not in LAPSING.get(cause, ()) or (obligation.state, "lapse") not in TRANSITIONS:
        return
    deal = turn.state.deals[obligation.deal_id]
    for what in ("period_end", *clocks.OBLIGATION_CLOCKS):
        clocks.clear_clock(turn, deal, what, obligation.id)
    if obligation.inspection == "CALLED":
        change_inspection(turn, obligation, "lapse", cause)
    advance(turn, obligation, "lapse", cause)


def _end_period(turn: Turn, obligation: Obligation, ended_ms: int, cause: str) -> None:
    deal = turn.state.deals[obligation.deal_id]
    royalty = royalty_of(deal.terms)
    if royalty is None:
        turn.fault(f"royalty {obligation.id} of a deal without one")
    obligation.ends_ms = ended_ms
    if ended_ms <= obligation.starts_ms:
        advance(turn, obligation, "nothing_due", cause)
        return
    # The period covers its last day to the end.
    obligation.report_due_ms = due_after(ended_ms - 1, royalty.report_days)
    obligation.due_ms = due_after(ended_ms - 1, royalty.report_days + royalty.pay_days)
    advance(turn, obligation, "ends", cause)
    due_ms = obligation.report_due_ms
    # A late Tick takes nothing of it: a period ends when it ends.
    clocks.set_clock(turn, deal, "report_due", obligation.id, due_ms, since_ms=ended_ms)


DEADLINES = {
    "period_end": period_ended,
    "report_due": report_overdue,
    "payment_due": payment_overdue,
    "inspection_end": inspection_lapsed,
}

"""Royalty reports, and inspections of the books behind them (Civil Code Art. 846)."""

from __future__ import annotations

from exchange.commands import (
    CallInspection,
    InspectionTerms,
    ReportRoyalty,
    Royalty,
    RoyaltyReportTerms,
    StateInspection,
)
from exchange.deals import clocks, obligations
from exchange.deals.obligations import obligation_of
from exchange.events import RoyaltyReported
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import active_actor
from exchange.rows import Obligation
from exchange.rules import civil_code, disputes
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.terms.consideration import due_after, royalty_amount, royalty_of
from exchange.transitions import require_step
from exchange.turn import Handlers, Result, Turn


def report_royalty(turn: Turn, command: ReportRoyalty) -> Result:
    """The licensee reports a period that has ended; its royalty is owed by its date."""
    obligation = obligation_of(turn.state, command.obligation_id)
    if active_actor(turn).id != obligation.payer:
        refuse(rules.NOT_PERMITTED, obligation_id=obligation.id)
    deal = turn.state.deals[obligation.deal_id]
    disputes.deal_is_not_disputed(deal)
    require_step(obligations.TRANSITIONS, obligation, "reported")
    terms = turn.request.terms
    if not isinstance(terms, RoyaltyReportTerms) or not 0 <= terms.base <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="base", most=LARGEST_AMOUNT)
    obligation.base, obligation.reported_ms = terms.base, turn.time_ms
    obligation.amount = _amount(turn, obligation, terms.base) - obligation.floor
    turn.state.touch(obligation)
    clocks.clear_clock(turn, deal, "report_due", obligation.id)
    turn.emit(
        RoyaltyReported(obligation_id=obligation.id, deal_id=obligation.deal_id, amount=obligation.amount)
    )
    if obligation.amount:
        obligations.falls_due(turn, obligation, "report_royalty")
    else:
        obligations.advance(turn, obligation, "nothing_due", "report_royalty")
    return {"obligation_id": obligation.id, "state": obligation.state}


def call_inspection(turn: Turn, command: CallInspection) -> Result:
    """The licensor has the books of a reported period inspected; what was reported stays owed meanwhile."""
    obligation = obligation_of(turn.state, command.obligation_id)
    if active_actor(turn).id != obligation.payee:
        refuse(rules.NOT_PERMITTED, obligation_id=obligation.id)
    deal = turn.state.deals[obligation.deal_id]
    disputes.deal_is_not_disputed(deal)
    civil_code.inspection_is_agreed(deal)
    obligations.require_inspection_step(obligation, "call")
    reported_ms = obligation.reported_ms
    within_ms = obligations.INSPECTION_CALLED_WITHIN_MS + (obligation.paused_ms or 0)
    lapsed = obligation.state == "LAPSED"
    if lapsed or reported_ms is None or turn.time_ms >= reported_ms + within_ms:
        refuse(rules.WRONG_STATE, obligation_id=obligation.id, state=obligation.state, step="call")
    obligations.change_inspection(turn, obligation, "call", "call_inspection")
    due_ms = turn.time_ms + obligations.INSPECTION_LASTS_MS
    turn.state.set_deadline("inspection_end", obligation.id, due_ms, venue_clock=False)
    return {"obligation_id": obligation.id, "inspection": obligation.inspection}


def state_inspection(turn: Turn, command: StateInspection) -> Result:
    """A side states what it accepts as found. The inspection ends when both name the same base.

    What that base makes more is owed within the days that the contract gives for payment. A licensor that accepts the
    report as it was ends the inspection alone.
    """
    state = turn.state
    obligation = obligation_of(state, command.obligation_id)
    party = active_actor(turn)
    if party.id not in {obligation.payer, obligation.payee}:
        refuse(rules.NOT_PERMITTED, obligation_id=obligation.id)
    disputes.deal_is_not_disputed(state.deals[obligation.deal_id])
    obligations.require_inspection_step(obligation, "agree")
    terms, reported = turn.request.terms, obligation.base or 0
    if not isinstance(terms, InspectionTerms) or not reported <= terms.base <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="base", least=reported, most=LARGEST_AMOUNT)
    obligation.found[party.id] = terms.base
    state.touch(obligation)
    other = obligation.payee if party.id == obligation.payer else obligation.payer
    drops = party.id == obligation.payee and terms.base == reported
    if drops or obligation.found.get(other) == terms.base:
        _agree(turn, obligation, terms.base)
    return {"obligation_id": obligation.id, "inspection": obligation.inspection}


def _agree(turn: Turn, obligation: Obligation, base: int) -> None:
    deal = turn.state.deals[obligation.deal_id]
    more = _amount(turn, obligation, base) - obligation.floor - obligation.amount
    turn.state.clear_deadline("inspection_end", obligation.id)
    obligations.change_inspection(turn, obligation, "agree", "state_inspection", more)
    if more:
        due_ms = due_after(turn.time_ms, _royalty(turn, obligation).pay_days)
        obligations.owe(turn, deal, "inspection", obligation.number, more, due_ms, "state_inspection")


def _amount(turn: Turn, obligation: Obligation, base: int) -> int:
    lasted_ms = obligation.ends_ms - obligation.starts_ms
    royalty = _royalty(turn, obligation)
    return royalty_amount(royalty, obligation.number, base, lasted_ms, obligation.whole_ms)


def _royalty(turn: Turn, obligation: Obligation) -> Royalty:
    royalty = royalty_of(turn.state.deals[obligation.deal_id].terms)
    if royalty is None:
        turn.fault(f"royalty {obligation.id} of a deal without one")
    return royalty


HANDLERS: Handlers = {
    ReportRoyalty: report_royalty,
    CallInspection: call_inspection,
    StateInspection: state_inspection,
}

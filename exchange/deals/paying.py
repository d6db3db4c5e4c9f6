"""What is paid beside the price: an obligation, through an escrow account of its own, and earnest money 定金.

An obligation is paid whole or, since engine version 5, in parts: each pays the late interest that has accrued first,
then principal (Civil Code Art. 561), and what is left stays owed by the same day.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import PartTerms, PayEarnest, PayObligation, PayPart
from exchange.deals import clocks, earnest, instalments, obligations, release
from exchange.deals.obligations import obligation_of
from exchange.deals.steps import deal_of
from exchange.events import EarnestPaid
from exchange.listings.checks import sides_are_not_sanctioned
from exchange.money.accounts import post, require_available
from exchange.money.lines import covering_lines, draw
from exchange.parties import active_actor
from exchange.rows import Deal, Obligation, StatementLine
from exchange.rows.obligations import PartsPaid
from exchange.rules import disputes
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.terms.consideration import days_late, earnest_amount, late_interest, most_interest
from exchange.transitions import require_step
from exchange.turn import Handlers, Result, Turn

PARTS_SINCE_ENGINE = 5
MOST_PARTS = 24
"""Each makes payments that two operators approve. What is paid after so many is all that is left."""


def pay_obligation(turn: Turn, command: PayObligation) -> Result:
    """The buyer pays all that is left, with the interest that has accrued since the day after the due date."""
    obligation = _own(turn, command.obligation_id, "paid")
    payable = _payable(turn, obligation)
    _pay_by(turn, obligation, payable, command.statement_line, "pay_obligation")
    return {"obligation_id": obligation.id, "state": obligation.state}


def pay_part(turn: Turn, command: PayPart) -> Result:
    """The buyer pays so much; where that is all that is left, the obligation is paid."""
    engine = turn.state.venue.engine
    if engine < PARTS_SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=engine)
    terms = turn.request.terms
    if not isinstance(terms, PartTerms):
        turn.fault("a part without terms was authorised")
    obligation = _own(turn, command.obligation_id, "paid_in_part")
    payable = _payable(turn, obligation)
    least = 1 if _takes_parts(turn, obligation) else payable
    if not least <= terms.amount <= payable:
        refuse(rules.MALFORMED, field="amount", least=least, most=payable)
    _pay_by(turn, obligation, terms.amount, command.statement_line, "pay_part")
    return {"obligation_id": obligation.id, "state": obligation.state}


def pay_from_line(turn: Turn, obligation: Obligation, line: StatementLine) -> None:
    """A credit whose reference names what its payer owes pays it: whole where it is enough, else in part.

    The payer has said what it pays (Civil Code Art. 560); what is over stays available. Before engine version 5 what
    was not enough stayed so too. Nothing is paid under a disputed deal.
    """
    if turn.state.deals[obligation.deal_id].state == "DISPUTED":
        return
    if (obligation.state, "paid") not in obligations.TRANSITIONS or line.currency != obligation.currency:
        return
    payable = _payable(turn, obligation)
    if payable <= line.left or _takes_parts(turn, obligation):
        paid = min(payable, line.left)
        _pay(turn, obligation, paid, {line.id: paid}, "record_statement_line")


def interest_owed(deal: Deal, obligation: Obligation, time_ms: int) -> int:
    """Late interest (minor units) that has accrued by then and is not paid, by the day on what is left of principal."""
    return _accrued(deal, obligation, _days_late(deal, obligation, time_ms)) - obligation.interest


def _own(turn: Turn, obligation_id: str, step: str) -> Obligation:
    """What the acting party owes and may pay now.

    Raises:
        Refusal: UNKNOWN-ID, NOT-PERMITTED, DEAL-DISPUTED, WRONG-STATE.
    """
    obligation = obligation_of(turn.state, obligation_id)
    if active_actor(turn).id != obligation.payer:
        refuse(rules.NOT_PERMITTED, obligation_id=obligation.id)
    disputes.deal_is_not_disputed(turn.state.deals[obligation.deal_id])
    require_step(obligations.TRANSITIONS, obligation, step)
    return obligation


def _takes_parts(turn: Turn, obligation: Obligation) -> bool:
    made = 0 if obligation.parts is UNSET else obligation.parts.number
    return turn.state.venue.engine >= PARTS_SINCE_ENGINE and made < MOST_PARTS


def _payable(turn: Turn, obligation: Obligation) -> int:
    """What is left of the amount, with the interest that has accrued since the day after the due date."""
    deal = turn.state.deals[obligation.deal_id]
    return obligation.open_principal + interest_owed(deal, obligation, turn.time_ms)


def _days_late(deal: Deal, obligation: Obligation, time_ms: int) -> int:
    return days_late(obligation.due_ms, clocks.time_of_payments(deal, time_ms))


def _accrued(deal: Deal, obligation: Obligation, late: int) -> int:
    """All interest so far, paid or not: at most the agreed share of what was not paid by its day."""
    agreed, parts = deal.terms.late_interest, obligation.parts
    if parts is UNSET:
        return late_interest(agreed, obligation.amount, late)
    since = max(0, late - parts.days_late)
    accrued = parts.interest + late_interest(agreed, obligation.open_principal, since)
    return min(accrued, most_interest(agreed, obligation.amount - parts.on_time))


def _pay_by(turn: Turn, obligation: Obligation, amount: int, line_id: str, cause: str) -> None:
    """By the cited line of the bank's statement first, from the payer's available balance."""
    state, payer, currency = turn.state, obligation.payer, obligation.currency
    require_available(state, payer, currency, amount)
    drawn = covering_lines(state, payer, currency, amount, line_id)
    _pay(turn, obligation, amount, drawn, cause)


def _pay(turn: Turn, obligation: Obligation, paid: int, drawn: dict[str, int], cause: str) -> None:
    """From the payer's available balance into the obligation's escrow, and on: interest first, then principal."""
    draw(turn, obligation, drawn)
    available, escrow = (obligation.payer, "available"), (obligation.id, "escrow")
    deal, currency = turn.state.deals[obligation.deal_id], obligation.currency
    late = _days_late(deal, obligation, turn.time_ms)
    accrued = _accrued(deal, obligation, late)
    interest = min(paid, accrued - obligation.interest)
    principal = paid - interest
    post(turn, available, escrow, currency, principal, obligation.id, "escrow_in")
    post(turn, available, escrow, currency, interest, obligation.id, "late_interest")
    obligation.interest += interest
    whole = principal == obligation.open_principal
    if whole:
        obligation.paid_ms = turn.time_ms
        clocks.clear_clock(turn, deal, "payment_due", obligation.id)
    obligations.advance(turn, obligation, "paid" if whole else "paid_in_part", cause)
    if not whole and obligation.parts is UNSET:
        obligation.parts = PartsPaid()
    release.release_obligation(turn, deal, obligation, principal)
    if obligation.parts is not UNSET:
        _count(obligation, obligation.parts, principal, accrued, late)
    instalments.paid(turn, deal)


def _count(obligation: Obligation, parts: PartsPaid, principal: int, accrued: int, late: int) -> None:
    parts.number += 1
    parts.principal += principal
    # A dispute may have moved the day since: what was overdue once has its most from then on.
    parts.on_time += principal if obligation.state == "DUE" else 0
    parts.interest, parts.days_late = accrued, max(late, parts.days_late)


def pay_earnest(turn: Turn, command: PayEarnest) -> Result:
    """The buyer pays what was agreed, once, from its available balance; no bid deposit is used for it."""
    state = turn.state
    deal = deal_of(state, command.deal_id)
    buyer = active_actor(turn)
    if buyer.id != deal.buyer:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=buyer.id)
    disputes.deal_is_not_disputed(deal)
    amount = earnest_amount(deal.terms, deal.price)
    if not amount or not earnest.may_be_paid(deal):
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="earnest_paid", agreed=amount)
    sides_are_not_sanctioned(turn, deal)
    require_available(state, buyer.id, deal.currency, amount)
    draw(turn, deal, covering_lines(state, buyer.id, deal.currency, amount, command.statement_line))
    post(
        turn,
        (buyer.id, "available"),
        (deal.id, earnest.PURPOSE),
        deal.currency,
        amount,
        deal.id,
        "earnest_in",
    )
    deal.earnest = amount
    state.touch(deal)
    turn.emit(EarnestPaid(deal_id=deal.id, amount=amount))
    return {"deal_id": deal.id, "state": deal.state}


HANDLERS: Handlers = {PayObligation: pay_obligation, PayPart: pay_part, PayEarnest: pay_earnest}

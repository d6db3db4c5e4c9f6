"""What is paid beside the price: an obligation, through an escrow account of its own, and earnest money 定金."""

from __future__ import annotations

from exchange.commands import PayEarnest, PayObligation
from exchange.deals import clocks, earnest, instalments, obligations, release
from exchange.deals.obligations import obligation_of
from exchange.deals.steps import deal_of
from exchange.events import EarnestPaid
from exchange.listings.checks import sides_are_not_sanctioned
from exchange.money.accounts import post, require_available
from exchange.money.lines import covering_lines, draw
from exchange.parties import active_actor
from exchange.rows import Obligation, StatementLine
from exchange.rules import disputes
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.terms.consideration import days_late, earnest_amount, late_interest
from exchange.transitions import require_step
from exchange.turn import Handlers, Result, Turn


def pay_obligation(turn: Turn, command: PayObligation) -> Result:
    """The buyer pays in full, with the interest that has accrued since the day after the due date."""
    state = turn.state
    obligation = obligation_of(state, command.obligation_id)
    payer = active_actor(turn)
    if payer.id != obligation.payer:
        refuse(rules.NOT_PERMITTED, obligation_id=obligation.id)
    disputes.deal_is_not_disputed(state.deals[obligation.deal_id])
    require_step(obligations.TRANSITIONS, obligation, "paid")
    payable = _payable(turn, obligation)
    require_available(state, payer.id, obligation.currency, payable)
    drawn = covering_lines(state, payer.id, obligation.currency, payable, command.statement_line)
    _pay(turn, obligation, payable, drawn, "pay_obligation")
    return {"obligation_id": obligation.id, "state": obligation.state}


def pay_from_line(turn: Turn, obligation: Obligation, line: StatementLine) -> None:
    """A credit whose reference names what its payer owes pays it, where it is enough; what is over stays available.

    Nothing is paid under a disputed deal.
    """
    if turn.state.deals[obligation.deal_id].state == "DISPUTED":
        return
    if (obligation.state, "paid") not in obligations.TRANSITIONS or line.currency != obligation.currency:
        return
    payable = _payable(turn, obligation)
    if payable <= line.left:
        _pay(turn, obligation, payable, {line.id: payable}, "record_statement_line")


def _payable(turn: Turn, obligation: Obligation) -> int:
    """The amount, with the interest that has accrued since the day after the due date."""
    deal = turn.state.deals[obligation.deal_id]
    late = days_late(obligation.due_ms, clocks.time_of_payments(deal, turn.time_ms))
    return obligation.amount + late_interest(deal.terms.late_interest, obligation.amount, late)


def _pay(turn: Turn, obligation: Obligation, payable: int, drawn: dict[str, int], cause: str) -> None:
    """From the payer's available balance into the obligation's escrow, and on."""
    draw(turn, obligation, drawn)
    available, escrow = (obligation.payer, "available"), (obligation.id, "escrow")
    amount, currency = obligation.amount, obligation.currency
    obligation.interest, obligation.paid_ms = payable - amount, turn.time_ms
    post(turn, available, escrow, currency, amount, obligation.id, "escrow_in")
    post(turn, available, escrow, currency, obligation.interest, obligation.id, "late_interest")
    deal = turn.state.deals[obligation.deal_id]
    clocks.clear_clock(turn, deal, "payment_due", obligation.id)
    obligations.advance(turn, obligation, "paid", cause)
    instalments.paid(turn, deal)
    release.release_obligation(turn, deal, obligation)


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


HANDLERS: Handlers = {PayObligation: pay_obligation, PayEarnest: pay_earnest}

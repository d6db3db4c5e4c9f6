"""Money in and out: statement lines of the supervised account, payments under four eyes, withdrawals.

The venue holds no money: what it has are mirrors of a bank's supervised account 资金监管账户, and any difference
between the bank's balance and the mirror stops payments of that currency.
"""

from __future__ import annotations

import re

from exchange.bounds import LARGEST_COUNT, require_moment, require_text
from exchange.commands import (
    ApprovalTerms,
    ApprovePayment,
    RecordStatementLine,
    RefusePayment,
    RequestWithdrawal,
    ResumeReleases,
    StatementLineTerms,
    WithdrawalTerms,
)
from exchange.deals import settlement
from exchange.events import ReleasesChanged, StatementLineMatched
from exchange.money.accounts import CUSTODY_OWNER, VENUE_OWNER, balance, post, require_available
from exchange.money.amount import LARGEST_AMOUNT, LARGEST_TOTAL, Currency
from exchange.money.payments import CUSTODY, change_payment, payment_of, prepare_payment
from exchange.parties import active_actor
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import Payment, State, StatementLine
from exchange.turn import Handlers, Result, Turn

_SIGNATURE = re.compile(r"0x[0-9a-f]{130}")
APPROVALS_NEEDED = 2
"""Four eyes: two different operators."""


def record_statement_line(turn: Turn, command: RecordStatementLine) -> Result:
    """A line of the bank's statement: a credit reaches the party named, a debit ends the payment carried out."""
    state = turn.state
    line = turn.request.terms
    if not isinstance(line, StatementLineTerms):
        turn.fault("a statement line without terms was authorised")
    if command.line_id in state.statement_lines:
        refuse(rules.LINE_KNOWN, line_id=command.line_id)
    _check_line(state, command, line)
    payment = state.payments.get(line.instruction_id or "") if line.direction == "debit" else None
    if line.direction == "debit" and not _pays(payment, line):
        refuse(rules.LINE_NOT_MATCHING, line_id=command.line_id)
    party_id = line.reference if line.direction == "credit" and line.reference in state.parties else None
    state.add(
        StatementLine(
            id=command.line_id,
            direction=line.direction,
            currency=line.currency,
            amount=line.amount,
            party_id=party_id,
            payment_id=payment.id if payment else None,
            value_time_ms=command.value_time_ms,
        )
    )
    if payment is not None:
        subject_id = payment.id
        post(turn, (payment.id, "outgoing"), CUSTODY, line.currency, line.amount, payment.id, "payment")
        payment.statement_line = command.line_id
        change_payment(turn, payment, "PAID", "record_statement_line")
        settlement.payment_ended(turn, payment)
    else:
        receiver = (party_id, "available") if party_id else (VENUE_OWNER, "suspense")
        subject_id = party_id or "venue"
        post(turn, CUSTODY, receiver, line.currency, line.amount, command.line_id, "credit")
    turn.emit(StatementLineMatched(line_id=command.line_id, subject_id=subject_id))
    _compare_with_bank(turn, line)
    return {"line_id": command.line_id, "subject_id": subject_id}


def request_withdrawal(turn: Turn, command: RequestWithdrawal) -> Result:  # noqa: ARG001 - every handler's shape
    """Money from a party's available balance is set aside and waits for two operators."""
    party = active_actor(turn)
    terms = turn.request.terms
    if not isinstance(terms, WithdrawalTerms) or not 0 < terms.amount <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="amount")
    require_available(turn.state, party.id, terms.currency, terms.amount)
    payment = prepare_payment(turn, party.id, terms.currency, terms.amount, None)
    post(
        turn,
        (party.id, "available"),
        (payment.id, "outgoing"),
        terms.currency,
        terms.amount,
        payment.id,
        "withdrawal",
    )
    return {"payment_id": payment.id, "state": payment.state}


def approve_payment(turn: Turn, command: ApprovePayment) -> Result:
    """One operator approves; the second, a different one, lets the instruction go to the bank."""
    payment = payment_of(turn.state, command.payment_id)
    signer = turn.request.signer
    approval = turn.request.terms
    if not isinstance(approval, ApprovalTerms) or not _SIGNATURE.fullmatch(approval.bank_approval):
        refuse(rules.MALFORMED, field="bank_approval")
    if payment.state != "PREPARED":
        refuse(rules.WRONG_STATE, payment_id=payment.id, state=payment.state)
    if payment.currency in turn.state.venue.halted_currencies:
        refuse(rules.RELEASES_HALTED, currency=payment.currency)
    if signer in payment.approvals:
        refuse(rules.FOUR_EYES, payment_id=payment.id)
    payment.approvals[signer] = approval.bank_approval
    complete = len(payment.approvals) >= APPROVALS_NEEDED
    change_payment(turn, payment, "APPROVED" if complete else "PREPARED", "approve_payment")
    return {"payment_id": payment.id, "state": payment.state}


def refuse_payment(turn: Turn, command: RefusePayment) -> Result:
    """The bank did not pay: the money returns to the party's available balance."""
    payment = payment_of(turn.state, command.payment_id)
    require_text("reason_code", command.reason_code)
    if payment.state != "APPROVED":
        refuse(rules.WRONG_STATE, payment_id=payment.id, state=payment.state)
    receiver = (payment.party_id, "available")
    post(
        turn,
        (payment.id, "outgoing"),
        receiver,
        payment.currency,
        payment.amount,
        payment.id,
        "payment_refused",
    )
    change_payment(turn, payment, "REFUSED", command.reason_code)
    settlement.payment_ended(turn, payment)
    return {"payment_id": payment.id, "state": payment.state}


def resume_releases(turn: Turn, command: ResumeReleases) -> Result:
    """Payments of a currency go on after its difference was cleared."""
    venue = turn.state.venue
    if command.currency not in venue.halted_currencies:
        refuse(rules.WRONG_STATE, currency=command.currency, state="not halted")
    venue.halted_currencies = tuple(name for name in venue.halted_currencies if name != command.currency)
    turn.state.touch(venue)
    turn.emit(ReleasesChanged(currency=command.currency, halted=False, difference=0))
    return {"currency": command.currency}


def liabilities(state: State, currency: Currency) -> int:
    """Minor units that customers and the venue hold together: what the bank's account must show."""
    return -balance(state, CUSTODY_OWNER, "custody", currency)


def _check_line(state: State, command: RecordStatementLine, line: StatementLineTerms) -> None:
    require_text("line_id", command.line_id)
    require_moment("value_time_ms", command.value_time_ms)
    require_text("account", line.account)
    if not 0 < line.sequence <= LARGEST_COUNT:
        refuse(rules.MALFORMED, field="sequence")
    incoming = line.amount if line.direction == "credit" else 0
    if not 0 < line.amount <= LARGEST_AMOUNT or liabilities(state, line.currency) + incoming > LARGEST_TOTAL:
        refuse(rules.MALFORMED, field="amount")
    if abs(line.balance_after) > LARGEST_TOTAL:
        refuse(rules.MALFORMED, field="balance_after")


def _pays(payment: Payment | None, line: StatementLineTerms) -> bool:
    return (
        payment is not None
        and payment.state == "APPROVED"
        and (payment.currency, payment.amount) == (line.currency, line.amount)
    )


def _compare_with_bank(turn: Turn, line: StatementLineTerms) -> None:
    venue = turn.state.venue
    difference = line.balance_after - liabilities(turn.state, line.currency)
    if difference and line.currency not in venue.halted_currencies:
        venue.halted_currencies = tuple(sorted({*venue.halted_currencies, line.currency}))
        turn.state.touch(venue)
        turn.emit(ReleasesChanged(currency=line.currency, halted=True, difference=difference))


HANDLERS: Handlers = {
    RecordStatementLine: record_statement_line,
    RequestWithdrawal: request_withdrawal,
    ApprovePayment: approve_payment,
    RefusePayment: refuse_payment,
    ResumeReleases: resume_releases,
}

"""Money in and out: statement lines of the supervised account, payments under four eyes, withdrawals.

The venue holds no money: what it has are mirrors of a bank's supervised account 资金监管账户, and any difference
between the bank's balance and the mirror stops payments of that currency.
"""

from __future__ import annotations

from exchange.bounds import LARGEST_COUNT, SIGNATURE, require_moment, require_text
from exchange.commands import (
    ApprovalTerms,
    ApprovePayment,
    RecordStatementLine,
    RefusePayment,
    RequestWithdrawal,
    StatementLineTerms,
    WithdrawalTerms,
)
from exchange.deals import release
from exchange.events import StatementLineMatched
from exchange.money import releases
from exchange.money.accounts import (
    CUSTODY,
    SUSPENSE,
    UNEXPLAINED,
    VENUE_OWNER,
    liabilities,
    post,
    require_available,
)
from exchange.money.amount import LARGEST_AMOUNT, LARGEST_TOTAL
from exchange.money.payments import change_payment, payment_of, prepare_payment
from exchange.parties import active_actor
from exchange.rows import Payment, StatementLine
from exchange.rules import civil_code
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Handlers, Result, Turn

APPROVALS_NEEDED = 2
"""Four eyes: two different operators."""


def record_statement_line(turn: Turn, command: RecordStatementLine) -> Result:
    """A line of the bank's statement, whatever it says: what the bank attests has happened.

    A credit reaches the party that its reference names, or waits in suspense; a debit ends the payment that it carries
    out. A debit that no payment explains, and a balance that differs from the accounts, halt the currency's releases.
    """
    state = turn.state
    line = turn.request.terms
    if not isinstance(line, StatementLineTerms):
        turn.fault("a statement line without terms was authorised")
    if command.line_id in state.statement_lines:
        refuse(rules.LINE_KNOWN, line_id=command.line_id)
    _check_line(state, command, line)
    is_credit = line.direction == "credit"
    payment = None if is_credit else _paid(state, line)
    party_id = line.reference if is_credit and line.reference in state.parties else None
    state.add(
        StatementLine(
            id=command.line_id,
            direction=line.direction,
            currency=line.currency,
            amount=line.amount,
            party_id=party_id,
            payment_id=payment.id if payment else None,
            value_time_ms=command.value_time_ms,
            left=line.amount if is_credit else 0,
        )
    )
    if is_credit:
        receiver = (party_id, "available") if party_id else SUSPENSE
        post(turn, CUSTODY, receiver, line.currency, line.amount, command.line_id, "credit")
    elif payment is not None:
        post(turn, (payment.id, "outgoing"), CUSTODY, line.currency, line.amount, payment.id, "payment")
        payment.statement_line = command.line_id
        change_payment(turn, payment, "PAID", "record_statement_line")
        release.payment_paid(turn, payment)
    else:
        post(turn, UNEXPLAINED, CUSTODY, line.currency, line.amount, command.line_id, "unexplained_debit")
    subject_id = payment.id if payment else party_id or VENUE_OWNER
    turn.emit(StatementLineMatched(line_id=command.line_id, subject_id=subject_id))
    releases.compare_with_bank(turn, line, halts=not is_credit and payment is None)
    return {"line_id": command.line_id, "subject_id": subject_id}


def request_withdrawal(turn: Turn, command: RequestWithdrawal) -> Result:  # noqa: ARG001 - every handler's shape
    """Money from a party's available balance is set aside and waits for two operators."""
    party = active_actor(turn)
    terms = turn.request.terms
    if not isinstance(terms, WithdrawalTerms) or not 0 < terms.amount <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="amount")
    require_available(turn.state, party.id, terms.currency, terms.amount)
    payment = prepare_payment(turn, party.id, terms.currency, terms.amount)
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
    if not isinstance(approval, ApprovalTerms) or not SIGNATURE.fullmatch(approval.bank_approval):
        refuse(rules.MALFORMED, field="bank_approval")
    if payment.state != "PREPARED":
        refuse(rules.WRONG_STATE, payment_id=payment.id, state=payment.state)
    if payment.currency in turn.state.venue.halted_currencies:
        refuse(rules.RELEASES_HALTED, currency=payment.currency)
    civil_code.pledgees_are_paid(turn.state, payment)
    if signer in payment.approvals:
        refuse(rules.FOUR_EYES, payment_id=payment.id)
    payment.approvals[signer] = approval.bank_approval
    complete = len(payment.approvals) >= APPROVALS_NEEDED
    change_payment(turn, payment, "APPROVED" if complete else "PREPARED", "approve_payment")
    return {"payment_id": payment.id, "state": payment.state}


def refuse_payment(turn: Turn, command: RefusePayment) -> Result:
    """The bank did not pay: the money returns to the party, or, where it is owed to a pledgee, is instructed anew."""
    payment = payment_of(turn.state, command.payment_id)
    require_text("reason_code", command.reason_code)
    if payment.state != "APPROVED":
        refuse(rules.WRONG_STATE, payment_id=payment.id, state=payment.state)
    change_payment(turn, payment, "REFUSED", command.reason_code)
    release.payment_refused(turn, payment)
    return {"payment_id": payment.id, "state": payment.state}


def _check_line(state: State, command: RecordStatementLine, line: StatementLineTerms) -> None:
    require_text("line_id", command.line_id)
    require_moment("value_time_ms", command.value_time_ms)
    require_text("account", line.account)
    if not 0 < line.sequence <= LARGEST_COUNT:
        refuse(rules.MALFORMED, field="sequence")
    change = line.amount if line.direction == "credit" else -line.amount
    if (
        not 0 < line.amount <= LARGEST_AMOUNT
        or abs(liabilities(state, line.currency) + change) > LARGEST_TOTAL
    ):
        refuse(rules.MALFORMED, field="amount")
    if abs(line.balance_after) > LARGEST_TOTAL:
        refuse(rules.MALFORMED, field="balance_after")


def _paid(state: State, line: StatementLineTerms) -> Payment | None:
    """The payment that a debit carries out: approved, of this amount, under this instruction."""
    payment = state.payments.get(line.instruction_id or "")
    if payment is None or payment.state != "APPROVED":
        return None
    return payment if (payment.currency, payment.amount) == (line.currency, line.amount) else None


HANDLERS: Handlers = {
    RecordStatementLine: record_statement_line,
    RequestWithdrawal: request_withdrawal,
    ApprovePayment: approve_payment,
    RefusePayment: refuse_payment,
    **releases.HANDLERS,
}

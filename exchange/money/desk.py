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
from exchange.deals import paying, release
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
from exchange.money.payments import PAYMENT_TRANSITIONS, change_payment, payment_of, prepare_payment
from exchange.parties import active_actor
from exchange.rows import Obligation, Payment, StatementLine
from exchange.rules import civil_code, credit, disputes, transformation
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.transitions import require_step
from exchange.turn import Handlers, Result, Turn

APPROVALS_NEEDED = 2
"""Four eyes: two different operators."""


def record_statement_line(turn: Turn, command: RecordStatementLine) -> Result:
    """A line of the bank's statement, whatever it says: what the bank attests has happened.

    A credit reaches the party that its reference names, or waits in suspense; where it names what a party owes, and is
    enough, that is paid with it. A debit ends the payment that it carries out. A debit that no payment explains, and a
    balance that differs from the accounts, halt the currency's releases.
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
    owed = state.obligations.get(line.reference) if is_credit else None
    party_id = _named(state, line.reference, owed) if is_credit else None
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
        change_payment(turn, payment, "pay", "record_statement_line")
        release.payment_paid(turn, payment)
    else:
        post(turn, UNEXPLAINED, CUSTODY, line.currency, line.amount, command.line_id, "unexplained_debit")
    subject_id = payment.id if payment else party_id or VENUE_OWNER
    turn.emit(StatementLineMatched(line_id=command.line_id, subject_id=subject_id))
    releases.compare_with_bank(turn, line, halts=not is_credit and payment is None)
    if owed is not None:
        paying.pay_from_line(turn, owed, state.statement_lines[command.line_id])
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
    require_step(PAYMENT_TRANSITIONS, payment, "approve")
    if payment.currency in turn.state.venue.halted_currencies:
        refuse(rules.RELEASES_HALTED, currency=payment.currency)
    disputes.payment_is_not_disputed(turn.state, payment)
    civil_code.pledgees_are_paid(turn.state, payment)
    transformation.reward_is_on_record(turn.state, payment)
    payee = turn.state.parties.get(payment.party_id)
    if payee is not None:
        credit.party_is_not_sanctioned(turn.state, payee, turn.time_ms)
    if signer in payment.approvals:
        refuse(rules.FOUR_EYES, payment_id=payment.id)
    payment.approvals[signer] = approval.bank_approval
    complete = len(payment.approvals) >= APPROVALS_NEEDED
    change_payment(turn, payment, "approve" if complete else "first_approval", "approve_payment")
    return {"payment_id": payment.id, "state": payment.state}


def refuse_payment(turn: Turn, command: RefusePayment) -> Result:
    """The bank did not pay: the money returns to the party, or, where it is owed to a pledgee, is instructed anew."""
    payment = payment_of(turn.state, command.payment_id)
    require_text("reason_code", command.reason_code)
    change_payment(turn, payment, "refuse", command.reason_code)
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


def _named(state: State, reference: str, owed: Obligation | None) -> str | None:
    """Whose a credit is: the party that its reference names, or whoever owes what it names."""
    if owed is not None:
        return owed.payer
    return reference if reference in state.parties else None


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

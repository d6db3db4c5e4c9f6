"""Releases, halted by a difference with the bank and resumed under four eyes; and what lies in suspense and fees.

What waits in suspense is somebody's: it finds its party, goes back to its payer, or covers an unexplained debit.
"""

from __future__ import annotations

from exchange.bounds import require_text
from exchange.commands import (
    AssignSuspense,
    ResumeReleases,
    ReturnSuspense,
    StatementLineTerms,
    WithdrawalTerms,
    WithdrawFees,
)
from exchange.events import ReleasesChanged, SuspenseAssigned
from exchange.money import four_eyes
from exchange.money.accounts import (
    FEES,
    SUSPENSE,
    UNEXPLAINED,
    VENUE_OWNER,
    balance,
    liabilities,
    post,
    require_balance,
)
from exchange.money.amount import LARGEST_AMOUNT, Currency
from exchange.money.payments import prepare_payment
from exchange.parties import party_of
from exchange.rows import StatementLine
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Handlers, Result, Turn


def compare_with_bank(turn: Turn, line: StatementLineTerms, *, halts: bool) -> None:
    """Keep the bank's balance after a line; a difference with it, or a line that `halts` by itself, stops releases."""
    venue = turn.state.venue
    currency = line.currency
    venue.bank_balances[currency] = line.balance_after
    turn.state.touch(venue)
    if not halts and not _difference(turn.state, currency):
        return
    four_eyes.forget(turn, _resumption(currency))
    if currency not in venue.halted_currencies:
        venue.halted_currencies = tuple(sorted({*venue.halted_currencies, currency}))
        _changed(turn, currency, halted=True)


def resume_releases(turn: Turn, command: ResumeReleases) -> Result:
    """Payments of a currency go on: the bank's last balance is what the accounts hold, and two operators say so."""
    venue = turn.state.venue
    currency = command.currency
    if currency not in venue.halted_currencies:
        refuse(rules.WRONG_STATE, currency=currency, state="not halted")
    difference, unexplained = _difference(turn.state, currency), _unexplained(turn.state, currency)
    if difference or unexplained:
        refuse(rules.BALANCE_DIFFERS, currency=currency, difference=difference, unexplained=unexplained)
    if not four_eyes.second_operator(turn, _resumption(currency)):
        return {"currency": currency, "state": "APPROVED-ONCE"}
    venue.halted_currencies = tuple(name for name in venue.halted_currencies if name != currency)
    turn.state.touch(venue)
    _changed(turn, currency, halted=False)
    return {"currency": currency, "state": "RESUMED"}


def assign_suspense(turn: Turn, command: AssignSuspense) -> Result:
    """A credit that named nobody goes to a party, which can fund deals with it, or covers unexplained debits."""
    state = turn.state
    line = _in_suspense(state, command.line_id)
    covers = command.party_id == VENUE_OWNER
    if covers and line.amount > _unexplained(state, line.currency):
        refuse(
            rules.WRONG_STATE,
            line_id=line.id,
            currency=line.currency,
            unexplained=_unexplained(state, line.currency),
        )
    if not covers:
        party_of(state, command.party_id)
    if not four_eyes.second_operator(turn, f"assign_suspense:{line.id}:{command.party_id}"):
        return {"line_id": line.id, "state": "APPROVED-ONCE"}
    line.party_id = command.party_id
    state.index_line(line)
    state.touch(line)
    receiver = UNEXPLAINED if covers else (command.party_id, "available")
    post(turn, SUSPENSE, receiver, line.currency, line.amount, line.id, "suspense_assigned")
    turn.emit(SuspenseAssigned(line_id=line.id, party_id=command.party_id))
    return {"line_id": line.id, "state": "ASSIGNED"}


def return_suspense(turn: Turn, command: ReturnSuspense) -> Result:
    """A credit that named nobody goes back to its payer: the bank knows it by the line, two operators approve it."""
    line = _in_suspense(turn.state, command.line_id)
    payment = prepare_payment(turn, line.id, line.currency, line.amount, returns_to=SUSPENSE)
    line.payment_id = payment.id
    turn.state.touch(line)
    outgoing = (payment.id, "outgoing")
    post(turn, SUSPENSE, outgoing, line.currency, line.amount, line.id, "suspense_returned")
    return {"payment_id": payment.id, "state": payment.state}


def withdraw_fees(turn: Turn, command: WithdrawFees) -> Result:  # noqa: ARG001 - every handler's shape
    """Fees that the venue has earned are paid to its own bank account, when two operators approve the payment."""
    terms = turn.request.terms
    if not isinstance(terms, WithdrawalTerms) or not 0 < terms.amount <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="amount")
    require_balance(turn.state, FEES, terms.currency, terms.amount)
    payment = prepare_payment(turn, VENUE_OWNER, terms.currency, terms.amount, returns_to=FEES)
    outgoing = (payment.id, "outgoing")
    post(turn, FEES, outgoing, terms.currency, terms.amount, payment.id, "fees_withdrawn")
    return {"payment_id": payment.id, "state": payment.state}


def _in_suspense(state: State, line_id: str) -> StatementLine:
    """A credit that named nobody and waits still. Raises Refusal UNKNOWN-ID, WRONG-STATE."""
    require_text("line_id", line_id)
    line = state.statement_lines.get(line_id)
    if line is None:
        refuse(rules.UNKNOWN_ID, kind="statement_line", id=line_id)
    returned = state.payments.get(line.payment_id or "")
    going_back = returned is not None and returned.state != "REFUSED"
    if line.direction != "credit" or line.party_id is not None or going_back:
        refuse(rules.WRONG_STATE, line_id=line.id, state="not in suspense")
    return line


def _difference(state: State, currency: Currency) -> int:
    at_bank: int = state.venue.bank_balances[currency]
    return at_bank - liabilities(state, currency)


def _unexplained(state: State, currency: Currency) -> int:
    return -balance(state, *UNEXPLAINED, currency)


def _changed(turn: Turn, currency: Currency, *, halted: bool) -> None:
    turn.emit(
        ReleasesChanged(
            currency=currency,
            halted=halted,
            difference=_difference(turn.state, currency),
            unexplained=_unexplained(turn.state, currency),
        )
    )


def _resumption(currency: Currency) -> str:
    return f"resume_releases:{currency}"


HANDLERS: Handlers = {
    AssignSuspense: assign_suspense,
    ReturnSuspense: return_suspense,
    WithdrawFees: withdraw_fees,
    ResumeReleases: resume_releases,
}

"""Accounts, payments and lines of the bank's statement."""

from __future__ import annotations

from typing import ClassVar

from exchange.money.amount import Currency
from exchange.rows.row import Row


class Account(Row):
    """A double-entry account `owner/purpose/currency`. Only the bank's custody account may stand below zero."""

    kind: ClassVar[str] = "account"
    owner: str
    purpose: str
    currency: Currency
    balance: int = 0


class Payment(Row):
    """An instruction to the bank: PREPARED, APPROVED (four eyes), PAID or REFUSED."""

    kind: ClassVar[str] = "payment"
    account: str
    """The account that the money waits in until the bank confirms."""
    returns_to: str
    """The account (owner/purpose) that the money returns to when the bank refuses."""
    party_id: str
    """The payee: a party, the venue itself, or the statement line whose payer gets its money back."""
    currency: Currency
    amount: int
    deal_id: str | None = None
    approvals: dict[str, str] = {}
    """Operator's address to its signature over the payment, as the bank asks for it."""
    state: str = "PREPARED"
    statement_line: str = ""


class StatementLine(Row):
    """A line of the bank's statement, matched once. A credit names its party, a debit the payment that it ended."""

    kind: ClassVar[str] = "statement_line"
    direction: str
    currency: Currency
    amount: int
    party_id: str | None
    payment_id: str | None
    """Of a credit that named nobody: the payment that returns it."""
    value_time_ms: int
    left: int = 0
    """What of a credit has not funded a deal yet (minor units)."""

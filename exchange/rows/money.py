"""Accounts, payments and lines of the bank's statement."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

from exchange.money.amount import Currency
from exchange.rows.row import Row

ReleaseLine = Literal["commission", "tax", "co_owner", "earnest"]
HoldSort = Literal["bid_deposit", "price", "order", "payment"]
"""What is held 冻结款项: a bid deposit 保证金, the price of what was accepted, what an order may cost, a payment."""


class Account(Row):
    """A double-entry account `owner/purpose/currency`. Only the bank's custody account may stand below zero."""

    kind: ClassVar[str] = "account"
    owner: str
    purpose: str
    currency: Currency
    balance: int = 0


class Hold(Row):
    """Money set aside for one thing: PENDING, then POSTED, VOIDED or EXPIRED, once. Since engine version 3.

    `subject_id`: the listing, deal, order or payment that it is held for. Amounts in minor units: `amount` stands
    pending, `posted` has gone on to what it was held for, `voided` has gone back.
    """

    kind: ClassVar[str] = "hold"
    sort: HoldSort
    subject_id: str
    party_id: str
    account: str
    """The account that it stands on while it is pending."""
    currency: Currency
    since_ms: int
    amount: int = 0
    posted: int = 0
    voided: int = 0
    state: str = ""
    ended_ms: int | None = None


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
    obligation_id: str | UnsetType = UNSET
    """What is released by it, where that is not the deal's first part."""
    line: ReleaseLine | UnsetType = UNSET
    """What of a release it is, where it is neither a pledgee's nor the seller's."""


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

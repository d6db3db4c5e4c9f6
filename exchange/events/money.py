"""What happened to accounts, payments and lines of the bank's statement."""

from __future__ import annotations

from exchange.events.event import Event


class Posted(Event, frozen=True):
    """One double entry: `amount` minor units of `currency` from one account to another."""

    debit: str
    """The account that gives."""
    credit: str
    """The account that receives."""
    currency: str
    amount: int
    subject_id: str
    """The deal, listing, payment or statement line that it belongs to."""
    purpose: str


class HoldChanged(Event, frozen=True):
    """A hold has come to stand, or taken a step of its table. Amounts in minor units of its account's currency."""

    hold_id: str
    subject_id: str
    """The listing, deal, order or payment that it is held for after the step."""
    old: str
    new: str
    amount: int
    """What is pending after the step."""
    posted: int
    """What has gone on by it."""
    voided: int
    """What has gone back by it."""


class StatementLineMatched(Event, frozen=True):
    line_id: str
    subject_id: str


class PaymentChanged(Event, frozen=True):
    payment_id: str
    old: str
    new: str
    cause: str


class FirstApproval(Event, frozen=True):
    """One operator has approved something that takes two."""

    subject: str
    operator: str


class SuspenseAssigned(Event, frozen=True):
    """A credit that named nobody has found its party, or covers a debit that nothing explained."""

    line_id: str
    party_id: str


class ReleasesChanged(Event, frozen=True):
    currency: str
    halted: bool
    difference: int
    """Minor units by which the bank's balance differs from what the accounts say."""
    unexplained: int
    """Minor units that left the bank by debits which no payment explains."""

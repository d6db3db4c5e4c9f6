"""Commands about money: statement lines, withdrawals, payments under four eyes, suspense and fees."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.commands.command import Command, GivenBy, Terms
from exchange.money.amount import Currency


class StatementLineTerms(Terms, frozen=True):
    """The rest of a line of the supervised account's statement, as the bank has signed it.

    `reference` is the bank's own text; `instruction_id` the payment that a debit carries out. `sequence` counts the
    account's lines from 1.
    """

    sequence: int
    account: str
    direction: Literal["credit", "debit"]
    currency: Currency
    amount: int
    balance_after: int
    reference: str
    instruction_id: str | None
    simulated: bool
    attestation: str


class RecordStatementLine(Command, frozen=True):
    """A statement line of the bank's supervised account 资金监管账户; each is matched once.

    No digest of the line stands here: amounts could be guessed from it.
    """

    given_by: ClassVar[GivenBy] = "service"
    terms_type: ClassVar[type[Terms] | None] = StatementLineTerms
    line_id: str
    value_time_ms: int


class WithdrawalTerms(Terms, frozen=True):
    """How much of which currency to pay out."""

    currency: Currency
    amount: int


class RequestWithdrawal(Command, frozen=True):
    """A party asks for money from its available balance to be paid to its own bank account."""

    terms_type: ClassVar[type[Terms] | None] = WithdrawalTerms


class ApprovalTerms(Terms, frozen=True):
    """The operator's signature over the exact payment, as the bank asks for it (65 bytes, 0x hex)."""

    bank_approval: str


class ApprovePayment(Command, frozen=True):
    """One operator's approval of a payment instruction; two different ones make four eyes. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = ApprovalTerms
    payment_id: str


class RefusePayment(Command, frozen=True):
    """The bank refused an instruction, with its reason code: the money returns to the party's available balance."""

    given_by: ClassVar[GivenBy] = "service"
    payment_id: str
    reason_code: str


class AssignSuspense(Command, frozen=True):
    """A credit that named nobody goes to its party, or, for `venue`, covers unexplained debits. Erasable: `reason`.

    Takes two different operators.
    """

    given_by: ClassVar[GivenBy] = "operator"
    line_id: str
    party_id: str


class ReturnSuspense(Command, frozen=True):
    """A credit that named nobody goes back to its payer: a payment, with two approvals. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    line_id: str


class WithdrawFees(Command, frozen=True):
    """The venue's fees are paid out to its own bank account: a payment, with two approvals. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = WithdrawalTerms


class ResumeReleases(Command, frozen=True):
    """Payments may go on after a difference with the bank was cleared; takes two operators. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    currency: Currency

"""The bank that keeps the venue's supervised accounts 资金监管账户, as the ledger sees it.

The venue holds no money: every amount that a party has here mirrors a line of these statements, and every
release is an instruction that two operators approved. `Bank` is what any bank has to offer, `HttpBank` speaks
to one over HTTP. Neither decides anything; what they report becomes commands elsewhere.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Literal, Protocol
from urllib.parse import quote

import msgspec

from exchange import canonical
from exchange.money.amount import LARGEST_AMOUNT, Currency
from ledger.attestation import Attestation, verify_signature
from ledger.counterparty import Counterparty, CounterpartyError, Endpoint
from ledger.secp256k1 import PrivateKey, checksum_address, sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Identifier = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}\Z")]
Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=140)]
MinorUnits = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_AMOUNT)]
PositiveMinorUnits = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_AMOUNT)]
LARGEST_PAGE = 200
"""Statement lines in one answer."""
FOUR_EYES = 2
"""Operators who must have approved an instruction, each another one."""


class StatementLine(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="bank.statement_line",
    tag_field="type",
):
    """One line of a supervised account's statement.

    sequence: contiguous per account, from 1. amount_minor, balance_after_minor: minor units of `currency`.
    reference: what the payer or the instruction wrote, such as a party id. value_time_ms: milliseconds UTC.
    instruction_id: the instruction that this debit carries out, else None.
    """

    line_id: Identifier
    sequence: Annotated[int, msgspec.Meta(ge=1)]
    account: str
    currency: Currency
    direction: Literal["credit", "debit"]
    amount_minor: PositiveMinorUnits
    balance_after_minor: MinorUnits
    reference: Reference
    value_time_ms: int
    instruction_id: Identifier | None
    simulated: bool
    attestation: Attestation


class AccountBalance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account's balance as the bank runs it, and the sum of its lines: minor units of `currency`."""

    account: str
    currency: Currency
    balance_minor: MinorUnits
    lines_sum_minor: MinorUnits
    last_sequence: Annotated[int, msgspec.Meta(ge=0)]


class Balances(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="bank.balances",
    tag_field="type",
):
    """All supervised accounts at one moment (ms UTC), and whether each sum agrees with its lines."""

    accounts: tuple[AccountBalance, ...]
    sums_agree: bool
    as_of_ms: int
    simulated: bool
    attestation: Attestation


class PaymentInstruction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pay out of a supervised account: minor units of `currency`, to the payee that the reference names.

    The bank carries out an `instruction_id` once, however often it is sent.
    """

    instruction_id: Identifier
    currency: Currency
    amount_minor: PositiveMinorUnits
    payee_reference: Reference


class Approval(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One operator's approval: the operator's address and its signature over `approval_digest`."""

    operator: str
    signature: str


class InstructionStatus(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="bank.instruction_status",
    tag_field="type",
):
    """Where an instruction stands; times in milliseconds UTC.

    reason: `INSUFFICIENT-BALANCE` or `COMPLIANCE-REFUSED` where refused, which is final for this
    `instruction_id`. line_id: the debit line where executed.
    """

    instruction_id: Identifier
    currency: Currency
    amount_minor: PositiveMinorUnits
    payee_reference: Reference
    state: Literal["accepted", "executed", "refused"]
    reason: str | None
    cure: str | None
    line_id: Identifier | None
    received_ms: int
    decided_ms: int | None
    simulated: bool
    attestation: Attestation


class Bank(Protocol):
    """What the ledger needs of a bank. Every method raises `CounterpartyError` and is safe to repeat."""

    def statement(self, currency: Currency, after: int = 0) -> tuple[StatementLine, ...]:
        """Give the lines whose sequence follows `after`, in order, each once, without a gap; () if none."""
        ...

    def balances(self) -> Balances:
        """Give the balances of all accounts."""
        ...

    def instruct(self, instruction: PaymentInstruction, approvals: Sequence[Approval]) -> InstructionStatus:
        """Hand over an instruction that two operators approved; a repeat gives its status."""
        ...

    def instruction(self, instruction_id: str) -> InstructionStatus:
        """Tell where an instruction stands."""
        ...


def approval_digest(instruction: PaymentInstruction, bank: str) -> bytes:
    """SHA-256 of what an operator approves: this payment, by the bank whose signing address is `bank`."""
    approved = {"type": "bank.approval", "bank": bank, **msgspec.to_builtins(instruction)}
    return sha256(canonical.encode(approved)).digest()


def approve(instruction: PaymentInstruction, bank: str, operator: PrivateKey) -> Approval:
    """Approve a payment with an operator's own key."""
    return Approval(operator=operator.address, signature=sign(approval_digest(instruction, bank), operator))


def instruction_of(payment_id: str, currency: str, amount: int, party_id: str) -> PaymentInstruction:
    """A payment as the bank is instructed, which is also what operators approve: the payee stands by its party id.

    Raises:
        msgspec.ValidationError: nothing that a bank could be instructed with.
    """
    return msgspec.convert(
        {
            "instruction_id": payment_id,
            "currency": currency,
            "amount_minor": amount,
            "payee_reference": party_id,
        },
        PaymentInstruction,
    )


def approving_operators(
    instruction: PaymentInstruction, approvals: Iterable[Approval], bank: str
) -> frozenset[str]:
    """Name the operators (EIP-55) who approved; one who approved twice counts once.

    Raises:
        SignatureRefused: an operator's address is none.
        AttestationRefused: a signature is not its operator's over this payment.
    """
    digest = approval_digest(instruction, bank)
    operators = set()
    for approval in approvals:
        operator = checksum_address(approval.operator)
        verify_signature(digest, approval.signature, operator)
        operators.add(operator)
    return frozenset(operators)


class HttpBank:
    """A bank over HTTP, synchronous. Statements are checked against the pinned address and sorted."""

    def __init__(self, counterparty: Counterparty) -> None:
        self._counterparty = counterparty

    @classmethod
    def at(cls, endpoint: Endpoint) -> HttpBank:
        """Speak to the bank at this endpoint."""
        return cls(Counterparty("bank", endpoint))

    def close(self) -> None:
        """Close the connections."""
        self._counterparty.close()

    def statement(self, currency: Currency, after: int = 0) -> tuple[StatementLine, ...]:
        """Give up to `LARGEST_PAGE` lines that follow `after`; see `Bank`.

        Raises:
            CounterpartyError: also `BANK-STATEMENT-INCONSISTENT` if balances do not follow from the lines.
        """
        lines = self._counterparty.page(
            "/statements",
            {"account": currency, "after": after, "limit": LARGEST_PAGE},
            StatementLine,
            position=lambda line: line.sequence,
            after=after,
        )
        self._check(lines, currency, after)
        return lines

    def balances(self) -> Balances:
        """Give the balances of all accounts; see `Bank`."""
        return self._counterparty.one("/balances", Balances, belongs=lambda _: True)

    def instruct(self, instruction: PaymentInstruction, approvals: Sequence[Approval]) -> InstructionStatus:
        """Hand over an approved instruction; see `Bank`.

        Raises:
            CounterpartyError: also the bank's `FOUR-EYES-MISSING`, `SIGNATORY-UNKNOWN`, `APPROVAL-INVALID`,
            and
                `INSTRUCTION-CONFLICT` if the id stands for another payment.
        """
        body = {**msgspec.to_builtins(instruction), "approvals": msgspec.to_builtins(tuple(approvals))}
        return self._counterparty.one(
            "/instructions",
            InstructionStatus,
            belongs=lambda status: paid_by(status) == instruction,
            body=body,
        )

    def instruction(self, instruction_id: str) -> InstructionStatus:
        """Tell where an instruction stands; see `Bank`.

        Raises:
            CounterpartyError: also the bank's `INSTRUCTION-UNKNOWN`.
        """
        return self._counterparty.one(
            f"/instructions/{quote(instruction_id, safe='')}",
            InstructionStatus,
            belongs=lambda status: status.instruction_id == instruction_id,
        )

    def _check(self, lines: tuple[StatementLine, ...], currency: Currency, after: int) -> None:
        """Each balance follows from the one before and the line's amount; the first starts from nothing."""
        balance = 0 if after == 0 else None
        for line in lines:
            change = line.amount_minor if line.direction == "credit" else -line.amount_minor
            follows = balance is None or line.balance_after_minor == balance + change
            if line.currency != currency or not follows:
                code = "BANK-STATEMENT-INCONSISTENT"
                cure = "stop releases and ask the bank: its lines do not add up to its balances"
                raise CounterpartyError(code, cure, retryable=False)
            balance = line.balance_after_minor


def paid_by(status: InstructionStatus) -> PaymentInstruction:
    """Give the instruction that a status speaks of."""
    return PaymentInstruction(
        instruction_id=status.instruction_id,
        currency=status.currency,
        amount_minor=status.amount_minor,
        payee_reference=status.payee_reference,
    )

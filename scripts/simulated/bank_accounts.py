"""The simulated bank's books: a supervised account per currency, its statement lines, its instructions.

Every method is called inside a transaction of the store. Amounts are integer minor units, times milliseconds
UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from exchange import canonical
from exchange.money.amount import CURRENCIES, LARGEST_AMOUNT, Currency
from ledger.attestation import AttestationRefused
from ledger.bank import (
    FOUR_EYES,
    Approval,
    Identifier,
    PaymentInstruction,
    PositiveMinorUnits,
    Reference,
    approving_operators,
)
from ledger.secp256k1 import SignatureRefused, checksum_address
from scripts.simulated.service import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.simulated.faults import Faults
    from scripts.simulated.store import Store

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS account (
        currency TEXT PRIMARY KEY,
        balance_minor INTEGER NOT NULL CHECK (balance_minor >= 0),
        last_sequence INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS line (
        currency TEXT NOT NULL REFERENCES account,
        sequence INTEGER NOT NULL,
        direction TEXT NOT NULL,
        amount_minor INTEGER NOT NULL,
        balance_after_minor INTEGER NOT NULL,
        reference TEXT NOT NULL,
        value_time_ms INTEGER NOT NULL,
        instruction_id TEXT UNIQUE,
        credit_id TEXT UNIQUE,
        PRIMARY KEY (currency, sequence)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS instruction (
        number INTEGER PRIMARY KEY,
        instruction_id TEXT NOT NULL UNIQUE,
        currency TEXT NOT NULL,
        amount_minor INTEGER NOT NULL,
        payee_reference TEXT NOT NULL,
        approvals TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        line_id TEXT,
        received_ms INTEGER NOT NULL,
        due_ms INTEGER NOT NULL,
        decided_ms INTEGER,
        compliance_refuses INTEGER NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS instruction_due ON instruction (state, due_ms)",
    "CREATE TABLE IF NOT EXISTS signatory (address TEXT PRIMARY KEY) WITHOUT ROWID",
)
_SUM_OF_LINES = """
    SELECT coalesce(sum(CASE direction WHEN 'credit' THEN amount_minor ELSE -amount_minor END), 0) AS total
    FROM line WHERE currency = ?"""
_ON_THEIR_WAY = """
    SELECT coalesce(sum(amount_minor), 0) AS total
    FROM instruction WHERE state = 'accepted' AND currency = ?"""
_TAKE_INSTRUCTION = """
    INSERT INTO instruction (instruction_id, currency, amount_minor, payee_reference, approvals,
        state, reason, received_ms, due_ms, decided_ms, compliance_refuses)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_MOVE_BALANCE = """
    UPDATE account SET balance_minor = balance_minor + ?, last_sequence = last_sequence + 1
    WHERE currency = ?"""
_WRITE_LINE = """
    INSERT INTO line
    SELECT currency, last_sequence, ?, ?, balance_minor, ?,
        max(?, coalesce((SELECT max(value_time_ms) FROM line WHERE line.currency = account.currency), 0)),
        ?, ?
    FROM account WHERE currency = ?"""
_COMPLIANCE: str | None = "COMPLIANCE-REFUSED"
CURES = {
    "INSUFFICIENT-BALANCE": "wait for money to arrive, then send a new instruction with another id",
    "COMPLIANCE-REFUSED": "settle the bank's question, then send a new instruction with another id",
}


class Credit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer's payment. A `credit_id`, if given, is credited once however often it is sent."""

    currency: Currency
    amount_minor: PositiveMinorUnits
    reference: Reference
    credit_id: Identifier | None = None


class Accounts:
    """The bank's books in one store."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults
        with store.transaction():
            for currency in CURRENCIES:
                store.run("INSERT INTO account VALUES (?, 0, 0) ON CONFLICT DO NOTHING", currency)

    def set_signatories(self, addresses: Sequence[str]) -> list[str]:
        """Replace the mandate: the operators whose approvals the bank accepts.

        Raises:
            Problem: 422 `SIGNATORY-MALFORMED`.
        """
        try:
            mandate = sorted({checksum_address(address) for address in addresses})
        except SignatureRefused as error:
            raise Problem(422, "SIGNATORY-MALFORMED", "send Ethereum addresses") from error
        self._store.run("DELETE FROM signatory")
        for address in mandate:
            self._store.run("INSERT INTO signatory VALUES (?)", address)
        return mandate

    def credit(self, credit: Credit, now_ms: int) -> dict[str, Any]:
        """Book a customer's payment and give its line.

        Raises:
            Problem: 409 `CREDIT-CONFLICT`, 422 `ACCOUNT-FULL`.
        """
        if credit.credit_id is not None:
            row = self._store.row("SELECT * FROM line WHERE credit_id = ?", credit.credit_id)
            if row is not None:
                if (row["currency"], row["amount_minor"], row["reference"]) != (
                    credit.currency,
                    credit.amount_minor,
                    credit.reference,
                ):
                    raise Problem(409, "CREDIT-CONFLICT", "use another credit_id for another payment")
                return _line(row)
        if self._balance(credit.currency) + credit.amount_minor > LARGEST_AMOUNT:
            raise Problem(422, "ACCOUNT-FULL", f"keep an account at or below {LARGEST_AMOUNT} minor units")
        return self._book(
            credit.currency,
            "credit",
            credit.amount_minor,
            credit.reference,
            now_ms,
            credit_id=credit.credit_id,
        )

    def lines(self, currency: str, after: int, limit: int) -> list[dict[str, Any]]:
        """Give the lines of an account that follow a sequence number."""
        rows = self._store.rows(
            "SELECT * FROM line WHERE currency = ? AND sequence > ? ORDER BY sequence LIMIT ?",
            currency,
            after,
            limit,
        )
        return [_line(row) for row in rows]

    def balances(self, now_ms: int) -> dict[str, Any]:
        """Give each account's running balance beside the sum of its lines."""
        accounts = []
        for currency in CURRENCIES:
            row = self._store.row("SELECT * FROM account WHERE currency = ?", currency)
            total = self._store.row(_SUM_OF_LINES, currency)
            if row is None or total is None:
                raise Problem(500, "ACCOUNT-MISSING", "restore the bank's file from its copy")
            accounts.append(
                {
                    "account": account_number(currency),
                    "currency": currency,
                    "balance_minor": row["balance_minor"],
                    "lines_sum_minor": total["total"],
                    "last_sequence": row["last_sequence"],
                }
            )
        agree = all(account["balance_minor"] == account["lines_sum_minor"] for account in accounts)
        return {"type": "bank.balances", "accounts": accounts, "sums_agree": agree, "as_of_ms": now_ms}

    def instruct(
        self, instruction: PaymentInstruction, approvals: Sequence[Approval], now_ms: int
    ) -> dict[str, Any]:
        """Take an instruction once; refuse it for good if the balance, less what is on its way, is too low.

        Raises:
            Problem: 409 `INSTRUCTION-CONFLICT`, 403 `FOUR-EYES-MISSING`, `SIGNATORY-UNKNOWN`,
            `APPROVAL-INVALID`.
        """
        known = self._store.row(
            "SELECT * FROM instruction WHERE instruction_id = ?", instruction.instruction_id
        )
        if known is not None:
            if _instruction(known) != instruction:
                raise Problem(409, "INSTRUCTION-CONFLICT", "use another instruction_id for another payment")
            return _status(known)
        self._check_four_eyes(instruction, approvals)
        enough = instruction.amount_minor <= self._available(instruction.currency)
        self._store.run(
            _TAKE_INSTRUCTION,
            instruction.instruction_id,
            instruction.currency,
            instruction.amount_minor,
            instruction.payee_reference,
            canonical.encode(msgspec.to_builtins(tuple(approvals))).decode(),
            "accepted" if enough else "refused",
            None if enough else "INSUFFICIENT-BALANCE",
            now_ms,
            now_ms + self._faults.decided_after_ms(),
            None if enough else now_ms,
            self._faults.draw("refuse") is not None,
        )
        self.catch_up(now_ms)
        return self.status(instruction.instruction_id)

    def status(self, instruction_id: str) -> dict[str, Any]:
        """Tell where an instruction stands.

        Raises:
            Problem: 404 `INSTRUCTION-UNKNOWN`.
        """
        row = self._store.row("SELECT * FROM instruction WHERE instruction_id = ?", instruction_id)
        if row is None:
            raise Problem(404, "INSTRUCTION-UNKNOWN", "send the instruction first")
        return _status(row)

    def catch_up(self, now_ms: int) -> None:
        """Carry out every accepted instruction that has fallen due, in the order of their due times."""
        due = "SELECT * FROM instruction WHERE state = 'accepted' AND due_ms <= ? ORDER BY due_ms, number"
        for row in self._store.rows(due, now_ms):
            state, reason, line_id = "refused", _COMPLIANCE, None
            if not row["compliance_refuses"]:
                state, reason = "executed", None
                line_id = self._book(
                    row["currency"],
                    "debit",
                    row["amount_minor"],
                    row["payee_reference"],
                    row["due_ms"],
                    instruction_id=row["instruction_id"],
                )["line_id"]
            self._store.run(
                "UPDATE instruction SET state = ?, reason = ?, line_id = ?, decided_ms = ? WHERE number = ?",
                state,
                reason,
                line_id,
                row["due_ms"],
                row["number"],
            )

    def _check_four_eyes(self, instruction: PaymentInstruction, approvals: Sequence[Approval]) -> None:
        try:
            operators = approving_operators(instruction, approvals, self._store.key.address)
        except (AttestationRefused, SignatureRefused) as error:
            cure = "sign the approval of exactly this payment with the operator's key"
            raise Problem(403, "APPROVAL-INVALID", cure) from error
        if len(operators) < FOUR_EYES:
            raise Problem(403, "FOUR-EYES-MISSING", "let a second operator approve the payment")
        mandate = {row["address"] for row in self._store.rows("SELECT address FROM signatory")}
        if not operators <= mandate:
            raise Problem(403, "SIGNATORY-UNKNOWN", "lodge the operators' mandate with the bank first")

    def _balance(self, currency: str) -> int:
        row = self._store.row("SELECT balance_minor FROM account WHERE currency = ?", currency)
        return 0 if row is None else int(row["balance_minor"])

    def _available(self, currency: str) -> int:
        row = self._store.row(_ON_THEIR_WAY, currency)
        return self._balance(currency) - (0 if row is None else int(row["total"]))

    def _book(  # noqa: PLR0913  # a line's own fields
        self,
        currency: str,
        direction: str,
        amount_minor: int,
        reference: str,
        time_ms: int,
        *,
        instruction_id: str | None = None,
        credit_id: str | None = None,
    ) -> dict[str, Any]:
        """Write a line and the balance after it; value times of one account never go back."""
        change = amount_minor if direction == "credit" else -amount_minor
        self._store.run(_MOVE_BALANCE, change, currency)
        self._store.run(
            _WRITE_LINE,
            direction,
            amount_minor,
            reference,
            time_ms,
            instruction_id,
            credit_id,
            currency,
        )
        row = self._store.row(
            "SELECT * FROM line WHERE currency = ? ORDER BY sequence DESC LIMIT 1", currency
        )
        if row is None:
            raise Problem(500, "ACCOUNT-MISSING", "restore the bank's file from its copy")
        return _line(row)


def account_number(currency: str) -> str:
    """Name the supervised account of a currency."""
    return f"DEMO-SUPERVISED-{currency}"


def _line(row: Any) -> dict[str, Any]:  # noqa: ANN401  # a row of the table `line`
    return {
        "type": "bank.statement_line",
        "line_id": f"{row['currency']}-{row['sequence']:09d}",
        "sequence": row["sequence"],
        "account": account_number(row["currency"]),
        "currency": row["currency"],
        "direction": row["direction"],
        "amount_minor": row["amount_minor"],
        "balance_after_minor": row["balance_after_minor"],
        "reference": row["reference"],
        "value_time_ms": row["value_time_ms"],
        "instruction_id": row["instruction_id"],
    }


def _instruction(row: Any) -> PaymentInstruction:  # noqa: ANN401  # a row of the table `instruction`
    return PaymentInstruction(
        instruction_id=row["instruction_id"],
        currency=row["currency"],
        amount_minor=row["amount_minor"],
        payee_reference=row["payee_reference"],
    )


def _status(row: Any) -> dict[str, Any]:  # noqa: ANN401  # a row of the table `instruction`
    return {
        "type": "bank.instruction_status",
        **msgspec.to_builtins(_instruction(row)),
        "state": row["state"],
        "reason": row["reason"],
        "cure": None if row["reason"] is None else CURES[row["reason"]],
        "line_id": row["line_id"],
        "received_ms": row["received_ms"],
        "decided_ms": row["decided_ms"],
    }

"""What the bank and the patent office have signed, as the service reports it, and back to the very statements.

A command and its terms together hold a signed statement whole: `signed_line` and `signed_outcome` put it together again
member by member, so that the signature holds only if everything the command says is what was signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from exchange import canonical
from exchange.commands import (
    ConfirmRegistration,
    FilingOutcomeTerms,
    Holder,
    Pledge,
    RecordRegisterCopy,
    RecordStatementLine,
    RefuseRegistration,
    RegisterFacts,
    StatementLineTerms,
)
from exchange.rights.identity import catalogue_type
from ledger.attestation import statement_digest

if TYPE_CHECKING:
    from ledger.bank import StatementLine
    from ledger.office import FilingOutcome, RegisterCopy


def line_reported(line: StatementLine) -> tuple[RecordStatementLine, StatementLineTerms]:
    """A line of the bank's statement as a command."""
    terms = StatementLineTerms(
        sequence=line.sequence,
        account=line.account,
        direction=line.direction,
        currency=line.currency,
        amount=line.amount_minor,
        balance_after=line.balance_after_minor,
        reference=line.reference,
        instruction_id=line.instruction_id,
        simulated=line.simulated,
        attestation=line.attestation.signature,
    )
    return RecordStatementLine(line_id=line.line_id, value_time_ms=line.value_time_ms), terms


def signed_line(command: RecordStatementLine, terms: StatementLineTerms) -> dict[str, Any]:
    """The bank's statement line that the command reports."""
    return {
        "type": "bank.statement_line",
        "line_id": command.line_id,
        "sequence": terms.sequence,
        "account": terms.account,
        "currency": terms.currency,
        "direction": terms.direction,
        "amount_minor": terms.amount,
        "balance_after_minor": terms.balance_after,
        "reference": terms.reference,
        "value_time_ms": command.value_time_ms,
        "instruction_id": terms.instruction_id,
        "simulated": terms.simulated,
    }


def outcome_reported(
    deal_id: str, outcome: FilingOutcome
) -> tuple[ConfirmRegistration | RefuseRegistration, FilingOutcomeTerms]:
    """A decided filing's outcome as a command.

    Raises:
        ValueError: of a kind of filing that no deal makes.
    """
    if outcome.kind not in {"assignment", "licence_recordal"}:
        message = f"{outcome.filing_id} is a filing of kind {outcome.kind}"
        raise ValueError(message)
    terms = msgspec.convert(
        {
            **{name: getattr(outcome, name) for name in _OUTCOME_MEMBERS},
            "attestation": outcome.attestation.signature,
        },
        FilingOutcomeTerms,
    )
    proof: dict[str, Any] = {
        "deal_id": deal_id,
        "filing_id": outcome.filing_id,
        "proof_digest": outcome.proof_sha256 or "",
        "proof_signature": outcome.proof_signature or "",
    }
    if outcome.state == "confirmed":
        return ConfirmRegistration(**proof), terms
    return RefuseRegistration(reason_code=outcome.reason or "", **proof), terms


def signed_outcome(
    command: ConfirmRegistration | RefuseRegistration, terms: FilingOutcomeTerms
) -> dict[str, Any]:
    """The office's outcome that the command reports."""
    confirmed = isinstance(command, ConfirmRegistration)
    return {
        "type": "office.filing_outcome",
        "filing_id": command.filing_id,
        "state": "confirmed" if confirmed else "refused",
        "reason": None if isinstance(command, ConfirmRegistration) else command.reason_code,
        "proof_sha256": command.proof_digest,
        "proof_signature": command.proof_signature,
        **{name: getattr(terms, name) for name in _OUTCOME_MEMBERS},
    }


_OUTCOME_MEMBERS = tuple(name for name in FilingOutcomeTerms.__struct_fields__ if name != "attestation")
"""Members of the office's outcome that stand in the terms under the same name."""


def copy_reported(copy: RegisterCopy) -> tuple[RecordRegisterCopy, RegisterFacts]:
    """A register copy as a command."""
    command = RecordRegisterCopy(
        right_id=copy.right_id, as_of_ms=copy.as_of_ms, copy_digest=statement_digest(copy).hex()
    )
    return command, facts_of(copy)


def facts_of(copy: RegisterCopy) -> RegisterFacts:
    """What the exchange takes from a register copy: status, holders, type, dates, fees, standing pledges, freeze."""
    kinds = {freeze.kind for freeze in copy.freezes}
    freeze: Literal["none", "dispute", "preservation"] = "none"
    if kinds:
        freeze = "preservation" if "preservation" in kinds else "dispute"
    plain: dict[str, Any] = msgspec.to_builtins(copy)
    del plain["attestation"]
    return RegisterFacts(
        status=copy.status,
        right_type=catalogue_type(copy.right_type),
        filing_date=copy.filing_date,
        grant_date=copy.grant_date,
        holders=tuple(Holder(company_number=each.company_number, share=each.share) for each in copy.holders),
        expiry_date=copy.expiry_date,
        in_fee_grace=copy.grace,
        pledges=tuple(
            Pledge(
                company_number=pledge.pledgee,
                amount=pledge.sum_minor,
                currency=pledge.currency,
                kind=pledge.kind,
                register_number=pledge.pledge_id,
            )
            for pledge in copy.pledges
            if pledge.discharged_on is None
        ),
        freeze=freeze,
        copy=canonical.encode(plain).decode(),
        attestation=copy.attestation.signature,
    )

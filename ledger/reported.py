"""What the bank and the patent office have signed, as the service reports it, and back to the very statements.

A command and its terms together hold a signed statement whole: `signed_line` and `signed_outcome` put it together again
member by member, so that the signature holds only if everything the command says is what was signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET

from exchange import canonical
from exchange.commands import (
    ConfirmPledgeFiling,
    ConfirmRegistration,
    FilingOutcomeTerms,
    Holder,
    Pledge,
    RecordRegisterCopy,
    RecordStatementLine,
    RefusePledgeFiling,
    RefuseRegistration,
    RegisteredLicence,
    RegisterFacts,
    StatementLineTerms,
)
from exchange.rights.identity import catalogue_type
from ledger.attestation import statement_digest

if TYPE_CHECKING:
    from ledger.bank import StatementLine
    from ledger.office import FilingOutcome, RegisterCopy


OutcomeCommand: TypeAlias = (
    ConfirmRegistration | RefuseRegistration | ConfirmPledgeFiling | RefusePledgeFiling
)
"""A command that reports the office's decision on a filing."""


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


def outcome_reported(subject_id: str, outcome: FilingOutcome) -> tuple[OutcomeCommand, FilingOutcomeTerms]:
    """A decided filing's outcome as a command about its deal or its pledge."""
    terms = msgspec.convert(
        {
            **{name: getattr(outcome, name) for name in _OUTCOME_MEMBERS},
            "attestation": outcome.attestation.signature,
        },
        FilingOutcomeTerms,
    )
    proof: dict[str, Any] = {
        "filing_id": outcome.filing_id,
        "proof_digest": outcome.proof_sha256 or "",
        "proof_signature": outcome.proof_signature or "",
    }
    reason_code = outcome.reason or ""
    if outcome.kind in {"assignment", "licence_recordal"}:
        if outcome.state == "confirmed":
            return ConfirmRegistration(deal_id=subject_id, **proof), terms
        return RefuseRegistration(deal_id=subject_id, reason_code=reason_code, **proof), terms
    if outcome.state == "confirmed":
        return ConfirmPledgeFiling(pledge_id=subject_id, **proof), terms
    return RefusePledgeFiling(pledge_id=subject_id, reason_code=reason_code, **proof), terms


def signed_outcome(command: OutcomeCommand, terms: FilingOutcomeTerms) -> dict[str, Any]:
    """The office's outcome that the command reports."""
    refused = isinstance(command, RefuseRegistration | RefusePledgeFiling)
    return {
        "type": "office.filing_outcome",
        "filing_id": command.filing_id,
        "state": "refused" if refused else "confirmed",
        "reason": command.reason_code
        if isinstance(command, RefuseRegistration | RefusePledgeFiling)
        else None,
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
    """What the exchange takes from a copy: status, holders, type, dates, fees, pledges and all else that rules ask."""
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
                debt_term_ends_on=pledge.debt_term_ends_on,
            )
            for pledge in copy.pledges
            if pledge.discharged_on is None
        ),
        freeze=freeze,
        fee_due=UNSET if copy.fee_paid_until is None else copy.fee_paid_until,
        licences=tuple(
            RegisteredLicence(
                licence_id=licence.licence_id,
                kind=licence.kind,
                licensee=licence.licensee,
                starts_on=licence.starts_on,
                ends_on=licence.ends_on,
                territory=licence.territory,
                field_of_use=licence.field_of_use,
            )
            for licence in copy.licences
        ),
        similar_marks=copy.similar_marks,
        same_day_twin=UNSET if copy.same_day_twin is None else copy.same_day_twin,
        invalidation_requested=True if copy.invalidation_requested else UNSET,
        copy=canonical.encode(plain).decode(),
        attestation=copy.attestation.signature,
    )

"""What the bank and the patent office signed: statement lines, register copies, confirmations and refusals.

The pinned keys stand in the journal's first entry, which the anchored root fixes. The signed statement stands in the
entry: it is put together again from what the command and its terms say, so that a signature over anything else, or over
another statement, does not pass. A public export has no terms: of it, only the office's signature over a proof's digest
can be checked.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from exchange import canonical
from exchange.canonical import CanonicalRefused
from exchange.commands import (
    ConfirmPledgeFiling,
    ConfirmRegistration,
    FilingOutcomeTerms,
    RecordRegisterCopy,
    RecordStatementLine,
    RefusePledgeFiling,
    RefuseRegistration,
    RegisterFacts,
    StatementLineTerms,
)
from exchange.rights.register import NAMED_LATER_SINCE_ENGINE
from ledger.attestation import AttestationRefused, statement_digest, verify_signature
from ledger.audit.findings import unsound
from ledger.office import RegisterCopy
from ledger.reported import facts_of, signed_line, signed_outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exchange.commands import OpenVenue
    from ledger.audit.entries import Opened

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DECIDED = (ConfirmRegistration, RefuseRegistration, ConfirmPledgeFiling, RefusePledgeFiling)
_ATTESTED = frozenset({*_DECIDED, RecordRegisterCopy, RecordStatementLine})


def is_attested(opened: Opened) -> bool:
    """Whether the entry's command reports what the bank or the office signed."""
    return type(opened.entry.command) in _ATTESTED


def check_attestation(opened: Opened, venue: OpenVenue) -> bool:
    """Check what is signed in an accepted entry; whether the whole statement was there to check.

    Raises:
        Unsound: AUDIT-ATTESTATION, AUDIT-STATEMENT.
    """
    command, terms = opened.entry.command, opened.terms
    if isinstance(command, _DECIDED):
        _check_proof(command.proof_digest, command.proof_signature, venue.office)
        if not isinstance(terms, FilingOutcomeTerms):
            return False
        _check(signed_outcome(command, terms), terms.attestation, venue.office)
        simulated = terms.simulated
    elif isinstance(command, RecordRegisterCopy) and isinstance(terms, RegisterFacts):
        simulated = _check_copy(command, terms, venue.office, opened.entry.engine)
    elif isinstance(command, RecordStatementLine) and isinstance(terms, StatementLineTerms):
        _check(signed_line(command, terms), terms.attestation, venue.bank)
        simulated = terms.simulated
    else:
        return False
    if simulated != venue.simulated:
        unsound("AUDIT-STATEMENT", f"simulated: {simulated}, of a venue where it is {venue.simulated}")
    return True


def _check_proof(digest: str, signature: str, office: str) -> None:
    if _DIGEST.fullmatch(digest) is None:
        unsound("AUDIT-ATTESTATION", "no digest")
    _check_signature(bytes.fromhex(digest), signature, office)


def _check(statement: Mapping[str, Any], attestation: str, pinned: str) -> None:
    try:
        digest = statement_digest(statement)
    except CanonicalRefused as error:
        unsound("AUDIT-ATTESTATION", error.code)
    _check_signature(digest, attestation, pinned)


def _check_signature(digest: bytes, signature: str, pinned: str) -> None:
    try:
        verify_signature(digest, signature, pinned)
    except AttestationRefused as error:
        unsound("AUDIT-ATTESTATION", error.code)


def _as_taken(said: RegisterFacts, taken: RegisterFacts, engine: int) -> RegisterFacts:
    """What a copy says, without what facts taken before those fields existed leave out; now they leave out nothing."""
    if engine >= NAMED_LATER_SINCE_ENGINE:
        return said
    later = ("fee_due", "similar_marks", "licences", "same_day_twin", "invalidation_requested")
    left_out: dict[str, Any] = {name: UNSET for name in later if getattr(taken, name) is UNSET}
    if all(pledge.debt_term_ends_on is UNSET for pledge in taken.pledges):
        left_out["pledges"] = tuple(
            msgspec.structs.replace(pledge, debt_term_ends_on=UNSET) for pledge in said.pledges
        )
    return msgspec.structs.replace(said, **left_out)


def _check_copy(command: RecordRegisterCopy, facts: RegisterFacts, office: str, engine: int) -> bool:
    """Check a register copy's signature, and that command and facts are what it says; whether it is a simulated one."""
    text = facts.copy.encode("utf-8", "surrogatepass")
    digest = sha256(text).digest()
    _check_signature(digest, facts.attestation, office)
    try:
        stated: Any = canonical.decode(text)
        stated["attestation"] = {"signer": office, "signature": facts.attestation}
        copy = msgspec.convert(stated, RegisterCopy)
        same = _as_taken(facts_of(copy), facts, engine) == facts
    except (CanonicalRefused, msgspec.ValidationError, TypeError) as error:
        unsound("AUDIT-STATEMENT", f"no register copy: {error}")
    named = (command.right_id, command.as_of_ms, command.copy_digest)
    if named != (copy.right_id, copy.as_of_ms, digest.hex()) or not same:
        unsound("AUDIT-STATEMENT", f"the register copy of {copy.right_id} says otherwise")
    return copy.simulated

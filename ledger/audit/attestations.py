"""What the bank and the patent office signed: statement lines, register copies, confirmations and refusals.

The pinned keys stand in the journal's first entry, which the anchored root fixes. Each attestation is a signature over
the digest that the command names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from exchange.commands import (
    ConfirmRegistration,
    RecordRegisterCopy,
    RecordStatementLine,
    RefuseRegistration,
    RegisterFacts,
    StatementLineTerms,
)
from ledger.attestation import AttestationRefused, verify_signature
from ledger.audit.findings import unsound

if TYPE_CHECKING:
    from exchange.commands import OpenVenue
    from ledger.audit.entries import Opened

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def check_attestation(opened: Opened, venue: OpenVenue) -> bool:
    """Check the attestation of an accepted entry; whether it has one that this export shows.

    Raises:
        Unsound: AUDIT-ATTESTATION.
    """
    command, terms = opened.entry.command, opened.terms
    if isinstance(command, ConfirmRegistration | RefuseRegistration):
        _check(command.proof_digest, command.attestation, venue.office)
    elif isinstance(command, RecordRegisterCopy) and isinstance(terms, RegisterFacts):
        _check(command.copy_digest, terms.attestation, venue.office)
    elif isinstance(command, RecordStatementLine) and isinstance(terms, StatementLineTerms):
        _check(command.line_digest, terms.attestation, venue.bank)
    else:
        return False
    return True


def _check(digest: str, attestation: str, pinned: str) -> None:
    if _DIGEST.fullmatch(digest) is None:
        unsound("AUDIT-ATTESTATION", "no digest")
    try:
        verify_signature(bytes.fromhex(digest), attestation, pinned)
    except AttestationRefused as error:
        unsound("AUDIT-ATTESTATION", error.code)

"""The signatures of instructions: every entry but the sequencer's own is signed for it alone, by whom it says.

Whether the signer was entitled is for the engine to say: replay hands it the same address.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from ledger.audit.findings import unsound
from ledger.journal import type_of
from ledger.signatures import (
    NO_TERMS,
    Domain,
    Instruction,
    SignatureRefused,
    instruction_digest,
    recover,
)

if TYPE_CHECKING:
    from ledger.audit.entries import Opened

APPLICANT = "applicant"
"""Stands for the party in the instruction of a company that has no party id yet."""
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


def check_instruction(opened: Opened, domain: Domain) -> bool:
    """Check an entry's signature; whether it has one.

    Raises:
        Unsound: AUDIT-SIGNATURE, -SIGNATURE-MISSING, -SIGNATURE-EXTRA, -SIGNATURE-LATE.
    """
    entry = opened.entry
    signature = entry.signature
    if entry.command.given_by == "sequencer":
        if signature is not None or entry.reference:
            unsound("AUDIT-SIGNATURE-EXTRA")
        return False
    if signature is None:
        unsound("AUDIT-SIGNATURE-MISSING")
    if entry.time_ms > signature.valid_until_ms:
        unsound("AUDIT-SIGNATURE-LATE", f"valid until {signature.valid_until_ms}, entered at {entry.time_ms}")
    committed = entry.sealed.terms
    if _HASH.fullmatch(entry.reference) is None or (committed and _HASH.fullmatch(committed) is None):
        unsound("AUDIT-SIGNATURE", "reference or terms are no hash")
    instruction = Instruction(
        action=type_of(entry.command),
        party=entry.actor or APPLICANT,
        reference=bytes.fromhex(entry.reference),
        content=sha256(opened.command).digest(),
        terms=bytes.fromhex(committed) if committed else NO_TERMS,
        valid_until_ms=signature.valid_until_ms,
    )
    try:
        recovered = recover(instruction_digest(domain, instruction), signature.value)
    except SignatureRefused as error:
        unsound("AUDIT-SIGNATURE", error.code)
    if recovered != signature.signer:
        unsound("AUDIT-SIGNATURE", f"recovered {recovered}, not {signature.signer}")
    return True

"""What keys sign about themselves, made from the commands that carry their signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from exchange.commands import (
    AdvanceCounter,
    EnrolKey,
    ProposeRecovery,
    RevokeKey,
    RotateKey,
    VetoRecovery,
)
from exchange.keys import LETTER_LABEL
from exchange.recoveries import PAPERS_LABEL
from ledger.messages import (
    CounterAdvance,
    KeyEnrolment,
    KeyRecovery,
    KeyRevocation,
    KeyRotation,
    RecoveryVeto,
)
from ledger.outbox_row import code_word
from ledger.signatures import SignatureRefused, message_digest, recover

if TYPE_CHECKING:
    from ledger.messages import Hash, RegisterMessage
    from ledger.signatures import Domain

KeyCommand: TypeAlias = EnrolKey | RotateKey | RevokeKey | AdvanceCounter | ProposeRecovery | VetoRecovery
KEY_COMMANDS = (EnrolKey, RotateKey, RevokeKey, AdvanceCounter, ProposeRecovery, VetoRecovery)


class KeySignatureWrong(Exception):
    """A key's signature about itself does not hold: `code`, what was signed, and who was recovered, if anybody."""

    def __init__(self, *, code: str, digest: Hash, recovered: str, expected: str) -> None:
        super().__init__(code)
        self.code = code
        self.digest = digest
        self.recovered = recovered
        self.expected = expected


def check_key_signatures(domain: Domain, command: KeyCommand, old_key: str, enrolled_as: Hash) -> None:
    """Check every signature that a command carries; the contract will check them again.

    `old_key` is the party's own key, `enrolled_as` the commitment to the terms of an `EnrolKey`; every other command
    names the party that was signed for itself.

    Raises:
        KeySignatureWrong: `SIGNATURE-SIGNER` for another key's, else the code of `SignatureRefused`.
    """
    party = enrolled_as if isinstance(command, EnrolKey) else bytes.fromhex(command.party_commitment)
    message, signatures = _signed(command, old_key, party)
    digest = message_digest(domain, message)
    for expected, signature in signatures:
        try:
            recovered = recover(digest, signature)
        except SignatureRefused as error:
            raise KeySignatureWrong(
                code=error.code, digest=digest, recovered="", expected=expected
            ) from error
        if recovered != expected:
            raise KeySignatureWrong(
                code="SIGNATURE-SIGNER", digest=digest, recovered=recovered, expected=expected
            )


def _signed(
    command: KeyCommand, old_key: str, party: Hash
) -> tuple[RegisterMessage, tuple[tuple[str, str], ...]]:
    """The message, and who must have signed it with what."""
    if isinstance(command, EnrolKey):
        enrolment = KeyEnrolment(
            party=party,
            key=command.key,
            authorisation=_committed(command, LETTER_LABEL),
            deadline_s=command.deadline_s,
        )
        return enrolment, ((command.key, command.possession),)
    if isinstance(command, RotateKey):
        rotation = KeyRotation(
            party=party,
            old_key=old_key,
            new_key=command.new_key,
            authorisation=_committed(command, LETTER_LABEL),
            deadline_s=command.deadline_s,
        )
        return rotation, ((old_key, command.old_signature), (command.new_key, command.new_signature))
    if isinstance(command, RevokeKey):
        revocation = KeyRevocation(
            party=party,
            key=command.key,
            reason=bytes.fromhex(code_word(command.reason)[2:]),
            deadline_s=command.deadline_s,
        )
        return revocation, ((command.key, command.key_signature),)
    if isinstance(command, ProposeRecovery):
        return recovery_message(command), ((command.new_key, command.possession),)
    if isinstance(command, VetoRecovery):
        veto = RecoveryVeto(party=party, new_key=command.new_key, key=old_key, deadline_s=command.deadline_s)
        return veto, ((old_key, command.veto_signature),)
    advance = CounterAdvance(
        party=party, key=command.key, counter=command.counter, deadline_s=command.deadline_s
    )
    return advance, ((command.key, command.key_signature),)


def recovery_message(command: ProposeRecovery) -> KeyRecovery:
    """What a new key signs that is to take the place of a lost one."""
    return KeyRecovery(
        party=bytes.fromhex(command.party_commitment),
        new_key=command.new_key,
        authorisation=_committed(command, PAPERS_LABEL),
        deadline_s=command.deadline_s,
    )


def _committed(command: EnrolKey | RotateKey | ProposeRecovery, label: str) -> Hash:
    return bytes.fromhex(command.erasable.get(label, "")) or bytes(32)

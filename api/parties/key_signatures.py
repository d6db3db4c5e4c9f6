"""What a key signs about itself, checked at the front door before it is sent on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import problems
from api.problems import Problem
from exchange.commands import EnrolKey, ProposeRecovery, RotateKey, VetoRecovery
from exchange.keys import TERMS_LABEL
from exchange.rows import Key
from exchange.rules import venue as rules
from exchange.sealed import commitment
from ledger.key_messages import KeySignatureWrong, check_key_signatures
from ledger.secp256k1 import SignatureRefused

if TYPE_CHECKING:
    from api.commands import Given
    from api.door import Door
    from ledger.key_messages import KeyCommand
    from ledger.messages import Hash


async def check(door: Door, command: KeyCommand, given: Given, own_key: str) -> None:
    """Check every signature that the command carries.

    Raises:
        Problem: SIGNATURE-MALFORMED, or SIGNATURE-WRONG with the digest and the recovered signer.
    """
    party = await _commitment(door, command, given, own_key)
    try:
        check_key_signatures(await door.deal_domain(), command, own_key, party)
    except SignatureRefused as error:
        raise Problem(problems.SIGNATURE_MALFORMED, reason=error.code) from error
    except KeySignatureWrong as wrong:
        digest = "0x" + wrong.digest.hex()
        if wrong.code != "SIGNATURE-SIGNER":
            raise Problem(problems.SIGNATURE_MALFORMED, reason=wrong.code, digest=digest) from wrong
        raise Problem(
            problems.SIGNATURE_WRONG,
            digest=digest,
            recovered_signer=wrong.recovered,
            expected_signer=wrong.expected,
        ) from wrong


async def _commitment(door: Door, command: KeyCommand, given: Given, own_key: str) -> Hash:
    """By which the chain knows, or will know, the party.

    Raises:
        Problem: KEY-NOT-ENROLLED where it is not known yet, so that nobody could have signed for it.
    """
    if isinstance(command, EnrolKey):
        return commitment(TERMS_LABEL, bytes.fromhex(given.terms_salt), given.terms)
    if not isinstance(command, RotateKey | ProposeRecovery | VetoRecovery):
        own_key = command.key
    stored = await door.reader.row(Key, own_key)
    if isinstance(command, ProposeRecovery):
        # An operator's word: the engine refuses it, in an entry, where the party has no key on record.
        return bytes(32) if stored is None else bytes.fromhex(stored.row.commitment)
    if stored is None or stored.row.state != "LIVE":
        raise problems.refusal(rules.KEY_NOT_ENROLLED.code, {"key": own_key})
    return bytes.fromhex(stored.row.commitment)

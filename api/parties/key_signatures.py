"""What a key signs about itself, checked at the front door before it is sent on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import problems
from api.problems import Problem
from exchange.commands import EnrolKey
from exchange.keys import TERMS_LABEL
from exchange.sealed import commitment
from ledger.key_messages import KeySignatureWrong, check_key_signatures
from ledger.secp256k1 import SignatureRefused

if TYPE_CHECKING:
    from api.commands import Given
    from api.door import Door
    from ledger.key_messages import KeyCommand


async def check(door: Door, command: KeyCommand, given: Given, own_key: str) -> None:
    """Check every signature that the command carries.

    Raises:
        Problem: SIGNATURE-MALFORMED, or SIGNATURE-WRONG with the digest and the recovered signer.
    """
    enrolled_as = b""
    if isinstance(command, EnrolKey):
        enrolled_as = commitment(TERMS_LABEL, bytes.fromhex(given.terms_salt), given.terms)
    try:
        check_key_signatures(await door.deal_domain(), command, own_key, enrolled_as)
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

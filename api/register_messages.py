"""What a party signs for the register itself: shown with whatever it names by a hash, and checked at the door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import problems
from api.problems import Problem
from exchange.commands import snake
from ledger.signatures import SignatureRefused, message_digest, recover, struct_hash, typed_data

if TYPE_CHECKING:
    from ledger.messages import DealCancellation, OfferWithdrawal, RegisterMessage
    from ledger.signatures import Domain


def shown(domain: Domain, message: RegisterMessage) -> dict[str, Any]:
    """The typed data of a message and its digest, under the names of the forms that show them."""
    return {
        "typed_data": typed_data(domain, message),
        "digest": "0x" + message_digest(domain, message).hex(),
    }


def shown_with(
    domain: Domain, message: OfferWithdrawal | DealCancellation, hashed: RegisterMessage
) -> dict[str, Any]:
    """The same of a message that is but a hash, with the struct that it is the hash of."""
    return {
        **shown(domain, message),
        "hashed": typed_data(domain, hashed),
        "struct_hash": "0x" + struct_hash(hashed).hex(),
    }


def require_signed(domain: Domain, message: RegisterMessage, signature: str, expected: str) -> None:
    """Check a key's signature over a message before it is sent on: the contract will check it again.

    Raises:
        Problem: SIGNATURE-MALFORMED, or SIGNATURE-WRONG with the digest and the recovered signer.
    """
    digest = message_digest(domain, message)
    try:
        recovered = recover(digest, signature)
    except SignatureRefused as error:
        raise Problem(problems.SIGNATURE_MALFORMED, reason=error.code, digest="0x" + digest.hex()) from error
    if recovered != expected:
        name = snake(type(message).__name__)
        raise Problem(
            problems.SIGNATURE_WRONG,
            digest="0x" + digest.hex(),
            recovered_signer=recovered,
            expected_signer=expected,
            signed={name: typed_data(domain, message)["message"]},
        )

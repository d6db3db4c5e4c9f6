"""An operator's approval as the bank wants it: a signature over the very payment, which the bank checks again."""

from __future__ import annotations

from api import problems
from api.problems import Problem
from exchange.rows import Payment
from ledger.bank import approval_digest, instruction_of
from ledger.signatures import SignatureRefused, recover


def check(payment: Payment, bank: str, operator: str, signature: str) -> None:
    """Check the approval before it is journalled: a wrong one would be found only when the money should leave.

    Raises:
        Problem: SIGNATURE-MALFORMED, SIGNATURE-WRONG with the digest and the recovered signer.
    """
    instruction = instruction_of(payment.id, payment.currency, payment.amount, payment.party_id)
    digest = approval_digest(instruction, bank)
    try:
        recovered = recover(digest, signature)
    except SignatureRefused as error:
        raise Problem(problems.SIGNATURE_MALFORMED, reason=error.code, digest="0x" + digest.hex()) from error
    if recovered != operator:
        raise Problem(problems.SIGNATURE_WRONG, digest="0x" + digest.hex(), recovered_signer=recovered)

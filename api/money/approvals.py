"""An operator's approval as the bank wants it: its own signature over the very payment, kept as a sealed part."""

from __future__ import annotations

import msgspec

from api import problems
from api.commands import malformed
from api.problems import Problem
from exchange.state import Payment
from ledger.bank import Approval, PaymentInstruction, approval_digest
from ledger.signatures import SignatureRefused, recover

LABEL = "bank_approval"


def instruction_of(payment_id: str, currency: str, amount: int, party_id: str) -> PaymentInstruction:
    """The bank's instruction of a payment: minor units, to the party's own bank account."""
    return msgspec.convert(
        {
            "instruction_id": payment_id,
            "currency": currency,
            "amount_minor": amount,
            "payee_reference": party_id,
        },
        PaymentInstruction,
    )


def check(payment: Payment, bank: str, operator: str, value: object) -> None:
    """Check the bank's approval before it is journalled: a wrong one would be found only when the money should leave.

    Raises:
        Problem: BODY-MALFORMED, SIGNATURE-MALFORMED, SIGNATURE-WRONG.
    """
    try:
        approval = msgspec.convert(value, Approval)
    except msgspec.ValidationError as error:
        raise malformed(["erasable", LABEL, "value"], str(error)[:200]) from error
    instruction = instruction_of(payment.id, payment.currency, payment.amount, payment.party_id)
    digest = approval_digest(instruction, bank)
    try:
        recovered = recover(digest, approval.signature)
    except SignatureRefused as error:
        raise Problem(problems.SIGNATURE_MALFORMED, reason=error.code, digest="0x" + digest.hex()) from error
    if operator != recovered or approval.operator != recovered:
        raise Problem(problems.SIGNATURE_WRONG, digest="0x" + digest.hex(), recovered_signer=recovered)

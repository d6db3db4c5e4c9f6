"""Four eyes on every payment: each operator's own signature over exactly this payment, as the bank asks for it.

An approval stands in the terms of its command; replay gives the payment that it is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.attestation import AttestationRefused
from ledger.audit.findings import unsound
from ledger.bank import FOUR_EYES, Approval, approving_operators, instruction_of
from ledger.secp256k1 import SignatureRefused

if TYPE_CHECKING:
    from exchange.rows import Payment, Venue


def check_approvals(payment: Payment, venue: Venue) -> None:
    """Check the approvals that a payment has; once it may go to the bank they must be two operators'.

    Raises:
        Unsound: AUDIT-APPROVAL.
    """
    approvals = [
        Approval(operator=operator, signature=signature) for operator, signature in payment.approvals.items()
    ]
    try:
        instruction = instruction_of(payment.id, payment.currency, payment.amount, payment.party_id)
        operators = approving_operators(instruction, approvals, venue.bank)
    except (AttestationRefused, SignatureRefused) as error:
        unsound("AUDIT-APPROVAL", f"{payment.id}: {error.code}")
    except msgspec.ValidationError as error:
        unsound("AUDIT-APPROVAL", f"{payment.id}: {error}")
    strangers = operators - set(venue.operators)
    if strangers or (payment.state == "APPROVED" and len(operators) < FOUR_EYES):
        unsound("AUDIT-APPROVAL", f"{payment.id}: approved by {', '.join(sorted(operators)) or 'nobody'}")

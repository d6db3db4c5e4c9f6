"""Payments that two operators approved go to the bank as instructions, with the operators' own signatures.

The bank carries out an instruction once, however often it is sent. That it has paid is never taken from its answer but
from its statement; a refusal is final and gives the money back. While a currency's releases are halted nothing of it
leaves, nor anything of a deal while it is in dispute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from exchange.commands import RefusePayment
from exchange.rows import Payment
from ledger.bank import Approval, PaymentInstruction, instruction_of
from ledger.counterparty import CounterpartyError
from ledger.service import read_venue

if TYPE_CHECKING:
    from ledger.alone import Database
    from ledger.bank import Bank
    from ledger.service import Service

MOST_PAYMENTS: Final = 200
"""Payments in one run."""
_BANK_IS_AWAY: Final = ("BANK-", "ATTESTATION-")
"""Codes that speak of the bank as a whole: the rest of the run would meet them too."""
_log = structlog.get_logger()


class Payments:
    """Hands approved payments to the bank. Run it under `Work.PAYMENTS`."""

    def __init__(self, database: Database, bank: Bank, service: Service) -> None:
        self._database = database
        self._bank = bank
        self._service = service

    def run(self) -> int:
        """Instruct the bank for every approved payment; gives the number of payments that it refused.

        Raises:
            CounterpartyError: the bank could not be asked, or answered what cannot be accepted.
            SequencerRefused: a refusal could not be given; run it again.
            psycopg.Error: the database does not answer.
        """
        halted = read_venue(self._database).halted_currencies
        rows = self._database.execute(
            "SELECT data FROM payments p WHERE state = 'APPROVED' AND NOT currency = ANY(%s)"
            " AND NOT EXISTS (SELECT FROM deals d WHERE d.id = p.deal_id AND d.state = 'DISPUTED')"
            " ORDER BY random() LIMIT %s",  # none waits for ever behind others that the bank does not take
            (list(halted), MOST_PAYMENTS),
        ).fetchall()
        refused = 0
        for row in rows:
            refused += self._instruct(msgspec.convert(row["data"], Payment))
        return refused

    def _instruct(self, payment: Payment) -> bool:
        """Hand over one payment; whether the bank refused it for good."""
        approvals = [
            Approval(operator=operator, signature=signature)
            for operator, signature in sorted(payment.approvals.items())
        ]
        try:
            status = self._bank.instruct(_instruction(payment), approvals)
        except CounterpartyError as error:
            if error.retryable or error.code.startswith(_BANK_IS_AWAY):
                raise
            # The bank does not take it as it is (mandate, approvals, another payment under this id). Nothing is paid
            # and nothing is given back until somebody has looked.
            _log.critical("alarm", code="PAYMENT-NOT-TAKEN", payment_id=payment.id, reason=error.code)
            return False
        if status.state != "refused":
            return False
        command = RefusePayment(payment_id=payment.id, reason_code=status.reason or "REFUSED")
        answer = self._service.report(f"refuse-payment:{payment.id}", command)
        if answer.status == "refused":
            _log.critical("alarm", code="REFUSAL-NOT-TAKEN", payment_id=payment.id, reason=answer.code)
        return answer.status == "accepted"


def _instruction(payment: Payment) -> PaymentInstruction:
    return instruction_of(payment.id, payment.currency, payment.amount, payment.party_id)

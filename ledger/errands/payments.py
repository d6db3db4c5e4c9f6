"""Payments that two operators approved go to the bank as instructions, with the operators' own signatures.

The bank carries out an instruction once, however often it is sent. That it has paid is never taken from its answer but
from its statement; a refusal is final and gives the money back. While a currency's releases are halted nothing of it
leaves, nor anything of a deal while it is in dispute; and nothing at all while the indexer is halted, or while the last
reconciliation found a difference in money. All of this is asked again before each instruction: a run takes its time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from exchange.commands import RefusePayment
from exchange.rows import Payment
from ledger.bank import Approval, PaymentInstruction, instruction_of
from ledger.counterparty import CounterpartyError
from ledger.indexer import require_running
from ledger.reconciled import MONEY_CODES
from ledger.service import read_venue

if TYPE_CHECKING:
    from ledger.alarms import Alarms
    from ledger.alone import Database
    from ledger.bank import Bank
    from ledger.service import Service

MOST_PAYMENTS: Final = 200
"""Payments in one run."""
_BANK_IS_AWAY: Final = ("BANK-", "ATTESTATION-")
"""Codes that speak of the bank as a whole: the rest of the run would meet them too."""
_LEAVES = """
state = 'APPROVED' AND NOT currency = ANY(%s)
    AND NOT EXISTS (SELECT FROM deals d WHERE d.id = p.deal_id AND d.state = 'DISPUTED')
"""
_WAITING = f"SELECT id FROM payments p WHERE {_LEAVES} ORDER BY random() LIMIT %s"  # noqa: S608 - text from this page
"""At random: none waits for ever behind others that the bank does not take."""
_ONE = f"SELECT data FROM payments p WHERE {_LEAVES} AND id = %s"  # noqa: S608 - as above
_LAST_CODES = "SELECT report -> 'codes' AS codes FROM reconciliations ORDER BY id DESC LIMIT 1"
_HELD: Final = "PAYMENTS-HELD"
_HELD_CURE: Final = (
    "mend what `ipx reconcile` names; payments go on after the next reconciliation that agrees"
)
_log = structlog.get_logger()


class Payments:
    """Hands approved payments to the bank. Run it under `Work.PAYMENTS`."""

    def __init__(self, database: Database, bank: Bank, service: Service, alarms: Alarms) -> None:
        self._database = database
        self._bank = bank
        self._service = service
        self._alarms = alarms

    def run(self) -> int:
        """Instruct the bank for every approved payment; gives the number of payments that it refused.

        Raises:
            SettlementHalted: the indexer is halted; what is left waits.
            CounterpartyError: the bank could not be asked, or answered what cannot be accepted.
            SequencerRefused: a refusal could not be given; run it again.
            psycopg.Error: the database does not answer.
        """
        halted = list(read_venue(self._database).halted_currencies)
        waiting = self._database.execute(_WAITING, (halted, MOST_PAYMENTS)).fetchall()
        refused = 0
        for row in waiting:
            require_running(self._database)
            if self._is_held():
                break
            payment = self._that_leaves(row["id"])
            refused += payment is not None and self._instruct(payment)
        return refused

    def _is_held(self) -> bool:
        """Whether the last reconciliation found a difference in money; it is an alarm while something waits."""
        last = self._database.execute(_LAST_CODES).fetchone()
        codes = {} if last is None else last["codes"] or {}
        found = {code: count for code, count in codes.items() if code in MONEY_CODES}
        if found:
            self._alarms.begin("payments", _HELD, _HELD_CURE, found=found)
        else:
            self._alarms.end("payments")
        return bool(found)

    def _that_leaves(self, payment_id: str) -> Payment | None:
        """The payment as it stands now; None where something holds it since."""
        halted = list(read_venue(self._database).halted_currencies)
        row = self._database.execute(_ONE, (halted, payment_id)).fetchone()
        return None if row is None else msgspec.convert(row["data"], Payment)

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

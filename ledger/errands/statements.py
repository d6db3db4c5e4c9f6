"""The bank's statement: every line after the last one known becomes a command, in order, none left out.

The exchange takes whatever the bank attests; a debit that no payment explains halts its currency there and is an alarm
here. A line that is refused all the same has the wrong shape and stops its account: balances are compared line by line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import structlog

from exchange.money.accounts import VENUE_OWNER
from exchange.money.amount import Currency
from ledger.reported import line_reported

if TYPE_CHECKING:
    from ledger.alone import Database
    from ledger.bank import Bank, StatementLine
    from ledger.service import Service

MOST_LINES: Final = 400
"""Lines of one account in one run."""
_log = structlog.get_logger()


class Statements:
    """Brings statement lines in. Run it under `Work.STATEMENTS`."""

    def __init__(self, database: Database, bank: Bank, service: Service) -> None:
        self._database = database
        self._bank = bank
        self._service = service

    def run(self) -> int:
        """Record what is new on every account; gives the number of lines.

        Raises:
            CounterpartyError: the bank could not be asked, or answered what cannot be accepted.
            SequencerRefused: a line could not be given; run it again.
            psycopg.Error: the database does not answer.
        """
        recorded = 0
        for currency in get_args(Currency):
            recorded += self._account(currency)
        return recorded

    def _account(self, currency: Currency) -> int:
        # Lines are numbered from 1 without a gap and recorded in order, so their count is the last one's number.
        row = self._database.execute(
            "SELECT count(*) AS known FROM statement_lines WHERE currency = %s", (currency,)
        ).fetchone()
        after = 0 if row is None else int(row["known"])
        recorded = 0
        while recorded < MOST_LINES:
            lines = self._bank.statement(currency, after)
            for line in lines:
                if not self._record(line):
                    return recorded
                recorded += 1
            if not lines:
                break
            after = lines[-1].sequence
        return recorded

    def _record(self, line: StatementLine) -> bool:
        """Give one line; whether the exchange took it."""
        command, terms = line_reported(line)
        answer = self._service.report_until_taken(f"statement-line:{line.line_id}", command, terms)
        if answer.status == "refused" and answer.code != "LINE-KNOWN":
            _log.critical("alarm", code="STATEMENT-LINE-REFUSED", line_id=line.line_id, reason=answer.code)
            return False
        if line.direction == "debit" and answer.result.get("subject_id") == VENUE_OWNER:
            _log.critical("alarm", code="DEBIT-UNEXPLAINED", line_id=line.line_id, currency=line.currency)
        return True

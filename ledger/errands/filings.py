"""Filings: what operators filed goes to the patent office, and its decision becomes a command with its proof.

What is filed was fixed when the operator gave the command, and the office examines a filing id once. Its paper is
fetched and checked before the decision is reported with the office's signed outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import structlog
from msgspec import UNSET

from exchange.rows import Filing
from ledger import office
from ledger.counterparty import CounterpartyError
from ledger.reported import outcome_reported

if TYPE_CHECKING:
    from ledger.alone import Database
    from ledger.office import FilingOutcome, Office
    from ledger.service import Service

MOST_FILINGS: Final = 200
"""Filings in one run."""
_OFFICE_IS_AWAY: Final = ("OFFICE-", "ATTESTATION-")
"""Codes that speak of the office as a whole: the rest of the run would meet them too."""
_log = structlog.get_logger()

_OPEN = """
SELECT d.id AS deal_id, d.state, f.data AS filing
FROM deals d
JOIN filings f ON f.id = d.data ->> 'filing_id'
LEFT JOIN licences l ON l.id = d.data ->> 'licence_id'
WHERE f.data ->> 'proof_digest' = ''
    AND (d.state = 'FILED' OR (d.state = 'DISPUTED' AND d.deal_kind = 'assignment')
        OR (l.id IS NOT NULL AND NOT (l.data ->> 'recorded')::boolean AND NOT l.archived))
ORDER BY random() LIMIT %s
"""
_OPEN_PLEDGES = """
SELECT p.id AS pledge_id, f.data AS filing
FROM pledge_contracts p
JOIN filings f ON f.pledge_id = p.id
WHERE p.data -> 'filings' ->> f.id = ''
ORDER BY random() LIMIT %s
"""


class Filings:
    """Files, and asks what became of it. Run it under `Work.FILINGS`."""

    def __init__(self, database: Database, office: Office, service: Service) -> None:
        self._database = database
        self._office = office
        self._service = service

    def run(self) -> int:
        """Bring every open filing as far as the office allows; gives the number of decisions.

        Raises:
            CounterpartyError: the office could not be asked, or answered what cannot be accepted.
            SequencerRefused: a decision could not be given; run it again.
            psycopg.Error: the database does not answer.
        """
        decided = 0
        for row in self._database.execute(_OPEN, (MOST_FILINGS,)).fetchall():
            filing = msgspec.convert(row["filing"], Filing)
            decided += self._bring_on(row["deal_id"], filing, files=row["state"] != "DISPUTED")
        for row in self._database.execute(_OPEN_PLEDGES, (MOST_FILINGS,)).fetchall():
            filing = msgspec.convert(row["filing"], Filing)
            decided += self._bring_on(row["pledge_id"], filing, files=True)
        return decided

    def _bring_on(self, subject_id: str, filing: Filing, *, files: bool) -> bool:
        """File it or ask; what the office does not take of one filing does not stop the others."""
        try:
            outcome = self._outcome(filing, files=files)
            return outcome is not None and self._report(subject_id, outcome)
        except CounterpartyError as error:
            if error.retryable or error.code.startswith(_OFFICE_IS_AWAY):
                raise
            _log.critical("alarm", code="FILING-NOT-TAKEN", subject_id=subject_id, reason=error.code)
        return False

    def _outcome(self, filing: Filing, *, files: bool) -> FilingOutcome | None:
        """Ask first, and file what the office does not have yet; of a disputed deal that waits."""
        try:
            return self._office.outcome(filing.id)
        except CounterpartyError as error:
            if error.code != "FILING-UNKNOWN":
                raise
        return self._office.file(filed(filing)) if files else None

    def _report(self, subject_id: str, outcome: FilingOutcome) -> bool:
        """Report a decision about a deal or a pledge; whether there was one."""
        if outcome.state == "received":
            return False
        self._office.proof(outcome)  # raises unless the paper is there and is the one that was signed
        command, terms = outcome_reported(subject_id, outcome)
        key = f"registration:{subject_id}:{outcome.filing_id}:{outcome.state}"
        answer = self._service.report_until_taken(key, command, terms)
        if answer.status == "refused":
            _log.critical("alarm", code="DECISION-NOT-TAKEN", subject_id=subject_id, reason=answer.code)
        return answer.status == "accepted"


def filed(filing: Filing) -> office.Filing:
    """A filing as the office takes it."""
    licence, pledge, discharged = filing.licence, filing.pledge, filing.discharged_pledge_id
    return office.Filing(
        filing_id=filing.id,
        kind=filing.filing_kind,
        right_id=filing.right_id,
        package=dict(filing.package),
        from_holders=filing.from_holders,
        to_holders=tuple(
            office.Holder(company_number=each.company_number, share=each.share) for each in filing.to_holders
        ),
        to_jurisdiction=filing.to_jurisdiction,
        licence=None if licence is None else office.LicenceTerms(**msgspec.structs.asdict(licence)),
        pledge=None if pledge is UNSET else office.PledgeTerms(**msgspec.structs.asdict(pledge)),
        discharged_pledge_id=None if discharged is UNSET else discharged,
    )

"""Filings: what operators filed goes to the patent office, and its decision becomes a command with its proof.

The office examines a filing id once. Its paper is fetched and checked before the decision is reported: digest and
signature of the paper are what the journal keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec
import structlog

from exchange.calendar import venue_date
from exchange.commands import ConfirmRegistration, RefuseRegistration
from exchange.state import Deal, Licence, Party, Right
from ledger.counterparty import CounterpartyError
from ledger.office import WHOLE, Filing, FilingOutcome, Holder, LicenceTerms

if TYPE_CHECKING:
    from ledger.alone import Database
    from ledger.office import Office
    from ledger.service import Service

MOST_FILINGS: Final = 200
"""Filings in one run."""
_LICENCE_KINDS: Final[dict[str, Literal["exclusive", "sole", "ordinary"]]] = {
    "exclusive_licence": "exclusive",
    "sole_licence": "sole",
    "ordinary_licence": "ordinary",
}
_OFFICE_IS_AWAY: Final = ("OFFICE-", "ATTESTATION-")
"""Codes that speak of the office as a whole: the rest of the run would meet them too."""
_log = structlog.get_logger()

_OPEN = """
SELECT d.data AS deal, r.data AS "right", s.data AS seller, b.data AS buyer, l.data AS licence
FROM deals d
JOIN rights r ON r.id = d.right_id
JOIN parties s ON s.id = d.seller
JOIN parties b ON b.id = d.buyer
LEFT JOIN licences l ON l.id = d.data ->> 'licence_id'
WHERE d.data ->> 'filing_id' <> '' AND d.data ->> 'proof_digest' = ''
    AND (d.state = 'FILED' OR (l.id IS NOT NULL AND NOT (l.data ->> 'recorded')::boolean AND NOT l.archived))
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
            deal = msgspec.convert(row["deal"], Deal)
            try:
                outcome = self._outcome(deal, row)
                decided += self._report(deal, outcome)
            except CounterpartyError as error:
                if error.retryable or error.code.startswith(_OFFICE_IS_AWAY):
                    raise
                _log.critical("alarm", code="FILING-NOT-TAKEN", deal_id=deal.id, reason=error.code)
        return decided

    def _outcome(self, deal: Deal, row: dict[str, object]) -> FilingOutcome:
        """Ask first: a filing that the office has is not made again from what may have changed since."""
        try:
            return self._office.outcome(deal.filing_id)
        except CounterpartyError as error:
            if error.code != "FILING-UNKNOWN":
                raise
        right = msgspec.convert(row["right"], Right)
        seller, buyer = msgspec.convert(row["seller"], Party), msgspec.convert(row["buyer"], Party)
        licence = None if row["licence"] is None else msgspec.convert(row["licence"], Licence)
        return self._office.file(filing_of(deal, right, seller, buyer, licence))

    def _report(self, deal: Deal, outcome: FilingOutcome) -> bool:
        """Report a decision; whether there was one."""
        if outcome.state == "received":
            return False
        self._office.proof(outcome)  # raises unless the paper is there and is the one that was signed
        proof, signature = outcome.proof_sha256 or "", outcome.proof_signature or ""
        command: ConfirmRegistration | RefuseRegistration
        if outcome.state == "confirmed":
            command = ConfirmRegistration(
                deal_id=deal.id, filing_id=deal.filing_id, proof_digest=proof, attestation=signature
            )
        else:
            command = RefuseRegistration(
                deal_id=deal.id,
                filing_id=deal.filing_id,
                reason_code=outcome.reason or "REFUSED",
                proof_digest=proof,
                attestation=signature,
            )
        key = f"registration:{deal.id}:{deal.filing_id}:{outcome.state}"
        answer = self._service.report_until_taken(key, command)
        if answer.status == "refused":
            _log.critical("alarm", code="DECISION-NOT-TAKEN", deal_id=deal.id, reason=answer.code)
        return answer.status == "accepted"


def filing_of(deal: Deal, right: Right, seller: Party, buyer: Party, licence: Licence | None) -> Filing:
    """A deal as it is filed: an assignment for registration, a licence for recordal 备案."""
    if licence is None:
        return Filing(
            filing_id=deal.filing_id,
            kind="assignment",
            right_id=right.id,
            package=dict(deal.package),
            from_holders=(seller.company_number,),
            to_holders=(Holder(company_number=buyer.company_number, share=WHOLE),),
            to_jurisdiction=buyer.jurisdiction,
        )
    return Filing(
        filing_id=deal.filing_id,
        kind="licence_recordal",
        right_id=right.id,
        package=dict(deal.package),
        from_holders=(seller.company_number,),
        to_jurisdiction=buyer.jurisdiction,
        licence=LicenceTerms(
            licence_id=licence.id,
            kind=_LICENCE_KINDS[licence.licence_kind],
            licensee=buyer.company_number,
            starts_on=venue_date(licence.starts_ms).isoformat(),
            # The term ends before `ends_ms`; a day that it covers to the end is its last.
            ends_on=venue_date(licence.ends_ms - 1).isoformat(),
            territory=tuple(licence.territory),
            field_of_use=licence.field_of_use,
        ),
    )

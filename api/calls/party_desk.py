"""What an operator does about companies: their papers, approval, closing, affiliations, and cases of surveillance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.calls.base import GivingClient
from api.calls.pages import quoted
from api.surveillance.schemas import CaseView
from exchange.commands import (
    ApproveParty,
    CloseParty,
    CloseSurveillanceCase,
    EndAffiliation,
    OpenSurveillanceCase,
    RecordAffiliation,
    SurveillanceCaseTerms,
    SuspendParty,
    VerificationTerms,
    VerifyParty,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.calls.acknowledgements import Acknowledgement
    from exchange.commands import AnyCommand, CaseOutcome, Paper

CASES = "/v1/operator/surveillance-cases"


class PartyDesk(GivingClient):
    """An operator's calls."""

    def verify_party(
        self, party_id: str, papers: Sequence[Paper], reason: str, persons: object = None
    ) -> Acknowledgement:
        """A company's papers are on record; whom they name is sealed and erasable."""
        parts: dict[str, Any] = {"reason": reason}
        if persons is not None:
            parts["persons"] = persons
        return self.give(
            f"/v1/parties/{quoted(party_id)}/verification",
            VerifyParty(party_id=party_id),
            terms=VerificationTerms(papers=tuple(papers)),
            parts=parts,
            in_path=("party_id",),
        )

    def approve_party(
        self, party_id: str, reason: str, papers: Sequence[Paper] = (), persons: object = None
    ) -> Acknowledgement:
        """A company may act from now on, or a suspension is lifted; papers that are given go on record before."""
        if papers:
            self.verify_party(party_id, papers, reason, persons)
        return self._about(party_id, "approval", ApproveParty(party_id=party_id), reason)

    def suspend_party(self, party_id: str, reason: str) -> Acknowledgement:
        """Suspend a party."""
        return self._about(party_id, "suspension", SuspendParty(party_id=party_id), reason)

    def close_party(self, party_id: str, reason: str) -> Acknowledgement:
        """A company leaves."""
        return self._about(party_id, "closure", CloseParty(party_id=party_id), reason)

    def record_affiliation(self, party_id: str, affiliate_id: str, reason: str) -> Acknowledgement:
        """Two parties are affiliates."""
        command = RecordAffiliation(party_id=party_id, affiliate_id=affiliate_id)
        return self._about(party_id, "affiliations", command, reason)

    def end_affiliation(self, party_id: str, affiliate_id: str, reason: str) -> Acknowledgement:
        """Two parties are affiliates no more."""
        command = EndAffiliation(party_id=party_id, affiliate_id=affiliate_id)
        return self._about(party_id, "affiliations/end", command, reason)

    def open_surveillance_case(self, subjects: Sequence[str], reason: str) -> Acknowledgement:
        """Look into what is suspected of parties, listings or deals, by their ids; it blocks nothing."""
        terms = SurveillanceCaseTerms(subjects=tuple(subjects))
        return self.give(CASES, OpenSurveillanceCase(), terms=terms, parts={"reason": reason})

    def close_surveillance_case(self, case_id: str, outcome: CaseOutcome, reason: str) -> Acknowledgement:
        """Say what came of it."""
        return self.give(
            f"{CASES}/{quoted(case_id)}/closure",
            CloseSurveillanceCase(case_id=case_id, outcome=outcome),
            parts={"reason": reason},
            in_path=("case_id",),
        )

    def surveillance_cases(self, state: str | None = None) -> Iterator[CaseView]:
        """Cases, all or those of a state."""
        return map(CaseView.model_validate, self._pages(CASES, "surveillance_cases", state=state))

    def _about(self, party_id: str, what: str, command: AnyCommand, reason: str) -> Acknowledgement:
        path = f"/v1/parties/{quoted(party_id)}/{what}"
        return self.give(path, command, parts={"reason": reason}, in_path=("party_id",))

"""What falls due after a deal took effect: paid, reported, inspected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from api.calls.base import GivingClient
from exchange.commands import (
    CallInspection,
    ChooseRemedy,
    DemandInstalments,
    InspectionTerms,
    PartTerms,
    PayObligation,
    PayPart,
    RecordReward,
    RemedyTerms,
    ReportRoyalty,
    RewardBasis,
    RewardGround,
    RewardTerms,
    RoyaltyReportTerms,
    StateInspection,
)

if TYPE_CHECKING:
    from api.calls.acknowledgements import Acknowledgement
    from exchange.commands import AnyCommand, Terms


class ObligationCalls(GivingClient):
    """The calls about obligations. Amounts are minor units of the deal's currency."""

    def pay_obligation(
        self, obligation_id: str, statement_line: str, *, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Pay all that is left, with the late interest of the day, citing the line that brought the money in."""
        command = PayObligation(obligation_id=obligation_id, statement_line=statement_line)
        return self._on_obligation("payment", command, idempotency_key=idempotency_key)

    def pay_part(
        self, obligation_id: str, amount: int, statement_line: str, *, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Pay a part of what is owed (minor units): late interest first, then principal; the rest stays owed."""
        command = PayPart(obligation_id=obligation_id, statement_line=statement_line)
        terms = PartTerms(amount=amount)
        return self._on_obligation("part", command, terms=terms, idempotency_key=idempotency_key)

    def report_royalty(
        self,
        obligation_id: str,
        base: int,
        *,
        statement: str | None = None,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Report the base of a period that has ended; `statement`, how it was found, is sealed and erasable."""
        command = ReportRoyalty(obligation_id=obligation_id)
        terms = RoyaltyReportTerms(base=base)
        return self._on_obligation(
            "report", command, terms=terms, statement=statement, idempotency_key=idempotency_key
        )

    def call_inspection(
        self, obligation_id: str, *, statement: str | None = None, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Have the books of a reported period inspected."""
        command = CallInspection(obligation_id=obligation_id)
        return self._on_obligation(
            "inspection", command, statement=statement, idempotency_key=idempotency_key
        )

    def state_inspection(
        self,
        obligation_id: str,
        base: int,
        *,
        statement: str | None = None,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """State the base that is accepted as found; the inspection ends when both sides name the same."""
        command = StateInspection(obligation_id=obligation_id)
        terms = InspectionTerms(base=base)
        return self._on_obligation(
            "inspection/outcome", command, terms=terms, statement=statement, idempotency_key=idempotency_key
        )

    def demand_instalments(
        self, deal_id: str, document_digest: str, *, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Demand, as the seller, what is overdue, by a notice whose SHA-256 (hex) is given."""
        return self.give(
            f"/v1/deals/{deal_id}/demand",
            DemandInstalments(deal_id=deal_id, document_digest=document_digest),
            in_path=("deal_id",),
            idempotency_key=idempotency_key,
        )

    def choose_remedy(
        self, deal_id: str, remedy: str, refund: int = 0, *, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """After the demand's term: `whole_price`, or `rescind` with what is given back (minor units)."""
        return self.give(
            f"/v1/deals/{deal_id}/remedy",
            ChooseRemedy(deal_id=deal_id, remedy=remedy),  # type: ignore[arg-type]  # the venue checks the word
            terms=RemedyTerms(refund=refund),
            in_path=("deal_id",),
            idempotency_key=idempotency_key,
        )

    def record_reward(  # noqa: PLR0913 - what a reward consists of
        self,
        deal_id: str,
        shares: tuple[int, ...],
        *,
        costs: int = 0,
        on_grant: int | UnsetType = UNSET,
        on_grant_day: str | UnsetType = UNSET,
        basis: RewardBasis | UnsetType = UNSET,
        years: int | UnsetType = UNSET,
        ground: RewardGround | UnsetType = UNSET,
        contributors: list[str] | None = None,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Record how the seller splits what a deal has brought it; `contributors` are sealed and erasable.

        `on_grant`: fen given to the inventors at the grant, where neither an agreement nor own rules fix it, on
        `on_grant_day` (ISO).
        """
        return self.give(
            f"/v1/deals/{deal_id}/reward",
            RecordReward(deal_id=deal_id),
            terms=RewardTerms(
                costs=costs,
                shares=shares,
                on_grant=on_grant,
                basis=basis,
                years=years,
                ground=ground,
                on_grant_day=on_grant_day,
            ),
            parts=None if contributors is None else {"contributors": contributors},
            in_path=("deal_id",),
            idempotency_key=idempotency_key,
        )

    def _on_obligation(
        self,
        step: str,
        command: AnyCommand,
        *,
        terms: Terms | None = None,
        statement: str | None = None,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        obligation_id: str = getattr(command, "obligation_id")  # noqa: B009 - every command here has one
        return self.give(
            f"/v1/obligations/{obligation_id}/{step}",
            command,
            terms=terms,
            parts=None if statement is None else {"statement": statement},
            in_path=("obligation_id",),
            idempotency_key=idempotency_key,
        )

"""Commands about what falls due after a deal took effect: payments, royalty reports, inspections of the books."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.commands.command import Command, Terms


class PayObligation(Command, frozen=True):
    """The buyer pays what it owes, with the late interest of the day, citing the line that brought the money in."""

    obligation_id: str
    statement_line: str


class PartTerms(Terms, frozen=True):
    """How much is paid, in minor units: interest that has accrued first, then principal (Civil Code Art. 561)."""

    amount: int


class PayPart(Command, frozen=True):
    """The buyer pays a part of what it owes, citing the line that brought the money in; the rest stays owed."""

    terms_type: ClassVar[type[Terms] | None] = PartTerms
    obligation_id: str
    statement_line: str


class RoyaltyReportTerms(Terms, frozen=True):
    """The base of a reporting period in minor units: net sales, added output, profit or prices, as was agreed."""

    base: int


class ReportRoyalty(Command, frozen=True):
    """The licensee reports a period's base. Erasable: `statement`, how it was found."""

    terms_type: ClassVar[type[Terms] | None] = RoyaltyReportTerms
    obligation_id: str


class CallInspection(Command, frozen=True):
    """The licensor has the books of a reported period inspected (Civil Code Art. 846). Erasable: `statement`."""

    obligation_id: str


class InspectionTerms(Terms, frozen=True):
    """The base that the inspection has found, in minor units."""

    base: int


class StateInspection(Command, frozen=True):
    """A side of an inspection states the base that it accepts as found. Erasable: `statement`."""

    terms_type: ClassVar[type[Terms] | None] = InspectionTerms
    obligation_id: str


class DemandInstalments(Command, frozen=True):
    """The seller demands 催告 what is overdue of a price paid in parts: SHA-256 (hex) of its notice to the buyer."""

    deal_id: str
    document_digest: str


class RemedyTerms(Terms, frozen=True):
    """What the seller gives back when it rescinds an assignment, in minor units; 0 otherwise."""

    refund: int


class ChooseRemedy(Command, frozen=True):
    """After the demand's term the seller asks for the whole price, or rescinds (Civil Code Art. 634)."""

    terms_type: ClassVar[type[Terms] | None] = RemedyTerms
    deal_id: str
    remedy: Literal["whole_price", "rescind"]

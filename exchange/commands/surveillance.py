"""Commands of market surveillance 市场监察: a case is opened and closed. It blocks nothing and nobody."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.commands.command import Command, GivenBy, Terms

CaseOutcome = Literal["nothing_found", "finding_recorded", "referred"]
"""未发现问题, 已作出认定, 已移送: how a case was closed. What follows from it is a finding or document of its own."""


class SurveillanceCaseTerms(Terms, frozen=True):
    """What a case is about: ids of parties, listings and deals; sealed, since it is a suspicion and no finding."""

    subjects: tuple[str, ...]


class OpenSurveillanceCase(Command, frozen=True):
    """An operator looks into what market surveillance suspects.

    Since engine version 5. Erasable: `reason`, which must be there.
    """

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = SurveillanceCaseTerms


class CloseSurveillanceCase(Command, frozen=True):
    """An operator has looked into it. Erasable: `reason`, which must be there. Since engine version 5."""

    given_by: ClassVar[GivenBy] = "operator"
    case_id: str
    outcome: CaseOutcome

"""Shapes of surveillance cases, in and out."""

from typing import Annotated

from pydantic import Field

from api.forms import Code, ReasonedBody, Salt, Shape, View
from exchange.commands import CaseOutcome
from exchange.surveillance import MOST_SUBJECTS


class CaseTermsForm(Shape):
    """Confidential: whom and what a case is about."""

    subjects: Annotated[
        list[Code],
        Field(min_length=1, max_length=MOST_SUBJECTS, description="Ids of parties, listings and deals."),
    ]
    salt: Salt


class CaseForm(ReasonedBody):
    """An operator looks into what market surveillance suspects; why is sealed and erasable."""

    terms: CaseTermsForm


class CaseClosing(ReasonedBody):
    """An operator has looked into it."""

    outcome: CaseOutcome


class CaseView(View):
    """A case, to the venue's staff."""

    id: str
    subjects: list[str]
    opened_ms: int
    state: Annotated[str, Field(description="OPEN or CLOSED; neither blocks anybody.")]
    outcome: str | None
    closed_ms: int | None


class CasePage(View):
    """Cases in the order of their opening."""

    surveillance_cases: list[CaseView]
    next_cursor: str | None

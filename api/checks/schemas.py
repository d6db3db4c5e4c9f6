"""Shapes of checks, in and out."""

from typing import Annotated

from pydantic import Field

from api.forms import View
from api.listings.schemas import Draft, DraftTerms

Facts = dict[str, str | int | bool | None]


class DraftForm(Draft):
    """A listing as it would be submitted, unsigned."""

    terms: DraftTerms


class MissingFact(View):
    """A fact that a rule needs and nobody has supplied."""

    fact: str
    supplier: Annotated[str, Field(description="Who supplies it.")]


class FindingView(View):
    """One rule that refuses, and what would cure it, in English and Chinese."""

    step: Annotated[str, Field(description="At which step: list, approve, bid, sign, file or pledge.")]
    code: str
    citation: str
    source: str
    jurisdictions: list[str]
    text: str
    text_zh: str
    cure: str
    cure_zh: str
    facts_from: Annotated[
        str,
        Field(description="register_copy, undertaking, venue_finding or journal: who supplies its facts."),
    ]
    facts: Annotated[Facts, Field(description="What decided it.")]
    missing: MissingFact | None


class OwedView(View):
    """A duty that the listing brings; its words are those of `GET /v1/rulebook`."""

    code: str
    citation: str
    source: str
    owed_by: Annotated[str, Field(description="venue, seller, buyer or parties.")]
    text: str
    text_zh: str
    met: str
    met_zh: str
    facts: Annotated[Facts, Field(description="What brings it.")]


class CheckView(View):
    """What would bar a listing, as of `time_ms` and of the register copy."""

    listing_id: str | None
    right_id: str
    register_as_of_ms: int | None
    time_ms: int
    profiles: Annotated[list[str], Field(description="Whose rules bind it, before a buyer is known.")]
    may_go_on: Annotated[bool, Field(description="No ground stands in the way of its next step.")]
    grounds: Annotated[list[FindingView], Field(description="What refuses it now, all of it.")]
    warnings: Annotated[
        list[FindingView],
        Field(description="What it may stand with, though the step that each names would be refused."),
    ]
    duties: Annotated[
        list[OwedView],
        Field(description="What the law of its rights' places asks beside, refused by no step."),
    ]

"""Shapes of first refusals, in and out."""

from typing import Annotated

from pydantic import Field

from api.forms import (
    Amount,
    AmountOut,
    Body,
    Hash,
    ReasonedBody,
    ReasonPart,
    Salt,
    SealedForm,
    Shape,
    SinceVersion,
    View,
)
from api.listings.schemas import TermsView
from exchange.rights.catalogue import MOST_INVENTORS


class CompleterForm(Shape):
    """One who completed the result: never by name."""

    commitment: Annotated[
        Hash,
        Field(description="The salted commitment to who it is, label `completer`; the evidence opens it."),
    ]
    party_id: Annotated[
        str | None, Field(pattern=r"^P-[0-9]{1,18}$", description="The party that acts for this person.")
    ] = None


class CompletersTermsForm(Shape):
    """What the venue has found: confidential."""

    service_invention: Annotated[bool, Field(strict=True, description="Made in service of its holder.")]
    completers: list[CompleterForm] = Field(
        max_length=MOST_INVENTORS, default_factory=list, description="Everyone, or nobody."
    )
    salt: Salt


class CompletersParts(ReasonPart):
    """Why, and the undertaking 承诺书 or what else shows who they are: sealed and erasable."""

    evidence: SealedForm


class CompletersForm(ReasonedBody):
    """The venue finds whether a right was made in service, and who completed it."""

    terms: CompletersTermsForm
    erasable: CompletersParts


class NoticeParts(Shape):
    """The notice in words: sealed and erasable."""

    notice: SealedForm | None = None


class NoticeForm(Body):
    """The seller has given everyone with a first refusal notice of the deal's terms."""

    notice_digest: Annotated[Hash, Field(description="SHA-256 of the notice.")]
    terms_commitment: Annotated[Hash, Field(description="The deal's own, as the notice states it.")]
    erasable: NoticeParts = NoticeParts()  # type: ignore[assignment]  # another set of parts


class ExerciseTermsForm(Shape):
    """The deal's price, repeated: confidential."""

    price: Amount
    salt: Salt


class ExerciseForm(Body):
    """A party takes the deal at its price and on its terms."""

    terms: ExerciseTermsForm


class CompleterView(View):
    """One who completed a result."""

    commitment: str
    party_id: str | None


class CompletersView(View):
    """What the venue knows of who made a right."""

    right_id: str
    service_invention: SinceVersion[bool]
    inventors: SinceVersion[int]
    completers: list[CompleterView]


class FirstRefusalView(View):
    """A deal of which notice was given, to its sides, to who has its first refusal, and to the venue."""

    deal_id: str
    listing_id: str
    right_id: str
    state: Annotated[str, Field(description="The deal's.")]
    notice_digest: str
    noticed_ms: int
    until_ms: Annotated[
        int | None, Field(description="When the term ends; null once it has, or while a dispute holds it.")
    ]
    entitled: Annotated[int, Field(description="How many have a first refusal.")]
    waived: int
    currency: str
    price: AmountOut
    to_hold: Annotated[AmountOut, Field(description="What is held of whoever exercises it.")]
    terms: TermsView
    terms_commitment: str


class FirstRefusalPage(View):
    """Deals in the order of their award."""

    first_refusals: list[FirstRefusalView]
    next_cursor: str | None

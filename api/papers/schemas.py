"""Shapes of documents on record, in and out."""

from typing import Annotated

from pydantic import Field

from api.forms import Amount, AmountOut, ReasonedBody, Salt, SealedForm, Shape, SinceVersion, TimeMs, View
from exchange.commands import DealKind, DocumentKind
from exchange.money.amount import Currency

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
SubjectId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9./-]{0,63}$")]


class PaperTerms(Shape):
    """Confidential: what the document says, and of whom."""

    document: DocumentKind
    subject_id: Annotated[SubjectId, Field(description="A right, a party, a deal, a listing, or `venue`.")]
    party_id: Annotated[
        str,
        Field(
            pattern=r"^(P-[0-9]{1,18})?$",
            description="Of a letter of intent: the party from elsewhere. Of a finding of collusion: whom it names.",
        ),
    ] = ""
    valid_until_ms: TimeMs | None = None
    amount: Annotated[Amount | None, Field(description="Of an appraisal.")] = None
    currency: Currency | None = None
    holders: list[Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9/-]{0,63}$")]] = Field(
        max_length=1_000,
        default_factory=list,
        description="Company numbers of those whom a fund or nominee holds for.",
    )
    announcement_number: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,31}$",
            description="Of an announcement of an open licence: the office's number, as its listing names it.",
        ),
    ] = None
    alone: Annotated[
        list[DealKind] | None,
        Field(
            max_length=3,
            description="Of a co-owners' agreement: the licences that each may grant alone; none if left out.",
        ),
    ] = None
    salt: Salt


class PaperParts(Shape):
    """The document's own number, without which no finding of collusion counts, and the operator's reason; sealed."""

    reference: SealedForm | None = None
    reason: SealedForm


class PaperForm(ReasonedBody):
    """The operator puts a document on record."""

    digest: Annotated[Digest, Field(description="SHA-256 of the document.")]
    terms: PaperTerms
    erasable: PaperParts  # type: ignore[assignment]  # another set of parts


class PaperView(View):
    """A document on record, to the venue's staff."""

    id: str
    document: str
    subject_id: str
    party_id: str
    digest: str
    recorded_ms: int
    valid_until_ms: int | None
    amount: AmountOut | None
    currency: str | None
    holders: list[str]
    announcement_number: SinceVersion[str] = None
    alone: SinceVersion[list[DealKind]] = None


class PaperPage(View):
    """Documents in the order of their recording."""

    documents: list[PaperView]
    next_cursor: str | None

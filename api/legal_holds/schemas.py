"""Shapes of legal holds, in and out."""

from typing import Annotated

from pydantic import Field

from api.forms import LARGEST_ENTRY, Hash, ReasonedBody, ReasonPart, Salt, SealedForm, Shape, View
from exchange.commands import HoldGround
from exchange.legal_holds import MOST_ENTRIES

HeldEntry = Annotated[int, Field(ge=0, le=LARGEST_ENTRY, strict=True)]


class HoldParts(ReasonPart):
    """The number of the order or request, and the operator's reason: sealed and erasable."""

    reference: SealedForm


class HoldTermsForm(Shape):
    """Confidential: which entries are held, and why."""

    entries: list[HeldEntry] = Field(min_length=1, max_length=MOST_ENTRIES)
    ground: HoldGround
    salt: Salt


class HoldForm(ReasonedBody):
    """The operator places a legal hold: nothing of the entries is erased while it stands."""

    document_digest: Annotated[Hash, Field(description="SHA-256 of the order or request.")]
    terms: HoldTermsForm
    erasable: HoldParts


class HoldLifting(ReasonedBody):
    """A legal hold ends."""

    document_digest: Annotated[Hash, Field(description="SHA-256 of the paper that ends it.")]
    erasable: HoldParts


class HoldView(View):
    """A legal hold, to the venue's staff."""

    id: str
    entries: list[int]
    ground: str
    document_digest: str
    placed_ms: int
    state: Annotated[str, Field(description="STANDING or LIFTED")]
    lifted_ms: int | None


class HoldPage(View):
    """Legal holds in the order of their placing."""

    legal_holds: list[HoldView]
    next_cursor: str | None

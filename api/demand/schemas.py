"""Shapes of technology needs and of matches, in and out."""

from __future__ import annotations

import unicodedata
from typing import Annotated, TypeAlias

from pydantic import Field, JsonValue, field_validator

from api.forms import ROW_ID_PATTERN, Amount, AmountOut, Body, Salt, SealedForm, Shape, TimeMs, View
from api.rights.imports.report import shown_title
from exchange.commands import DealKind
from exchange.money.amount import Currency
from exchange.rights.classes import CLASS_SYMBOL, MOST_CLASSES

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 2_000
ClassSymbol: TypeAlias = Annotated[
    str,
    Field(
        pattern=rf"^{CLASS_SYMBOL}$",
        description="IPC or CPC: `H01`, `H01M`, `H01M 10/00` or `H01M 10/0525`, in this spelling.",
    ),
]
Territory: TypeAlias = Annotated[str, Field(pattern=r"^(?:world|[A-Z]{2}(?:-[A-Z]{2})?)$")]
"""Public, so that nothing but a code may stand here, not even in a command that is refused."""


class TitleForm(SealedForm):
    """A need's title: one line."""

    @field_validator("value")
    @classmethod
    def _is_one_plain_line(cls, value: JsonValue) -> JsonValue:
        plain = isinstance(value, str) and value == shown_title(value)
        if not plain or not 0 < len(str(value)) <= LONGEST_TITLE:
            message = (
                f"a title is one line of 1 to {LONGEST_TITLE} characters without control or format characters"
            )
            raise ValueError(message)
        return value


class DescriptionForm(SealedForm):
    """What a need says beside its title: lines of plain text, or nothing."""

    @field_validator("value")
    @classmethod
    def _is_plain_text(cls, value: JsonValue) -> JsonValue:
        if not isinstance(value, str) or len(value) > LONGEST_DESCRIPTION or not _shows_as_written(value):
            message = f"at most {LONGEST_DESCRIPTION} characters, none but line ends of control or format"
            raise ValueError(message)
        return value


def _shows_as_written(text: str) -> bool:
    return not any(unicodedata.category(each) in {"Cc", "Cf"} for each in text if each != "\n")


class NeedTermsForm(Shape):
    """Confidential: the most that the buyer would pay. No other party learns anything of it, not even by rank."""

    budget: Amount | None = None
    salt: Salt


class NeedParts(Shape):
    """The need in words, Chinese or English: sealed and erasable, and public while the need is open."""

    title: TitleForm
    description: DescriptionForm


class NeedFacts(Body):
    """What a buyer looks for beside its words."""

    classes: list[ClassSymbol] = Field(max_length=MOST_CLASSES, default_factory=list)
    territories: list[Territory] = Field(
        min_length=1, max_length=64, description="ISO 3166-1, Mainland provinces such as CN-GD, or `world`."
    )
    kinds: list[DealKind] = Field(min_length=1, max_length=4)
    currency: Currency
    until_ms: Annotated[TimeMs, Field(description="It expires then; at most 366 days away.")]
    terms: NeedTermsForm


class NeedForm(NeedFacts):
    """A buyer posts a need. Its title and description are public from then on, until it ends or they are erased."""

    erasable: NeedParts  # type: ignore[assignment]  # another set of parts


class AmendmentForm(NeedFacts):
    """Other facts and terms in the place of all those that stand; the words stay as they are."""


class FulfilmentForm(Body):
    """By which deal of the buyer's own its need is met."""

    deal_id: Annotated[str, Field(pattern=ROW_ID_PATTERN)]


class NeedView(View):
    """A need as everybody sees it; its words while it is open and they are not erased."""

    id: str
    buyer: str
    classes: list[str]
    territories: list[str]
    kinds: list[str]
    currency: str
    posted_ms: int
    until_ms: int
    state: Annotated[str, Field(description="OPEN, FULFILLED, WITHDRAWN or EXPIRED")]
    ended_ms: int | None
    deal_id: str | None
    title: str | None = None
    description: str | None = None


class OwnNeedView(NeedView):
    """What its buyer sees beside that."""

    budget: AmountOut | None
    terms_salt: str


class NeedPage(View):
    """Needs in the order of their posting."""

    needs: list[OwnNeedView | NeedView]
    next_cursor: str | None


class ReasonView(View):
    """A reason with its points (0 speaks against), what both sides share, and the same in words."""

    code: str
    points: int
    shared: list[str]
    words: str
    words_zh: str


class ListingMatch(View):
    """A listing that fits a need, for the need's buyer. The price is the one that everybody sees."""

    listing_id: str
    right_id: str
    seller: str
    title: str | None
    classes: list[str]
    mode: str
    deal_kind: str
    state: str
    currency: str
    price: AmountOut
    closes_ms: int
    score: int
    reasons: list[ReasonView]


class ListingMatchPage(View):
    """Listings for a need, best first."""

    matches: list[ListingMatch]
    next_cursor: str | None


class NeedMatch(View):
    """A need that fits a listing, for the listing's seller."""

    need: NeedView
    score: int
    reasons: list[ReasonView]


class NeedMatchPage(View):
    """Needs for a listing, best first."""

    matches: list[NeedMatch]
    next_cursor: str | None

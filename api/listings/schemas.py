"""Shapes of listings and their books, in and out."""

from typing import Annotated, Any, TypeVar

from msgspec import UNSET
from pydantic import BeforeValidator, Field

from api.forms import Amount, AmountOut, Body, Code, ReasonPart, Salt, SealedForm, Shape, TimeMs, View
from exchange.commands import DealKind, ModeName
from exchange.money.amount import Currency

_Shown = TypeVar("_Shown")


def _null_if_unset(value: Any) -> Any:  # noqa: ANN401 - a field of any type
    return None if value is UNSET else value


SinceVersion = Annotated[_Shown | None, BeforeValidator(_null_if_unset)]
"""A field that older listings do not have."""


class OfferTerms(Shape):
    """Confidential until the listing opens: price, bid deposit 保证金, step; for a licence territory, field, term."""

    price: Amount
    deposit: Amount = 0
    step: Amount = 0
    territory: list[Annotated[str, Field(min_length=1, max_length=16)]] = Field(
        min_length=1,
        max_length=64,
        default_factory=lambda: ["CN"],
        description="Of a licence: ISO 3166-1 countries or Mainland provinces such as CN-GD, within the right's place.",
    )
    field_of_use: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description="`all`, words, or IPC sections and classes such as `H01;A61`: only these tell fields apart.",
        ),
    ] = "all"
    starts_ms: TimeMs | None = None
    ends_ms: TimeMs | None = None
    may_sublicense: bool = False
    reserve: Annotated[
        Amount | None,
        Field(description="English: the least that the seller takes 保留价; nobody else sees it."),
    ] = None
    floor: Annotated[
        Amount | None, Field(description="Dutch: the price falls no further; nobody else sees it.")
    ] = None
    interval_ms: Annotated[
        int | None,
        Field(
            ge=1, le=2**53 - 1, strict=True, description="Dutch: the price falls by a step every so often."
        ),
    ] = None
    salt: Salt


class OfferParts(Shape):
    """Words about the offer, sealed and erasable."""

    description: SealedForm | None = None
    undertaking: Annotated[SealedForm | None, Field(description="承诺书")] = None


class Offer(Body):
    """A holder offers a right. Amounts are in the listing's currency."""

    right_id: Code
    mode: ModeName
    deal_kind: DealKind
    currency: Currency
    closes_ms: TimeMs
    registration_closes_ms: TimeMs | None = None
    max_acceptances: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    announcement_number: (
        Annotated[
            str,
            Field(
                pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,31}$",
                description="The office's number of the open-licence announcement; stands in the public part.",
            ),
        ]
        | None
    ) = None
    terms: OfferTerms
    erasable: OfferParts = OfferParts()  # type: ignore[assignment]  # another set of parts


class QualificationForm(Body):
    """The operator qualifies a registered bidder."""

    erasable: ReasonPart  # type: ignore[assignment]  # another set of parts


class TermsView(View):
    """The offered terms; amounts in the listing's currency."""

    price: AmountOut
    deposit: AmountOut
    step: AmountOut
    territory: list[str]
    field_of_use: str
    starts_ms: int | None
    ends_ms: int | None
    may_sublicense: bool
    interval_ms: SinceVersion[int]


class OwnTermsView(TermsView):
    """What the seller and the venue see beside that."""

    reserve: SinceVersion[AmountOut]
    floor: SinceVersion[AmountOut]


class ListingView(View):
    """A listing as everybody sees it."""

    id: str
    right_id: str
    seller: str
    mode: str
    deal_kind: str
    currency: str
    state: str
    closes_ms: int
    registration_closes_ms: int | None
    opened_ms: int | None
    max_acceptances: int
    accepted: int
    announcement_number: str | None
    current_price: Annotated[
        SinceVersion[AmountOut], Field(description="Dutch: the price of this moment.")
    ] = None
    terms: TermsView
    bidder_count: Annotated[int, Field(description="Bidders registered or qualified.")] = 0
    own_standing: Annotated[
        str | None,
        Field(
            description="The caller's own standing as a bidder: REGISTERED, QUALIFIED, NEGOTIATING or LEFT."
        ),
    ] = None


class OwnListingView(ListingView):
    """What the seller and the venue see beside that."""

    terms: OwnTermsView
    standings: dict[str, str] = Field(description="Standing by party id.", default_factory=dict)
    consents: list[str]
    deals: list[str]
    terms_salt: str
    description: object = None


class ListingPage(View):
    """Listings in the order of their submission."""

    listings: list[OwnListingView | ListingView]
    next_cursor: str | None


class BookLine(View):
    """One live bid in its rank. `party_id` goes to seller and venue.

    The public journal tells by party number who has bid, though neither how much nor which company that is.
    """

    rank: int
    price: AmountOut
    placed_ms: int
    own: bool
    bid_id: str | None = None
    party_id: str | None = None


class BookView(View):
    """A listing's book: highest price first, the earliest among equals. Outsiders see the count only."""

    listing_id: str
    state: str
    currency: str
    closes_ms: int
    time_ms: Annotated[int, Field(description="The venue's time of this answer.")]
    count: int
    lines: Annotated[list[BookLine] | None, Field(description="Null for outsiders.")]

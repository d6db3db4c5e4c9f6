"""Shapes of listings and their books, in and out."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from api.forms import (
    ROW_ID_PATTERN,
    Amount,
    AmountOut,
    Body,
    Code,
    ReasonedBody,
    ReasonPart,
    Salt,
    SealedForm,
    Shape,
    SinceVersion,
    TimeMs,
    View,
)
from api.listings.considerations import ClausesForm, ClausesView, OwnClausesView, plain
from api.listings.undertakings import UndertakingForm
from api.sealed_bids.schemas import MOST_CRITERIA, CriterionForm
from exchange.commands import Bidding, DealKind, ModeName
from exchange.money.amount import Currency


class DraftTerms(ClausesForm):
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
    head_licence: Annotated[
        str | None,
        Field(
            pattern=ROW_ID_PATTERN,
            description="Of a sub-licence 再许可: the caller's own licence under which it is granted (§ 91).",
        ),
    ] = None
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
    reveal_ms: Annotated[
        int | None,
        Field(ge=1, le=2**53 - 1, strict=True, description="Sealed and tender: how long bids may be opened."),
    ] = None
    criteria: Annotated[
        list[CriterionForm] | None,
        Field(min_length=1, max_length=MOST_CRITERIA, description="Tender: what it is scored by."),
    ] = None
    call_ms: Annotated[
        int | None,
        Field(
            ge=1,
            le=2**53 - 1,
            strict=True,
            description="Continuous: how long the call lasts that opens trading.",
        ),
    ] = None
    bidding: Annotated[
        Bidding | None,
        Field(
            description="Competitive, where several bid: `once`, a sole price each; `rising`, rounds (§§ 114, 115). "
            "Freely until the close if null."
        ),
    ] = None
    round_ms: Annotated[
        int | None,
        Field(
            ge=1, le=2**53 - 1, strict=True, description="Rising: how long each round lasts after the first."
        ),
    ] = None
    undertaking: Annotated[
        UndertakingForm | None,
        Field(description="承诺书: what is not answered refuses the listing with FACT-MISSING."),
    ] = None


class OfferTerms(DraftTerms):
    """The same, sealed."""

    salt: Salt


class OfferParts(Shape):
    """Words about the offer, sealed and erasable."""

    description: SealedForm | None = None
    undertaking: Annotated[SealedForm | None, Field(description="A paper of it 承诺书.")] = None


class PreviewForm(Shape):
    """When what is auctioned can be viewed 拍卖标的展示."""

    starts_ms: TimeMs
    ends_ms: TimeMs


class LotMemberForm(Shape):
    """One right of a lot, and its share of the price in parts per million; all shares are 1,000,000 together."""

    right_id: Code
    share: Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


class Draft(Shape):
    """What a holder offers, and how. Amounts are in the listing's currency."""

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
    auction: Annotated[
        PreviewForm | None,
        Field(
            description="English and Dutch: given where it is to be called an auction 拍卖, which takes the venue's "
            "licence, seven days' announcement and a preview of two days; else it is online bidding 网络竞价."
        ),
    ] = None
    lot: Annotated[
        list[LotMemberForm] | None,
        Field(
            min_length=2,
            max_length=50,
            description="Several rights sold as one lot 打包转让: all of them, the first being `right_id`.",
        ),
    ] = None


class Offer(Draft, Body):
    """A holder offers a right. Amounts are in the listing's currency."""

    terms: OfferTerms
    erasable: OfferParts = OfferParts()  # type: ignore[assignment]  # another set of parts


class QualificationForm(Body):
    """The operator qualifies a registered bidder."""

    erasable: ReasonPart  # type: ignore[assignment]  # another set of parts


class CriterionView(View):
    """What a tender is scored by; the weights, in basis points, are 10,000 together."""

    code: str
    weight: int


class TermsView(ClausesView):
    """The offered terms; amounts in the listing's currency."""

    price: AmountOut
    deposit: AmountOut
    step: AmountOut
    territory: list[str]
    field_of_use: str
    starts_ms: int | None
    ends_ms: int | None
    may_sublicense: bool
    head_licence: SinceVersion[str] = None
    interval_ms: SinceVersion[int]
    reveal_ms: SinceVersion[int]
    criteria: SinceVersion[list[CriterionView]]
    call_ms: SinceVersion[int]
    bidding: SinceVersion[Bidding] = None
    round_ms: SinceVersion[int] = None


class OwnTermsView(TermsView, OwnClausesView):
    """What the seller and the venue see beside that."""

    reserve: SinceVersion[AmountOut]
    floor: SinceVersion[AmountOut]
    undertaking: Annotated[UndertakingForm | None, BeforeValidator(plain)] = None


class PreviewView(View):
    """When what is auctioned can be viewed."""

    starts_ms: int
    ends_ms: int


KeepsRefusal = Annotated[
    bool | None,
    Field(
        strict=True,
        description="Whether it keeps its first refusal of an application right (Civil Code Art. 860); else its "
        "consent waives it.",
    ),
]


class LotMemberView(View):
    """One right of a lot; `share` of the price in parts per million."""

    right_id: str
    share: int


class LotDecision(Body):
    """What the buyer of a lot, one of whose rights did not pass, does about the others."""

    decision: Literal["keep", "rescind"]


class CoOwnerConsentParts(ReasonPart):
    """Why, and the signed paper: sealed and erasable."""

    consent: SealedForm


class CoOwnerConsentTermsForm(Shape):
    """Whose consent it is: confidential."""

    company_number: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9/-]{0,63}$")]
    keeps_refusal: KeepsRefusal = None
    salt: Salt


class ConsentForm(Body):
    """A co-owner consents to a listing, and says whether it keeps its first refusal."""

    keeps_refusal: KeepsRefusal = None


class CoOwnerConsentForm(ReasonedBody):
    """A co-owner's written consent to a listing."""

    terms: CoOwnerConsentTermsForm
    erasable: CoOwnerConsentParts


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
    auction: Annotated[
        SinceVersion[PreviewView],
        Field(description="Of what is called an auction 拍卖, when it can be viewed; else null."),
    ] = None
    has_reserve: Annotated[
        SinceVersion[bool],
        Field(
            description="English and Dutch: 设有保留价, or 无保留价, which is announced before bidding begins (Auction "
            "Law Art. 50); how much it is nobody is told. Null for other modes."
        ),
    ] = None
    current_price: Annotated[
        SinceVersion[AmountOut], Field(description="Dutch: the price of this moment.")
    ] = None
    round: Annotated[
        SinceVersion[int],
        Field(description="Of rising rounds: which runs, until `closes_ms`; afterwards the last."),
    ] = None
    reveal_closes_ms: Annotated[
        SinceVersion[int], Field(description="Until when sealed bids may be opened, once they may.")
    ] = None
    award_offered_until_ms: Annotated[
        SinceVersion[int],
        Field(description="After a default: until when the next bidder may take the award."),
    ] = None
    lot: Annotated[
        SinceVersion[list[LotMemberView]],
        Field(description="Of a lot, all its rights; a deal's price is the lot's by these shares (§ 83)."),
    ] = None
    lot_choice_until_ms: Annotated[
        SinceVersion[int],
        Field(description="One right of the lot did not pass: until when its buyer may rescind the others."),
    ] = None
    terms: TermsView
    bidder_count: Annotated[int, Field(description="Bidders registered or qualified.")] = 0
    own_standing: Annotated[
        str | None,
        Field(
            description="The caller's own: REGISTERED, QUALIFIED, NEGOTIATING, OFFERED, LEFT or FORFEITED."
        ),
    ] = None


class LetterAwaitedView(View):
    """A letter of intent for a technology export that was applied for."""

    right_id: str
    party_id: Annotated[str, Field(description="For whom it would be.")]
    decided_by_ms: Annotated[int, Field(description="The end of the thirtieth working day.")]


class OwnListingView(ListingView):
    """What the seller and the venue see beside that."""

    terms: OwnTermsView
    standings: dict[str, str] = Field(description="Standing by party id.", default_factory=dict)
    consents: list[str]
    co_owner_consents: SinceVersion[list[str]] = None
    letters_awaited: Annotated[
        list[LetterAwaitedView],
        Field(
            description="Of a single listing: on which letters of intent for its rights the authority has still to "
            "decide.",
            default_factory=list,
        ),
    ]
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


class LevelView(View):
    """All orders at one price: how many licences, of how many orders. Never whose."""

    price: AmountOut
    quantity: int
    orders: int


class DepthView(View):
    """The best prices of a two-sided book, best first."""

    bids: list[LevelView]
    asks: list[LevelView]


class BookView(View):
    """A listing's book: highest price first, the earliest among equals. Outsiders see the count only.

    So does everybody while each bidder of a competitive listing gives its one price.

    Of a continuous listing there are no lines but a depth, to every party that has been approved, and to the venue.
    """

    listing_id: str
    state: str
    currency: str
    closes_ms: int
    time_ms: Annotated[int, Field(description="The venue's time of this answer.")]
    count: int
    lines: Annotated[list[BookLine] | None, Field(description="Null for outsiders.")]
    depth: Annotated[DepthView | None, Field(description="Of a continuous listing; null for outsiders.")] = (
        None
    )

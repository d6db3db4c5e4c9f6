"""Shapes of sealed bids, in and out."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.forms import Amount, AmountOut, Body, Code, Hash, ReasonedBody, Salt, Shape, View
from exchange.commands import CriterionCode

MOST_SHEETS, MOST_TENDERS, MOST_CRITERIA = 25, 2_000, 16
MOST_POINTS = 100
Points = Annotated[int, Field(ge=0, le=MOST_POINTS, strict=True)]
CriterionWord = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")]


class SealForm(Body):
    """A sealed bid: what it says nobody knows before it is opened."""

    commitment: Annotated[
        Hash,
        Field(description="EIP-712 hash of the `SealedBid`, or of the `SealedTender`: docs/signatures.md."),
    ]


class OpeningTerms(Shape):
    """What was sealed. Stays sealed until the window to open bids in has ended."""

    price: Amount
    nonce: Annotated[Hash, Field(description="The 32 bytes that it was sealed with.")]
    proposal: Annotated[
        str,
        Field(pattern=r"^([0-9a-f]{64})?$", description="Tender: SHA-256 of the proposal document."),
    ] = ""
    salt: Salt


class OpeningForm(Body):
    """A bidder opens its sealed bid."""

    terms: OpeningTerms


class SheetForm(Shape):
    """One evaluator's points for each tender, by criterion; none for the price, which is computed."""

    expert: Annotated[Hash, Field(description="Salted commitment to who it is.")]
    points: Annotated[dict[Code, dict[CriterionWord, Points]], Field(max_length=MOST_TENDERS)]


class SheetsTerms(Shape):
    """Every sheet of the evaluation committee 评标委员会."""

    sheets: Annotated[list[SheetForm], Field(min_length=1, max_length=MOST_SHEETS)]
    salt: Salt


class ScoresForm(ReasonedBody):
    """The operator records what the committee found."""

    terms: SheetsTerms


class CriterionForm(Shape):
    """What a tender is scored by, and its weight in basis points; all weights are 10,000."""

    code: CriterionCode
    weight: Annotated[int, Field(ge=1, le=9_999, strict=True)]


PointsOut = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}\.[0-9]{4}$")]
"""Points that go out, to four places, rounded down."""


class OpenedBid(View):
    """A bid that was opened; `party_id` goes to seller and venue."""

    bid_id: str
    commitment: str
    price: AmountOut
    proposal: str | None
    score: Annotated[
        PointsOut | None, Field(description="Of a tender, once the committee's sheets are in: of 100 points.")
    ] = None
    points: Annotated[
        dict[CriterionCode, PointsOut] | None,
        Field(
            description="By criterion, before the listing's weight: the price's share, and the sheets' means."
        ),
    ] = None
    state: str
    own: bool
    party_id: str | None = None


class SealedSetView(View):
    """The sealed bids of a listing as they stood at the close: the leaves of the tree whose root is on the chain."""

    listing_id: str
    listing_key: Annotated[str, Field(description="The listing's key in the contract.")]
    round: int
    count: int
    root: Annotated[str, Field(description="RFC 6962, over the commitments in ascending order.")]
    commitments: list[str]
    closed_ms: int
    chain_transaction: Annotated[str, Field(description="Of its final record; empty before that.")]
    reveal_closes_ms: Annotated[int | None, Field(description="Until when bids may be opened.")]
    opened: Annotated[
        list[OpenedBid] | None,
        Field(description="What was opened, to participants, once the window has ended; else null."),
    ]

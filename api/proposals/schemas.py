"""Shapes of proposals, in and out."""

from typing import Annotated

from pydantic import Field

from api.forms import Amount, AmountOut, Body, RowId, Salt, Shape, TimeMs, View


class ProposedTerms(Shape):
    """Confidential: the price proposed, in the listing's currency."""

    price: Amount
    salt: Salt


class ProposalForm(Body):
    """A price, by a buyer that begins or answers, or by the seller in answer to a buyer's."""

    buyer: Annotated[RowId, Field(description="The buyer between whom and the seller it is.")]
    expires_ms: Annotated[TimeMs, Field(description="Until then it binds (Civil Code Art. 476).")]
    terms: ProposedTerms


class ProposalView(View):
    """A proposal, to its two sides and the venue."""

    id: str
    listing_id: str
    buyer: str
    made_by: Annotated[str, Field(description="buyer or seller")]
    price: AmountOut
    currency: str
    made_ms: int
    expires_ms: int
    state: Annotated[str, Field(description="LIVE, ACCEPTED, COUNTERED, REFUSED or LAPSED")]


class ProposalPage(View):
    """The caller's proposals in the order of their making."""

    proposals: list[ProposalView]
    next_cursor: str | None

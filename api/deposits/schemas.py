"""Shapes of deposits, in and out."""

from typing import Annotated

from pydantic import Field

from api.forms import Amount, AmountOut, Hash, ReasonedBody, Salt, Shape, View
from exchange.commands import DepositGround


class DepositTermsForm(Shape):
    """Confidential: what is the entitled one's; what is left of a pledge's deposit is the seller's side's."""

    amount: Amount
    salt: Salt


class DepositRelease(ReasonedBody):
    """An operator finds who is entitled; a second one has to find the same."""

    ground: Annotated[
        DepositGround,
        Field(description="The co-owner has joined, the pledgee's debt is due, or the pledge is discharged."),
    ]
    document_digest: Annotated[Hash, Field(description="SHA-256 of the document that shows it.")]
    terms: DepositTermsForm


class DepositView(View):
    """A deposit, to the deal's seller, to the company that it is kept for, and to the venue."""

    id: str
    deal_id: str
    right_id: str
    sort: Annotated[str, Field(description="share of a co-owner, or pledge")]
    company_number: Annotated[str, Field(description="Whom it is kept for.")]
    seller: str
    currency: str
    amount: AmountOut
    kept_ms: int
    state: Annotated[str, Field(description="HELD or RELEASED")]
    ground: str
    document_digest: str
    payments: list[str]


class DepositPage(View):
    """Deposits in the order of their making."""

    deposits: list[DepositView]
    next_cursor: str | None

"""Shapes of how a price is paid and of the clauses beside it, in and out; `docs/terms.md` says what they mean."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET
from pydantic import BeforeValidator, Field

from api.forms import ROW_ID_PATTERN, Amount, AmountOut, Shape, View
from exchange.commands import Improvements, Institution, ReportingPeriod, RoyaltyBase, Seat

CompanyNumber: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9/-]{3,31}$")]
BasisPoints: TypeAlias = Annotated[int, Field(ge=1, le=10_000, strict=True)]
Days: TypeAlias = Annotated[int, Field(ge=0, le=3_660, strict=True)]


class InstalmentForm(Shape):
    """One part of the price."""

    share: Annotated[BasisPoints, Field(description="Basis points of the price; all shares make 10,000.")]
    due_days: Annotated[
        Days, Field(description="Days after the deal takes effect; 0 for the first part is before it does.")
    ]


class RoyaltyForm(Shape):
    """A running royalty 提成支付 (Civil Code Art. 846)."""

    base: RoyaltyBase
    rates: Annotated[
        list[BasisPoints],
        Field(min_length=1, max_length=20, description="Of the base, one a contract year; the last goes on."),
    ]
    period: ReportingPeriod
    report_days: Annotated[int, Field(ge=1, le=180, strict=True)]
    pay_days: Annotated[int, Field(ge=0, le=180, strict=True)]
    floor: Annotated[Amount | None, Field(description="The least of one period 保底.")] = None
    ceiling: Annotated[Amount | None, Field(description="The most of one period 封顶.")] = None


class InstalmentsForm(Shape):
    """The price in parts 一次总算、分期支付."""

    kind: Literal["instalments"]
    parts: list[InstalmentForm] = Field(min_length=2, max_length=24)


class RunningRoyaltyForm(Shape):
    """A royalty and no price: `price` is 0."""

    kind: Literal["royalty"]
    royalty: RoyaltyForm


class EntryFeeAndRoyaltyForm(Shape):
    """The price as entry fee 入门费, and a royalty."""

    kind: Literal["entry_fee_and_royalty"]
    royalty: RoyaltyForm


class EquityForm(Shape):
    """Contribution as capital 作价投资: `price` is the value of the contribution, shares of the buyer are given."""

    kind: Literal["equity"]
    company_number: Annotated[CompanyNumber, Field(description="Of the company: the buyer itself.")]
    basis_points: Annotated[int, Field(ge=1, le=9_999, strict=True, description="Of all its shares.")]


ConsiderationForm: TypeAlias = Annotated[
    InstalmentsForm | RunningRoyaltyForm | EntryFeeAndRoyaltyForm | EquityForm, Field(discriminator="kind")
]


class LateInterestForm(Shape):
    """Interest on what is paid late."""

    daily_rate: Annotated[
        int,
        Field(ge=1, le=1_000, strict=True, description="Hundredths of a basis point a day: 500 is 0.05 %."),
    ]
    most: Annotated[
        int, Field(ge=1, le=3_000, strict=True, description="Basis points of the overdue amount.")
    ]


class ArbitrationForm(Shape):
    """Who arbitrates, and where; court or body as agreed elsewhere if left out."""

    institution: Institution
    seat: Seat


class WithholdingForm(Shape):
    """A tax that the buyer withholds of each payment and pays over; the venue computes none by law."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$", examples=["income_tax"])]
    rate: Annotated[BasisPoints, Field(description="Of the taxed part.")]
    base: Annotated[BasisPoints, Field(description="The taxed part of each payment.")] = 10_000


class CommissionForm(Shape):
    """What an agent of the seller's earns of each payment, out of the seller's part; the buyer does not see it."""

    party_id: Annotated[str, Field(pattern=ROW_ID_PATTERN)]
    basis_points: Annotated[int, Field(ge=1, le=1_000, strict=True)]


class ClausesForm(Shape):
    """How the price is paid, in one sum where nothing is said, and the clauses beside it."""

    consideration: ConsiderationForm | None = None
    improvements: Annotated[
        Improvements | None, Field(description="Nobody's but its maker's where nothing is said (Art. 875).")
    ] = None
    late_interest: LateInterestForm | None = None
    inspection: Annotated[
        bool | None, Field(description="The licensor may have the books inspected (Art. 846).")
    ] = None
    arbitration: ArbitrationForm | None = None
    withholding: Annotated[list[WithholdingForm] | None, Field(min_length=1, max_length=4)] = None
    commission: Annotated[
        CommissionForm | list[CommissionForm] | None,
        Field(description="One agent's, or those of two to four agents, at most 1,000 in all."),
    ] = None
    earnest: Annotated[
        BasisPoints | None,
        Field(
            description="Earnest money 定金 in basis points of the price, at most 2,000 (Civil Code Art. 586)."
        ),
    ] = None


def plain(value: Any) -> Any:  # noqa: ANN401 - a field of any type
    """A field of terms as a view reads it; null where it is unset."""
    if value is UNSET:
        return None
    return msgspec.to_builtins(value) if isinstance(value, msgspec.Struct | tuple) else value


class RoyaltyView(RoyaltyForm):
    """A royalty as it was agreed."""

    floor: AmountOut | None = None
    ceiling: AmountOut | None = None


class RunningRoyaltyView(View):
    """A royalty and no price."""

    kind: Literal["royalty"]
    royalty: RoyaltyView


class EntryFeeAndRoyaltyView(View):
    """The price as entry fee, and a royalty."""

    kind: Literal["entry_fee_and_royalty"]
    royalty: RoyaltyView


ConsiderationView: TypeAlias = Annotated[
    InstalmentsForm | RunningRoyaltyView | EntryFeeAndRoyaltyView | EquityForm, Field(discriminator="kind")
]


class ClausesView(View):
    """How the price is paid, in one sum where that is null, and the clauses beside it."""

    consideration: Annotated[ConsiderationView | None, BeforeValidator(plain)] = None
    improvements: Annotated[Improvements | None, BeforeValidator(plain)] = None
    late_interest: Annotated[LateInterestForm | None, BeforeValidator(plain)] = None
    inspection: Annotated[bool | None, BeforeValidator(plain)] = None
    arbitration: Annotated[ArbitrationForm | None, BeforeValidator(plain)] = None
    withholding: Annotated[list[WithholdingForm] | None, BeforeValidator(plain)] = None
    earnest: Annotated[int | None, BeforeValidator(plain)] = None


class OwnClausesView(ClausesView):
    """What the seller and the venue see beside that."""

    commission: Annotated[CommissionForm | list[CommissionForm] | None, BeforeValidator(plain)] = None

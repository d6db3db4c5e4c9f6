"""Shapes of money, in and out: decimal strings in the currency named beside them."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from api.forms import (
    Amount,
    AmountOut,
    Body,
    Code,
    ReasonedBody,
    ReasonPart,
    Salt,
    Shape,
    SinceVersion,
    View,
)
from exchange.commands import RateSource
from exchange.money.amount import Currency

HoldState = Literal["PENDING", "POSTED", "VOIDED", "EXPIRED"]


class WithdrawalTermsForm(Shape):
    """Confidential: how much of which currency."""

    currency: Currency
    amount: Amount
    salt: Salt


class WithdrawalForm(Body):
    """A party asks for money of its available balance to be paid to its own bank account."""

    terms: WithdrawalTermsForm


class ApprovalTermsForm(Shape):
    """Confidential: the operator's signature over the very payment, as the bank asks for it (docs/adapters.md)."""

    bank_approval: Annotated[
        str, Field(pattern=r"^0x[0-9a-f]{130}$", description="65 bytes, lower-case hex.")
    ]
    salt: Salt


class PaymentApproval(ReasonedBody):
    """One operator's approval of a payment, to the venue and to the bank."""

    terms: ApprovalTermsForm


class ResumeForm(Body):
    """Payments of a currency may go on."""

    currency: Currency
    erasable: ReasonPart  # type: ignore[assignment]  # another set of parts


class AssignmentForm(Body):
    """Whose a credit in suspense is: a party's, or `venue` where it covers an unexplained debit."""

    party_id: Code
    erasable: ReasonPart  # type: ignore[assignment]  # another set of parts


class FeesForm(Body):
    """How much of the venue's fees is paid out to its own bank account."""

    terms: WithdrawalTermsForm
    erasable: ReasonPart  # type: ignore[assignment]  # another set of parts


class FeeBandForm(Shape):
    """What of a price lies above `above` bears so many basis points, up to the next band."""

    above: Amount
    basis_points: Annotated[int, Field(ge=0, le=10_000, strict=True)]


class FeeScheduleFields(Shape):
    """The fees of one currency: of a deal together, at least `minimum` and at most `maximum`."""

    currency: Currency
    bands: list[FeeBandForm] = Field(min_length=1, max_length=16)
    minimum: Amount = 0
    maximum: Amount | None = None


class FeeScheduleForm(FeeScheduleFields, Body):
    """The fees of deals from listings in this currency that open from now on."""

    erasable: ReasonPart  # type: ignore[assignment]  # another set of parts


class FeeBandView(View):
    """What of a price lies above `above` bears so many basis points, up to the next band."""

    above: AmountOut
    basis_points: int


class FeeScheduleView(View):
    """The venue's fees in one currency: of a deal together, at least `minimum` and at most `maximum`."""

    id: str
    currency: str
    bands: list[FeeBandView]
    minimum: AmountOut
    maximum: AmountOut | None
    since_ms: int


class FeeSchedulePage(View):
    """Every schedule in its order; the last of a currency is in force for listings that open."""

    fee_schedules: list[FeeScheduleView]
    next_cursor: str | None


RateTerm: TypeAlias = Annotated[int, Field(ge=1, le=10**12, strict=True)]


class ExchangeRateForm(Body):
    """A published rate: one unit of `base` is numerator/denominator units of `quote`."""

    base: Currency
    quote: Currency
    numerator: RateTerm
    denominator: RateTerm
    as_of: Annotated[
        str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="The date that it was published for.")
    ]
    source: RateSource
    erasable: ReasonPart  # type: ignore[assignment]  # another set of parts


class ExchangeRateView(View):
    """A rate by which rules compare amounts: one unit of `base` is numerator/denominator units of `quote`."""

    id: str
    base: str
    quote: str
    numerator: int
    denominator: int
    as_of: str
    source: str
    recorded_ms: int


class ExchangeRatePage(View):
    """Every rate in the order of its recording; the last of a pair counts, while it is not too old."""

    exchange_rates: list[ExchangeRateView]
    next_cursor: str | None


class CreditForm(Shape):
    """Money that arrives at the simulated bank, as if a customer had paid it in."""

    party_id: Code
    currency: Currency
    amount: Amount


class CreditView(View):
    """What the simulated bank answered."""

    line_id: str
    simulated: bool = True


class AccountView(View):
    """An account. Purposes of a party: available, deposit; of a deal: escrow, earnest; of a payment: outgoing."""

    id: str
    owner: str
    purpose: str
    currency: str
    balance: AmountOut


class AccountPage(View):
    """Accounts in the order of their first use."""

    accounts: list[AccountView]
    next_cursor: str | None


class HoldView(View):
    """Money that is set aside for one thing, which ends once: POSTED to it, VOIDED, or EXPIRED by the clock.

    `amount` is pending; `posted` has gone on, and `voided` has gone back.
    """

    id: str
    sort: Annotated[str, Field(description="`bid_deposit`, `price`, `order` or `payment`.")]
    subject_id: Annotated[str, Field(description="The listing, deal, order or payment that it is held for.")]
    party_id: str
    account: str
    currency: str
    amount: AmountOut
    posted: AmountOut
    voided: AmountOut
    state: HoldState
    since_ms: int
    ended_ms: int | None


class HoldPage(View):
    """Holds of one account in the order of their making."""

    holds: list[HoldView]
    next_cursor: str | None


class PostingView(View):
    """One double entry: `amount` from `debit` to `credit`."""

    entry: int
    debit: str
    credit: str
    currency: str
    amount: AmountOut
    subject_id: str
    purpose: str


class PostingList(View):
    """Postings of one account, in journal order."""

    postings: list[PostingView]


class LineView(View):
    """A line of the supervised account's statement."""

    id: str
    direction: str
    currency: str
    amount: AmountOut
    party_id: str | None
    payment_id: str | None
    value_time_ms: int
    left: Annotated[AmountOut, Field(description="What of a credit has not funded a deal yet.")]


class LinePage(View):
    """Statement lines in the order in which they were matched."""

    statement_lines: list[LineView]
    next_cursor: str | None


class PaymentView(View):
    """An instruction to the bank."""

    id: str
    party_id: str
    currency: str
    amount: AmountOut
    deal_id: str | None
    obligation_id: Annotated[
        SinceVersion[str], Field(description="What is paid out, where that is not the deal's first part.")
    ] = None
    line: Annotated[
        SinceVersion[str],
        Field(
            description="`tax`, `commission`, `co_owner` or `earnest`; none where it is a pledgee's or the seller's."
        ),
    ] = None
    approvals: Annotated[
        list[str], BeforeValidator(list), Field(description="Operators that have approved; two are needed.")
    ]
    state: str
    statement_line: str


class PaymentPage(View):
    """Payments in the order of their preparation."""

    payments: list[PaymentView]
    next_cursor: str | None

"""Shapes of money, in and out: decimal strings in the currency named beside them."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from api.forms import Amount, AmountOut, Body, Code, ReasonedBody, ReasonPart, Salt, Shape, View
from exchange.money.amount import Currency


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
    """An account. Purposes of a party: available, deposit; of a deal: escrow; of a payment: outgoing."""

    id: str
    owner: str
    purpose: str
    currency: str
    balance: AmountOut


class AccountPage(View):
    """Accounts in the order of their first use."""

    accounts: list[AccountView]
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
    approvals: Annotated[
        list[str], BeforeValidator(list), Field(description="Operators that have approved; two are needed.")
    ]
    state: str
    statement_line: str


class PaymentPage(View):
    """Payments in the order of their preparation."""

    payments: list[PaymentView]
    next_cursor: str | None

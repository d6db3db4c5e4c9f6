"""Shapes of obligations, in and out."""

from typing import Annotated

from pydantic import Field

from api.forms import Amount, AmountOut, Body, Code, Hash, Salt, SealedForm, Shape, View


class PaymentOfObligation(Body):
    """The buyer pays all that is left, citing the bank statement line that brought the money in."""

    statement_line: Code


class PartTermsForm(Shape):
    """Confidential: how much is paid."""

    amount: Annotated[Amount, Field(description="Interest that has accrued first, then principal.")]
    salt: Salt


class PartOfObligation(Body):
    """The buyer pays a part of what it owes, citing the bank statement line that brought the money in."""

    statement_line: Code
    terms: PartTermsForm


class StatementPart(Shape):
    """Words about a base and how it was found, sealed and erasable."""

    statement: SealedForm | None = None


class BaseTerms(Shape):
    """Confidential: a base in the deal's currency, as the contract defines it."""

    base: Amount
    salt: Salt


class RoyaltyReport(Body):
    """The licensee reports the base of a period that has ended."""

    terms: BaseTerms
    erasable: StatementPart = StatementPart()  # type: ignore[assignment]  # another set of parts


class InspectionCall(Body):
    """The licensor has the books of a reported period inspected."""

    erasable: StatementPart = StatementPart()  # type: ignore[assignment]  # another set of parts


class InspectionStatement(Body):
    """A side states the base that it accepts as found; the inspection ends when both name the same."""

    terms: BaseTerms
    erasable: StatementPart = StatementPart()  # type: ignore[assignment]  # another set of parts


class Demand(Body):
    """The seller demands what is overdue of a price paid in parts."""

    document_digest: Annotated[Hash, Field(description="SHA-256 of its notice to the buyer.")]


class RemedyTermsForm(Shape):
    """Confidential: what the seller gives back."""

    refund: Annotated[Amount, Field(description="When it rescinds an assignment; 0 otherwise.")]
    salt: Salt


class Remedy(Body):
    """What the seller asks for when the demand's term is over."""

    remedy: Annotated[str, Field(pattern=r"^(whole_price|rescind)$")]
    terms: RemedyTermsForm


class ObligationView(View):
    """What a buyer owes under a deal, to its two sides and the venue. Amounts in the deal's currency."""

    id: str
    deal_id: str
    sort: Annotated[str, Field(description="instalment, royalty, inspection or floor")]
    number: Annotated[int, Field(description="Which instalment or reporting period, from 0.")]
    payer: str
    payee: str
    currency: str
    state: Annotated[
        str,
        Field(description="RUNNING, TO_REPORT, REPORT_OVERDUE, DUE, OVERDUE, IN_RELEASE, SETTLED or LAPSED"),
    ]
    amount: AmountOut
    paid: Annotated[AmountOut, Field(description="What of the amount has been paid.")]
    open_principal: Annotated[
        AmountOut, Field(description="What of the amount is not paid; late interest runs on it.")
    ]
    interest_owed: Annotated[
        AmountOut | None,
        Field(description="Late interest of today, not paid yet; null where nothing is to be paid now."),
    ]
    payable: Annotated[
        AmountOut | None,
        Field(description="Both together: what pays all of it; null where nothing is to be paid now."),
    ]
    parts: Annotated[int, Field(description="In how many parts it has been paid so far; 0 where whole.")]
    interest: Annotated[AmountOut, Field(description="Late interest that was paid.")]
    due_ms: Annotated[int, Field(description="The end of the last day for payment; 0 while its period runs.")]
    stopped_since_ms: Annotated[
        int | None,
        Field(
            description="Since when it stands still, its licence being suspended: dates move when it runs on."
        ),
    ]
    starts_ms: int
    ends_ms: int
    report_due_ms: int
    floor: Annotated[
        AmountOut,
        Field(description="Owed already, as an obligation of its own: nobody had reported in time."),
    ]
    base: AmountOut | None
    reported_ms: int | None
    inspection: Annotated[str, Field(description="CALLED, CLOSED, or empty")]
    found: Annotated[dict[str, AmountOut], Field(description="The base that each side accepts as found.")]
    fee: AmountOut
    pledgee_share: AmountOut
    payments: list[str]
    paid_ms: int | None


class ObligationPage(View):
    """The caller's obligations, owed and owing, in the order of their making."""

    obligations: list[ObligationView]
    next_cursor: str | None

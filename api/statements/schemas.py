"""Shapes of account statements: decimal strings in the currency named beside them."""

from typing import Annotated

from pydantic import Field

from api.forms import AmountOut, View
from ledger.account_statements import MOST_MOVEMENTS


class MovementView(View):
    """What one posting changed on the account: `position` counts within its entry, from 0."""

    entry: int
    position: int
    time_ms: int
    purpose: str
    counter_purpose: Annotated[str, Field(description="The kind of account on the other side; not whose.")]
    subject_id: Annotated[
        str, Field(description="The deal, listing, order, payment or line of the bank's that it belongs to.")
    ]
    change: Annotated[AmountOut, Field(description="Below zero where it leaves the account.")]
    balance: Annotated[AmountOut, Field(description="After it.")]


class AccountMonthView(View):
    """One account over the month: the opening balance and every change make the closing balance."""

    account: str
    opening: AmountOut
    movements: list[MovementView]
    closing: AmountOut


class HoldMonthView(View):
    """A hold that stood within the month, as it stands at `as_of_entry`."""

    id: str
    sort: str
    subject_id: str
    account: str
    since_ms: int
    ended_ms: int | None
    state: str
    amount: AmountOut
    posted: AmountOut
    voided: AmountOut


class CurrencyMonthView(View):
    """All that the party has in one currency."""

    currency: str
    opening: AmountOut
    closing: AmountOut
    accounts: list[AccountMonthView]
    holds: list[HoldMonthView]


class StatementView(View):
    """A party's account statement of a month, out of a journal that ends with `as_of_entry`."""

    party_id: str
    month: str
    from_ms: int
    to_ms: int
    as_of_entry: int
    currencies: Annotated[
        list[CurrencyMonthView], Field(description=f"At most {MOST_MOVEMENTS:,} movements together.")
    ]

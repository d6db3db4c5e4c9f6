"""What falls due after a deal took effect."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

from exchange.money.amount import Currency
from exchange.rows.row import Row

ObligationSort = Literal["instalment", "royalty", "inspection", "floor", "earnest"]


class Obligation(Row):
    """One payment that a buyer owes under a deal 应付款; amounts in minor units, times in ms UTC.

    Of the sort `earnest` a seller that has defaulted owes it: the second half of double earnest money 双倍返还定金.

    States: of a royalty RUNNING, TO_REPORT, REPORT_OVERDUE; of every sort DUE, OVERDUE, IN_RELEASE, SETTLED,
    or LAPSED with its licence before it was due.
    `number`: which instalment or reporting period, from 0; of an inspection, the period that it inspected, of a
    floor, that which nobody reported.
    """

    kind: ClassVar[str] = "obligation"
    deal_id: str
    sort: ObligationSort
    number: int
    payer: str
    payee: str
    currency: Currency
    amount: int = 0
    interest: int = 0
    """Late interest that was paid with it."""
    due_ms: int = 0
    """The end of the last day on which it is paid in time; 0 while its period runs."""
    starts_ms: int = 0
    ends_ms: int = 0
    """Of a royalty, its reporting period."""
    whole_ms: int = 0
    """How long that period is when no end of the licence cuts it short."""
    report_due_ms: int = 0
    floor: int = 0
    """Of a royalty whose report was overdue: what of it is owed already, as an obligation of its own."""
    base: int | None = None
    reported_ms: int | None = None
    inspection: str = ""
    """CALLED, then CLOSED."""
    found: dict[str, int] = {}
    """Party to the base that it accepts as found."""
    state: str = ""
    funded_by: dict[str, int] = {}
    """Statement line to what of it has gone into this payment."""
    fee: int = 0
    pledgee_share: int = 0
    payments: tuple[str, ...] = ()
    paid_ms: int | None = None
    paused_ms: int | UnsetType = UNSET
    """For how long disputes have kept the books of its period from being inspected."""

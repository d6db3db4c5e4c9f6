"""What falls due after a deal took effect."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec
from msgspec import UNSET, UnsetType

from exchange.money.amount import Currency
from exchange.rows.row import Row

ObligationSort = Literal["instalment", "royalty", "inspection", "floor", "earnest"]


class PartsPaid(msgspec.Struct, kw_only=True):
    """What of an obligation has been paid in parts 部分清偿. Amounts in minor units.

    `number` counts them. `principal` is what of the amount they have paid, `on_time` what of that by the due day.
    """

    number: int = 0
    principal: int = 0
    on_time: int = 0
    interest: int = 0
    """Late interest that has accrued, up to the last of them, whether paid or not."""
    days_late: int = 0
    """For how many days after the due day that is."""
    lines: dict[str, int] = {}
    """What each line of the release has had of them: a tax, an agent, a co-owner, the seller."""


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
    """Late interest that was paid."""
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
    """When the last of it was paid."""
    paused_ms: int | UnsetType = UNSET
    """For how long disputes have kept the books of its period from being inspected."""
    parts: PartsPaid | UnsetType = UNSET
    """Of one that was not paid whole at once. Since engine version 5."""

    @property
    def open_principal(self) -> int:
        """What of the amount is not paid in parts yet (minor units); late interest runs on it."""
        return self.amount - (0 if self.parts is UNSET else self.parts.principal)

"""The venue's fee schedules, each in force for the listings that opened under it."""

from __future__ import annotations

from typing import ClassVar

from exchange.commands import FeeBand
from exchange.money.amount import Currency
from exchange.rows.row import Row


class FeeSchedule(Row):
    """A version of the fees in one currency; amounts in minor units. None is ever changed or removed."""

    kind: ClassVar[str] = "fee_schedule"
    currency: Currency
    bands: tuple[FeeBand, ...]
    minimum: int
    maximum: int | None
    since_ms: int

    @property
    def number(self) -> int:
        """Which it is of all schedules, from 1."""
        return int(self.id.rpartition("-")[2])

"""Exchange rates that were recorded."""

from __future__ import annotations

from typing import ClassVar

from exchange.commands import RateSource
from exchange.money.amount import Currency
from exchange.rows.row import Row


class ExchangeRate(Row):
    """One unit of `base` is numerator/denominator units of `quote`, published for a date (ISO).

    The last of a pair stays in memory; the others keep their table.
    """

    kind: ClassVar[str] = "exchange_rate"
    base: Currency
    quote: Currency
    numerator: int
    denominator: int
    as_of: str
    source: RateSource
    recorded_ms: int

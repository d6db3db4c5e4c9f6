"""Exchange rates 汇率 as a recorded input: what a monetary authority has published, for rules that compare amounts."""

from __future__ import annotations

from datetime import timedelta

from exchange.calendar import is_venue_date, venue_date
from exchange.commands import RecordExchangeRate
from exchange.events import ExchangeRateRecorded
from exchange.rows import ExchangeRate
from exchange.rules import venue as rules
from exchange.rules.exchange_rates import OLDEST_DAYS, standing
from exchange.rules.rule import refuse
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 3
LARGEST_TERM = 10**12
"""Of numerator and denominator: the product with the largest amount is still an exact integer of no great length."""


def record_exchange_rate(turn: Turn, command: RecordExchangeRate) -> Result:
    """An operator records a rate; it takes the place of the pair's last, which leaves memory."""
    state = turn.state
    if state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=state.venue.engine)
    before = standing(state, command.base, command.quote)
    _check(turn, command, before)
    if before is not None:
        state.archive(before)
    rate = ExchangeRate(
        id=state.next_id("RATE"),
        base=command.base,
        quote=command.quote,
        numerator=command.numerator,
        denominator=command.denominator,
        as_of=command.as_of,
        source=command.source,
        recorded_ms=turn.time_ms,
    )
    state.add(rate)
    turn.emit(ExchangeRateRecorded(rate_id=rate.id, base=rate.base, quote=rate.quote, as_of=rate.as_of))
    return {"rate_id": rate.id}


def _check(turn: Turn, command: RecordExchangeRate, before: ExchangeRate | None) -> None:
    if command.base == command.quote:
        refuse(rules.MALFORMED, field="quote", base=command.base)
    for field in ("numerator", "denominator"):
        if not 0 < getattr(command, field) <= LARGEST_TERM:
            refuse(rules.MALFORMED, field=field, most=LARGEST_TERM)
    today = venue_date(turn.time_ms)
    earliest = (today - timedelta(days=OLDEST_DAYS)).isoformat()
    if before is not None:
        earliest = max(earliest, before.as_of)
    if not is_venue_date(command.as_of) or not earliest <= command.as_of <= today.isoformat():
        refuse(rules.MALFORMED, field="as_of", least=earliest, most=today.isoformat())


HANDLERS: Handlers = {RecordExchangeRate: record_exchange_rate}

"""Amounts of two currencies, compared by a recorded exchange rate: integers times integers, and nothing is rounded.

No amount is converted: a rule that names an amount of another currency than a listing's asks which of the two is more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from exchange.calendar import venue_date
from exchange.money.amount import Currency
from exchange.rows import ExchangeRate
from exchange.rules.rule import refuse
from exchange.rules.venue import FACT_MISSING
from exchange.state import State

OLDEST_DAYS = 10
"""Days after its date for which a rate counts: longer than any holiday for which none is published."""


class Factors(NamedTuple):
    """An amount of one currency times `ours` is to one of the other times `theirs` as both are worth to one another."""

    ours: int
    theirs: int
    rate_id: str
    """The rate that decides; empty where both are of one currency."""


def factors(state: State, ours: Currency, theirs: Currency, time_ms: int) -> Factors:
    """By what to multiply an amount of each of two currencies before they are compared.

    Raises:
        Refusal: FACT-MISSING where no rate of the two is on record, or only one older than `OLDEST_DAYS`.
    """
    if ours == theirs:
        return Factors(1, 1, "")
    earliest = (venue_date(time_ms) - timedelta(days=OLDEST_DAYS)).isoformat()
    direct, inverse = standing(state, ours, theirs), standing(state, theirs, ours)
    if direct is not None and direct.as_of >= earliest:
        return Factors(direct.numerator, direct.denominator, direct.id)
    if inverse is None or inverse.as_of < earliest:
        pair = f"{ours}/{theirs}"
        refuse(FACT_MISSING, fact="exchange_rate", pair=pair, not_before=earliest, supplier="operator")
    return Factors(inverse.denominator, inverse.numerator, inverse.id)


def standing(state: State, base: Currency, quote: Currency) -> ExchangeRate | None:
    """The last rate of a pair that was recorded, if there is one."""
    return state.exchange_rates.get(state.exchange_rate_of.get((base, quote), ""))

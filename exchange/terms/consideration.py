"""What falls due, how much and when, computed from a listing's terms in integers. Every amount is in minor units.

Nothing is rounded but here: an instalment by the difference of two rounded sums, so that all of them make up the price;
a royalty, its least in a short period and late interest down to the minor unit.
"""

from __future__ import annotations

from datetime import timedelta

from msgspec import UNSET, UnsetType

from exchange.calendar import add_months, start_of_day, venue_date
from exchange.commands.consideration import (
    Commission,
    EntryFeeAndRoyalty,
    Equity,
    Instalment,
    Instalments,
    LateInterest,
    Royalty,
    RunningRoyalty,
    Withholding,
)
from exchange.commands.listings import ListingTerms
from exchange.money.amount import LARGEST_AMOUNT

BASIS_POINTS = 10_000
INTEREST_UNITS = 1_000_000
"""Hundredths of a basis point in the whole."""
MONTHS_OF = {"quarter": 3, "half_year": 6, "year": 12}
MONTHS_A_YEAR = 12


def instalment_amounts(price: int, parts: tuple[Instalment, ...]) -> tuple[int, ...]:
    """Each part of the price. They make it up to the cent where the shares make up the whole."""
    amounts: list[int] = []
    share = paid = 0
    for part in parts:
        share += part.share
        amounts.append(price * share // BASIS_POINTS - paid)
        paid += amounts[-1]
    return tuple(amounts)


def due_at_effect(terms: ListingTerms, price: int) -> int:
    """What must be in escrow before the deal takes effect; it is held at acceptance where a mode holds the price."""
    agreed = terms.consideration
    if isinstance(agreed, Instalments):
        return 0 if agreed.parts[0].due_days else instalment_amounts(price, agreed.parts)[0]
    return 0 if isinstance(agreed, RunningRoyalty | Equity) else price


def earnest_amount(terms: ListingTerms, price: int) -> int:
    """The earnest money 定金 that is agreed, rounded down; zero where none is."""
    return 0 if terms.earnest is UNSET else price * terms.earnest // BASIS_POINTS


def is_a_fifth(overdue: int, price: int) -> bool:
    """Whether what is overdue is a fifth of the price or more."""
    return overdue > 0 and overdue * 5 >= price


def royalty_of(terms: ListingTerms) -> Royalty | None:
    """The royalty that a licence bears, if it bears one."""
    agreed = terms.consideration
    return agreed.royalty if isinstance(agreed, RunningRoyalty | EntryFeeAndRoyalty) else None


def has_price(terms: ListingTerms) -> bool:
    """Whether a price is named at all: a royalty alone has none."""
    return not isinstance(terms.consideration, RunningRoyalty)


def period_end(starts_ms: int, royalty: Royalty, number: int) -> int:
    """The end (ms UTC) of a licence's reporting period, counted from 0; it begins with the licence or with the last."""
    return add_months(starts_ms, MONTHS_OF[royalty.period] * (number + 1))


def rate_of(royalty: Royalty, number: int) -> int:
    """The rate (basis points) of a reporting period, counted from 0: that of its contract year."""
    year = number * MONTHS_OF[royalty.period] // MONTHS_A_YEAR
    return royalty.rates[min(year, len(royalty.rates) - 1)]


def royalty_amount(royalty: Royalty, number: int, base: int, lasted_ms: int, whole_ms: int) -> int:
    """The royalty of a period on its base. The least is owed for as much of a period as it lasted of the whole."""
    amount = base * rate_of(royalty, number) // BASIS_POINTS
    if royalty.floor is not None:
        amount = max(amount, royalty.floor * lasted_ms // whole_ms)
    if royalty.ceiling is not None:
        amount = min(amount, royalty.ceiling)
    return amount


def due_after(since_ms: int, days: int) -> int:
    """The end (ms UTC) of the day that lies so many days after that of `since_ms`, at the venue."""
    return start_of_day(venue_date(since_ms) + timedelta(days=days + 1))


def commissions_of(terms: ListingTerms) -> tuple[Commission, ...]:
    """What each of the seller's agents earns, in the order of the terms; none where nothing is said."""
    agreed = terms.commission
    if agreed is UNSET:
        return ()
    return (agreed,) if isinstance(agreed, Commission) else agreed


def withheld(tax: Withholding, amount: int) -> int:
    """A tax on one payment, rounded down."""
    return amount * tax.base * tax.rate // (BASIS_POINTS * BASIS_POINTS)


def days_late(due_ms: int, time_ms: int) -> int:
    """Days begun since the due day, which ends at `due_ms`: 1 on the day after it."""
    return max(0, (venue_date(time_ms) - venue_date(due_ms - 1)).days)


def late_interest(agreed: LateInterest | UnsetType, amount: int, days: int) -> int:
    """Simple interest on an amount for so many days, up to what is agreed."""
    if agreed is UNSET:
        return 0
    return min(amount * agreed.daily_rate * days // INTEREST_UNITS, most_interest(agreed, amount))


def most_interest(agreed: LateInterest | UnsetType, amount: int) -> int:
    """The most that an amount may bear, and no more than one payment may move beside it."""
    if agreed is UNSET:
        return 0
    return min(amount * agreed.most // BASIS_POINTS, LARGEST_AMOUNT - amount)

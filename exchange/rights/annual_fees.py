"""Annual fees: when one is due, and until when it can still be paid with a surcharge."""

from __future__ import annotations

from datetime import date

from msgspec import UNSET

from exchange.calendar import add_months, start_of_day, venue_date
from exchange.rows import Right

MONTHS_OF_GRACE = 6
"""Implementing Rules of the Patent Law (2023), Art. 114 [M]; Paris Convention, Art. 5bis [M]: at least six months."""


def grace_until(right: Right) -> str | None:
    """The last day (ISO) on which a missed fee can be paid; None where the register names no day for it."""
    if right.fee_due is UNSET:
        return None
    end_ms = add_months(start_of_day(date.fromisoformat(right.fee_due)), MONTHS_OF_GRACE)
    return venue_date(end_ms - 1).isoformat()

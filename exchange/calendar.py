"""Days of the venue: fixed UTC+8 without summer time, working days by a journalled list of closed days.

Mainland, Hong Kong and Macau all stand at UTC+8; no time-zone database is read, so replay needs none.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

MS_PER_SECOND = 1_000
MS_PER_MINUTE = 60 * MS_PER_SECOND
MS_PER_HOUR = 60 * MS_PER_MINUTE
MS_PER_DAY = 24 * MS_PER_HOUR
VENUE_OFFSET_MS = 8 * MS_PER_HOUR
LATEST_MS = 7_258_089_600_000
"""The end of the calendar: midnight at the venue at which the year 2200 begins. No clock, term or expiry lies later."""
_FIRST_YEAR, _END_YEAR = 1800, 2200
_SATURDAY = 5
_LONGEST_SEARCH_DAYS = 3_660


def venue_date(time_ms: int) -> date:
    """The calendar date at the venue (UTC+8) of a time in UTC milliseconds."""
    return datetime.fromtimestamp((time_ms + VENUE_OFFSET_MS) // MS_PER_SECOND, tz=UTC).date()


def is_venue_date(text: str) -> bool:
    """Whether a text is an ISO date (`2026-01-31`) of the years 1800 to 2199."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return day.isoformat() == text and _FIRST_YEAR <= day.year < _END_YEAR


def start_of_day(day: date) -> int:
    """UTC milliseconds of midnight at the venue (UTC+8) on a date."""
    return (
        int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * MS_PER_SECOND - VENUE_OFFSET_MS
    )


def is_working_day(day: date, closed_days: Collection[str], working_weekends: Collection[str] = ()) -> bool:
    """Whether a date is a working day 工作日: Monday to Friday less closed days, plus moved weekend days.

    `closed_days` and `working_weekends` are ISO dates as announced by each place's government.
    """
    text = day.isoformat()
    if text in working_weekends:
        return True
    return day.weekday() < _SATURDAY and text not in closed_days


def end_of_working_day(
    time_ms: int, count: int, closed_days: Collection[str], working_weekends: Collection[str] = ()
) -> int:
    """UTC milliseconds at which the `count`-th working day after `time_ms` ends (its last midnight, UTC+8).

    The day of the event itself does not count (Civil Code Art. 201).

    Raises:
        ValueError: no such day within ten years, so the calendar cannot be right.
    """
    day = venue_date(time_ms)
    left = count
    for _ in range(_LONGEST_SEARCH_DAYS):
        day += timedelta(days=1)
        if is_working_day(day, closed_days, working_weekends):
            left -= 1
            if left <= 0:
                return start_of_day(day + timedelta(days=1))
    message = f"no {count} working days within ten years"
    raise ValueError(message)


def add_months(time_ms: int, months: int) -> int:
    """UTC milliseconds of the end of the day `months` calendar months later, clipped to the month's last day."""
    day = venue_date(time_ms)
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)  # noqa: PLR2004 - December
    last_day = (first_of_next - timedelta(days=1)).day
    return start_of_day(date(year, month + 1, min(day.day, last_day)) + timedelta(days=1))

"""Working days 工作日 are those of the place whose clock runs: its authority's for a filing, the venue's for the rest.

Each place's government announces its own; an operator records them, and a later record replaces an earlier. A place
without a calendar of its own here counts by the venue's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from exchange.calendar import end_of_working_day, is_working_day, venue_date
from exchange.rows.venue import Calendar
from exchange.rules.profiles import place_of

if TYPE_CHECKING:
    from exchange.rows import Venue


def calendar_of(venue: Venue, place: str) -> Calendar:
    """The closed days and the worked weekends of a place, such as `HK`."""
    own = Calendar(closed_days=venue.closed_days, working_weekends=venue.working_weekends)
    return own if venue.calendars is UNSET else venue.calendars.get(place, own)


def end_of(venue: Venue, time_ms: int, count: int, place: str = "") -> int:
    """UTC milliseconds at which the `count`-th working day after `time_ms` ends, at a place or else at the venue's.

    Raises:
        ValueError: no such day within ten years, so the calendar cannot be right.
    """
    calendar = calendar_of(venue, place or place_of(venue))
    return end_of_working_day(time_ms, count, calendar.closed_days, calendar.working_weekends)


def end_on_a_working_day(venue: Venue, due_ms: int, place: str) -> int:
    """A period of days or months that ends at `due_ms`: on the next working day where its last day is none.

    Civil Code of the PRC, Art. 203 [L].
    """
    calendar = calendar_of(venue, place)
    last = venue_date(due_ms - 1)
    if is_working_day(last, calendar.closed_days, calendar.working_weekends):
        return due_ms
    return end_of(venue, due_ms - 1, 1, place)

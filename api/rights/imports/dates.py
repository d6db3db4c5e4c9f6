"""Dates as patent data write them, brought to ISO 8601."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from exchange.rights.numbers import narrow

_FIRST_YEAR: Final = 1790
"""The year of the oldest patent numbering that is taken (the United States Patent Act of 1790)."""
_DATE_FORMAT: Final = "date_format"
_DATE_IMPOSSIBLE: Final = "date_impossible"
_DATE_FUTURE: Final = "date_future"
_FORMS: Final = (
    re.compile(r"([0-9]{4})([-./])([0-9]{1,2})\2([0-9]{1,2})(?:[ T]00:00(?::00(?:\.0+)?)?)?"),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})"),
    re.compile(r"([0-9]{4})(年)([0-9]{1,2})月([0-9]{1,2})日"),
)


class DateRefused(ValueError):
    """A text that is no acceptable date; `code` is date_format, date_impossible or date_future."""

    def __init__(self, code: str) -> None:
        """Carry the stable code."""
        super().__init__(code)
        self.code = code


def read_date(text: str, as_of: dt.date) -> str:
    """Bring 2016-03-26, 2016.03.26, 2016/3/26, 20160326 or 2016年3月26日 to ISO 8601.

    Raises `DateRefused` for other forms, days that no calendar has, and days after `as_of`.
    """
    plain = narrow(text).strip()
    matched = next((found for form in _FORMS if (found := form.fullmatch(plain))), None)
    if matched is None:
        raise DateRefused(_DATE_FORMAT)
    year, _, month, day = matched.groups()
    try:
        date = dt.date(int(year), int(month), int(day))
    except ValueError as error:
        raise DateRefused(_DATE_IMPOSSIBLE) from error
    if date.year < _FIRST_YEAR:
        raise DateRefused(_DATE_IMPOSSIBLE)
    if date > as_of:
        raise DateRefused(_DATE_FUTURE)
    return date.isoformat()

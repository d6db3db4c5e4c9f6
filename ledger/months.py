"""Calendar months as the venue counts them: in UTC+8, by the entries' times."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Final

import msgspec

VENUE_ZONE: Final = dt.timezone(dt.timedelta(hours=8))
_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)
_MS: Final = 1_000


class MonthRefused(ValueError):
    """A month that is none. `code` is stable, `cure` says what to do."""

    def __init__(self, text: str) -> None:
        self.code = "REPORT-MONTH"
        self.cure = "give a month as YYYY-MM, e.g. 2027-02"
        super().__init__(f"{self.code}: {text!r}; {self.cure}")


class Month(msgspec.Struct, frozen=True):
    """A calendar month in UTC+8."""

    year: int
    month: int

    @classmethod
    def read(cls, text: str) -> Month:
        """Read `YYYY-MM`.

        Raises:
            MonthRefused: it is none.
        """
        found = _MONTH.fullmatch(text)
        if found is None or not dt.MINYEAR < int(found[1]) < dt.MAXYEAR:
            raise MonthRefused(text[:20])
        return cls(int(found[1]), int(found[2]))

    @property
    def from_ms(self) -> int:
        """Its first millisecond, UTC."""
        return int(dt.datetime(self.year, self.month, 1, tzinfo=VENUE_ZONE).timestamp()) * _MS

    @property
    def to_ms(self) -> int:
        """The first millisecond after it."""
        _, days = calendar.monthrange(self.year, self.month)
        return self.from_ms + days * 86_400 * _MS

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

"""How the pages write times, spans, amounts and hashes."""

from __future__ import annotations

import datetime as dt
import unicodedata

from api.web.words import Language, say
from exchange.money.amount import format_amount

VENUE_ZONE = dt.timezone(dt.timedelta(hours=8))
LATEST_MS = 253_402_214_400_000
"""The start of the last day that a calendar date can name (9999-12-31)."""
_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS
_CURRENCY_ZH = {"CNY": "元", "HKD": "港元", "MOP": "澳门元"}
_SHORT_HASH = 14
LONGEST_TITLE = 200
"""Characters of a title on a page; the whole title is at /v1/rights/{id}."""


def _date(time_ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(min(max(time_ms, 0), LATEST_MS) / 1000, tz=VENUE_ZONE)


def moment(time_ms: int) -> str:
    """A time (ms UTC) to the second, in UTC+8."""
    return _date(time_ms).strftime("%Y-%m-%d %H:%M:%S")


def machine_moment(time_ms: int) -> str:
    """A time (ms UTC) as HTML's `datetime` attribute has it."""
    return _date(time_ms).isoformat(timespec="seconds")


def span(milliseconds: int, language: Language) -> str:
    """A span of time to the minute, rounded down; what has passed is due now."""
    if milliseconds <= 0:
        return say(language, "overdue")
    days, rest = divmod(milliseconds, _DAY_MS)
    hours, minutes = rest // _HOUR_MS, rest % _HOUR_MS // _MINUTE_MS
    if days:
        parts = ((days, "unit.day"), (hours, "unit.hour"))
    elif hours:
        parts = ((hours, "unit.hour"), (minutes, "unit.minute"))
    else:
        return f"< {minutes + 1} {say(language, 'unit.minute')}"
    return " ".join(f"{count} {say(language, unit)}" for count, unit in parts)


def interval(milliseconds: int, language: Language) -> str:
    """How often something comes again, to the minute, without what is zero."""
    days, rest = divmod(milliseconds, _DAY_MS)
    parts = (
        (days, "unit.day"),
        (rest // _HOUR_MS, "unit.hour"),
        (rest % _HOUR_MS // _MINUTE_MS, "unit.minute"),
    )
    return " ".join(f"{count} {say(language, unit)}" for count, unit in parts if count)


def money(minor: int, currency: str, language: Language) -> str:
    """An amount in minor units, with its thousands apart."""
    whole, _, fraction = format_amount(minor).partition(".")
    figure = f"{int(whole):,}.{fraction}"
    return f"{figure} {_CURRENCY_ZH.get(currency, currency)}" if language == "zh" else f"{currency} {figure}"


def short_hash(text: str) -> str:
    """The two ends of a hash, enough to compare at a glance; the whole stands in its title."""
    return text if len(text) <= _SHORT_HASH else f"{text[:8]}…{text[-4:]}"


def shown_title(text: str) -> str:
    """A title as a page shows it: bounded, in one line, and without characters that change how others are shown.

    Those are the control and format characters (Unicode's general categories C*), U+202E for one.
    """
    spaced = " ".join(text.split())
    line = "".join(each for each in spaced if not unicodedata.category(each).startswith("C"))
    line = " ".join(line.split())  # what was dropped may have stood between two spaces
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"


def text_language(text: str) -> str:
    """The language tag for a title as it was registered: Chinese where it has a Chinese character."""
    return "zh-Hans" if any("\u3400" <= character <= "\u9fff" for character in text) else "en"

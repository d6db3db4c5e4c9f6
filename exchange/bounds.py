"""Bounds on what a command may carry: nothing that is stored, summed or put on a calendar may run out of range."""

from __future__ import annotations

from exchange.calendar import LATEST_MS
from exchange.rules.rule import refuse
from exchange.rules.venue import MALFORMED

LONGEST_TEXT = 64
"""Characters of an id, a code or a label."""
LARGEST_COUNT = 2**31 - 1


def require_text(field: str, text: str, longest: int = LONGEST_TEXT) -> None:
    """Raises Refusal MALFORMED unless the text has 1 to `longest` characters."""
    if not 0 < len(text) <= longest:
        refuse(MALFORMED, field=field, longest=longest)


def require_moment(field: str, time_ms: int) -> None:
    """Raises Refusal MALFORMED unless a time (ms UTC) lies between 1970 and the end of the venue's calendar."""
    if not 0 <= time_ms <= LATEST_MS:
        refuse(MALFORMED, field=field, value=str(time_ms)[:LONGEST_TEXT])

"""Bounds on what a command may carry: nothing that is stored, summed or put on a calendar may run out of range."""

from __future__ import annotations

import re

from exchange.calendar import LATEST_MS
from exchange.rules.rule import refuse
from exchange.rules.venue import MALFORMED

LONGEST_TEXT = 64
"""Characters of an id, a code or a label."""
LARGEST_COUNT = 2**31 - 1
LONGEST_TRANSACTION = 66
"""Characters of a transaction's hash on the chain, 0x included."""
ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
SIGNATURE = re.compile(r"0x[0-9a-f]{130}")
"""65 bytes; who made it, the engine cannot tell."""


def require_text(field: str, text: str, longest: int = LONGEST_TEXT) -> None:
    """Raises Refusal MALFORMED unless the text has 1 to `longest` characters."""
    if not 0 < len(text) <= longest:
        refuse(MALFORMED, field=field, longest=longest)


def require_moment(field: str, time_ms: int) -> None:
    """Raises Refusal MALFORMED unless a time (ms UTC) lies between 1970 and the end of the venue's calendar."""
    if not 0 <= time_ms <= LATEST_MS:
        refuse(MALFORMED, field=field, value=str(time_ms)[:LONGEST_TEXT])

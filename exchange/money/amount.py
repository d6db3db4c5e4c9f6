"""Amounts of money: integer minor units with a currency, written and read as decimal strings at the edge.

No float, no rounding: a string with more digits than the currency has is refused, never rounded.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

Currency = Literal["CNY", "HKD", "MOP"]
CURRENCIES: tuple[str, ...] = get_args(Currency)
MINOR_DIGITS = 2
"""CNY, HKD and MOP each have two decimal digits (ISO 4217)."""
LARGEST_AMOUNT = 10**15
"""In minor units: ten trillion, the most that one command may move."""

LARGEST_TOTAL = 9 * LARGEST_AMOUNT
"""In minor units: what all accounts of one currency may hold together, still an exact JSON integer."""

_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,2}))?", re.ASCII)


class AmountRefused(ValueError):
    """A decimal string that is no amount. `code` is stable."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text[:40]!r}")
        self.code = code


def parse_amount(text: str) -> int:
    """Read a decimal string such as `1200.50` as minor units.

    Raises:
        AmountRefused: `amount_format` for anything but plain digits with at most two decimals, `amount_range`
            above `LARGEST_AMOUNT`.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        code = "amount_format"
        raise AmountRefused(code, text)
    whole, fraction = match[1], match[2]
    minor: int = int(whole) * 10**MINOR_DIGITS + int((fraction or "").ljust(MINOR_DIGITS, "0"))
    if minor > LARGEST_AMOUNT:
        code = "amount_range"
        raise AmountRefused(code, text)
    return minor


def format_amount(minor: int) -> str:
    """Write minor units as a decimal string with exactly two decimals, e.g. `120050` as `1200.50`."""
    sign = "-" if minor < 0 else ""
    whole, fraction = divmod(abs(minor), 10**MINOR_DIGITS)
    return f"{sign}{whole}.{fraction:0{MINOR_DIGITS}d}"

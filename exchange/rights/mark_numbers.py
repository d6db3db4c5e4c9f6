"""Numbers of trademarks: the Mainland (CN), Hong Kong (HK) and Macau (MO).

They carry no check digit, so a mistyped one can only be caught by its name and dates. The Hong Kong and Macau forms
are from memory and are to be confirmed by counsel before a register is built on them.
"""

from __future__ import annotations

import re
from typing import Final

from exchange.rights.right_number import NUMBER_FORMAT, REGISTRATION, TRADEMARK, NumberText, RightNumber

# National: up to eight digits, and letters where a part was split off. International under the Madrid system: G first.
_CN: Final = re.compile(r"(?:第)?(G[1-9][0-9]{5,6}[A-Z]?|[1-9][0-9]{0,7}[A-Z]{0,2})(?:号)?")
_HK: Final = re.compile(r"([0-9]{9}(?:[A-Z]{2})?|(?:19|20)[0-9]{2}B[0-9]{4,5}(?:[A-Z]{2})?)")
_MO: Final = re.compile(r"N/?([0-9]{6})")


def parse_cn_mark(given: NumberText) -> RightNumber:
    """Read a Mainland registration number, which is also the application's; 第…号 around it is dropped."""
    return _mark(given, _CN, "CN", "for example 12345678 or G1234567")


def parse_hk_mark(given: NumberText) -> RightNumber:
    """Read a Hong Kong trade mark number: nine digits, or a year, B and a serial number in the older form."""
    return _mark(given, _HK, "HK", "for example 304123456")


def parse_mo_mark(given: NumberText) -> RightNumber:
    """Read a Macau mark number: N and six digits."""
    matched = _MO.fullmatch(given.text)
    if matched is None:
        raise given.refuse(NUMBER_FORMAT, expected="for example N/012345")
    return RightNumber("MO", f"N{matched[1]}", REGISTRATION, TRADEMARK, None, given.raw)


def _mark(given: NumberText, form: re.Pattern[str], office: str, expected: str) -> RightNumber:
    matched = form.fullmatch(given.text)
    if matched is None:
        raise given.refuse(NUMBER_FORMAT, expected=expected)
    return RightNumber(office, matched[1], REGISTRATION, TRADEMARK, None, given.raw)

"""Chinese (CN) application, patent and publication numbers, ZC 0006-2003 and its 1985-2003 forerunner.

An application number is YYYY T NNNNNNN . C (12 digits and check character, since 2003-10-01) or YY T NNNNN .
C before. A patent number is ZL and the same number, after grant only. The check character C is the sum of the
digits weighted 2 to 9, then 2 to 5, modulo 11, where 10 is written X.

WIPO ST.13 spells an application as type, year and serial (10 2016 0178553): its type 10 or 20 does not tell a national
application from a PCT one, whose digits differ here. The check character behind it does, so that only with it the
office's own number can be told.
"""

from __future__ import annotations

import re
from typing import Final

from exchange.rights.right_number import (
    APPLICATION,
    CHECK_DIGIT,
    DESIGN,
    GRANT,
    INVENTION,
    MISSING_CHECK_DIGIT,
    NUMBER_FORMAT,
    NUMBER_KIND,
    NUMBER_TYPE_MISMATCH,
    NUMBER_YEAR,
    PUBLICATION,
    UTILITY_MODEL,
    NumberRefused,
    NumberText,
    RightNumber,
    narrow,
    shown,
)

FIRST_YEAR: Final = 1985
_LAST_TWO_DIGIT_YEAR: Final = 2003
_TWO_DIGIT_CENTURY_PIVOT: Final = 85
_WEIGHTS: Final = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_SHORT: Final = 8
_LONG: Final = 12
_MODULUS: Final = 11
_REMAINDER_OF_X: Final = 10

# 8 and 9 are the national phase of a PCT application.
_TYPE_OF_DIGIT: Final = {
    "1": INVENTION,
    "2": UTILITY_MODEL,
    "3": DESIGN,
    "8": INVENTION,
    "9": UTILITY_MODEL,
}
_TYPE_OF_KIND_LETTER: Final = {
    "A": INVENTION,
    "B": INVENTION,
    "C": INVENTION,
    "U": UTILITY_MODEL,
    "Y": UTILITY_MODEL,
    "S": DESIGN,
    "D": DESIGN,
}
# An A document publishes an application; every other kind letter announces a grant.
_FIRST_PUBLICATION_LETTER: Final = "A"

_APPLICATION: Final = re.compile(r"(ZL)?([0-9]{12}|[0-9]{8})\.?([0-9X])")
_WITHOUT_CHECK: Final = re.compile(r"(?:ZL)?(?:[0-9]{12}[A-Z]?|[0-9]{8})\.?")
_PUBLICATION: Final = re.compile(r"([0-9]{7}|[0-9]{8}|[0-9]{9})([ABCDSUY][0-9]?)")
_ST13: Final = re.compile(r"(10|20|30)([0-9]{4})([0-9]{7})\.?([0-9X])")
_ST13_WITHOUT_CHECK: Final = re.compile(r"\s*(?:CN)?\s*[123]0\s+[0-9]{4}\s+[0-9]{7}\s*", re.IGNORECASE)
_TYPE_DIGITS_OF_ST13: Final = {"10": "18", "20": "29", "30": "3"}
_EXPECTED: Final = "for example 201610178553.5, ZL201610178553.5 or CN105681112A"


def check_digit(digits: str) -> str:
    """Return the check character (0-9 or X) of the 8 or 12 leading digits of a Chinese application number.

    Raises `NumberRefused` with `number_format` for anything else.
    """
    if len(digits) not in (_SHORT, _LONG) or not (digits.isascii() and digits.isdigit()):
        raise NumberRefused(NUMBER_FORMAT, "digits", number=shown(digits), expected="8 or 12 digits")
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    remainder = total % _MODULUS
    return "X" if remainder == _REMAINDER_OF_X else str(remainder)


def announces_grant(kind_code: str | None) -> bool:
    """Tell whether a Chinese publication with this ST.16 kind code is the announcement of a grant."""
    return bool(kind_code) and not str(kind_code).startswith(_FIRST_PUBLICATION_LETTER)


def parse_cn(given: NumberText) -> RightNumber:
    """Read a Chinese number; raises `NumberRefused` with a code that names what is wrong."""
    text = given.text
    if (spelt := _ST13.fullmatch(text)) and given.expected_kind != PUBLICATION:
        return _by_st13(given, *spelt.groups())
    matched = _APPLICATION.fullmatch(text)
    if matched and given.expected_kind != PUBLICATION:
        try:
            return _application(given, *matched.groups())
        except NumberRefused as refused:
            if _ST13_WITHOUT_CHECK.fullmatch(narrow(given.raw)):
                raise given.refuse(MISSING_CHECK_DIGIT) from refused
            raise
    published = _PUBLICATION.fullmatch(text)
    if published and given.expected_kind != APPLICATION:
        return _publication(given, *published.groups())
    if _WITHOUT_CHECK.fullmatch(text) and given.expected_kind != PUBLICATION:
        raise given.refuse(MISSING_CHECK_DIGIT)
    if matched or published:
        found = PUBLICATION if published else APPLICATION
        raise given.refuse(NUMBER_KIND, found=found, expected=given.expected_kind)
    raise given.refuse(NUMBER_FORMAT, expected=_EXPECTED)


def _application(given: NumberText, patent_prefix: str | None, digits: str, last: str) -> RightNumber:
    year, type_digit = _year_and_type(given, digits)
    expected = check_digit(digits)
    if last != expected:
        raise given.refuse(CHECK_DIGIT, given=last, expected=expected)
    right_type = _TYPE_OF_DIGIT.get(type_digit)
    return RightNumber(
        office="CN",
        number=f"{digits}.{last}",
        kind=GRANT if patent_prefix else APPLICATION,
        right_type=right_type,
        year=year,
        raw=given.raw,
        warnings=() if right_type else ("unknown_type_digit",),
    )


def _by_st13(given: NumberText, code: str, year: str, serial: str, last: str) -> RightNumber:
    """The office's number behind a spelling by ST.13: its code stands for two types, and `last` tells which."""
    spelt = [f"{year}{type_digit}{serial}" for type_digit in _TYPE_DIGITS_OF_ST13[code]]
    fitting = next((digits for digits in spelt if check_digit(digits) == last), spelt[0])
    return _application(given, None, fitting, last)


def _year_and_type(given: NumberText, digits: str) -> tuple[int, str]:
    if len(digits) == _LONG:
        year = int(digits[:4])
        given.check_year(year, FIRST_YEAR)
        return year, digits[4]
    two = int(digits[:2])
    year = (1900 if two >= _TWO_DIGIT_CENTURY_PIVOT else 2000) + two
    if year > _LAST_TWO_DIGIT_YEAR:
        raise given.refuse(NUMBER_YEAR, year=digits[:2], first=FIRST_YEAR, last=_LAST_TWO_DIGIT_YEAR)
    given.check_year(year, FIRST_YEAR)
    return year, digits[2]


def _publication(given: NumberText, digits: str, kind_code: str) -> RightNumber:
    year: int | None = None
    if len(digits) == _SHORT:
        # Until 1989 a document carried its application number without the check digit.
        year, type_digit = _year_and_type(given, digits)
    else:
        type_digit = digits[0]
    right_type = _TYPE_OF_DIGIT.get(type_digit)
    by_kind_code = _TYPE_OF_KIND_LETTER[kind_code[0]]
    if right_type is None:
        raise given.refuse(NUMBER_FORMAT, expected=_EXPECTED)
    if right_type != by_kind_code:
        raise given.refuse(NUMBER_TYPE_MISMATCH, found=right_type, expected=f"{by_kind_code} ({kind_code})")
    return RightNumber(
        office="CN",
        number=digits,
        kind=PUBLICATION,
        right_type=right_type,
        year=year,
        raw=given.raw,
        kind_code=kind_code,
    )

"""Hong Kong (HK), Macau (MO), European (EP) and international (WO, PCT) numbers.

EP application numbers have a check digit, verified here. Nothing is verified in HK and MO numbers beyond
their form: those forms are from memory and are to be confirmed by counsel before a register is built on them.
"""

from __future__ import annotations

import re
from typing import Final

from exchange.rights.right_number import (
    APPLICATION,
    CHECK_DIGIT,
    DESIGN,
    INVENTION,
    NUMBER_FORMAT,
    NUMBER_KIND,
    PUBLICATION,
    UTILITY_MODEL,
    NumberText,
    RightNumber,
)

_FIRST_TREATY_YEAR: Final = 1978  # the EPC and the PCT both opened for applications on 1978-06-01
_CENTURY_PIVOT: Final = 78
_PCT_SERIAL_DIGITS: Final = 6
_TEN: Final = 10

_EP_APPLICATION: Final = re.compile(r"([0-9]{8})(?:\.?([0-9]))?")
_EP_PUBLICATION: Final = re.compile(r"([0-9]{7})([AB][1-9])?")
_WO_PUBLICATION: Final = re.compile(r"(?:((?:19|20)[0-9]{2})/?([0-9]{6})|([0-9]{2})/?([0-9]{5,6}))(A[1-9])?")
_PCT_APPLICATION: Final = re.compile(r"PCT/?([A-Z]{2})([0-9]{4}|[0-9]{2})/([0-9]{5,6})")
_HK_APPLICATION: Final = re.compile(r"([0-9]{8}|[0-9]{11})\.([0-9])")
_HK_DESIGN: Final = re.compile(r"([0-9]{7})\.([0-9])")
_HK_PUBLICATION: Final = re.compile(r"([0-9]{7,8})([A-C][0-9]?)")
_MO_APPLICATION: Final = re.compile(r"([DIJU])/?([0-9]{6})")
_MO_TYPES: Final = {"D": DESIGN, "I": INVENTION, "J": INVENTION, "U": UTILITY_MODEL}


def ep_check_digit(digits: str) -> str:
    """Return the check digit of an EP application number: digit sums of the digits times 1, 2, 1, 2, ..."""
    total = sum(sum(divmod(int(digit) * (1 + place % 2), _TEN)) for place, digit in enumerate(digits))
    return str(-total % _TEN)


def parse_ep(given: NumberText) -> RightNumber:
    """Read an EP number; an application number without its check digit is completed, with a warning."""
    application = _EP_APPLICATION.fullmatch(given.text)
    publication = _EP_PUBLICATION.fullmatch(given.text)
    if application and given.expected_kind in (None, APPLICATION):
        digits, last = application.groups()
        expected = ep_check_digit(digits)
        if last is not None and last != expected:
            raise given.refuse(CHECK_DIGIT, given=last, expected=expected)
        year = _full_year(int(digits[:2]))
        given.check_year(year, _FIRST_TREATY_YEAR)
        warnings = ("check_digit_added",) if last is None else ()
        number = f"{digits}.{expected}"
        return RightNumber("EP", number, APPLICATION, INVENTION, year, given.raw, None, warnings)
    if publication and given.expected_kind != APPLICATION:
        digits, kind_code = publication.groups()
        return RightNumber("EP", digits, PUBLICATION, INVENTION, None, given.raw, kind_code)
    raise _wrong(given, application, publication, "for example 13163253.1 or EP2644616A1")


def parse_wo(given: NumberText) -> RightNumber:
    """Read an international number; years and serials in the older short form are written in full."""
    application = _PCT_APPLICATION.fullmatch(given.text)
    publication = _WO_PUBLICATION.fullmatch(given.text)
    if application and given.expected_kind in (None, APPLICATION):
        office, year_text, serial = application.groups()
        year = int(year_text) if len(year_text) > 2 else _full_year(int(year_text))  # noqa: PLR2004 - YY or YYYY
        given.check_year(year, _FIRST_TREATY_YEAR)
        number = f"PCT/{office}{year}/{serial.zfill(_PCT_SERIAL_DIGITS)}"
        return RightNumber("WO", number, APPLICATION, INVENTION, year, given.raw)
    if publication and given.expected_kind != APPLICATION:
        long_year, long_serial, short_year, short_serial, kind_code = publication.groups()
        year = int(long_year) if long_year else _full_year(int(short_year))
        given.check_year(year, _FIRST_TREATY_YEAR)
        number = f"{year}{(long_serial or short_serial).zfill(_PCT_SERIAL_DIGITS)}"
        return RightNumber("WO", number, PUBLICATION, INVENTION, year, given.raw, kind_code)
    raise _wrong(given, application, publication, "for example PCT/CN2015/074567 or WO2016123456A1")


def parse_hk(given: NumberText) -> RightNumber:
    """Read a Hong Kong number; seven digits, a dot and one more are a design's, standard and short-term look alike."""
    design = _HK_DESIGN.fullmatch(given.text)
    if design and given.expected_kind in (None, APPLICATION):
        return RightNumber("HK", ".".join(design.groups()), APPLICATION, DESIGN, None, given.raw)
    application = _HK_APPLICATION.fullmatch(given.text)
    publication = _HK_PUBLICATION.fullmatch(given.text)
    if application and given.expected_kind in (None, APPLICATION):
        return RightNumber("HK", ".".join(application.groups()), APPLICATION, None, None, given.raw)
    if publication and given.expected_kind != APPLICATION:
        digits, kind_code = publication.groups()
        return RightNumber("HK", digits, PUBLICATION, None, None, given.raw, kind_code)
    raise _wrong(given, application, publication, "for example 08103456.7 or HK1221234A")


def is_design_of_hong_kong(given_id: str) -> bool:
    """Whether an id is that of a Hong Kong design by its own number."""
    return given_id.startswith("HK-") and _HK_DESIGN.fullmatch(given_id.removeprefix("HK-")) is not None


def parse_mo(given: NumberText) -> RightNumber:
    """Read a Macau number: I and J (extension of a CN invention), U, D and six digits."""
    matched = _MO_APPLICATION.fullmatch(given.text)
    if matched is None or given.expected_kind == PUBLICATION:
        raise _wrong(given, matched, None, "for example I/001234 or J/001234")
    letter, serial = matched.groups()
    return RightNumber("MO", f"{letter}/{serial}", APPLICATION, _MO_TYPES[letter], None, given.raw)


def _full_year(two_digits: int) -> int:
    return (1900 if two_digits >= _CENTURY_PIVOT else 2000) + two_digits


def _wrong(
    given: NumberText, application: re.Match[str] | None, publication: re.Match[str] | None, expected: str
) -> Exception:
    if application or publication:
        found = APPLICATION if application else PUBLICATION
        return given.refuse(NUMBER_KIND, found=found, expected=given.expected_kind)
    return given.refuse(NUMBER_FORMAT, expected=expected)

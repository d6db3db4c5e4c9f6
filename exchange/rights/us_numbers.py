"""United States (US) application, publication and grant numbers.

An application number is a two-digit series code and six digits (14/182,756); a publication number is the year
and seven digits; a grant number has up to eight digits, with D for designs, PP for plants and RE for
reissues. Printed numbers carry no check digit, so a mistyped one can only be caught by its title and dates.
"""

from __future__ import annotations

import re
from typing import Final

from exchange.rights.right_number import (
    APPLICATION,
    DESIGN,
    GRANT,
    INVENTION,
    NUMBER_FORMAT,
    NUMBER_KIND,
    NUMBER_TYPE_MISMATCH,
    PLANT,
    PROVISIONAL,
    PUBLICATION,
    REISSUE,
    NumberText,
    RightNumber,
)

FIRST_PUBLICATION_YEAR: Final = 2001
_PUBLISHED_SERIAL_DIGITS: Final = 7

# 29: designs; 35: designs under the Hague Agreement; 60 to 63: provisional applications.
_TYPE_OF_SERIES: Final = {
    "29": DESIGN,
    "35": DESIGN,
    "60": PROVISIONAL,
    "61": PROVISIONAL,
    "62": PROVISIONAL,
    "63": PROVISIONAL,
}
_TYPE_OF_GRANT_PREFIX: Final = {"": INVENTION, "D": DESIGN, "PP": PLANT, "RE": REISSUE}
_KIND_LETTERS_OF_GRANT: Final = {"": "AB", "D": "S", "PP": "P", "RE": "E"}

_APPLICATION: Final = re.compile(r"([0-9]{2})/?([0-9]{6})")
_APPLICATION_WITH_SLASH: Final = re.compile(r"[0-9]{2}/[0-9]{6}")
_PUBLICATION: Final = re.compile(r"([0-9]{4})/?([0-9]{6,7})([AP][1-9])?")
_GRANT: Final = re.compile(r"(D|PP|RE|)0*([1-9][0-9]{0,7})([ABEPS][1-9]?)?")
_EXPECTED: Final = "for example 14/182,756, US20050004437A1, US8930553B2 or USD435854S1"


def parse_us(given: NumberText) -> RightNumber:
    """Read a US number; raises `NumberRefused`.

    Eight bare digits are an application number unless the field says that it holds a grant: patents from
    10,000,000 on have eight digits too.
    """
    text = given.text.replace(",", "")
    expected = given.expected_kind
    application = _APPLICATION.fullmatch(text)
    if application and expected in (None, APPLICATION):
        return _application(given, *application.groups())
    publication = _PUBLICATION.fullmatch(text)
    if publication and expected in (None, PUBLICATION):
        return _publication(given, *publication.groups())
    grant = _GRANT.fullmatch(text)
    if grant and expected in (None, GRANT) and not _APPLICATION_WITH_SLASH.fullmatch(text):
        return _grant(given, *grant.groups())
    for found, matched in ((APPLICATION, application), (PUBLICATION, publication), (GRANT, grant)):
        if matched:
            raise given.refuse(NUMBER_KIND, found=found, expected=expected)
    raise given.refuse(NUMBER_FORMAT, expected=_EXPECTED)


def _application(given: NumberText, series: str, serial: str) -> RightNumber:
    return RightNumber(
        office="US",
        number=series + serial,
        kind=APPLICATION,
        right_type=_TYPE_OF_SERIES.get(series),
        year=None,
        raw=given.raw,
    )


def _publication(given: NumberText, year: str, serial: str, kind_code: str | None) -> RightNumber:
    given.check_year(int(year), FIRST_PUBLICATION_YEAR)
    # Some feeds drop the first zero of the serial number: US2001003540 is US20010003540.
    number = year + serial.zfill(_PUBLISHED_SERIAL_DIGITS)
    right_type = PLANT if kind_code and kind_code.startswith("P") else None
    return RightNumber("US", number, PUBLICATION, right_type, int(year), given.raw, kind_code)


def _grant(given: NumberText, prefix: str, digits: str, kind_code: str | None) -> RightNumber:
    right_type = _TYPE_OF_GRANT_PREFIX[prefix]
    if kind_code and kind_code[0] not in _KIND_LETTERS_OF_GRANT[prefix]:
        raise given.refuse(NUMBER_TYPE_MISMATCH, found=right_type, expected=kind_code)
    return RightNumber("US", prefix + digits, GRANT, right_type, None, given.raw, kind_code)

"""Numbers of patents and applications: read, checked and normalised for CN, US, HK, MO, EP and WO.

This is the public face of the number grammars: `parse` reads any of them, `right_id` gives the house-wide id
of a right, `printed` the form in which registers print a number. Office codes follow WIPO ST.3, kind codes
WIPO ST.16. A number proves nothing about a right's life: never derive an expiry from its year.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from exchange.rights.cn_numbers import announces_grant, check_digit, parse_cn
from exchange.rights.other_numbers import ep_check_digit, parse_ep, parse_hk, parse_mo, parse_wo
from exchange.rights.right_number import (
    APPLICATION,
    DESIGN,
    GRANT,
    INVENTION,
    LONGEST_RAW_NUMBER,
    NUMBER_TYPE_MISMATCH,
    OFFICE_MISMATCH,
    PLANT,
    PROVISIONAL,
    PUBLICATION,
    REFUSAL_CODES,
    REISSUE,
    UNKNOWN_OFFICE,
    UTILITY_MODEL,
    NumberRefused,
    NumberText,
    RightNumber,
    clean,
    narrow,
    shown,
)
from exchange.rights.us_numbers import parse_us

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "APPLICATION",
    "DESIGN",
    "GRANT",
    "INVENTION",
    "LONGEST_RAW_NUMBER",
    "OFFICES",
    "PLANT",
    "PROVISIONAL",
    "PUBLICATION",
    "REFUSAL_CODES",
    "REISSUE",
    "UTILITY_MODEL",
    "NumberRefused",
    "RightNumber",
    "announces_grant",
    "check_digit",
    "ep_check_digit",
    "narrow",
    "parse",
    "printed",
    "right_id",
    "shown",
]

_PARSERS: Final[dict[str, Callable[[NumberText], RightNumber]]] = {
    "CN": parse_cn,
    "US": parse_us,
    "HK": parse_hk,
    "MO": parse_mo,
    "EP": parse_ep,
    "WO": parse_wo,
}
OFFICES: Final = tuple(_PARSERS)
"""The offices whose numbers are taken, as WIPO ST.3 codes."""

_OFFICE_PREFIX: Final = re.compile(f"({'|'.join(OFFICES)})[-:]?(?=.)")
_OTHER_OFFICE_PREFIX: Final = re.compile(r"[A-Z]{2}(?=[0-9])")
_PREFIXES_OF_GRANTS: Final = frozenset({"ZL", "PP", "RE"})
# Forms that no other office uses; every other number needs its office said.
_TELLING_FORMS: Final = (
    (re.compile(r"ZL.*|(?:19|20)[0-9]{10}(?:\.?[0-9X])?|[0-9]{8}\.?X"), "CN"),
    (re.compile(r"[0-9]{2}/[0-9]{3},?[0-9]{3}"), "US"),
    (re.compile(r"[IJ]/[0-9]{6}"), "MO"),
    (re.compile(r"PCT/?[A-Z]{2}.*"), "WO"),
)


def parse(  # noqa: PLR0913 - keyword-only facts that stand beside a number in every source
    raw: str,
    *,
    as_of_year: int,
    office: str | None = None,
    kind: str | None = None,
    right_type: str | None = None,
    field: str = "application_number",
) -> RightNumber:
    """Read one number as printed or typed.

    Full-width characters, spaces, lower case, an office or ZL prefix and a missing dot are accepted.
    `as_of_year` bounds the year in a number. `office` (ST.3) and `kind` (application, grant or publication)
    say what the source takes the number for; for CN a patent number is good where an application number is
    asked and the other way round, since they are the same. `right_type` is what the source claims; it must
    not contradict the number. `field` is named in a refusal. Raises `NumberRefused` with one of
    `REFUSAL_CODES`.
    """
    text = clean(raw, field)
    prefix = _OFFICE_PREFIX.match(text)
    body = text[prefix.end() :] if prefix else text
    named = _office_named(office, raw, field)
    found = prefix[1] if prefix else _telling_office(text)
    if prefix is None and found is None and named is None:
        raise _unknown_office(raw, field)
    if prefix is None and _OTHER_OFFICE_PREFIX.match(text) and text[:2] not in _PREFIXES_OF_GRANTS:
        raise _unknown_office(raw, field)
    if found and named and found != named:
        raise NumberRefused(OFFICE_MISMATCH, field, number=shown(raw), found=found, expected=named)
    given = NumberText(body, raw, field, kind, as_of_year)
    number = _PARSERS[str(named or found)](given)
    _check_claimed_type(given, number, right_type)
    return number


def _office_named(office: str | None, raw: str, field: str) -> str | None:
    if office is None or not office.strip():
        return None
    named = office.strip().upper()
    if named not in _PARSERS:
        raise _unknown_office(raw, field)
    return named


def _telling_office(text: str) -> str | None:
    return next((office for form, office in _TELLING_FORMS if form.fullmatch(text)), None)


def _unknown_office(raw: str, field: str) -> NumberRefused:
    return NumberRefused(UNKNOWN_OFFICE, field, number=shown(raw), expected=" / ".join(OFFICES))


def _check_claimed_type(given: NumberText, number: RightNumber, claimed: str | None) -> None:
    if not claimed or not number.right_type or claimed == number.right_type:
        return
    # A reissue replaces a patent of any type and keeps that type's number series (35 USC 251).
    if number.office == "US" and REISSUE in (claimed, number.right_type):
        return
    raise given.refuse(NUMBER_TYPE_MISMATCH, found=number.right_type, expected=claimed)


def right_id(number: RightNumber) -> str:
    """Return the house-wide, URL-safe id of the right: office and number, for example CN-201610178553.5.

    Take it from the application number where that is known: it is the one number that a right keeps for life.
    A Chinese patent number is the application number. An id made from any other number says so
    (US-grant-12186454), since US applications and US grants share the same eight digits.
    """
    body = number.number.replace("/", "")
    same_as_application = number.kind == APPLICATION or (number.office == "CN" and number.kind == GRANT)
    return f"{number.office}-{body}" if same_as_application else f"{number.office}-{number.kind}-{body}"


def printed(number: RightNumber) -> str:
    """Return the number as registers print it: ZL201610178553.5, CN105681112A, US8930553B2."""
    if number.number.startswith("PCT/"):
        return number.number
    prefix = "ZL" if number.office == "CN" and number.kind == GRANT else number.office
    return f"{prefix}{number.number}{number.kind_code or ''}"

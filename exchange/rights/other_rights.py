"""Rights that are no patents: how each kind is known at each place, and what its register can say of it.

An id is place, word of the kind and number, e.g. `CN-trademark-12345678`. Where no register gives a number the importer
gives a reference of its own, e.g. `CN-know-how-2026KH0001`, and the venue finds who holds the right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from exchange.commands import RegisterStatus, RightType
from exchange.rights.layout_numbers import parse_layout
from exchange.rights.mark_numbers import parse_cn_mark, parse_hk_mark, parse_mo_mark
from exchange.rights.right_number import (
    LONGEST_RAW_NUMBER,
    NUMBER_FORMAT,
    NUMBER_MISSING,
    REFERENCE,
    UNKNOWN_OFFICE,
    NumberRefused,
    NumberText,
    RightNumber,
    narrow,
    shown,
)
from exchange.rights.work_numbers import parse_software, parse_work

SINCE_ENGINE: Final = 3
WORD_IN_ID: Final[dict[RightType, str]] = {
    "know_how": "know-how",
    "software_copyright": "software",
    "copyright": "copyright",
    "layout_design": "layout",
    "trademark": "trademark",
    "geographical_indication": "indication",
}
"""Each kind to the word by which ids tell it."""
PATENT_TYPES: Final[frozenset[RightType]] = frozenset({"invention", "utility_model", "design", "application"})
_PARSERS: Final[dict[tuple[str, RightType], Callable[[NumberText], RightNumber]]] = {
    ("CN", "trademark"): parse_cn_mark,
    ("HK", "trademark"): parse_hk_mark,
    ("MO", "trademark"): parse_mo_mark,
    ("CN", "software_copyright"): parse_software,
    ("CN", "copyright"): parse_work,
    ("CN", "layout_design"): parse_layout,
}
PLACES: Final = ("CN", "HK", "MO")
_REFERENCE: Final = re.compile(r"[A-Z0-9]{4,32}", re.ASCII)


def has_register(office: str, right_type: RightType) -> bool:
    """Whether a register keeps rights of this kind at this place; else the venue finds who holds one."""
    if right_type in {"know_how", "software_copyright", "copyright", "layout_design"}:
        return (office, right_type) in _PARSERS
    return True


def parse_other(
    raw: str, office: str, right_type: RightType, *, as_of_year: int, field: str = "application_number"
) -> RightNumber:
    """Read the number of a right that is no patent, as printed or typed; full-width forms and spaces are accepted.

    Raises:
        NumberRefused: with one of `REFUSAL_CODES`; `unknown_office` where the kind is not known at this place.
    """
    text = narrow("".join(raw.split())).upper()
    if not text:
        raise NumberRefused(NUMBER_MISSING, field)
    if len(raw) > LONGEST_RAW_NUMBER or not text.isprintable():
        expected = f"at most {LONGEST_RAW_NUMBER} characters"
        raise NumberRefused(NUMBER_FORMAT, field, number=shown(raw), expected=expected)
    if office not in PLACES:
        raise NumberRefused(UNKNOWN_OFFICE, field, number=shown(raw), expected=" / ".join(PLACES))
    given = NumberText(
        text.removeprefix(f"{office}-{WORD_IN_ID[right_type]}-".upper()), raw, field, None, as_of_year
    )
    parser = _PARSERS.get((office, right_type))
    if parser is not None:
        return parser(given)
    if not _REFERENCE.fullmatch(given.text):
        raise given.refuse(NUMBER_FORMAT, expected="4 to 32 capital letters and digits")
    return RightNumber(office, given.text, REFERENCE, right_type, None, raw)


def other_right_id(number: RightNumber, right_type: RightType) -> str:
    """The id of a right that is no patent."""
    return f"{number.office}-{WORD_IN_ID[right_type]}-{number.number}"


def statuses_of(right_type: RightType) -> frozenset[RegisterStatus]:
    """What a register may call a living right of this kind."""
    if right_type in PATENT_TYPES:
        return frozenset({"application", "granted"})
    if right_type == "achievement":
        return frozenset({"achievement"})
    return frozenset({"application", "registered"})

"""What a right's id may be: the number of a patent as its office writes it, or a form that tells another kind.

A patent's id is office and number, e.g. `CN-201610178553.5`; a result's is `CN-achievement-` and its registration
number; those of marks, works, layouts and know-how stand in `other_rights`. No form can be read as another, so that a
patent never passes by delivery.
"""

from __future__ import annotations

import re
from typing import Final

from exchange.commands import RightType
from exchange.rights.numbers import (
    OFFICES,
    PUBLICATION,
    REISSUE,
    NumberRefused,
    RightNumber,
    parse,
    right_id,
)
from exchange.rights.other_rights import WORD_IN_ID, other_right_id, parse_other
from exchange.rights.right_number import (
    NUMBER_FORMAT,
    NUMBER_KIND,
    NUMBER_TYPE_MISMATCH,
    OFFICE_MISMATCH,
    UNKNOWN_OFFICE,
)

ACHIEVEMENT: Final = "achievement"
TYPE_NOT_KNOWN: Final = "application"
"""The type of a right whose number and source do not tell it."""
OFFICES_OF_ACHIEVEMENTS: Final = ("CN", "HK", "MO")
"""Where results are registered; an office here is a place, since no office keeps a register of title to them."""
LONGEST_ID: Final = 64
_ACHIEVEMENT_ID: Final = re.compile(
    rf"({'|'.join(OFFICES_OF_ACHIEVEMENTS)})-{ACHIEVEMENT}-([A-Z0-9]{{4,32}})", re.ASCII
)
_PCT_APPLICATION: Final = re.compile(r"PCT([A-Z]{2})([0-9]{4})([0-9]{6})", re.ASCII)
_KIND_IN_ID: Final = re.compile(r"(publication)-(.+)", re.ASCII)
_KIND_CODE_LEFT_OUT: Final = {"HK": "A"}
"""An id leaves the kind code of a publication out; where the grammar wants one to read the number, any will do."""
_TYPE_OF_WORD: Final[dict[str, RightType]] = {
    "invention": "invention",
    "utility_model": "utility_model",
    "design": "design",
    "plant": "invention",
    "reissue": "invention",
    "short_term": "utility_model",
    "application": "application",
    "achievement": "achievement",
    **{word: word for word in WORD_IN_ID},
}
NEEDING_APPLICATION_NUMBER: Final = frozenset({"CN", "US"})
"""These offices give every right an application number; without it one right could enter under two ids."""


class IdRefused(ValueError):
    """An id that no right can have; `reason` is one of `REFUSAL_CODES`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def catalogue_type(word: str) -> RightType | None:
    """The catalogue's type for a type as offices and files name it; None where the word tells no type."""
    return _TYPE_OF_WORD.get(word)


def registration_number(given_id: str) -> str | None:
    """The registration number in a result's id; None for every other id."""
    matched = _ACHIEVEMENT_ID.fullmatch(given_id)
    return None if matched is None else matched[2]


def check_id(given_id: str, office: str, right_type: RightType, *, as_of_year: int) -> RightNumber | None:
    """Check an id against its office and type; gives the number in it, None for a result, which has none.

    Raises:
        IdRefused: another office, a number that its office cannot have given or that is not written as the house
            writes it, a type that the number contradicts, a result under a patent's id or the other way round.
    """
    is_result = registration_number(given_id) is not None
    if is_result != (right_type == ACHIEVEMENT):
        raise IdRefused(NUMBER_TYPE_MISMATCH)
    if not given_id.startswith(f"{office}-") or len(given_id) > LONGEST_ID:
        raise IdRefused(OFFICE_MISMATCH)
    if is_result:
        return None
    if right_type in WORD_IN_ID:
        return _other_number_in(given_id, office, right_type, as_of_year)
    if office not in OFFICES:
        raise IdRefused(UNKNOWN_OFFICE)
    number = _number_in(given_id.removeprefix(f"{office}-"), office, as_of_year)
    if right_id(number) != given_id:
        raise IdRefused(NUMBER_FORMAT)
    told = catalogue_type(number.right_type or "")
    # A reissue replaces a patent of any type (35 USC 251 [M]).
    if told not in {None, right_type} and right_type != TYPE_NOT_KNOWN and number.right_type != REISSUE:
        raise IdRefused(NUMBER_TYPE_MISMATCH)
    return number


def _other_number_in(given_id: str, office: str, right_type: RightType, as_of_year: int) -> RightNumber:
    body = given_id.removeprefix(f"{office}-{WORD_IN_ID[right_type]}-")
    if body == given_id:
        raise IdRefused(NUMBER_TYPE_MISMATCH)
    try:
        number = parse_other(body, office, right_type, as_of_year=as_of_year)
    except NumberRefused as refused:
        raise IdRefused(refused.code) from refused
    if other_right_id(number, right_type) != given_id:
        raise IdRefused(NUMBER_FORMAT)
    return number


def _number_in(body: str, office: str, as_of_year: int) -> RightNumber:
    kind = None
    if (said := _KIND_IN_ID.fullmatch(body)) is not None:
        kind, body = said.groups()
        body += _KIND_CODE_LEFT_OUT.get(office, "")
    elif (international := _PCT_APPLICATION.fullmatch(body)) is not None:
        body = "PCT/{}{}/{}".format(*international.groups())
    try:
        number = parse(body, as_of_year=as_of_year, office=office, kind=kind)
    except NumberRefused as refused:
        raise IdRefused(refused.code) from refused
    if number.kind == PUBLICATION and office in NEEDING_APPLICATION_NUMBER:
        raise IdRefused(NUMBER_KIND)
    return number

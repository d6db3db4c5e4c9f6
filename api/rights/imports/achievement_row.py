"""What a row says of a result 科技成果: its registration certificate, who completed it, and what it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from api.rights.imports.report import (
    LONGEST_NAME,
    MOST_NAMES,
    RowRefused,
    ToldAchievement,
    refused_row,
)
from exchange.commands import Achievement
from exchange.parties import company_number_of
from exchange.rights.catalogue import HIGHEST_READINESS
from exchange.rights.identity import ACHIEVEMENT, OFFICES_OF_ACHIEVEMENTS
from exchange.rights.numbers import narrow, shown
from exchange.terms.scope import ipc_symbols

if TYPE_CHECKING:
    from api.rights.imports.raw_row import RawRow

_REGISTRATION_NUMBER: Final = re.compile(r"[A-Z0-9]{4,32}", re.ASCII)


def achievement_of(row: RawRow) -> ToldAchievement:
    """The facts of a result.

    Raises:
        RowRefused: one of them is missing or is none.
    """
    persons = tuple(" ".join(name.split()) for name in row.lists.get("completing_persons", ()))
    if not persons:
        raise _refused(row, "completing_persons", "missing_value")
    if len(persons) > MOST_NAMES:
        raise _refused(row, "completing_persons", "too_many_names", limit=MOST_NAMES)
    if any(len(name) > LONGEST_NAME for name in persons):
        raise _refused(row, "completing_persons", "field_too_long", limit=LONGEST_NAME)
    return ToldAchievement(
        facts=Achievement(
            completing_entity=_company(row),
            field=_field(row),
            readiness_level=_level(row),
            registration_number=_registration_number(row),
        ),
        completing_persons=persons,
        description=_required(row, "description"),
    )


def id_of(row: RawRow, office: str, registration_number: str) -> str:
    """The id of a result registered at a place. Raises RowRefused for a place where none are."""
    if office not in OFFICES_OF_ACHIEVEMENTS:
        raise _refused(
            row, "office", "place_of_result", value=shown(office), places=" / ".join(OFFICES_OF_ACHIEVEMENTS)
        )
    return f"{office}-{ACHIEVEMENT}-{registration_number}"


def _registration_number(row: RawRow) -> str:
    text = narrow("".join(_required(row, "application_number").split())).upper()
    if not _REGISTRATION_NUMBER.fullmatch(text):
        raise _refused(row, "application_number", "registration_number", value=shown(text))
    return text


def _company(row: RawRow) -> str:
    text = narrow("".join(_required(row, "completing_entity").split())).upper()
    if company_number_of("OTHER", text) is None:
        raise _refused(row, "completing_entity", "company_number", value=shown(text))
    return text


def _field(row: RawRow) -> str:
    text = _required(row, "field").upper()
    if not ipc_symbols(text):
        raise _refused(row, "field", "field_of_result", value=shown(text))
    return text


def _level(row: RawRow) -> int:
    text = narrow(_required(row, "readiness_level"))
    if not (text.isascii() and text.isdigit() and len(text) == 1 and 1 <= int(text) <= HIGHEST_READINESS):
        raise _refused(row, "readiness_level", "readiness_level", value=shown(text), most=HIGHEST_READINESS)
    return int(text)


def _required(row: RawRow, field: str) -> str:
    if field not in row.fields:
        raise _refused(row, field, "missing_value")
    return row.fields[field]


def _refused(row: RawRow, field: str, code: str, **facts: object) -> RowRefused:
    return RowRefused(refused_row(row.line, field, code, **facts))

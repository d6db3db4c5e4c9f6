"""From a raw row to a right: the one place where the fields of an imported row are checked."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import msgspec

from api.rights.imports.achievement_row import achievement_of, id_of
from api.rights.imports.dates import DateRefused, read_date
from api.rights.imports.report import (
    LONGEST_FIELD,
    LONGEST_NAME,
    LONGEST_TITLE,
    MOST_NAMES,
    ImportedRight,
    RefusedRow,
    RowRefused,
    refused_row,
    shown_title,
)
from api.rights.imports.right_type_words import RIGHT_TYPES
from exchange.rights.identity import ACHIEVEMENT
from exchange.rights.numbers import (
    APPLICATION,
    GRANT,
    PUBLICATION,
    NumberRefused,
    RightNumber,
    announces_grant,
    parse,
    printed,
    right_id,
    shown,
)
from exchange.rights.other_rights import WORD_IN_ID, other_right_id, parse_other

if TYPE_CHECKING:
    import datetime as dt

    from api.rights.imports.raw_row import RawRow
    from exchange.commands import RightType

_SPREADSHEET_NUMBER: Final = "spreadsheet_number"
UNKNOWN_TYPE: Final = "unknown"
# Characters that reorder what a reader sees; a title with them could pass for another one.
_BIDIRECTIONAL: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKS: Final = frozenset("\t\n\r")
# These offices give every right an application number; without it one right could enter under two ids.
_OFFICES_NEEDING_APPLICATION_NUMBER: Final = frozenset({"CN", "US"})

_IPC_SYMBOL: Final = re.compile(r"([A-H][0-9]{2}[A-Z])\s*0*([0-9]{1,4})/([0-9]{2,6})(?:\s*\(.*\))?")
_IPC_COLUMNS: Final = re.compile(r"([A-H][0-9]{2}[A-Z])([ 0-9]{3})([0-9]{2,6})")
_IPC_CLASS: Final = re.compile(r"[A-H](?:[0-9]{2}[A-Z]?)?")
_LOCARNO: Final = re.compile(r"([0-9]{2})-?([0-9]{2})")


class _Numbers(msgspec.Struct, frozen=True):
    own: RightNumber
    publication: RightNumber | None
    grant: RightNumber | None
    grant_publication: RightNumber | None


class _Dates(msgspec.Struct, frozen=True):
    filing: str
    publication: str | None
    grant: str | None


def read_right(row: RawRow, as_of: dt.date) -> ImportedRight:
    """Check one raw row; `as_of` is the day of the import, after which no date may lie.

    Raises `RowRefused` with the first thing that is wrong.
    """
    _check_text(row)
    claimed = _claimed_type(row)
    if claimed in WORD_IN_ID:
        return _other_right(row, as_of, claimed)
    if claimed == ACHIEVEMENT:
        return _achievement(row, as_of)
    numbers = _read_numbers(row, as_of.year, claimed)
    title = _title(row)
    _required(row, "filing_date")
    dates = _read_dates(row, as_of, numbers)
    _check_number_year(row, numbers.own, dates.filing)
    ipc, ipc_warnings = _classes(row)
    right_type = claimed or _type_of(numbers)
    warnings = numbers.own.warnings + ipc_warnings
    if right_type == UNKNOWN_TYPE:
        warnings += ("right_type_unknown",)
    if numbers.own.kind == PUBLICATION:
        warnings += ("publication_number_only",)
    return ImportedRight(
        line=row.line,
        office=numbers.own.office,
        number=numbers.own.number,
        raw_number=numbers.own.raw,
        right_type=right_type,
        title=title,
        filing_date=dates.filing,
        publication_number=printed(numbers.publication) if numbers.publication else None,
        grant_number=printed(numbers.grant) if numbers.grant else None,
        grant_date=dates.grant,
        applicants=_names(row, "applicants"),
        holders=_names(row, "holders"),
        inventors=_names(row, "inventors", once=False),
        ipc=ipc,
        legal_status=_one_line(row.fields["legal_status"]) if "legal_status" in row.fields else None,
        right_id=right_id(numbers.own),
        publication_date=dates.publication,
        warnings=warnings,
    )


def _other_right(row: RawRow, as_of: dt.date, right_type: RightType) -> ImportedRight:
    """A row of a right that is no patent: its number stands in the column of application or registration numbers."""
    raw = _required(row, "application_number")
    office = (row.fields.get("office") or row.default_office or "CN").strip().upper()
    try:
        number = parse_other(raw, office, right_type, as_of_year=as_of.year)
    except NumberRefused as refused:
        raise _number_refused(row, refused) from refused
    title = _title(row)
    filing, grant = _date(row, "filing_date", as_of), _date(row, "grant_date", as_of)
    if filing is not None and grant is not None and grant < filing:
        raise _refuse(row, "grant_date", "date_order", value=grant, filing_date=filing)
    if filing is not None:
        _check_number_year(row, number, filing)
    return ImportedRight(
        line=row.line,
        office=number.office,
        number=number.number,
        raw_number=number.raw,
        right_type=right_type,
        title=title,
        filing_date=filing or "",
        publication_number=None,
        grant_number=None,
        grant_date=grant,
        applicants=_names(row, "applicants"),
        holders=_names(row, "holders"),
        inventors=_names(row, "inventors", once=False),
        ipc=(),
        legal_status=_one_line(row.fields["legal_status"]) if "legal_status" in row.fields else None,
        right_id=other_right_id(number, right_type),
        publication_date=_date(row, "publication_date", as_of),
        warnings=number.warnings,
    )


def _achievement(row: RawRow, as_of: dt.date) -> ImportedRight:
    """A row of a result 科技成果: its registration number stands in the column of registration numbers."""
    title, told = _title(row), achievement_of(row)
    office = (row.fields.get("office") or row.default_office or "CN").strip().upper()
    return ImportedRight(
        line=row.line,
        office=office,
        number=told.facts.registration_number,
        raw_number=row.fields["application_number"],
        right_type=ACHIEVEMENT,
        title=title,
        filing_date="",
        publication_number=None,
        grant_number=None,
        grant_date=_date(row, "grant_date", as_of),
        applicants=_names(row, "applicants"),
        holders=_names(row, "holders"),
        ipc=(),
        legal_status=None,
        right_id=id_of(row, office, told.facts.registration_number),
        achievement=told,
    )


def _title(row: RawRow) -> str:
    title = shown_title(_required(row, "title"))
    if not title:
        raise _refuse(row, "title", "missing_value")
    if len(title) > LONGEST_TITLE:
        raise _refuse(row, "title", "field_too_long", limit=LONGEST_TITLE)
    return title


def _refuse(row: RawRow, field: str, code: str, **facts: object) -> RowRefused:
    return RowRefused(refused_row(row.line, field, code, **facts))


def _required(row: RawRow, field: str) -> str:
    if field not in row.fields:
        raise _refuse(row, field, "missing_value")
    return row.fields[field]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _check_text(row: RawRow) -> None:
    texts = [(field, text) for field, text in row.fields.items()]
    texts += [(field, text) for field, names in row.lists.items() for text in names]
    for field, text in texts:
        if len(text) > LONGEST_FIELD:
            raise _refuse(row, field, "field_too_long", limit=LONGEST_FIELD)
        for character in text:
            category = unicodedata.category(character)
            # Undecodable bytes come through as lone surrogates.
            if category == "Cs":
                raise _refuse(row, field, "encoding")
            if (category == "Cc" and character not in _LINE_BREAKS) or character in _BIDIRECTIONAL:
                raise _refuse(row, field, "control_character", codepoint=f"{ord(character):04X}")


def _claimed_type(row: RawRow) -> RightType | str | None:
    text = row.fields.get("right_type")
    if text is None:
        return None
    key = _one_line(text.replace("_", " ").replace("-", " ")).lower()
    if key not in RIGHT_TYPES:
        raise _refuse(row, "right_type", "right_type", value=shown(text))
    return RIGHT_TYPES[key]


def _read_numbers(row: RawRow, as_of_year: int, claimed: str | None) -> _Numbers:
    own: RightNumber | None = None
    if "application_number" in row.fields:
        own = _parse(row, "application_number", as_of_year, claimed)
    grant = _of_same_office(row, own, "grant_number", as_of_year, GRANT)
    publication = _of_same_office(row, own, "publication_number", as_of_year, PUBLICATION)
    grant_publication = _of_same_office(row, own, "grant_publication_number", as_of_year, PUBLICATION)
    own = own or grant
    if own is None:
        raise _refuse(row, "application_number", "missing_value")
    _check_own(row, own)
    _check_family(row, own, publication, grant_publication, grant)
    if grant is None and own.kind == GRANT:
        grant = own
    announced = grant_publication or publication
    if grant is None and own.office == "CN" and announced and announces_grant(announced.kind_code):
        # The announcement of the grant makes the application number a patent number (ZL).
        grant = msgspec.structs.replace(own, kind=GRANT)
    if own.kind == PUBLICATION and publication is None:
        publication = own
    return _Numbers(own, publication or grant_publication, grant, grant_publication)


def _parse(
    row: RawRow, field: str, as_of_year: int, claimed: str | None, kind: str | None = None
) -> RightNumber:
    raw = row.fields[field]
    office = row.fields.get("office")
    try:
        return parse(raw, as_of_year=as_of_year, office=office, kind=kind, right_type=claimed, field=field)
    except NumberRefused as refused:
        if refused.code == "unknown_office" and office is None and row.default_office is not None:
            in_default_office = msgspec.structs.replace(
                row, fields={**row.fields, "office": row.default_office}, default_office=None
            )
            return _parse(in_default_office, field, as_of_year, claimed, kind)
        if field in row.numeric_fields and refused.code in {"missing_check_digit", "number_format"}:
            refused = NumberRefused(_SPREADSHEET_NUMBER, field, number=shown(raw))
        raise _number_refused(row, refused) from refused


def _number_refused(row: RawRow, refused: NumberRefused) -> RowRefused:
    return RowRefused(RefusedRow(row.line, refused.field, refused.code, refused.detail, refused.detail_zh))


def _of_same_office(
    row: RawRow, own: RightNumber | None, field: str, as_of_year: int, kind: str
) -> RightNumber | None:
    if field not in row.fields:
        return None
    if own is not None and "office" not in row.fields:
        row = msgspec.structs.replace(row, fields={**row.fields, "office": own.office})
    return _parse(row, field, as_of_year, own.right_type if own else None, kind)


def _check_own(row: RawRow, own: RightNumber) -> None:
    same_as_application = own.office == "CN" and own.kind == GRANT
    if own.kind == APPLICATION or same_as_application:
        return
    if "application_number" in row.numeric_fields:
        # A leading zero is gone, and what is left reads as a number of another kind.
        raise _number_refused(
            row, NumberRefused(_SPREADSHEET_NUMBER, "application_number", number=shown(own.raw))
        )
    if own.office in _OFFICES_NEEDING_APPLICATION_NUMBER or own.kind == GRANT:
        raise _refuse(row, "application_number", "application_number_missing", kind=own.kind)


def _check_family(
    row: RawRow,
    own: RightNumber,
    publication: RightNumber | None,
    grant_publication: RightNumber | None,
    grant: RightNumber | None,
) -> None:
    if own.office == "CN" and grant is not None and grant.number != own.number:
        value = shown(row.fields["grant_number"])
        raise _refuse(row, "grant_number", "number_mismatch", value=value, number=own.number)
    announced = (("publication_number", publication), ("grant_publication_number", grant_publication))
    for field, number in announced:
        # An A document follows its application; one numbered for an earlier year belongs to another one.
        if number is not None and number.year and own.year and number.year < own.year:
            value = shown(row.fields[field])
            raise _refuse(row, field, "number_mismatch", value=value, number=own.number)


def _read_dates(row: RawRow, as_of: dt.date, numbers: _Numbers) -> _Dates:
    _required(row, "filing_date")
    filing = _date(row, "filing_date", as_of)
    publication = _date(row, "publication_date", as_of)
    grant = _date(row, "grant_date", as_of)
    for field, date in (("publication_date", publication), ("grant_date", grant)):
        if date is not None and date < str(filing):
            raise _refuse(row, field, "date_order", value=date, filing_date=filing)
    published = numbers.publication
    if grant is None and published and published.office == "CN" and announces_grant(published.kind_code):
        grant = publication
    return _Dates(str(filing), publication, grant)


def _date(row: RawRow, field: str, as_of: dt.date) -> str | None:
    if field not in row.fields:
        return None
    text = row.fields[field]
    try:
        return read_date(text, as_of)
    except DateRefused as refused:
        facts = {"value": shown(text), "as_of": as_of.isoformat()}
        raise _refuse(row, field, refused.code, **facts) from refused


def _check_number_year(row: RawRow, own: RightNumber, filing_date: str) -> None:
    """Refuse a Chinese number whose year lies before the filing date's.

    A later year is right for divisional applications, which keep the parent's filing date (Implementing
    Rules, Art. 49). One year earlier happens where drawings filed late moved the filing date past the end of
    the year.
    """
    if own.office == "CN" and own.year is not None and int(filing_date[:4]) > own.year + 1:
        facts = {"year": own.year, "filing_date": filing_date}
        raise _refuse(row, "filing_date", "number_year_mismatch", **facts)


def _type_of(numbers: _Numbers) -> str:
    known = (numbers.own, numbers.grant, numbers.publication)
    return next((number.right_type for number in known if number and number.right_type), UNKNOWN_TYPE)


def _names(row: RawRow, field: str, *, once: bool = True) -> tuple[str, ...]:
    """Names of a list, each `once` unless several may bear the same, as people do."""
    names = row.lists.get(field, ())
    if len(names) > MOST_NAMES:
        raise _refuse(row, field, "too_many_names", limit=MOST_NAMES)
    if any(len(name) > LONGEST_NAME for name in names):
        raise _refuse(row, field, "field_too_long", limit=LONGEST_NAME)
    lines = [_one_line(name) for name in names]
    return tuple(dict.fromkeys(lines) if once else lines)


def _classes(row: RawRow) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Bring IPC and Locarno symbols to one form; one that is neither is left out with a warning."""
    texts = row.lists.get("ipc", ())
    if len(texts) > MOST_NAMES:
        raise _refuse(row, "ipc", "too_many_names", limit=MOST_NAMES)
    classes = [_class(text.upper()) for text in texts]
    known = tuple(dict.fromkeys(symbol for symbol in classes if symbol))
    return known, () if all(classes) else ("class_not_recognised",)


def _class(text: str) -> str | None:
    if symbol := _IPC_SYMBOL.fullmatch(text) or _IPC_COLUMNS.fullmatch(text):
        subclass, group, subgroup = symbol.groups()
        return f"{subclass} {int(group)}/{subgroup}" if group.strip() else None
    if locarno := _LOCARNO.fullmatch(text):
        return "-".join(locarno.groups())
    return text if _IPC_CLASS.fullmatch(text) else None

"""JSON lines: one object a line, with the field names of the tables or those of USPTO PEDS records.

A PEDS record has patent_title, patent_number, status and app_type. The examiner's name in it is not taken.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from api.rights.imports.raw_row import RawRow, split_list
from api.rights.imports.report import RefusedRow, refused_row
from exchange.canonical import is_nested_too_deep
from exchange.rights.numbers import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_LINE: Final = 1024 * 1024
_FIELDS: Final = {
    "office": "office",
    "application_number": "application_number",
    "patent_number": "grant_number",
    "grant_number": "grant_number",
    "publication_number": "publication_number",
    "patent_title": "title",
    "title": "title",
    "filing_date": "filing_date",
    "publication_date": "publication_date",
    "grant_date": "grant_date",
    "status": "legal_status",
    "legal_status": "legal_status",
    "app_type": "right_type",
    "right_type": "right_type",
    "service_invention": "service_invention",
    "completing_entity": "completing_entity",
    "field": "field",
    "readiness_level": "readiness_level",
    "description": "description",
}
_LISTS: Final = {
    "applicant": "applicants",
    "applicants": "applicants",
    "inventor": "inventors",
    "inventors": "inventors",
    "holder": "holders",
    "holders": "holders",
    "ipc": "ipc",
    "completing_persons": "completing_persons",
}
_PEDS_TITLE: Final = "patent_title"
_PEDS_PROVISIONAL: Final = "PROVSNL"
_NUMBER_FIELDS: Final = frozenset(
    {"application_number", "grant_number", "publication_number", "readiness_level"}
)


def read_json_lines(data: bytes) -> Iterator[RawRow | RefusedRow]:
    """Yield the objects of a JSON lines file one by one; blank lines are passed over."""
    start, number = 0, 0
    body = data.removeprefix(b"\xef\xbb\xbf")
    while start < len(body):
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
        number += 1
        line = body[start:end].strip()
        start = end + 1
        if line:
            yield _read_line(line, number)


def _read_line(line: bytes, number: int) -> RawRow | RefusedRow:
    if len(line) > _LONGEST_LINE:
        return refused_row(number, "row", "row_too_long", limit=_LONGEST_LINE)
    if is_nested_too_deep(line):  # whatever recursion limit this process has come to have
        return refused_row(number, "row", "json_syntax")
    try:
        record: object = msgspec.json.decode(line)
        # Of a name that stands twice msgspec takes the last, and others the first.
        json.loads(line, object_pairs_hook=_each_name_once, parse_int=str, parse_float=str)
    except UnicodeDecodeError:
        return refused_row(number, "row", "encoding")
    except _NameRepeated as repeated:
        return refused_row(number, "row", "json_repeated_key", key=shown(repeated.name))
    except (msgspec.DecodeError, RecursionError, ValueError):
        record = None
    if not isinstance(record, dict):
        return refused_row(number, "row", "json_syntax")
    return row_of_object(record, number)


class _NameRepeated(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            raise _NameRepeated(name)
        names.add(name)
    return {}


def row_of_object(record: dict[str, Any], line: int) -> RawRow | RefusedRow:
    """Take the known fields of one decoded JSON object; null and empty text count as absent.

    The same shape serves the API. A number given as a JSON number is taken as a spreadsheet's would be:
    refused where it lost its form.
    """
    fields: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    numeric: set[str] = set()
    for key, value in record.items():
        if value is None or value == "":
            continue
        if field := _FIELDS.get(key):
            if isinstance(value, int | float) and not isinstance(value, bool) and field in _NUMBER_FIELDS:
                numeric.add(field)
            elif not isinstance(value, str):
                return refused_row(line, field, "json_shape", key=key, expected="text")
            fields[field] = str(value).strip()
        elif name := _LISTS.get(key):
            values = split_list(value) if isinstance(value, str) else value
            if not isinstance(values, list | tuple) or not all(isinstance(one, str) for one in values):
                return refused_row(line, name, "json_shape", key=key, expected="text or a list of texts")
            lists[name] = tuple(one for one in (text.strip() for text in values) if one)
    if fields.get("right_type") == _PEDS_PROVISIONAL:
        fields["right_type"] = "provisional"
    default_office = "US" if _PEDS_TITLE in record else None
    given = {field: text for field, text in fields.items() if text}
    return RawRow(line, given, lists, default_office, frozenset(numeric))

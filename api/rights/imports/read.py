"""Reading an import file of any known format into a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from api.rights.imports.csv_file import looks_like_table, read_csv
from api.rights.imports.json_lines import read_json_lines
from api.rights.imports.report import (
    LARGEST_FILE_BYTES,
    MOST_ROWS,
    FileRefused,
    ImportedRight,
    ImportReport,
    RefusedRow,
    RowRefused,
    refused_row,
)
from api.rights.imports.rights_row import read_right
from api.rights.imports.service_word import service_of
from api.rights.imports.uspto_xml import read_uspto_xml
from api.rights.imports.xlsx_file import read_xlsx

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from api.rights.imports.raw_row import RawRow

_UTF8_MARK: Final = b"\xef\xbb\xbf"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_ZIP_MARK: Final = b"PK\x03\x04"
_TABLE_NAMES: Final = (".csv", ".tsv", ".txt")

_EMPTY_FILE: Final = "empty_file"
_ENCODING: Final = "encoding"
_FILE_TOO_LARGE: Final = "file_too_large"
_TOO_MANY_ROWS: Final = "too_many_rows"
_UNKNOWN_FORMAT: Final = "unknown_format"


def read(data: bytes | BinaryIO, name: str, as_of: dt.date) -> ImportReport:
    """Read the rights in a file.

    `data` is at most `LARGEST_FILE_BYTES` long, `name` the file's name, `as_of` the day of the import, after
    which no date may lie. The format is told from the content, and only where that leaves it open from the
    name. Bad rows are refused one by one; of two rows that give one right the second is refused. A file that
    cannot be read at all gives a report with `file_refused`. Raises nothing on any input.
    """
    try:
        content = _content(data)
        return _report(_parser_for(content, name)(content), as_of)
    except FileRefused as refused:
        return ImportReport(0, (), (refused.row,), file_refused=True)


def _content(data: bytes | BinaryIO) -> bytes:
    content = data if isinstance(data, bytes) else data.read(LARGEST_FILE_BYTES + 1)
    if len(content) > LARGEST_FILE_BYTES:
        raise FileRefused(_FILE_TOO_LARGE, limit=LARGEST_FILE_BYTES)
    if not content.removeprefix(_UTF8_MARK).strip():
        raise FileRefused(_EMPTY_FILE)
    return content


def _parser_for(content: bytes, name: str) -> Callable[[bytes], Iterator[RawRow | RefusedRow]]:
    if content.startswith(_UTF16_MARKS):
        raise FileRefused(_ENCODING)
    if content.startswith(_ZIP_MARK):
        return read_xlsx
    first = content.removeprefix(_UTF8_MARK).lstrip()[:1]
    if first == b"<":
        return read_uspto_xml
    if first == b"{":
        return read_json_lines
    if looks_like_table(content) or (name.lower().endswith(_TABLE_NAMES) and b"\0" not in content[:1024]):
        return read_csv
    raise FileRefused(_UNKNOWN_FORMAT)


def _report(rows: Iterator[RawRow | RefusedRow], as_of: dt.date) -> ImportReport:
    accepted: list[ImportedRight] = []
    refused: list[RefusedRow] = []
    first_lines: dict[str, int] = {}
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise FileRefused(_TOO_MANY_ROWS, limit=MOST_ROWS)
        if isinstance(row, RefusedRow):
            refused.append(row)
            continue
        try:
            right = read_right(row, as_of)
            right = msgspec.structs.replace(right, service_invention=service_of(row))
        except RowRefused as error:
            refused.append(error.row)
            continue
        first = first_lines.setdefault(right.right_id, right.line)
        if len(first_lines) == len(accepted):
            facts = {"first": first, "right_id": right.right_id}
            refused.append(refused_row(right.line, "application_number", "duplicate_row", **facts))
        else:
            accepted.append(right)
    return ImportReport(len(accepted) + len(refused), tuple(accepted), tuple(refused))

"""Workbooks (.xlsx): the first sheet, its first row that is not blank being the header.

Formulas are never evaluated. The archive is measured before it is unpacked, and every part with a document
type declaration is refused, since Office Open XML (ECMA-376) has none.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
import warnings
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from api.rights.imports.raw_row import Header, read_header
from api.rights.imports.report import MOST_COLUMNS, FileRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.rights.imports.raw_row import RawRow
    from api.rights.imports.report import RefusedRow

_MOST_PARTS: Final = 1_000
_LARGEST_UNPACKED_BYTES: Final = 64 * 1024 * 1024
_MOST_SHEET_ROWS: Final = 1_048_576
"""Rows of a sheet, blank ones among them: Office Open XML has no more, but a file can claim any number."""
_HIGHEST_RATIO: Final = 200
_RATIO_COUNTS_FROM_BYTES: Final = 1024 * 1024
_CHUNK: Final = 256 * 1024
_FORBIDDEN: Final = (b"<!DOCTYPE", b"<!ENTITY")
_LONGEST_FORBIDDEN: Final = max(map(len, _FORBIDDEN))
_WORKBOOK_PART: Final = "xl/workbook.xml"

_ARCHIVE_TOO_LARGE: Final = "archive_too_large"
_XLSX_DAMAGED: Final = "xlsx_damaged"
_UNKNOWN_FORMAT: Final = "unknown_format"
_EMPTY_FILE: Final = "empty_file"
_TOO_MANY_ROWS: Final = "too_many_rows"


def read_xlsx(data: bytes) -> Iterator[RawRow | RefusedRow]:
    """Yield the rows of the first sheet one by one; blank rows are passed over, `line` is the sheet's row.

    Raises `FileRefused` where the archive is too large, damaged or no workbook, or the header cannot be read.
    """
    _check_archive(data)
    try:
        yield from _rows(data)
    except (
        LookupError, ValueError, TypeError, AttributeError, ArithmeticError, OSError, EOFError, SyntaxError,
        NotImplementedError, zipfile.BadZipFile, zlib.error, struct.error, InvalidFileException, UserWarning,
    ) as error:  # fmt: skip
        # openpyxl meets damage wherever it happens to look next, so that any of these may come; the errors of
        # both XML parsers are SyntaxErrors.
        raise FileRefused(_XLSX_DAMAGED, problem=type(error).__name__) from error


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS:
                raise FileRefused(_ARCHIVE_TOO_LARGE, limit=f"{_MOST_PARTS} parts")
            if _WORKBOOK_PART not in archive.namelist():
                raise FileRefused(_UNKNOWN_FORMAT)
            _check_sizes(parts)
            for part in parts:
                _check_part(archive, part)
    except (
        zipfile.BadZipFile, zlib.error, struct.error, ValueError, RuntimeError, EOFError, OSError,
    ) as error:  # fmt: skip
        raise FileRefused(_XLSX_DAMAGED, problem=type(error).__name__) from error


def _check_sizes(parts: list[zipfile.ZipInfo]) -> None:
    """Refuse by the sizes that the directory declares; reading stops at them, so that they cannot lie."""
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if unpacked > _LARGEST_UNPACKED_BYTES:
        raise FileRefused(_ARCHIVE_TOO_LARGE, limit=f"{_LARGEST_UNPACKED_BYTES} bytes")
    if unpacked > _RATIO_COUNTS_FROM_BYTES and unpacked > packed * _HIGHEST_RATIO:
        raise FileRefused(_ARCHIVE_TOO_LARGE, limit=f"{_HIGHEST_RATIO} times its packed size")


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
        return
    with archive.open(part) as stream:
        tail = b""
        while chunk := stream.read(_CHUNK):
            window = tail + chunk
            # A zero byte means UTF-16 or UTF-32, under which the search below would see nothing.
            if b"\0" in window or any(word in window for word in _FORBIDDEN):
                raise FileRefused(_XLSX_DAMAGED, problem="document type declaration")
            tail = window[-_LONGEST_FORBIDDEN:]


def _rows(data: bytes) -> Iterator[RawRow | RefusedRow]:
    with warnings.catch_warnings():
        # Workbooks written by other programs often lack a default style, which means nothing here.
        warnings.simplefilter("ignore", UserWarning)
        workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        sheet = workbook.worksheets[0]
        # The declared size of a sheet is only a claim, and one of a million columns would be filled in.
        sheet.reset_dimensions()
        header: Header | None = None
        # One column more than the most, so that a header that has too many is seen.
        rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1)
        for line, values in enumerate(rows, start=1):
            if line > _MOST_SHEET_ROWS:
                raise FileRefused(_TOO_MANY_ROWS, limit=_MOST_SHEET_ROWS)
            if values.count(None) == len(values):
                continue
            cells = [_cell_text(value) for value in values]
            if not any(cells):
                continue
            if header is None:
                while cells and not cells[-1]:
                    cells.pop()
                header = read_header(cells)
                continue
            yield _row(header, line, cells, values)
        if header is None:
            raise FileRefused(_EMPTY_FILE)
    finally:
        workbook.close()


def _row(header: Header, line: int, cells: list[str], values: tuple[object, ...]) -> RawRow:
    columns = min(len(header.fields), MOST_COLUMNS)
    numeric = frozenset(
        column
        for column, value in enumerate(values[:columns])
        if isinstance(value, int | float) and not isinstance(value, bool) and header.fields[column]
    )
    return header.row(line, cells[:columns], numeric)


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()

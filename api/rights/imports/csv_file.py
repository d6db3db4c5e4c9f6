"""CSV files in UTF-8 (with or without BOM) or GB18030, separated by commas, tabs or semicolons (RFC 4180).

A row that cannot be read costs itself only: where a quotation mark is left open, reading goes on with the
next line instead of swallowing the rest of the file.
"""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections import deque
from typing import TYPE_CHECKING, Final

from api.rights.imports.raw_row import RawRow, read_header, recognised
from api.rights.imports.report import MOST_COLUMNS, FileRefused, RefusedRow, refused_row

if TYPE_CHECKING:
    from collections.abc import Iterator

_DELIMITERS: Final = ",\t;"
_LONGEST_ROW: Final = 100_000
"""Characters in a row; below the csv module's own limit for one field, which is set for the whole process."""
_MOST_LINES_IN_A_ROW: Final = 16
_HEADER_BYTES: Final = 64 * 1024
_CHUNK: Final = 1024 * 1024
# With this many sound multi-byte characters for each broken one, a text is damaged UTF-8 rather than GB18030.
_SOUND_FOR_EACH_BROKEN: Final = 3
_LINES_FOR_EACH_BROKEN: Final = 10
"""A table of which more than one line in so many is broken is in another encoding."""
_UTF8: Final = "utf-8-sig"
_GB18030: Final = "gb18030"
_UNDECODABLE: Final = "\udcff"
"""What an undecodable byte becomes; a row that has one is refused."""
_END_MARK: Final = "\ue000end of row\ue000"
_EMPTY_FILE: Final = "empty_file"
_TOO_MANY_COLUMNS: Final = "too_many_columns"
_ENCODING: Final = "encoding"


def detect_encoding(data: bytes) -> str:
    """Tell the encoding of a text: utf-8-sig or gb18030.

    UTF-8 stands if the whole text decodes, or if it is mostly sound; GB18030 if the whole text decodes and no character
    is unassigned or for private use. Where neither does, the one stands in which fewer lines are broken, if a known
    header decodes in it and few lines do not: the broken rows are refused one by one. Raises `FileRefused` with
    `encoding` otherwise.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FileRefused(_ENCODING)
    sound, broken = _utf8_characters(data)
    if broken == 0 or data.startswith(codecs.BOM_UTF8) or sound >= broken * _SOUND_FOR_EACH_BROKEN:
        return _UTF8
    # In both encodings the byte of a line end is nothing else, so that each line can be judged by itself.
    lines = data.split(b"\n")
    broken_lines = {encoding: _broken_lines(lines, encoding) for encoding in (_GB18030, _UTF8)}
    chosen = min(broken_lines, key=broken_lines.__getitem__)
    few = broken_lines[chosen] * _LINES_FOR_EACH_BROKEN <= len(lines)
    if broken_lines[chosen] and not (
        few and _is_header(data[:_HEADER_BYTES].lstrip().split(b"\n")[0], chosen)
    ):
        raise FileRefused(_ENCODING)
    return chosen


def _broken_lines(lines: list[bytes], encoding: str) -> int:
    return sum(1 for line in lines if not line.isascii() and _decoded(line, encoding) is None)


def _decoded(line: bytes, encoding: str) -> str | None:
    """The text of a line; None where it does not decode, or only to characters that no text has."""
    try:
        text = line.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if encoding == _GB18030 and _has_no_text(text) else text


def _has_no_text(text: str) -> bool:
    return not text.isascii() and any(unicodedata.category(one) in {"Cn", "Co"} for one in set(text))


def _is_header(line: bytes, encoding: str) -> bool:
    text = _decoded(line, encoding)
    return text is not None and any(_known_columns(text, mark) > 1 for mark in _DELIMITERS)


def _utf8_characters(data: bytes) -> tuple[int, int]:
    """Count the sound characters beyond ASCII and the broken places, reading `data` as UTF-8."""
    sound = broken = 0
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for start in range(0, len(data) + 1, _CHUNK):
        text = decoder.decode(data[start : start + _CHUNK], final=start + _CHUNK > len(data))
        if not text.isascii():
            escaped = sum(1 for character in text if "\udc80" <= character <= "\udcff")
            broken += escaped
            sound += sum(1 for character in text if character > "\x7f") - escaped
    return sound, broken


def looks_like_table(data: bytes) -> bool:
    """Tell whether the first line has a header that is known, in either encoding."""
    first = data[:_HEADER_BYTES].splitlines()[:1]
    for encoding in ("utf-8-sig", "gb18030"):
        for line in first:
            text = line.decode(encoding, errors="replace")
            if any(_known_columns(text, mark) > 1 for mark in _DELIMITERS):
                return True
    return False


def read_csv(data: bytes) -> Iterator[RawRow | RefusedRow]:
    """Yield the rows of a CSV file one by one; blank rows are passed over.

    Raises `FileRefused` where the encoding or the header cannot be read.
    """
    encoding = detect_encoding(data)
    # Undecodable bytes become lone surrogates, for which the row that has them is refused.
    lines = io.TextIOWrapper(io.BytesIO(data), encoding=encoding, errors="surrogateescape", newline="")
    rows = _Rows(lines, encoding)
    first = next(rows.read(), None)
    if first is None:
        raise FileRefused(_EMPTY_FILE)
    if isinstance(first, RefusedRow):
        raise FileRefused(first.code, limit=_LONGEST_ROW)
    header = read_header(first[1])
    rows.columns = len(header.fields)
    for row in rows.read():
        yield row if isinstance(row, RefusedRow) else header.row(*row)


class _Rows:
    """Cuts lines into rows. The first line settles the separator; the header sets `columns`."""

    def __init__(self, lines: io.TextIOWrapper, encoding: str) -> None:
        self._lines = lines
        self._encoding = encoding
        self._waiting: deque[str] = deque()
        self._line = 0
        self._delimiter: str | None = None
        self.columns: int | None = None

    def read(self) -> Iterator[tuple[int, list[str]] | RefusedRow]:
        """Yield each row with its first line, or its refusal; a generator may be dropped and begun again."""
        while (line := self._next()) is not None:
            if not line.strip(" \t\r\n,;\ufeff"):
                continue
            if self._delimiter is None:
                self._delimiter = _delimiter(line)
            yield self._row(line)

    def _next(self) -> str | None:
        line = self._waiting.popleft() if self._waiting else self._lines.readline()
        if not line:
            return None
        if self._encoding == _GB18030 and _has_no_text(line):
            line = "".join(_UNDECODABLE if _has_no_text(one) else one for one in line)
        self._line += 1
        return line

    def _row(self, line: str) -> tuple[int, list[str]] | RefusedRow:
        start, taken = self._line, [line]
        while len(taken) < _MOST_LINES_IN_A_ROW and self._open(taken):
            more = self._next()
            if more is None:
                break
            taken.append(more)
        refused, cells = self._cells(start, taken)
        if refused is None:
            return start, cells
        # The first line is refused alone; the lines drawn in by its open quotation mark are read again.
        self._waiting.extendleft(reversed(taken[1:]))
        self._line = start
        return refused

    def _open(self, taken: list[str]) -> bool:
        """Tell whether a quotation mark is still open: a row put behind then becomes part of the field."""
        if sum(map(len, taken)) > _LONGEST_ROW or not any('"' in line for line in taken):
            return False
        try:
            # Not strict: a strict reader calls the end inside a field an error.
            first = next(csv.reader([*taken, _END_MARK], delimiter=self._delimiter or ","))
        except (csv.Error, StopIteration):
            return False
        return bool(first) and first[-1].endswith(_END_MARK)

    def _cells(self, start: int, taken: list[str]) -> tuple[RefusedRow | None, list[str]]:
        if sum(map(len, taken)) > _LONGEST_ROW:
            if self.columns is None and taken[0].count(self._delimiter or ",") >= MOST_COLUMNS:
                raise FileRefused(_TOO_MANY_COLUMNS, limit=MOST_COLUMNS)
            return refused_row(start, "row", "row_too_long", limit=_LONGEST_ROW), []
        try:
            read = list(csv.reader(taken, delimiter=self._delimiter or ",", strict=True))
        except csv.Error:
            return refused_row(start, "row", "csv_syntax"), []
        cells = read[0]
        if self.columns is None:
            return None, cells
        # Spreadsheets like to write empty cells behind the last column.
        if len(cells) < self.columns or any(cell.strip() for cell in cells[self.columns :]):
            facts = {"found": len(cells), "expected": self.columns}
            return refused_row(start, "row", "column_count", **facts), []
        return None, cells


def _delimiter(line: str) -> str:
    """Choose the separator under which most of the header's columns are known."""
    return max(_DELIMITERS, key=lambda mark: _known_columns(line[:_LONGEST_ROW], mark))


def _known_columns(header: str, mark: str) -> int:
    """How many columns are known under a separator; headers may stand in quotation marks."""
    return sum(map(bool, recognised([cell.strip().strip('"') for cell in header.strip().split(mark)])))

"""The raw row that every format gives, and the columns that tables may have, in English and Chinese."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from api.rights.imports.report import MOST_COLUMNS, FileRefused
from exchange.rights.numbers import narrow, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "application_number": (
        "application_number", "application no", "application", "appl no", "app no", "申请号", "申请编号",
        "registration_number", "registration no", "注册号", "登记号", "商标注册号",
    ),
    "grant_number": ("grant_number", "patent_number", "patent no", "专利号"),
    "publication_number": ("publication_number", "publication no", "公开号", "公开(公告)号"),
    "grant_publication_number": ("grant_publication_number", "公告号", "授权公告号"),
    "title": (
        "title", "patent_title", "title of invention", "invention_title",
        "名称", "成果名称", "专利名称", "发明名称", "标题", "商标名称", "作品名称", "软件名称", "布图设计名称",
    ),
    "filing_date": ("filing_date", "application_date", "申请日", "申请日期"),
    "publication_date": ("publication_date", "公开日", "公开日期", "公开(公告)日"),
    "grant_date": (
        "grant_date", "date of grant", "授权公告日", "授权日", "公告日",
        "registration_date", "注册日期", "注册公告日", "登记日期",
    ),
    "applicants": ("applicant", "applicants", "申请人", "申请(专利权)人"),
    "inventors": ("inventor", "inventors", "发明人", "设计人", "发明人/设计人", "发明(设计)人"),
    "holders": (
        "holder", "holders", "owner", "owners", "patentee", "assignee", "assignees",
        "专利权人", "权利人", "当前权利人",
    ),
    "ipc": ("ipc", "ipcs", "ipc class", "ipc分类号", "ipc主分类号", "国际专利分类号", "主分类号", "分类号"),
    "legal_status": ("legal_status", "status", "法律状态", "当前法律状态"),
    "right_type": ("right_type", "type", "patent_type", "专利类型", "类型", "权利类型"),
    "office": ("office", "country", "专利局", "国家", "国家/地区"),
    "service_invention": ("service_invention", "职务发明", "是否职务发明"),
    "completing_entity": ("completing_entity", "完成单位代码", "完成单位统一社会信用代码"),
    "completing_persons": ("completing_persons", "完成人", "成果完成人"),
    "field": ("field", "技术领域", "应用领域"),
    "readiness_level": ("readiness_level", "技术成熟度", "成熟度等级"),
    "description": ("description", "成果简介"),
}  # fmt: skip
_FIELD_OF_HEADER: Final = {
    re.sub(r"[\s_]+", "", header): field for field, headers in _HEADERS.items() for header in headers
}
_REQUIRED: Final = ("application_number", "title", "filing_date")
"""A table that names the kind of each right needs no filing date: works and know-how have none."""
_LISTS: Final = frozenset({"applicants", "inventors", "holders", "ipc", "completing_persons"})
_LIST_SEPARATORS: Final = re.compile(r"[;；|\n]")

_TOO_MANY_COLUMNS: Final = "too_many_columns"
_DUPLICATE_COLUMN: Final = "duplicate_column"
_MISSING_COLUMN: Final = "missing_column"


class RawRow(msgspec.Struct, frozen=True):
    """One row before any check: `fields` by canonical name, `lists` of names and classes.

    `numeric_fields` were numbers in a spreadsheet, which may have cost them digits. `default_office` holds
    where a number does not tell its office; the field `office` overrules.
    """

    line: int
    fields: dict[str, str]
    lists: dict[str, tuple[str, ...]]
    default_office: str | None = None
    numeric_fields: frozenset[str] = frozenset()


class Header(msgspec.Struct, frozen=True):
    """The columns of a table: the canonical field of each, or None where it is ignored."""

    fields: tuple[str | None, ...]
    default_office: str | None

    def row(self, line: int, cells: Sequence[str], numeric_columns: frozenset[int] = frozenset()) -> RawRow:
        """Give the cells of one row their names; empty cells are left out."""
        fields: dict[str, str] = {}
        lists: dict[str, tuple[str, ...]] = {}
        for field, cell in zip(self.fields, cells, strict=False):
            text = cell.strip()
            if field is None or not text:
                continue
            if field in _LISTS:
                lists[field] = split_list(text)
            else:
                fields[field] = text
        numeric = frozenset(str(self.fields[column]) for column in numeric_columns)
        return RawRow(line, fields, lists, self.default_office, numeric)


def split_list(text: str) -> tuple[str, ...]:
    """Split a cell of several names or classes at semicolons, bars and line ends; commas belong to names."""
    return tuple(part.strip() for part in _LIST_SEPARATORS.split(text) if part.strip())


def recognised(cells: Sequence[str]) -> tuple[str | None, ...]:
    """Give the canonical field of each header cell, or None."""
    keys = (re.sub(r"[\s_]+", "", narrow(cell)).lower() for cell in cells)
    return tuple(_FIELD_OF_HEADER.get(key) for key in keys)


def read_header(cells: Sequence[str]) -> Header:
    """Recognise the header of a table.

    A table headed in Chinese is taken to be of the Chinese office where a number does not tell. Raises
    `FileRefused` with `missing_column`, `duplicate_column` or `too_many_columns`.
    """
    if len(cells) > MOST_COLUMNS:
        raise FileRefused(_TOO_MANY_COLUMNS, limit=MOST_COLUMNS)
    fields = recognised(cells)
    for field in set(fields) - {None}:
        places = [place for place, found in enumerate(fields) if found == field]
        if len(places) > 1:
            raise FileRefused(
                _DUPLICATE_COLUMN, column=field, headers=", ".join(shown(cells[p]) for p in places)
            )
    for field in _REQUIRED:
        if field == "filing_date" and "right_type" in fields:
            continue
        if field not in fields and not (field == "application_number" and "grant_number" in fields):
            headers = " / ".join((_HEADERS[field][0], next(h for h in _HEADERS[field] if not h.isascii())))
            raise FileRefused(_MISSING_COLUMN, column=field, headers=headers)
    number_column = fields.index("application_number" if "application_number" in fields else "grant_number")
    return Header(fields, None if cells[number_column].isascii() else "CN")

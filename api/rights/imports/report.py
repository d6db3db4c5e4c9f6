"""What an import gives: accepted rights and refused rows; also the bounds and texts that formats share."""

from __future__ import annotations

import unicodedata
from typing import Final

import msgspec

from exchange.commands import Achievement

LARGEST_FILE_BYTES: Final = 64 * 1024 * 1024
MOST_ROWS: Final = 250_000
MOST_COLUMNS: Final = 256
LONGEST_FIELD: Final = 4_000
LONGEST_TITLE: Final = 500
LONGEST_NAME: Final = 500
MOST_NAMES: Final = 200

_TEXTS: Final[dict[str, tuple[str, str]]] = {
    # of a whole file
    "empty_file": ("the file is empty; choose another file", "文件为空；请选择其他文件"),
    "file_too_large": (
        "the file is larger than {limit} bytes; split it",
        "文件超过 {limit} 字节；请拆分后导入",
    ),
    "too_many_rows": ("the file has more than {limit} rows; split it", "文件超过 {limit} 行；请拆分后导入"),
    "unknown_format": (
        "the file is none of CSV, .xlsx, USPTO XML or JSON lines; save it as one of them",
        "文件不是 CSV、.xlsx、USPTO XML 或 JSON Lines；请另存为其中一种格式",
    ),
    "missing_column": (
        "no column gives {column}; add one with the header {headers}",
        "缺少 {column} 栏；请添加标题为 {headers} 的列",
    ),
    "duplicate_column": (
        "two columns give {column}: {headers}; remove one",
        "有两列均为 {column}：{headers}；请删除其一",
    ),
    "too_many_columns": (
        "the header has more than {limit} columns; remove those not needed",
        "表头超过 {limit} 列；请删除不需要的列",
    ),
    "archive_too_large": (
        "the workbook unpacks to more than {limit}; save only the sheet to import",
        "工作簿解压后超过 {limit}；请仅保存需要导入的工作表",
    ),
    "xlsx_damaged": (
        "the workbook cannot be read ({problem}); open it, save it again and retry",
        "无法读取工作簿（{problem}）；请打开并重新保存后再试",
    ),
    # of a row, or of the file where no row can be told apart
    "encoding": (
        "the text is neither UTF-8 nor GB18030 here; save the file as UTF-8",
        "此处文本既非 UTF-8 也非 GB18030 编码；请将文件另存为 UTF-8",
    ),
    "csv_syntax": (
        "the quotation marks of this row do not match; double every quotation mark inside a field",
        "该行引号不匹配；字段内的引号须写成两个",
    ),
    "row_too_long": (
        "the row is longer than {limit} characters; shorten it",
        "该行超过 {limit} 个字符；请缩短",
    ),
    "column_count": (
        "the row has {found} fields, the header {expected}; add or remove separators",
        "该行有 {found} 个字段，表头有 {expected} 个；请增减分隔符",
    ),
    "json_syntax": (
        "the line is not one JSON object; write one object a line",
        "该行不是一个 JSON 对象；请每行写一个对象",
    ),
    "json_repeated_key": (
        "the object names {key} twice; keep one",
        "对象中 {key} 出现两次；请仅保留一个",
    ),
    "json_shape": (
        "{key} must be {expected}; correct its type",
        "{key} 应为 {expected}；请更正其类型",
    ),
    "xml_syntax": (
        "the document is not well-formed ({problem}); fetch it again from the office",
        "文档格式不正确（{problem}）；请从专利局重新获取",
    ),
    "xml_entity": (
        "the document defines or uses the entity {name}, which is never expanded; remove it",
        "文档定义或使用了实体 {name}，系统不予展开；请删除",
    ),
    "xml_encoding": (
        "the document is in the encoding {name}; convert it to UTF-8",
        "文档的编码为 {name}；请转换为 UTF-8",
    ),
    "xml_document_type": (
        "{name} is no USPTO patent document that can be read; give a grant or an application publication",
        "{name} 不是可读取的 USPTO 专利文件；请提供授权文件或申请公布文件",
    ),
    "missing_value": ("{field} is empty; fill it in", "{field} 为空；请填写"),
    "field_too_long": (
        "{field} is longer than {limit} characters; shorten it",
        "{field} 超过 {limit} 个字符；请缩短",
    ),
    "too_many_names": (
        "{field} has more than {limit} entries; shorten it",
        "{field} 超过 {limit} 项；请缩短",
    ),
    "control_character": (
        "{field} holds a control character (U+{codepoint}); remove it",
        "{field} 含有控制字符（U+{codepoint}）；请删除",
    ),
    "registration_number": (
        "{value} is no registration number of a result; write 4 to 32 capital letters and digits",
        "{value} 不是成果登记号；请填写 4 至 32 位大写字母或数字",
    ),
    "company_number": (
        "{value} is no company number; write the completing entity's, not its name",
        "{value} 不是统一社会信用代码；请填写完成单位的代码，而非名称",
    ),
    "field_of_result": (
        "{value} is no field; write IPC sections or classes such as C02;B01",
        "{value} 不是技术领域；请填写国际专利分类的部或大类，如 C02;B01",
    ),
    "readiness_level": (
        "{value} is no level of readiness; write 1 to {most}",
        "{value} 不是技术成熟度等级；请填写 1 至 {most}",
    ),
    "place_of_result": (
        "results of {value} are not catalogued; write one of {places}",
        "不收录 {value} 的成果；请填写 {places} 之一",
    ),
    "yes_or_no": (
        "{value} is neither yes nor no; write one of them, or nothing",
        "{value} 既非“是”也非“否”；请填写其一或留空",
    ),
    "date_format": (
        "{value} is no date; write it as 2016-03-26",
        "{value} 不是日期；请写成 2016-03-26 的形式",
    ),
    "date_impossible": (
        "{value} is not a day of the calendar; correct it",
        "{value} 不是有效日期；请更正",
    ),
    "date_future": (
        "{value} lies after the day of import, {as_of}; correct it",
        "{value} 晚于导入日 {as_of}；请更正",
    ),
    "date_order": (
        "{value} lies before the filing date, {filing_date}; correct one of them",
        "{value} 早于申请日 {filing_date}；请更正其中之一",
    ),
    "number_year_mismatch": (
        "the number says {year}, but the filing date is {filing_date}; correct the number or the date",
        "号码中的年份为 {year}，而申请日为 {filing_date}；请更正号码或日期",
    ),
    "number_mismatch": (
        "{value} does not belong to the application {number}; correct one of them",
        "{value} 与申请号 {number} 不对应；请更正其中之一",
    ),
    "application_number_missing": (
        "only a {kind} number is given; add the application number, which a right keeps for life",
        "仅填写了 {kind} 类号码；请补充申请号",
    ),
    "right_type": (
        "{value} is no type of right that can be imported; docs/rights.md lists the types",
        "{value} 不是可导入的权利类型；可导入的类型见 docs/rights.md",
    ),
    "duplicate_row": (
        "line {first} already gives the right {right_id}; remove one of the two",
        "第 {first} 行已有权利 {right_id}；请删除其一",
    ),
}
REFUSAL_CODES: Final = frozenset(_TEXTS)


def shown_title(text: str) -> str:
    """A title as it may be shown: one line, without control and format characters (Cc, Cf), which steer the eye."""
    line = " ".join(text.split())
    return "".join(character for character in line if unicodedata.category(character) not in {"Cc", "Cf"})


class ToldAchievement(msgspec.Struct, frozen=True):
    """What a row says of a result 科技成果; persons and description go into erasable parts."""

    facts: Achievement
    completing_persons: tuple[str, ...]
    description: str


class ImportedRight(msgspec.Struct, frozen=True):
    """One right as its source gives it; `line` is the line, sheet row or first line of the document, from 1.

    Dates are ISO 8601. `publication_number`, `grant_number` are in the register's printed form. `right_type`
    is invention, utility_model, design, plant, reissue, provisional, short_term, achievement, a type that is no
    patent, or unknown. `applicants` and
    `holders` may name natural persons, `inventors` do: journal them only as erasable sealed parts. `right_id` is the
    house-wide id.
    """

    line: int
    office: str
    number: str
    raw_number: str
    right_type: str
    title: str
    filing_date: str
    publication_number: str | None
    grant_number: str | None
    grant_date: str | None
    applicants: tuple[str, ...]
    holders: tuple[str, ...]
    ipc: tuple[str, ...]
    legal_status: str | None
    right_id: str
    publication_date: str | None = None
    warnings: tuple[str, ...] = ()
    service_invention: bool | None = None
    inventors: tuple[str, ...] = ()
    achievement: ToldAchievement | None = None


class RefusedRow(msgspec.Struct, frozen=True):
    """A row that was not taken: where, which field, a stable code, and what is wrong and cures it."""

    line: int
    field: str
    code: str
    reason: str
    reason_zh: str


class ImportReport(msgspec.Struct, frozen=True):
    """The outcome for one file. `rows` counts data rows: accepted and refused together.

    If `file_refused`, `accepted` is empty and `refused` has the one entry that says why, on line 0.
    """

    rows: int
    accepted: tuple[ImportedRight, ...]
    refused: tuple[RefusedRow, ...]
    file_refused: bool = False


class RowRefused(Exception):
    """One row cannot be taken; `row` says why. The rows beside it stand."""

    def __init__(self, row: RefusedRow) -> None:
        """Carry the refused row."""
        super().__init__(f"{row.field}: {row.code}")
        self.row = row


class FileRefused(Exception):
    """The file as a whole cannot be taken; `row` says why, on line 0."""

    def __init__(self, code: str, **facts: object) -> None:
        """Fill the texts of `code` with `facts`."""
        self.row = refused_row(0, "file", code, **facts)
        super().__init__(code)


def refused_row(line: int, field: str, code: str, **facts: object) -> RefusedRow:
    """Build the entry of the report for one refused row; `facts` and `field` fill the texts of `code`."""
    english, chinese = _TEXTS[code]
    values = {"field": field, **facts}
    return RefusedRow(line, field, code, english.format(**values), chinese.format(**values))

"""Import of tables: CSV and workbooks, honest, careless and hostile."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from api.rights.imports import read as reading
from api.rights.imports.read import read
from api.rights.imports.report import LARGEST_FILE_BYTES, ImportReport

AS_OF = dt.date(2026, 7, 1)
REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "patents_cn.csv"
HEADER = "application_number,title,filing_date,applicant\n"
GOOD = "201610178553.5,一种方法,2016-03-26,示例甲公司\n"
OTHER = "201610311380.X,计费方法,2016-05-12,示例乙公司\n"
CORE_PROPERTIES = (
    b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)
THIRD = "201710117081.7,爬虫系统,2017-03-01,示例丙公司\n"


def import_csv(text: str | bytes, name: str = "rights.csv") -> ImportReport:
    return read(text.encode() if isinstance(text, str) else text, name, AS_OF)


def codes(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(row.line, row.field, row.code) for row in report.refused]


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    # Without the dates of the archive and of the document the same rows give the same bytes.
    return with_part(stream.getvalue(), "docProps/core.xml", CORE_PROPERTIES)


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """Give the archive with one part replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(zipfile.ZipInfo(part), content if part == name else old.read(part), compress_type=8)
    return stream.getvalue()


@pytest.mark.skipif(not REAL.is_file(), reason="the real register data are not beside the repository")
def test_the_seven_real_chinese_applications_are_all_accepted() -> None:
    report = read(REAL.read_bytes(), REAL.name, AS_OF)
    assert (report.rows, len(report.accepted), report.refused) == (7, 7, ())
    first, granted = report.accepted[:2]
    assert (first.line, first.right_id, first.number) == (2, "CN-201610178553.5", "201610178553.5")
    assert (first.publication_number, first.grant_number) == ("CN105681112A", None)
    assert (granted.grant_number, granted.grant_date) == ("ZL200680002871.0", "2013-02-27")
    assert report.accepted[2].applicants == ("加州生物医学研究所", "斯克利普斯研究所")
    assert {right.right_type for right in report.accepted} == {"invention"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headers_are_read_in_each_encoding(encoding: str) -> None:
    text = (
        "申请号,公开（公告）号,名称,申请日,授权公告日,申请人,专利权人,IPC,法律状态,专利类型,公开日\r\n"
        "ZL２０１６１０１７８５５３．５,CN105681112A,一种方法,2016年3月26日,2018.5.1,甲公司；乙公司,丙公司,"
        "H04L12/00;G06F 17/30,有权,发明专利,20160615\r\n"
    )
    report = import_csv(text.encode(encoding))
    assert report.refused == ()
    right = report.accepted[0]
    assert (right.number, right.raw_number) == ("201610178553.5", "ZL２０１６１０１７８５５３．５")
    assert (right.filing_date, right.grant_date, right.publication_date) == (
        "2016-03-26",
        "2018-05-01",
        "2016-06-15",
    )
    assert (right.applicants, right.holders) == (("甲公司", "乙公司"), ("丙公司",))
    assert (right.ipc, right.legal_status) == (("H04L 12/00", "G06F 17/30"), "有权")
    assert right.grant_number == "ZL201610178553.5"


def test_a_bad_row_is_named_and_stops_nothing_else() -> None:
    report = import_csv(HEADER + GOOD + "201610178553.4,x,2016-03-26,\n" + OTHER)
    assert codes(report) == [(3, "application_number", "check_digit")]
    assert [right.line for right in report.accepted] == [2, 4]
    assert report.rows == 3
    assert report.refused[0].reason_zh


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ("201610178553,x,2016-03-26,", "application_number", "missing_check_digit"),
        ("2.01610178554E+11,x,2016-03-26,", "application_number", "spreadsheet_number"),
        ("14182756,x,2014-02-18,", "application_number", "unknown_office"),
        (",x,2016-03-26,", "application_number", "missing_value"),
        ("CN105681112A,x,2016-03-26,", "application_number", "application_number_missing"),
        ("US8930553B2,x,2012-10-09,", "application_number", "application_number_missing"),
        ("201610178553.5,,2016-03-26,", "title", "missing_value"),
        ("201610178553.5,   ,2016-03-26,", "title", "missing_value"),
        (f"201610178553.5,{'长' * 2001},2016-03-26,", "title", "field_too_long"),
        ("201610178553.5,a\x00b,2016-03-26,", "title", "control_character"),
        ("201610178553.5,a\x1b[2Jb,2016-03-26,", "title", "control_character"),
        ("201610178553.5,a\u202eb,2016-03-26,", "title", "control_character"),
        ("201610178553.5,x,,", "filing_date", "missing_value"),
        ("201610178553.5,x,26/03/2016,", "filing_date", "date_format"),
        ("201610178553.5,x,42455,", "filing_date", "date_format"),
        ("201610178553.5,x,2016-3.26,", "filing_date", "date_format"),
        ("201610178553.5,x,2016-02-30,", "filing_date", "date_impossible"),
        ("201610178553.5,x,0001-01-01,", "filing_date", "date_impossible"),
        ("201610178553.5,x,2026-07-02,", "filing_date", "date_future"),
        ("201610178553.5,x,2018-01-01,", "filing_date", "number_year_mismatch"),
        (f"201610178553.5,x,2016-03-26,{'甲' * 501}", "applicants", "field_too_long"),
        (f"201610178553.5,x,2016-03-26,{';'.join(map(str, range(201)))}", "applicants", "too_many_names"),
        ("201610178553.5,x,2016-03-26", "row", "column_count"),
        ("201610178553.5,x,2016-03-26,y,z", "row", "column_count"),
        ('201610178553.5,"x"y,2016-03-26,', "row", "csv_syntax"),
    ],
)
def test_each_fault_of_a_row_has_its_field_and_code(row: str, field: str, code: str) -> None:
    report = import_csv(HEADER + row + "\n" + OTHER)
    assert codes(report) == [(2, field, code)]
    assert [right.line for right in report.accepted] == [3]


@pytest.mark.parametrize("date", ["2016-03-26", "2016.03.26", "2016/3/26", "20160326", "2016年3月26日"])
def test_the_usual_forms_of_a_date_give_one_day(date: str) -> None:
    report = import_csv(HEADER + f"201610178553.5,x,{date},\n")
    assert report.accepted[0].filing_date == "2016-03-26"


def test_a_divisional_numbered_after_its_filing_date_is_accepted() -> None:
    report = import_csv(HEADER + "201911336624.X,分案,2014-01-05,\n")
    assert report.refused == ()


def test_dates_of_publication_and_grant_cannot_precede_the_filing() -> None:
    header = "application_number,title,filing_date,publication_date,grant_date\n"
    report = import_csv(
        header
        + "201610178553.5,x,2016-03-26,2016-03-25,\n"
        + "201610311380.X,x,2016-05-12,2016-10-12,2016-05-11\n"
    )
    assert codes(report) == [(2, "publication_date", "date_order"), (3, "grant_date", "date_order")]


def test_numbers_of_one_row_must_belong_together() -> None:
    header = "application_number,patent_number,publication_number,right_type,title,filing_date\n"
    report = import_csv(
        header
        + "201610178553.5,ZL201610311380.X,,,x,2016-03-26\n"
        + "201610178553.5,,CN205681112U,,x,2016-03-26\n"
        + "201610178553.5,,,design,x,2016-03-26\n"
        + "201610178553.5,,,widget,x,2016-03-26\n"
    )
    assert codes(report) == [
        (2, "grant_number", "number_mismatch"),
        (3, "publication_number", "number_type_mismatch"),
        (4, "application_number", "number_type_mismatch"),
        (5, "right_type", "right_type"),
    ]


def test_the_second_row_of_one_right_is_refused_whatever_its_spelling() -> None:
    report = import_csv(HEADER + GOOD + "ZL 2016101785535,同一专利,2016-03-26,\n")
    assert codes(report) == [(3, "application_number", "duplicate_row")]
    assert "line 2" in report.refused[0].reason


@pytest.mark.parametrize("title", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1:A2)", '=HYPERLINK("x")'])
def test_a_title_that_looks_like_a_formula_stays_data(title: str) -> None:
    quoted = title.replace('"', '""')
    report = import_csv(HEADER + f'201610178553.5,"{quoted}",2016-03-26,\n')
    assert report.accepted[0].title == title


def test_line_ends_may_be_mixed_and_lines_are_counted_as_an_editor_does() -> None:
    report = import_csv(
        HEADER.replace("\n", "\r\n") + "\n" + GOOD + "\r\n" + OTHER.replace("\n", "\r") + "bad\n"
    )
    assert [right.line for right in report.accepted] == [3, 5]
    assert codes(report) == [(6, "row", "column_count")]


def test_a_quoted_field_may_span_lines() -> None:
    report = import_csv(HEADER + '201610178553.5,"一种\r\n方法",2016-03-26,\n' + OTHER)
    assert [(right.line, right.title) for right in report.accepted] == [(2, "一种 方法"), (4, "计费方法")]


def test_an_open_quotation_mark_swallows_no_other_row() -> None:
    report = import_csv(HEADER + '201610178553.5,"方法,2016-03-26,\n' + OTHER + THIRD)
    assert codes(report) == [(2, "row", "csv_syntax")]
    assert [right.line for right in report.accepted] == [3, 4]


def test_a_quotation_mark_closed_by_a_later_row_costs_only_rows_that_are_broken() -> None:
    report = import_csv(
        HEADER + '201610178553.5,"方法,2016-03-26,\n' + OTHER + '201710117081.7,"爬,虫",2017-03-01,\n'
    )
    assert codes(report) == [(2, "row", "csv_syntax")]
    assert [right.line for right in report.accepted] == [3, 4]


def test_a_huge_cell_costs_its_row_only() -> None:
    huge = "A" * 10_000_000
    report = import_csv(HEADER + f'201610178553.5,"{huge}",2016-03-26,\n' + OTHER + f"{huge}\n" + THIRD)
    assert codes(report) == [(2, "row", "row_too_long"), (4, "row", "row_too_long")]
    assert [right.line for right in report.accepted] == [3, 5]


def test_a_broken_byte_in_utf8_costs_its_row_only() -> None:
    rows = (HEADER + GOOD + OTHER).encode()
    broken = rows.replace("计费".encode(), "计费".encode()[:-1])
    report = import_csv(broken)
    assert codes(report) == [(3, "title", "encoding")]
    assert [right.line for right in report.accepted] == [2]


def test_format_characters_are_dropped_from_a_title_and_its_length_has_a_bound() -> None:
    (right,) = import_csv(HEADER + "201610178553.5,一种\u200b方\u00ad法,2016-03-26,\n").accepted
    assert right.title == "一种方法"
    assert import_csv(HEADER + f"201610178553.5,{'x' * 500},2016-03-26,\n").accepted
    report = import_csv(HEADER + f"201610178553.5,{'x' * 501},2016-03-26,\n")
    assert codes(report) == [(2, "title", "field_too_long")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_table_in_another_encoding_is_never_read_as_something_else(encoding: str) -> None:
    report = import_csv((HEADER + "201610178553.5,方法,2016-03-26,\n").encode(encoding))
    assert report.file_refused
    assert report.refused[0].code in {"encoding", "unknown_format", "missing_column"}


@pytest.mark.parametrize("header", [HEADER, "申请号,名称,申请日,申请人\n"])
@pytest.mark.parametrize("damage", [b"\x81", "\ue000".encode("gb18030")])
def test_a_broken_byte_in_gb18030_costs_its_row_only(header: str, damage: bytes) -> None:
    lines = [header, *(f"2016{serial}.5,一种方法的名称,2016-03-26,示例甲公司\n" for serial in range(20))]
    broken = [line.encode("gb18030") for line in lines]
    broken[7] = broken[7].replace("方法".encode("gb18030"), damage + b",")
    broken[8] = broken[8].replace(b",", damage + b",", 1)
    report = import_csv(b"".join([*broken, GOOD.encode("gb18030"), OTHER.encode("gb18030")]))
    assert not report.file_refused
    assert [right.title for right in report.accepted] == ["一种方法", "计费方法"]
    assert {row.line for row in report.refused} == set(range(2, 22))


def test_a_table_with_many_broken_lines_is_in_another_encoding() -> None:
    lines = [line.encode("gb18030") for line in (HEADER, GOOD, OTHER, THIRD)]
    lines[1] = lines[1].replace("方法".encode("gb18030"), b"\x81")
    assert codes(import_csv(b"".join(lines))) == [(0, "file", "encoding")]


def test_latin_1_text_is_refused_rather_than_guessed() -> None:
    report = import_csv((HEADER + "201610178553.5,Caf\u00e9,2016-03-26,\n").encode("latin-1"))
    assert (report.file_refused, report.refused[0].code) == (True, "encoding")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("application_number,title\n", "missing_column"),
        ("申请号,申请日\n", "missing_column"),
        ("application_number,title,filing_date,Title\n", "duplicate_column"),
        ("application_number,title,filing_date" + ",x" * 300 + "\n", "too_many_columns"),
        ("application_number,title,filing_date" + "," * 1_000_000 + "\n", "too_many_columns"),
        ("a,b,c\n", "missing_column"),
        ("", "empty_file"),
        (" \n\r\n", "empty_file"),
        ("\ufeff", "empty_file"),
    ],
)
def test_a_table_without_a_sound_header_is_refused_as_a_whole(header: str, code: str) -> None:
    report = import_csv(header + GOOD * bool(header.strip("\ufeff \r\n")))
    assert report.file_refused
    assert codes(report) == [(0, "file", code)]
    assert (report.rows, report.accepted) == (0, ())


def test_a_header_without_rows_is_an_empty_import_without_errors() -> None:
    assert import_csv(HEADER) == ImportReport(0, (), ())


@pytest.mark.parametrize("mark", ["\t", ";"])
def test_tabs_and_semicolons_separate_too(mark: str) -> None:
    report = import_csv((HEADER + GOOD).replace(",", mark))
    assert len(report.accepted) == 1


@pytest.mark.parametrize("mark", [",", "\t", ";"])
@pytest.mark.parametrize("name", ["rights.csv", "rights"])
def test_headers_may_stand_in_quotation_marks_under_each_separator(mark: str, name: str) -> None:
    quoted = "\n".join(mark.join(f'"{cell}"' for cell in line.split(",")) for line in (HEADER + GOOD).split())
    report = import_csv(quoted, name)
    assert [right.right_id for right in report.accepted] == ["CN-201610178553.5"]


def test_a_chinese_header_says_the_office_and_an_office_column_overrules() -> None:
    chinese = import_csv(
        "申请号,名称,申请日\n95115608X,x,1995-08-30\n14182756,x,2014-02-18\nUS14182756,x,2014-02-18\n"
    )
    assert codes(chinese) == [(3, "application_number", "missing_check_digit")]
    assert [right.right_id for right in chinese.accepted] == ["CN-95115608.X", "US-14182756"]
    stated = import_csv(
        "office,application_number,title,filing_date\nUS,14182756,x,2014-02-18\nCN,US14182756,x,2014-02-18\n"
    )
    assert [right.right_id for right in stated.accepted] == ["US-14182756"]
    assert codes(stated) == [(3, "application_number", "office_mismatch")]


def test_a_file_over_the_limit_is_refused_before_it_is_read_whole() -> None:
    class Endless(io.RawIOBase):
        asked = 0

        def read(self, size: int = -1, /) -> bytes:
            self.asked = size
            return b"a" * size

    endless = Endless()
    report = read(endless, "rights.csv", AS_OF)  # type: ignore[arg-type] # a raw stream is enough for read()
    assert codes(report) == [(0, "file", "file_too_large")]
    assert endless.asked == LARGEST_FILE_BYTES + 1


def test_more_rows_than_the_limit_refuse_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 2)
    assert len(import_csv(HEADER + GOOD + OTHER).accepted) == 2
    assert codes(import_csv(HEADER + GOOD + OTHER + THIRD)) == [(0, "file", "too_many_rows")]


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=400), st.binary(max_size=400).map(lambda tail: HEADER.encode() + tail)))
def test_any_bytes_give_a_report_whose_counts_agree(data: bytes) -> None:
    for name in ("rights.csv", "rights.bin"):
        report = read(data, name, AS_OF)
        if report.file_refused:
            assert (report.rows, report.accepted, len(report.refused)) == (0, (), 1)
        else:
            assert report.rows == len(report.accepted) + len(report.refused)


def test_a_workbook_is_read_with_its_own_dates_and_full_numbers() -> None:
    report = read(
        workbook(
            ["申请号", "名称", "申请日", "申请人"],
            ["201610178553.5", "=1+1 不是公式"[1:], dt.date(2016, 3, 26), "示例甲公司"],
            [None, None, None, None],
            [201710117081.7, "爬虫系统", "2017.03.01", None],
            [2016101785535, "重复", 20160326, None],
        ),
        "rights.xlsx",
        AS_OF,
    )
    assert [(right.line, right.number) for right in report.accepted] == [
        (2, "201610178553.5"),
        (4, "201710117081.7"),
    ]
    assert codes(report) == [(5, "application_number", "duplicate_row")]


@pytest.mark.parametrize(
    "cell", [201610178553, 2.01610178554e11, 2.016e15, "2.01610178554E+11", "########", 1178553]
)
def test_a_cell_that_lost_digits_is_called_a_spreadsheet_number(cell: object) -> None:
    data = workbook(["申请号", "名称", "申请日"], [cell, "x", "2016-03-26"])
    assert codes(read(data, "rights.xlsx", AS_OF)) == [(2, "application_number", "spreadsheet_number")]


def test_a_formula_is_not_evaluated() -> None:
    data = workbook(["申请号", "名称", "申请日"], ["201610178553.5", "=1+1", "2016-03-26"])
    assert codes(read(data, "rights.xlsx", AS_OF)) == [(2, "title", "missing_value")]


def test_the_content_decides_before_the_name() -> None:
    data = workbook(["申请号", "名称", "申请日"], ["201610178553.5", "x", "2016-03-26"])
    assert len(read(data, "rights.csv", AS_OF).accepted) == 1
    assert len(read((HEADER + GOOD).encode(), "rights.xlsx", AS_OF).accepted) == 1
    assert codes(read(b"\x7fELF\x02\x01", "rights.csv", AS_OF)) == [(0, "file", "missing_column")]


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7 \n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"[1,2]", b"GIF89a", b"\x1f\x8b\x08\x00", b"hello"],
)
def test_a_file_of_another_kind_is_refused_with_the_formats_that_are_taken(data: bytes) -> None:
    report = read(data, "rights.bin", AS_OF)
    assert codes(report) == [(0, "file", "unknown_format")]
    assert "CSV" in report.refused[0].reason


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = with_part(workbook(["申请号"]), "xl/worksheets/sheet1.xml", b" " * 60_000_000)
    assert len(bomb) < 200_000
    assert codes(read(bomb, "rights.xlsx", AS_OF)) == [(0, "file", "archive_too_large")]


def test_an_archive_of_very_many_parts_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(1_001):
            archive.writestr(f"xl/{number}.xml", "")
    assert codes(read(stream.getvalue(), "rights.xlsx", AS_OF)) == [(0, "file", "archive_too_large")]


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
)


@pytest.mark.parametrize("content", [LAUGHS, LAUGHS.decode().encode("utf-16"), b" " * 262_140 + LAUGHS])
def test_a_workbook_with_a_document_type_is_refused(content: bytes) -> None:
    data = with_part(workbook(["申请号"]), "xl/worksheets/sheet1.xml", content)
    assert codes(read(data, "rights.xlsx", AS_OF)) == [(0, "file", "xlsx_damaged")]


def test_a_sheet_that_claims_a_million_columns_is_read_by_what_it_holds() -> None:
    data = workbook(["申请号", "名称", "申请日"], ["201610178553.5", "x", "2016-03-26"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    swollen = sheet.replace(b'ref="A1:C2"', b'ref="A1:XFD1048576"')
    assert swollen != sheet
    report = read(with_part(data, "xl/worksheets/sheet1.xml", swollen), "rights.xlsx", AS_OF)
    assert (report.rows, len(report.accepted)) == (1, 1)


def sheet_with(row: bytes) -> bytes:
    """A workbook whose sheet has one more row, as written."""
    data = workbook(["申请号", "名称", "申请日"], ["201610178553.5", "x", "2016-03-26"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    swollen = sheet.replace(b"</sheetData>", row + b"</sheetData>")
    assert swollen != sheet
    return with_part(data, "xl/worksheets/sheet1.xml", swollen)


def test_a_row_that_claims_to_be_the_two_thousand_millionth_refuses_the_file() -> None:
    far = sheet_with(b'<row r="2000000000"><c r="A2000000000" t="inlineStr"><is><t>x</t></is></c></row>')
    assert codes(read(far, "rights.xlsx", AS_OF)) == [(0, "file", "too_many_rows")]


def test_a_cell_that_claims_a_far_column_costs_no_memory_for_those_before_it() -> None:
    wide = sheet_with(b'<row r="3"><c r="ZZZ3" t="inlineStr"><is><t>x</t></is></c></row>')
    report = read(wide, "rights.xlsx", AS_OF)
    assert (report.rows, len(report.accepted)) == (1, 1)


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_workbook_gives_a_report_and_never_an_exception(data: st.DataObject) -> None:
    whole = bytearray(workbook(["申请号", "名称", "申请日"], ["201610178553.5", "x", "2016-03-26"]))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(4, len(whole) - 1))] = data.draw(st.integers(0, 255))
    report = read(bytes(whole[: data.draw(st.integers(4, len(whole)))]), "rights.xlsx", AS_OF)
    assert report.file_refused or report.rows == len(report.accepted) + len(report.refused)

"""Import of rights that are no patents: each kind by its own number, in either language, and no patent by their forms."""

from __future__ import annotations

import datetime as dt

from api.rights.imported import bibliography, public_fields
from api.rights.imports.read import read
from api.rights.imports.report import ImportReport

AS_OF = dt.date(2027, 7, 1)
CHINESE = """权利类型,登记号,名称,登记日期,权利人
商标,第12345678号,示例商标,2016-03-26,示例甲公司
软件著作权,2016SR123456,示例软件,2016-05-12,示例甲公司
著作权,粤作登字-2016-F-00001234,示例图册,,示例乙公司
集成电路布图设计,BS.155508385,示例布图,2016-01-05,示例丙公司
技术秘密,2026KH0001,示例配方,,示例丙公司
地理标志,AGI2026001,示例茶,,示例协会
"""
IDS = [
    "CN-trademark-12345678",
    "CN-software-2016SR123456",
    "CN-copyright-GD2016F00001234",
    "CN-layout-BS.155508385",
    "CN-know-how-2026KH0001",
    "CN-indication-AGI2026001",
]


def imported(text: str) -> ImportReport:
    return read(text.encode(), "rights.csv", AS_OF)


def test_every_kind_comes_in_by_its_own_number_and_keeps_what_was_written() -> None:
    report = imported(CHINESE)
    assert report.refused == ()
    assert [row.right_id for row in report.accepted] == IDS
    first = report.accepted[0]
    assert bibliography(first)["raw_number"] == "第12345678号"
    assert public_fields(first, 3)["right_type"] == "trademark"
    assert public_fields(first, 3)["grant_date"] == "2016-03-26"
    assert public_fields(report.accepted[4], 3)["filing_date"] is None


def test_english_headers_and_other_places() -> None:
    text = "right_type,office,registration_number,title,filing_date\n"
    text += "trademark,HK,304123456,A mark,2017-01-05\ntrade mark,MO,N/012345,A mark,2017-01-05\n"
    text += "know-how,HK,2026KH0001,A recipe,\n"
    report = imported(text)
    assert report.refused == ()
    assert [row.right_id for row in report.accepted] == [
        "HK-trademark-304123456",
        "MO-trademark-N012345",
        "HK-know-how-2026KH0001",
    ]


def test_wrong_rows_are_refused_by_name_and_stop_nothing_else() -> None:
    text = "权利类型,登记号,名称,申请日,登记日期\n"
    text += "软件著作权,软著登字第1234567号,示例软件,,\n"
    text += "商标,0123,示例商标,,\n"
    text += "集成电路布图设计,BS.155508385,示例布图,2018-01-05,\n"
    text += "商标,12345678,示例商标,2016-03-26,2015-01-01\n"
    text += "发明,201610178553.5,一种方法,,\n"
    text += "商标,12345679,示例商标,2016-03-26,2017-01-01\n"
    report = imported(text)
    assert [(row.line, row.field, row.code) for row in report.refused] == [
        (2, "application_number", "number_kind"),
        (3, "application_number", "number_format"),
        (4, "filing_date", "number_year_mismatch"),
        (5, "grant_date", "date_order"),
        (6, "filing_date", "missing_value"),
    ]
    assert [row.right_id for row in report.accepted] == ["CN-trademark-12345679"]


def test_a_patents_table_still_needs_its_filing_date() -> None:
    report = imported("application_number,title\n201610178553.5,一种方法\n")
    assert report.file_refused
    assert report.refused[0].code == "missing_column"

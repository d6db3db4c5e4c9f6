"""Import of documents: USPTO XML of all its formats, and JSON lines, honest and hostile."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.rights.imports.json_lines import row_of_object
from api.rights.imports.read import read
from api.rights.imports.report import ImportReport, RefusedRow

AS_OF = dt.date(2026, 7, 1)
USPTO = Path(__file__).resolve().parents[4] / "shared" / "data" / "uspto"
needs_uspto = pytest.mark.skipif(
    not USPTO.is_dir(), reason="the USPTO documents are not beside the repository"
)


def codes(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(row.line, row.field, row.code) for row in report.refused]


def application(
    number: str = "10830857", title: str = "Simulation device", prologue: str = "", kind: str = "utility"
) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{prologue}<us-patent-application country="US">'
        "<us-bibliographic-data-application><publication-reference><document-id><country>US</country>"
        "<doc-number>20050004437</doc-number><kind>A1</kind><date>20050106</date></document-id>"
        f'</publication-reference><application-reference appl-type="{kind}"><document-id>'
        "<country>US</country>"
        f"<doc-number>{number}</doc-number><date>20040423</date></document-id>"
        "</application-reference>"
        f"<invention-title>{title}</invention-title></us-bibliographic-data-application>"
        "</us-patent-application>\n"
    )


def import_xml(text: str | bytes) -> ImportReport:
    return read(text.encode() if isinstance(text, str) else text, "week.xml", AS_OF)


@needs_uspto
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("US07272630B2.xml", ("10991571", "invention", "2004-11-18", "US7272630B2", "2007-09-18")),
        ("US08930553.xml", ("13648029", "invention", "2012-10-09", "US8930553B2", "2015-01-06")),
        ("US20050004437A1.xml", ("10830857", "invention", "2004-04-23", None, None)),
        ("USD435854S1.xml", ("29116510", "design", "1999-01-06", "USD435854S", "2001-01-02")),
    ],
)
def test_each_real_uspto_document_gives_its_right(name: str, expected: tuple[str | None, ...]) -> None:
    report = read((USPTO / name).read_bytes(), name, AS_OF)
    assert (report.rows, report.refused) == (1, ())
    right = report.accepted[0]
    found = (right.number, right.right_type, right.filing_date, right.grant_number, right.grant_date)
    assert found == expected
    assert right.right_id == f"US-{right.number}"


@needs_uspto
def test_names_and_classes_come_from_each_format() -> None:
    by_name = {
        path.name: read(path.read_bytes(), path.name, AS_OF).accepted[0]
        for path in sorted(USPTO.glob("*.xml"))
    }
    assert by_name["US08930553.xml"].applicants == ("International Business Machines Corporation",)
    assert by_name["US07272630B2.xml"].holders == ("Microsoft Corporation",)
    assert by_name["US07272630B2.xml"].publication_number == "US20050097148A1"
    assert by_name["US20050004437A1.xml"].ipc == ("A61B 5/00",)
    assert by_name["US20050004437A1.xml"].publication_number == "US20050004437A1"
    assert by_name["USD435854S1.xml"].ipc == ("14-02",)
    assert by_name["USD435854S1.xml"].title == "Disc cartridge"


@needs_uspto
def test_documents_behind_each_other_are_read_one_by_one() -> None:
    paths = sorted(USPTO.glob("*.xml"))
    week = b"\n".join(path.read_bytes() for path in paths)
    report = import_xml(week + b"\n" + paths[0].read_bytes())
    assert len(report.accepted) == len(paths)
    assert [right.line for right in report.accepted] == [
        1 + b"\n".join(path.read_bytes() for path in paths[:count]).count(b"\n") + bool(count)
        for count in range(len(paths))
    ]
    assert [row.code for row in report.refused] == ["duplicate_row"]


def test_a_broken_document_costs_itself_only() -> None:
    week = application() + application("10830858").replace("</invention-title>", "") + application("10830859")
    report = import_xml(week)
    assert codes(report) == [(4 - 1, "document", "xml_syntax")]
    assert [right.number for right in report.accepted] == ["10830857", "10830859"]


def test_a_document_without_declaration_and_with_markup_in_its_title_is_read() -> None:
    text = application(title="H<sub>2</sub>O &amp; <i>heat</i>\n  pump").split("\n", 1)[1]
    assert import_xml(text).accepted[0].title == "H2O & heat pump"


@pytest.mark.parametrize(
    "prologue",
    [
        '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>\n',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n',
        '<!DOCTYPE a [<!ENTITY x PUBLIC "p" "http://localhost:1/x">]>\n',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://localhost:1/x"> %p;]>\n',
        '<!DOCTYPE a [<!ENTITY d SYSTEM "d.tif" NDATA TIF><!ENTITY x "ha">]>\n',
    ],
)
def test_a_document_that_declares_an_entity_is_refused_unread(prologue: str) -> None:
    report = import_xml(application("10830858", prologue=prologue, title="&x;") + application())
    assert codes(report) == [(1, "document", "xml_entity")]
    assert [right.number for right in report.accepted] == ["10830857"]


def test_only_unparsed_entities_that_name_drawings_may_be_declared() -> None:
    prologue = (
        '<!DOCTYPE us-patent-application SYSTEM "a.dtd" [\n<!ENTITY d1 SYSTEM "d1.tif" NDATA TIF>\n]>\n'
    )
    assert len(import_xml(application(prologue=prologue)).accepted) == 1


def test_an_external_document_type_is_never_loaded_and_standard_characters_are_read(tmp_path: Path) -> None:
    dtd = tmp_path / "loaded.dtd"
    dtd.write_text('<!ENTITY lsqb "LOADED"><!ENTITY secret "LOADED">')
    prologue = f'<!DOCTYPE us-patent-application SYSTEM "{dtd.as_uri()}">\n'
    week = application(prologue=prologue, title="A &lsqb;b") + application(
        "10830858", prologue=prologue, title="A &secret;"
    )
    report = import_xml(week)
    assert [right.title for right in report.accepted] == ["A [b"]
    assert [(row.field, row.code) for row in report.refused] == [("document", "xml_entity")]


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-7", "IBM037"])
def test_an_encoding_that_could_hide_a_declaration_is_refused(encoding: str) -> None:
    report = import_xml(application().replace("UTF-8", encoding))
    assert [row.code for row in report.refused] == ["xml_encoding"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32-le"])
def test_a_document_in_another_encoding_is_not_read_past_the_search_for_entities(encoding: str) -> None:
    hidden = application(prologue='<!DOCTYPE x [<!ENTITY a "ha">]>').replace("UTF-8", encoding)
    (refused,) = read(hidden.encode(encoding), "rights.xml", AS_OF).refused
    assert refused.code == "xml_encoding"


def test_a_file_of_nothing_but_document_starts_is_refused_at_once() -> None:
    began = time.monotonic()
    report = read(b"<?xml " * 2_700_000, "rights.xml", AS_OF)
    assert (report.file_refused, report.refused[0].code) == (True, "too_many_rows")
    assert time.monotonic() - began < 10


def test_documents_of_very_deep_or_long_content_are_refused() -> None:
    deep = application(title="<b>" * 100_000 + "x" + "</b>" * 100_000)
    long = application("10830858", title="x" * 11_000_000)
    report = import_xml(deep + long + application("10830859"))
    assert [row.code for row in report.refused] == ["xml_syntax", "xml_syntax"]
    assert [right.number for right in report.accepted] == ["10830859"]


def test_a_document_that_gives_no_right_to_trade_is_refused() -> None:
    report = import_xml(application(kind="sir") + '<?xml version="1.0"?>\n<sequence-cwu/>\n')
    assert codes(report) == [(1, "right_type", "right_type"), (3, "document", "xml_document_type")]


def test_a_document_that_lacks_a_field_names_it() -> None:
    assert codes(import_xml(application(number=""))) == [(1, "application_number", "missing_value")]
    assert codes(import_xml(application(number="2004/XYZ"))) == [(1, "application_number", "number_format")]
    assert codes(import_xml(application(title=" "))) == [(1, "title", "missing_value")]
    assert codes(import_xml(application(kind="design"))) == []
    assert codes(import_xml(application(number="29116510"))) == [
        (1, "application_number", "number_type_mismatch")
    ]


def test_application_publications_of_2001_to_2004_are_read() -> None:
    report = import_xml(
        "<patent-application-publication><subdoc-bibliographic-information>"
        "<document-id><doc-number>20040012345</doc-number><kind-code>A1</kind-code>"
        "<document-date>20040122</document-date></document-id>"
        "<domestic-filing-data><application-number><doc-number>123456</doc-number></application-number>"
        "<application-number-series-code>10</application-number-series-code>"
        "<filing-date>20020715</filing-date></domestic-filing-data>"
        "<technical-information><classification-ipc><classification-ipc-primary><ipc>G06F017/30</ipc>"
        "</classification-ipc-primary></classification-ipc><title-of-invention>Pump</title-of-invention>"
        "</technical-information><inventors><first-named-inventor><name><given-name>Anna</given-name>"
        "<family-name>Muster</family-name></name></first-named-inventor></inventors>"
        "<assignee><organization-name>Example Works Ltd.</organization-name></assignee>"
        "</subdoc-bibliographic-information></patent-application-publication>"
    )
    right = report.accepted[0]
    assert (right.number, right.publication_number) == ("10123456", "US20040012345A1")
    assert (right.applicants, right.holders) == (("Anna Muster",), ("Example Works Ltd.",))
    assert (right.ipc, right.title, right.filing_date) == (("G06F 17/30",), "Pump", "2002-07-15")


@settings(max_examples=150)
@given(st.text(alphabet='<>!?/&;[]"% ENTITYDOCxml-a1\n', max_size=120), st.integers(0, 400))
def test_any_garbled_xml_gives_a_report_and_never_an_exception(garble: str, place: int) -> None:
    text = application()
    report = import_xml("<" + text[1:place] + garble + text[place:])
    assert report.file_refused or report.rows == len(report.accepted) + len(report.refused)


def _peds(name: str) -> Path:
    files = importlib.metadata.files("patentbench") or []
    return next(Path(str(file.locate())).resolve() for file in files if file.name == name)


@pytest.mark.parametrize(
    ("name", "rows"), [("uspto_peds_sample.jsonl", 99), ("uspto_peds_expanded.jsonl", 321)]
)
def test_every_record_that_patentbench_ships_is_accepted(name: str, rows: int) -> None:
    data = _peds(name).read_bytes()
    report = read(data, name, AS_OF)
    assert (report.rows, len(report.accepted), report.refused) == (rows, rows, ())
    first = json.loads(data.splitlines()[0])
    right = report.accepted[0]
    assert (right.office, right.number, right.title) == (
        "US",
        first["application_number"],
        first["patent_title"],
    )
    assert right.grant_number == f"US{first['patent_number']}"
    assert right.legal_status == "Patented Case"


def test_the_examiner_of_a_record_is_not_taken() -> None:
    report = read(_peds("uspto_peds_sample.jsonl").read_bytes(), "peds.jsonl", AS_OF)
    assert "TRUONG" not in repr(report)


def line(**fields: object) -> str:
    return json.dumps(
        {"application_number": "16100000", "patent_title": "x", "filing_date": "2018-08-09"} | fields
    )


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        ("{", "row", "json_syntax"),
        ("[1]", "row", "json_syntax"),
        ("null", "row", "json_syntax"),
        ("[" * 100_000, "row", "json_syntax"),
        ('{"a":' * 100_000, "row", "json_syntax"),
        (line(application_number=["16100000"]), "application_number", "json_shape"),
        (line(patent_title={"en": "x"}), "title", "json_shape"),
        (line(filing_date=20180809), "filing_date", "json_shape"),
        (line(applicants=[1]), "applicants", "json_shape"),
        (line(application_number=1.61e7), "application_number", "spreadsheet_number"),
        (line(application_number=610000), "application_number", "spreadsheet_number"),
        (line(application_number=None), "application_number", "missing_value"),
        (line(app_type="PCT"), "right_type", "right_type"),
        (line(patent_title="a\u0000b"), "title", "control_character"),
        (line(patent_title="x" * 1_100_000), "row", "row_too_long"),
        (line(office="ZZ"), "application_number", "unknown_office"),
    ],
)
def test_each_fault_of_a_json_line_has_its_field_and_code(text: str, field: str, code: str) -> None:
    report = read(f"{line()}\n\n{text}\r\n{line(application_number='16100001')}".encode(), "a.jsonl", AS_OF)
    assert codes(report) == [(3, field, code)]
    assert [right.line for right in report.accepted] == [1, 4]


@pytest.mark.parametrize(
    "text",
    [
        '{"office":"US","application_number":"14182756","title":"a","title":"b","filing_date":"2014-02-18"}',
        '{"office":"US","application_number":"14182756","title":"a","filing_date":"2014-02-18","x":{"y":1,"y":2}}',
    ],
)
def test_a_key_that_stands_twice_refuses_its_line(text: str) -> None:
    (refused,) = read(text.encode(), "rights.jsonl", AS_OF).refused
    assert refused.code == "json_repeated_key"


def test_a_json_line_in_another_encoding_costs_itself_only() -> None:
    data = line().encode() + b"\n" + b'{"patent_title": "Caf\xe9"}\n'
    report = read(data, "a.jsonl", AS_OF)
    assert (len(report.accepted), [row.line for row in report.refused]) == (1, [2])


@given(
    st.dictionaries(
        st.sampled_from(["office", "title", "application_number", "ipc", "status", "x"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(),
            st.lists(st.text()),
            st.lists(st.integers()),
        ),
    )
)
def test_any_json_object_gives_a_row_or_a_refusal(record: dict[str, object]) -> None:
    row = row_of_object(record, 7)
    assert row.line == 7
    assert isinstance(row, RefusedRow) or "x" not in row.fields

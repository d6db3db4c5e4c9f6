"""Files bring results 科技成果: what its certificate publishes in the clear, persons and description sealed."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from api.rights.imported import erasable_parts, public_fields
from api.rights.imports.read import read
from exchange.commands import Achievement
from exchange.rights.catalogue import INVENTORS_SINCE_ENGINE

if TYPE_CHECKING:
    from tests.api.running_venue import RunningVenue

AS_OF = dt.date(2027, 1, 15)
ROW = {
    "right_type": "科技成果",
    "application_number": "2026990001",
    "title": "演示：一种海水淡化工艺",
    "completing_entity": "91440300MA5EXAMP0X",
    "completing_persons": "示例甲；示例乙",
    "field": "C02;B01",
    "readiness_level": "6",
    "description": "演示成果简介",
}
HEADERS = {
    "right_type": "权利类型",
    "application_number": "登记号",
    "title": "成果名称",
    "completing_entity": "完成单位代码",
    "completing_persons": "完成人",
    "field": "技术领域",
    "readiness_level": "技术成熟度",
    "description": "成果简介",
}


def table(**cells: str) -> bytes:
    row = ROW | cells
    return f"{','.join(HEADERS.values())}\n{','.join(row[name] for name in HEADERS)}\n".encode()


def test_a_row_of_a_result_is_read_whole() -> None:
    (right,) = read(table(), "rights.csv", AS_OF).accepted
    assert (right.right_id, right.right_type, right.filing_date) == (
        "CN-achievement-2026990001",
        "achievement",
        "",
    )
    fields = public_fields(right, INVENTORS_SINCE_ENGINE)
    assert fields["achievement"] == Achievement(
        completing_entity="91440300MA5EXAMP0X",
        field="C02;B01",
        readiness_level=6,
        registration_number="2026990001",
    )
    parts = erasable_parts(right, INVENTORS_SINCE_ENGINE)
    assert parts["completing_persons"] == ["示例甲", "示例乙"]
    assert parts["description"] == "演示成果简介"
    assert "示例" not in msgspec.json.encode(fields).decode()


@pytest.mark.parametrize("type_word", ["achievement", "S&T achievement", "科技成果", "成果"])
def test_json_lines_give_the_same_under_any_word_for_it(type_word: str) -> None:
    row: dict[str, Any] = ROW | {"right_type": type_word, "readiness_level": 6}
    row["completing_persons"] = ["示例甲", "示例乙"]
    (found,) = read(json.dumps(row).encode(), "rights.jsonl", AS_OF).accepted
    (same,) = read(table(), "rights.csv", AS_OF).accepted
    assert found == msgspec.structs.replace(same, line=1)


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("application_number", "成果2026", "registration_number"),
        ("application_number", "A1", "registration_number"),
        ("completing_entity", "示例大学", "company_number"),
        ("completing_entity", "", "missing_value"),
        ("completing_persons", "", "missing_value"),
        ("completing_persons", "；".join(["甲"] * 201), "too_many_names"),
        ("completing_persons", "甲" * 501, "field_too_long"),
        ("field", "水处理", "field_of_result"),
        ("readiness_level", "0", "readiness_level"),
        ("readiness_level", "10", "readiness_level"),
        ("readiness_level", "六", "readiness_level"),
        ("description", "", "missing_value"),
    ],
)
def test_what_is_missing_or_is_none_is_refused_by_name(field: str, text: str, code: str) -> None:
    (refused,) = read(table(**{field: text}), "rights.csv", AS_OF).refused
    assert (refused.line, refused.field, refused.code) == (2, field, code)


def test_a_place_where_results_are_not_registered_is_refused() -> None:
    row = json.dumps(ROW | {"office": "US"}).encode()
    (refused,) = read(row, "rights.jsonl", AS_OF).refused
    assert (refused.field, refused.code) == ("office", "place_of_result")


def test_results_of_a_file_enter_the_catalogue(venue: RunningVenue) -> None:
    seller = venue.party("seller")
    uploaded, given = (table(application_number=f"T{secrets.randbelow(10**9):09d}") for _ in range(2))
    venue.operator.upload_rights(uploaded, "text/csv", idempotency_key=secrets.token_hex(8))
    (outcome,) = seller.submit_rights(read(given, "rights.csv", AS_OF).accepted)
    assert (outcome.outcome, outcome.code) == ("registered", None)
    for content in (uploaded, given):
        (right,) = read(content, "rights.csv", AS_OF).accepted
        shown = seller.right(right.right_id)
        assert shown.achievement is not None
        assert (shown.right_type, shown.achievement.readiness_level) == ("achievement", 6)

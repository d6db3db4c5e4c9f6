"""Files name the inventors 发明人: their number becomes public, their names go into an erasable part of their own."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from typing import TYPE_CHECKING

import pytest

from api.rights.imported import bibliography, erasable_parts, public_fields
from api.rights.imports.read import read
from exchange.rights.catalogue import INVENTORS_SINCE_ENGINE

if TYPE_CHECKING:
    from tests.api.running_venue import RunningVenue

AS_OF = dt.date(2027, 1, 15)
NUMBER, TITLE, FILED = "CN201919999001.1", "演示：一种电池热管理方法及装置", "2019-03-12"
NAMES = ("示例甲", "示例乙", "示例甲")
"""Two of them bear one name, and are two."""


@pytest.mark.parametrize("header", ["发明人", "发明人/设计人", "设计人", "inventor", "Inventors"])
def test_a_table_names_the_inventors_under_any_of_their_headers(header: str) -> None:
    text = f"申请号,名称,申请日,{header}\n{NUMBER},{TITLE},{FILED},{'；'.join(NAMES)}\n"
    (right,) = read(text.encode(), "rights.csv", AS_OF).accepted
    assert right.inventors == NAMES


@pytest.mark.parametrize("key", ["inventor", "inventors"])
def test_json_lines_name_them_as_a_list_or_as_one_text(key: str) -> None:
    for said in (list(NAMES), "; ".join(NAMES)):
        row = {"application_number": NUMBER, "title": TITLE, "filing_date": FILED, key: said}
        (right,) = read(json.dumps(row).encode(), "rights.jsonl", AS_OF).accepted
        assert right.inventors == NAMES


def test_their_number_is_public_and_their_names_are_in_a_part_of_their_own() -> None:
    text = f"申请号,名称,申请日,发明人\n{NUMBER},{TITLE},{FILED},{'；'.join(NAMES)}\n"
    (right,) = read(text.encode(), "rights.csv", AS_OF).accepted
    assert public_fields(right, INVENTORS_SINCE_ENGINE)["inventors"] == len(NAMES)
    parts = erasable_parts(right, INVENTORS_SINCE_ENGINE)
    assert parts == {"bibliography": bibliography(right), "inventors": {"names": list(NAMES)}}
    assert not any(name in json.dumps(parts["bibliography"], ensure_ascii=False) for name in NAMES)
    assert "示例" not in json.dumps(public_fields(right, INVENTORS_SINCE_ENGINE), ensure_ascii=False)


def test_of_a_row_without_them_and_to_an_older_engine_nothing_is_said() -> None:
    text = f"申请号,名称,申请日,发明人\n{NUMBER},{TITLE},{FILED},\n"
    (none,) = read(text.encode(), "rights.csv", AS_OF).accepted
    (named,) = read(text.replace(f"{FILED},", f"{FILED},示例甲").encode(), "rights.csv", AS_OF).accepted
    for right, engine in ((none, INVENTORS_SINCE_ENGINE), (named, INVENTORS_SINCE_ENGINE - 1)):
        assert "inventors" not in public_fields(right, engine)
        assert set(erasable_parts(right, engine)) == {"bibliography"}


def test_an_uploaded_file_and_a_partys_own_bring_them_into_the_catalogue(venue: RunningVenue) -> None:
    text = "office,application_number,title,filing_date,inventors\nUS,{},A device 演示,2019-03-01,Jia; Yi\n"
    seller = venue.party("seller")
    uploaded, given = (text.format(f"16{secrets.randbelow(10**6):06d}").encode() for _ in range(2))
    venue.operator.upload_rights(uploaded, "text/csv", idempotency_key=secrets.token_hex(8))
    (outcome,) = seller.submit_rights(read(given, "rights.csv", AS_OF).accepted)
    assert outcome.outcome == "registered"
    for content in (uploaded, given):
        (right,) = read(content, "rights.csv", AS_OF).accepted
        assert seller.right(right.right_id).inventors == 2

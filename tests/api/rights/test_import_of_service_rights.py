"""Files say whether a right was made in service 职务发明; what is neither yes nor no is refused by name."""

from __future__ import annotations

import datetime as dt

import pytest

from api.rights.imported import public_fields
from api.rights.imports.read import read

AS_OF = dt.date(2027, 1, 15)
ROW = "CN201919999001.1,演示：一种电池热管理方法及装置,2019-03-12"


@pytest.mark.parametrize(
    ("word", "said"),
    [("是", True), ("否", False), ("yes", True), ("No", False), ("非职务发明", False), ("", None)],
)
def test_a_file_says_whether_a_right_was_made_in_service(word: str, said: bool | None) -> None:
    report = read(f"申请号,名称,申请日,职务发明\n{ROW},{word}\n".encode(), "rights.csv", AS_OF)
    (right,) = report.accepted
    assert right.service_invention is said
    assert public_fields(right, 3).get("service_invention") is said
    assert "service_invention" not in public_fields(right, 2), "an older engine is told nothing of it"


def test_what_is_neither_yes_nor_no_is_refused_by_name() -> None:
    text = f"application_number,title,filing_date,service_invention\n{ROW},perhaps\n"
    (refused,) = read(text.encode(), "rights.csv", AS_OF).refused
    assert (refused.line, refused.field, refused.code) == (2, "service_invention", "yes_or_no")
    assert "perhaps" in refused.reason

"""Numbers of marks, works, layouts and know-how: every form reads to one id, and the id reads back to itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.commands import RightType
from exchange.rights.identity import IdRefused, check_id
from exchange.rights.numbers import NumberRefused, parse
from exchange.rights.other_rights import other_right_id, parse_other
from exchange.rights.right_number import REFUSAL_CODES

YEAR = 2027
_REFERENCES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=4, max_size=32)
_OFFICES = ("国", "粤", "京", "沪")


def digits(count: int) -> st.SearchStrategy[str]:
    return st.integers(0, 10**count - 1).map(lambda number: f"{number:0{count}d}")


NUMBERS: dict[tuple[str, RightType], st.SearchStrategy[str]] = {
    ("CN", "trademark"): st.one_of(
        st.integers(1, 10**8 - 1).map(str),
        st.integers(1, 10**8 - 1).map(lambda number: f"第{number}号"),
        st.integers(10**6, 10**7 - 1).map(lambda number: f"G{number}"),
    ),
    ("HK", "trademark"): st.one_of(digits(9), digits(4).map(lambda serial: f"1998B{serial}")),
    ("MO", "trademark"): digits(6).map(lambda serial: f"N/{serial}"),
    ("CN", "software_copyright"): st.builds(
        lambda year, serial: f"{year}SR{serial}", st.integers(1992, YEAR), digits(6)
    ),
    ("CN", "copyright"): st.builds(
        lambda office, year, category, serial: f"{office}作登字-{year}-{category}-{serial}",
        *(st.sampled_from(_OFFICES), st.integers(1995, YEAR), st.sampled_from("ABCDEFGHIJKL"), digits(8)),
    ),
    ("CN", "layout_design"): st.builds(
        lambda year, serial: f"BS.{year:02d}{serial}", st.integers(1, YEAR - 2000), digits(7)
    ),
    ("CN", "know_how"): _REFERENCES,
    ("HK", "copyright"): _REFERENCES,
    ("CN", "geographical_indication"): _REFERENCES,
}
KINDS = sorted(NUMBERS)


def wide(text: str) -> str:
    """Full-width forms, as input methods give them."""
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)


@pytest.mark.parametrize(("office", "right_type"), KINDS)
@given(data=st.data())
def test_every_way_to_type_a_number_gives_one_id_that_reads_back(
    office: str, right_type: RightType, data: st.DataObject
) -> None:
    raw = data.draw(NUMBERS[office, right_type])
    number = parse_other(raw, office, right_type, as_of_year=YEAR)
    right_id = other_right_id(number, right_type)
    assert number.raw == raw
    assert check_id(right_id, office, right_type, as_of_year=YEAR) is not None
    for typed in (
        wide(raw),
        raw.lower(),
        " ".join(raw),
        f"{raw} ",
        raw.replace("/", "").replace("BS.", "BS"),
    ):
        again = parse_other(typed, office, right_type, as_of_year=YEAR)
        assert other_right_id(again, right_type) == right_id
        assert again.raw == typed


@pytest.mark.parametrize(("office", "right_type"), KINDS)
@given(data=st.data())
def test_an_id_of_one_kind_is_no_other_kinds(office: str, right_type: RightType, data: st.DataObject) -> None:
    raw = data.draw(NUMBERS[office, right_type])
    right_id = other_right_id(parse_other(raw, office, right_type, as_of_year=YEAR), right_type)
    others: list[RightType] = [
        "invention",
        "application",
        "achievement",
        "trademark",
        "know_how",
        "copyright",
    ]
    for other in others:
        if other != right_type:
            with pytest.raises(IdRefused):
                check_id(right_id, office, other, as_of_year=YEAR)


@pytest.mark.parametrize(("office", "right_type"), KINDS)
@given(raw=st.text(max_size=80))
def test_any_text_is_a_number_or_is_refused_by_a_known_code(
    office: str, right_type: RightType, raw: str
) -> None:
    try:
        number = parse_other(raw, office, right_type, as_of_year=YEAR)
    except NumberRefused as error:
        refused: NumberRefused | None = error
    else:
        refused = None
        assert check_id(other_right_id(number, right_type), office, right_type, as_of_year=YEAR) is not None
    assert refused is None or (refused.code in REFUSAL_CODES and refused.detail_zh)


@pytest.mark.parametrize(
    ("raw", "right_type", "code"),
    [
        ("软著登字第1234567号", "software_copyright", "number_kind"),
        ("2028SR123456", "software_copyright", "number_year"),
        ("1989SR123456", "software_copyright", "number_year"),
        ("国作登字-2016-Z-00123456", "copyright", "number_format"),
        ("美作登字-2016-A-00123456", "copyright", "number_format"),
        ("BS.005508385", "layout_design", "number_year"),
        ("BS.1555083", "layout_design", "number_format"),
        ("0123456", "trademark", "number_format"),
        ("", "trademark", "number_missing"),
    ],
)
def test_a_wrong_number_is_refused_by_name(raw: str, right_type: RightType, code: str) -> None:
    with pytest.raises(NumberRefused) as refused:
        parse_other(raw, "CN", right_type, as_of_year=YEAR)
    assert refused.value.code == code


def test_a_place_without_grammar_is_refused() -> None:
    with pytest.raises(NumberRefused) as refused:
        parse_other("12345678", "US", "trademark", as_of_year=YEAR)
    assert refused.value.code == "unknown_office"


def test_a_design_of_hong_kong_tells_its_type() -> None:
    number = parse("HK1612345.6", as_of_year=YEAR)
    assert (number.office, number.number, number.right_type) == ("HK", "1612345.6", "design")
    with pytest.raises(IdRefused):
        check_id("HK-1612345.6", "HK", "invention", as_of_year=YEAR)

"""Right numbers: what is refused, what is normalised, and which errors the check digit cannot see."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exchange.rights.numbers import (
    OFFICES,
    REFUSAL_CODES,
    NumberRefused,
    RightNumber,
    announces_grant,
    check_digit,
    parse,
    printed,
    right_id,
)

AS_OF_YEAR = 2026

REAL_CN_NUMBERS = (
    "201710117081.7",
    "201610311380.X",
    "201730033448.8",
    "200680002871.0",
    "201480064779.1",
    "201580013987.3",
    "201580026693.4",
    "201610178553.5",
    "201911336624.X",
    "201610410030.9",
    "201110030901.1",
    "201710601862.3",
    "95115608.X",
    "97101765.4",
)
EQUAL_WEIGHT_PAIRS = {(0, 8), (1, 9), (2, 10), (3, 11)}

long_digits = st.builds(
    lambda year, kind, serial: f"{year}{kind}{serial:07d}",
    st.integers(2003, AS_OF_YEAR),
    st.sampled_from("12389"),
    st.integers(0, 9_999_999),
)
short_digits = st.builds(
    lambda year, kind, serial: f"{year % 100:02d}{kind}{serial:05d}",
    st.integers(1985, 2003),
    st.sampled_from("12389"),
    st.integers(0, 99_999),
)
cn_digits = st.one_of(long_digits, short_digits)


def read(
    raw: str, office: str | None = None, kind: str | None = None, right_type: str | None = None
) -> RightNumber:
    return parse(raw, as_of_year=AS_OF_YEAR, office=office, kind=kind, right_type=right_type)


def refusal(
    raw: str, office: str | None = None, kind: str | None = None, right_type: str | None = None
) -> str:
    with pytest.raises(NumberRefused) as caught:
        read(raw, office, kind, right_type)
    assert caught.value.code in REFUSAL_CODES
    return caught.value.code


def outcome_of(raw: str, office: str | None) -> RightNumber | NumberRefused:
    try:
        return read(raw, office)
    except NumberRefused as refused:
        return refused


@pytest.mark.parametrize("number", REAL_CN_NUMBERS)
def test_the_check_digit_of_real_numbers_is_computed_and_accepted(number: str) -> None:
    digits, last = number.split(".")
    assert check_digit(digits) == last
    assert read(number, office="CN").number == number


@given(cn_digits)
def test_every_single_digit_corruption_is_refused(digits: str) -> None:
    whole = digits + check_digit(digits)
    for place, right in enumerate(whole):
        for wrong in "0123456789X":
            if wrong == right or (wrong == "X" and place != len(whole) - 1):
                continue
            with pytest.raises(NumberRefused):
                read(f"{whole[:place]}{wrong}{whole[place + 1 :]}", office="CN")


@given(long_digits, st.integers(0, 11), st.integers(0, 11))
def test_swapped_digits_are_caught_except_in_the_four_pairs_of_equal_weight(
    digits: str, one: int, other: int
) -> None:
    one, other = sorted((one, other))
    assume(digits[one] != digits[other])
    swapped = list(digits)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    same = check_digit("".join(swapped)) == check_digit(digits)
    assert same == ((one, other) in EQUAL_WEIGHT_PAIRS)


@given(cn_digits, st.data())
def test_every_accepted_spelling_gives_the_same_number_and_id(digits: str, data: st.DataObject) -> None:
    expected = f"{digits}.{check_digit(digits)}"
    text = data.draw(st.sampled_from(("", "CN", "ZL", "CNZL", "cn", "zl"))) + digits
    text += data.draw(st.sampled_from((".", ""))) + check_digit(digits)
    if data.draw(st.booleans()):
        text = text.lower()
    if data.draw(st.booleans()):
        wide = {ord(c): ord(c) + 0xFEE0 for c in string.printable.strip()}
        text = text.translate(wide)
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + data.draw(st.sampled_from((" ", "\u3000", "\u00a0", "\t"))) + text[place:]
    number = read(text, office="CN")
    assert number.number == expected
    assert number.raw == text
    assert right_id(number) == f"CN-{expected}"


@given(cn_digits)
def test_a_chinese_number_without_its_check_digit_is_refused(digits: str) -> None:
    for text in (digits, f"CN{digits}", f"ZL {digits}", f"{digits}."):
        assert refusal(text, office="CN") == "missing_check_digit"


ST13 = (
    ("CN 10 2016 0178553 5", "201610178553.5"),
    ("CN 10 2016 0178553.5", "201610178553.5"),
    ("10201601785535", "201610178553.5"),
    ("CN 10 2006 0002871 0", "200680002871.0"),
    ("CN 30 2017 0033448 8", "201730033448.8"),
)


@pytest.mark.parametrize(("text", "number"), ST13)
def test_a_spelling_by_st13_is_read_where_the_check_digit_tells_the_offices_number(
    text: str, number: str
) -> None:
    """Its type 10 stands for a national application, whose digit is 1, and for a PCT one, whose digit is 8."""
    found = read(text, office="CN")
    assert (found.number, found.raw) == (number, text)


@pytest.mark.parametrize(
    "text", ["CN 10 2016 0178553", "10 2016 0178553", "20 2016 0178553", "cn30 2017 0033448"]
)
def test_a_spelling_by_st13_without_the_check_digit_is_refused_as_one_that_lacks_it(text: str) -> None:
    assert refusal(text, office="CN") == "missing_check_digit"


def test_a_spelling_by_st13_with_another_check_digit_is_refused() -> None:
    assert refusal("CN 10 2016 0178553 4", office="CN") == "check_digit"
    assert refusal("CN 10 1984 0178553 4", office="CN") == "number_year"


@given(cn_digits)
def test_every_long_number_is_read_by_st13_as_it_is_by_itself(digits: str) -> None:
    if len(digits) != 12 or digits[4] not in "12389":
        return
    code = {"1": "10", "8": "10", "2": "20", "9": "20", "3": "30"}[digits[4]]
    spelt = f"{code} {digits[:4]} {digits[5:]} {check_digit(digits)}"
    assert read(spelt, office="CN").number == f"{digits}.{check_digit(digits)}"


@given(st.text(max_size=80), st.sampled_from((None, *OFFICES)))
def test_any_text_is_either_parsed_or_refused_with_a_known_code(text: str, office: str | None) -> None:
    outcome = outcome_of(text, office)
    if isinstance(outcome, NumberRefused):
        assert outcome.code in REFUSAL_CODES
        assert outcome.detail.isprintable()
        assert outcome.detail_zh.isprintable()
    else:
        assert outcome.office in OFFICES
        assert re.fullmatch(r"[A-Za-z0-9.\-]+", right_id(outcome))


WELL_FORMED = (
    r"US[0-9]{2}/[0-9]{3},[0-9]{3}",
    r"US0[1-9][0-9]{6}B[12]?",
    r"US(D0?[1-9][0-9]{5}S1|PP[1-9][0-9]{4}P[23]|RE[1-9][0-9]{4}E1?)",
    r"US20(0[1-9]|1[0-9])[0-9]{6,7}A[129]",
    r"(WO|wo )(19[89][0-9]|20[01][0-9])/?[0-9]{6}A1",
    r"WO(0[0-3]|9[0-9])/?[0-9]{5,6}",
    r"PCT/[A-Z]{2}(20[01][0-9]|9[0-9])/[0-9]{5,6}",
    r"EP(0[0-9]|1[0-9]|9[0-9])[0-9]{6}",
    r"EP[0-9]{7}[AB][1-9]",
    r"HK[0-9]{7,8}[A-C][0-9]?",
    r"MO ?[IJ]/?[0-9]{6}",
    r"CN(1[0-9]{8}[ABC]|2[0-9]{6}[UY]|3[0-9]{8}[SD])",
)


@given(st.one_of([st.from_regex(form, fullmatch=True) for form in WELL_FORMED]))
def test_a_number_as_printed_is_read_back_as_the_same_right(text: str) -> None:
    number = read(text)
    again = read(printed(number))
    assert (again.number, again.kind, right_id(again)) == (number.number, number.kind, right_id(number))
    assert printed(again) == printed(number)


@pytest.mark.parametrize(
    "text",
    [
        "2.01610178554E+11",
        "2.01610178553E12",
        "2,01610178554E+11",
        "2e11",
        "2016101785535.0",
        "201,610,178,553.5",
        "########",
        '="201610178553.5"',
        "'201610178553.5",
    ],
)
def test_a_number_in_spreadsheet_notation_is_named_as_such(text: str) -> None:
    assert refusal(text) == "spreadsheet_number"
    assert refusal(text, office="CN") == "spreadsheet_number"


def _numbered(digits: str) -> str:
    return f"{digits}.{check_digit(digits)}"


def test_a_year_before_1985_or_after_the_year_of_import_is_refused() -> None:
    assert refusal(_numbered("198410000001"), office="CN") == "number_year"
    assert refusal(_numbered("202710000001"), office="CN") == "number_year"
    assert refusal(_numbered("84100001"), office="CN") == "number_year"
    assert refusal(_numbered("04100001"), office="CN") == "number_year"
    assert read(_numbered("85100001"), office="CN").year == 1985
    assert read(_numbered("202610000001"), office="CN").year == AS_OF_YEAR
    assert refusal("WO2027123456A1") == "number_year"
    assert refusal("US20270004437A1") == "number_year"


def test_an_unknown_type_digit_is_accepted_with_a_warning() -> None:
    number = read(_numbered("202270000001"), office="CN")
    assert number.right_type is None
    assert number.warnings == ("unknown_type_digit",)


def test_the_type_in_the_number_must_be_the_type_that_is_claimed() -> None:
    assert read("201730033448.8", right_type="design").right_type == "design"
    assert refusal("201730033448.8", right_type="invention") == "number_type_mismatch"
    assert refusal("US29116510", right_type="invention") == "number_type_mismatch"
    assert refusal("CN305681112A") == "number_type_mismatch"
    assert refusal("USD435854B2") == "number_type_mismatch"


def test_digits_of_other_scripts_and_lookalike_letters_are_refused() -> None:
    cyrillic_ha = "\u0425"
    arabic_one = "\u0661"
    assert refusal(f"201610311380.{cyrillic_ha}", office="CN") == "number_format"
    assert refusal(f"20{arabic_one}610178553.5", office="CN") == "number_format"
    assert refusal("201610178553\u2460", office="CN") == "number_format"
    assert refusal("PCT/C\u01312015/074567", office="WO") == "number_format"


def test_a_message_never_carries_control_characters_of_the_input() -> None:
    with pytest.raises(NumberRefused) as caught:
        read("CN\x1b[2J\u202e5358710161")
    assert caught.value.detail.isprintable()
    assert "\x1b" not in caught.value.detail_zh


@pytest.mark.parametrize("digits", ["", "1234567", "2016101785535", "20161017855X", "\uff12016101785"])
def test_the_check_digit_of_anything_but_8_or_12_digits_is_refused(digits: str) -> None:
    with pytest.raises(NumberRefused):
        check_digit(digits)


def test_an_office_is_never_guessed_where_two_offices_share_a_form() -> None:
    for text in ("18100000", "13163253.1", "JP2015123456", "KR1020150012345"):
        assert refusal(text) == "unknown_office"
    assert refusal("18100000", office="ZZ") == "unknown_office"
    assert refusal("US14182756", office="CN") == "office_mismatch"
    assert refusal("ZL201610178553.5", office="US") == "office_mismatch"


@pytest.mark.parametrize(
    ("text", "kind", "number", "right_type", "as_printed"),
    [
        ("CN 106844774 A", "publication", "106844774", "invention", "CN106844774A"),
        ("CN110912937B", "publication", "110912937", "invention", "CN110912937B"),
        ("cn304218960s", "publication", "304218960", "design", "CN304218960S"),
        ("CN1234567C", "publication", "1234567", "invention", "CN1234567C"),
        ("CN85100001A", "publication", "85100001", "invention", "CN85100001A"),
        ("ZL201610178553.5", "grant", "201610178553.5", "invention", "ZL201610178553.5"),
        ("US 14/182,756", "application", "14182756", None, "US14182756"),
        ("US29/116,510", "application", "29116510", "design", "US29116510"),
        ("US08930553B2", "grant", "8930553", "invention", "US8930553B2"),
        ("US 12,186,454 B2", "grant", "12186454", "invention", "US12186454B2"),
        ("USD0435854S1", "grant", "D435854", "design", "USD435854S1"),
        ("USRE40,000E1", "grant", "RE40000", "reissue", "USRE40000E1"),
        ("USPP12345P2", "grant", "PP12345", "plant", "USPP12345P2"),
        ("US20050004437A1", "publication", "20050004437", None, "US20050004437A1"),
        ("US2001003540A1", "publication", "20010003540", None, "US20010003540A1"),
        ("EP13163253.1", "application", "13163253.1", "invention", "EP13163253.1"),
        ("EP2644616A1", "publication", "2644616", "invention", "EP2644616A1"),
        ("WO2016/123456A1", "publication", "2016123456", "invention", "WO2016123456A1"),
        ("WO 99/12345", "publication", "1999012345", "invention", "WO1999012345"),
        ("PCT/CH02/00573", "application", "PCT/CH2002/000573", "invention", "PCT/CH2002/000573"),
        ("HK1221234A", "publication", "1221234", None, "HK1221234A"),
        ("MO J/001234", "application", "J/001234", "invention", "MOJ/001234"),
    ],
)
def test_each_office_has_one_normal_form(
    text: str, kind: str, number: str, right_type: str | None, as_printed: str
) -> None:
    read_number = read(text)
    assert (read_number.kind, read_number.number, read_number.right_type) == (kind, number, right_type)
    assert printed(read_number) == as_printed


def test_eight_bare_digits_are_an_application_unless_the_field_holds_grants() -> None:
    application = read("US12186454", kind="application")
    grant_number = read("US12186454", kind="grant")
    assert right_id(application) == "US-12186454"
    assert right_id(grant_number) == "US-grant-12186454"
    assert refusal("US12186454B2", kind="application") == "number_kind"
    assert refusal("CN105681112A", kind="application") == "number_kind"
    assert refusal("201610178553.5", office="CN", kind="publication") == "number_kind"


def test_a_patent_number_and_its_application_number_are_one_right() -> None:
    assert right_id(read("ZL201610178553.5")) == right_id(read("201610178553.5")) == "CN-201610178553.5"


def test_a_european_check_digit_is_verified_or_added_with_a_warning() -> None:
    for number in ("EP16839078.9", "EP99403122.7", "EP13163253.1"):
        assert read(number).warnings == ()
    assert refusal("EP16839078.8") == "check_digit"
    completed = read("EP16839078")
    assert (completed.number, completed.warnings) == ("16839078.9", ("check_digit_added",))


def test_only_an_a_document_of_the_chinese_office_publishes_an_application() -> None:
    assert [kind for kind in "ABCDSUY" if announces_grant(kind)] == list("BCDSUY")
    assert not announces_grant(None)

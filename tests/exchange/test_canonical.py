"""The canonical form: RFC 8785 to the byte, one form for one value, nothing outside the domain."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.canonical import (
    DEEPEST_NESTING,
    LARGEST_INTEGER,
    CanonicalRefused,
    Plain,
    decode,
    decode_as,
    digest,
    encode,
    is_canonical,
    is_nested_too_deep,
)

text = st.text(st.characters(exclude_categories=["Cs"]))
tricky_keys = st.text(st.sampled_from('a\ue000\uffff\U00010000\U0001f600\u2028\x7f\x00"\\'), max_size=3)
integers = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
values = st.recursive(
    st.none() | st.booleans() | integers | text,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(text | tricky_keys, inner, max_size=6),
    max_leaves=25,
)


class Leg(msgspec.Struct, rename="camel"):
    """A Struct as the records use them, with renamed fields."""

    unit_price: int
    currency_code: str = "CNY"


class Loose(msgspec.Struct, omit_defaults=True):
    """A Struct whose bytes would depend on where its strings come from."""

    name: str = "a"


class Order(msgspec.Struct, tag="PlaceOrder", frozen=True):
    """A tagged Struct with Structs inside."""

    party: str
    legs: tuple[Leg, ...]
    active: bool
    zone: str | None = None


class Colour(StrEnum):
    """A str that is not exactly a str."""

    RED = "red"


@given(values)
@settings(max_examples=400)
def test_every_value_of_the_domain_is_written_as_the_reference_writes_it(value: Plain) -> None:
    assert encode(value) == rfc8785.dumps(value)


@given(values)
def test_what_is_written_is_read_back_as_the_same_value(value: Plain) -> None:
    data = encode(value)
    assert decode(data) == value
    assert is_canonical(data)


@given(st.dictionaries(tricky_keys, integers, min_size=2, max_size=8))
def test_keys_are_ordered_by_utf16_code_unit(value: dict[str, int]) -> None:
    keys = list(json.loads(encode(value)))
    assert keys == sorted(keys, key=lambda key: key.encode("utf-16-be"))


def test_a_key_beyond_the_bmp_comes_before_one_in_the_private_use_area() -> None:
    # Code points order these two the other way round: U+E000 < U+1F600, but D83D < E000.
    assert encode({"\ue000": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ue000":1}'.encode()


@given(st.lists(st.builds(Leg, integers, text), max_size=3), text, st.booleans(), st.none() | text)
def test_a_struct_is_written_as_its_fields_are(
    legs: list[Leg],
    party: str,
    active: bool,
    zone: str | None,
) -> None:
    order = Order(party, tuple(legs), active, zone)
    assert encode(order) == rfc8785.dumps(msgspec.to_builtins(order))
    assert decode_as(encode(order), Order) == order


def test_the_examples_of_rfc_8785_without_floats_hold() -> None:
    # RFC 8785, sections 3.2.2 and 3.2.3 (the number examples there are floats, which this domain refuses).
    literals_and_string = {"literals": [None, True, False], "string": '\u20ac$\u000f\nA\'B"\\\\"/'}
    assert encode(literals_and_string) == (
        '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()
    )
    sorting = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert list(json.loads(encode(sorting)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.0, "canonical_type"),
        ([{"a": float("nan")}], "canonical_type"),
        (b"bytes", "canonical_type"),
        ({1: "a key that is no text"}, "canonical_type"),
        ({None: 1}, "canonical_type"),
        ({"a", "b"}, "canonical_type"),
        (Decimal("1.5"), "canonical_type"),
        (datetime(2026, 1, 1, tzinfo=UTC), "canonical_type"),
        (Colour.RED, "canonical_type"),
        (msgspec.UNSET, "canonical_type"),
        (Loose("b"), "canonical_type"),
        (Leg(1.5), "canonical_type"),  # type: ignore[arg-type]  # what a careless caller could do
        (LARGEST_INTEGER + 1, "canonical_integer"),
        ([-LARGEST_INTEGER - 1], "canonical_integer"),
        (Leg(2**63), "canonical_integer"),
        ("\ud800", "canonical_text"),
        ({"\udfff": 1}, "canonical_text"),
        (["\U0001f600", "\udc00"], "canonical_text"),
    ],
)
def test_a_value_outside_the_domain_is_refused_with_its_code(value: object, code: str) -> None:
    with pytest.raises(CanonicalRefused) as refused:
        encode(value)  # type: ignore[arg-type]  # what the types forbid must be refused when they are ignored
    assert refused.value.code == code
    assert refused.value.cure


def test_nesting_is_bounded_on_both_ways() -> None:
    deepest: Plain = 1
    for _ in range(DEEPEST_NESTING):
        deepest = [deepest]
    assert decode(encode(deepest)) == deepest
    with pytest.raises(CanonicalRefused, match="canonical_depth"):
        encode([deepest])
    cycle: list[Plain] = []
    cycle.append(cycle)
    with pytest.raises(CanonicalRefused, match="canonical_depth"):
        encode(cycle)
    assert not is_canonical(b"[" * 65 + b"]" * 65)
    assert not is_canonical(b"[" * 100_000 + b"]" * 100_000)
    assert not is_canonical(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)


@given(values)
def test_only_text_that_nests_too_deep_is_called_so(value: Plain) -> None:
    data = encode([value] * 40)
    assert not is_nested_too_deep(data)
    for _ in range(DEEPEST_NESTING):
        data = b'[["}]",{"]":0}],' + data + b"]"
    assert is_nested_too_deep(data)
    assert not is_nested_too_deep(encode(data.decode()))  # brackets within a string nest nothing


@pytest.mark.parametrize(
    "text", ['"' + '\\"' * 300_000 + "[" * 100, "[" * 65 + '"' * 300_001, "]" * 300_000 + '"\\']
)
def test_the_nesting_of_text_that_is_no_json_gets_an_answer_in_one_pass(text: str) -> None:
    assert not is_canonical(text.encode())


def test_hostile_nesting_cannot_end_the_process_even_where_the_recursion_limit_was_raised() -> None:
    # Libraries for Ethereum raise the limit to 100,000, where a reader in C overflows the stack instead.
    program = (
        "import sys; from exchange.canonical import decode, is_canonical; sys.setrecursionlimit(10**6);"
        "print([is_canonical(opening * 200_000) for opening in (b'[', b'{\"a\":', b'[[],')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, b"[False, False, False]\n"), ran.stderr.decode()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":1,"a":1}', "canonical_form"),
        (b'{"a":1,"a":2}', "canonical_form"),
        (b'{"b":1,"a":2}', "canonical_form"),
        (b'{"a": 1}', "canonical_form"),
        (b" 1", "canonical_form"),
        (b"1\n", "canonical_form"),
        (b"-0", "canonical_form"),
        (b'"\\u0041"', "canonical_form"),
        (b'"\\/"', "canonical_form"),
        (b'"\\u000F"', "canonical_form"),
        (b'"\\u007f"', "canonical_form"),
        (b"1.0", "canonical_type"),
        (b"1e3", "canonical_type"),
        (b"9007199254740992", "canonical_integer"),
        (b"1" * 5_000, "canonical_json"),
        (b"", "canonical_json"),
        (b"{", "canonical_json"),
        (b"01", "canonical_json"),
        (b"nul", "canonical_json"),
        (b"NaN", "canonical_json"),
        (b"1 2", "canonical_json"),
        (b'"\x01"', "canonical_json"),
        (b'"\\ud800"', "canonical_json"),
        (b'"\xed\xa0\x80"', "canonical_json"),
        (b'"\xff"', "canonical_json"),
        (b"\xef\xbb\xbf1", "canonical_json"),
    ],
)
def test_text_in_any_other_form_is_refused_with_its_code(data: bytes, code: str) -> None:
    with pytest.raises(CanonicalRefused) as refused:
        decode(data)
    assert refused.value.code == code
    assert refused.value.cure
    assert not is_canonical(data)


@given(values, st.data())
def test_a_changed_byte_is_refused_or_gives_another_value(value: Plain, data: st.DataObject) -> None:
    written = bytearray(encode(value))
    position = data.draw(st.integers(0, len(written) - 1))
    written[position] ^= data.draw(st.integers(1, 255))
    try:
        read = decode(bytes(written))
    except CanonicalRefused:
        return
    assert encode(read) == bytes(written)
    assert encode(read) != encode(value)


@given(st.binary(max_size=60) | st.text('[]{}",:0123456789.eE+- \\ubtrfalsn', max_size=30).map(str.encode))
@settings(max_examples=400)
def test_no_bytes_whatever_make_reading_fail_in_another_way(data: bytes) -> None:
    if is_canonical(data):
        assert rfc8785.dumps(json.loads(data)) == data


def test_a_record_is_read_only_in_the_form_that_it_is_written_in() -> None:
    assert decode_as(b'{"currencyCode":"CNY","unitPrice":5}', Leg) == Leg(5)
    for data, code in (
        (b'{"unitPrice":5}', "canonical_form"),  # a default left away
        (b'{"unitPrice":5,"currencyCode":"CNY"}', "canonical_form"),
        (b'{"currencyCode":"CNY","extra":1,"unitPrice":5}', "canonical_form"),
        (b'{"currencyCode":"CNY","unitPrice":5,"unitPrice":5}', "canonical_form"),
        (b'{"currencyCode":"CNY","unitPrice":"5"}', "canonical_shape"),
        (b'{"currencyCode":"CNY","unitPrice":5.0}', "canonical_shape"),
        (b"{}", "canonical_shape"),
        (b"{", "canonical_json"),
    ):
        with pytest.raises(CanonicalRefused) as refused:
            decode_as(data, Leg)
        assert refused.value.code == code, data


def test_the_digest_is_the_sha256_of_the_canonical_bytes() -> None:
    # printf '{"a":1,"b":[true,null]}' | sha256sum
    assert digest({"b": [True, None], "a": 1}).hex() == (
        "1cc69c7fa23616ca2ec3ee70d24390a6225c8832db8a4c814c7e0e7f942f8668"
    )


class Node(msgspec.Struct):
    """Holds itself, so that no declaration bounds its depth."""

    inner: list["Node"] = []


class Base(msgspec.Struct):
    """What others are made from: a field of this type may hold more than it declares."""

    name: str


class Derived(Base):
    """More than its base declares."""

    share: float


class Holder(msgspec.Struct):
    """A field that is declared as a base."""

    held: Base


class Anything(msgspec.Struct):
    """A field that is declared as nothing certain."""

    value: object


class Several(msgspec.Struct):
    """Every declaration of the domain."""

    names: dict[str, tuple[str, int]]
    legs: tuple[Leg, ...]
    numbers: list[int]
    flag: bool | None
    note: str | msgspec.UnsetType = msgspec.UNSET


@given(
    st.builds(
        Several,
        st.dictionaries(text | tricky_keys, st.tuples(text, integers), max_size=4),
        st.lists(st.builds(Leg, integers, text), max_size=3).map(tuple),
        st.lists(integers, max_size=4),
        st.booleans() | st.none(),
        text | st.just(msgspec.UNSET),
    )
)
def test_a_struct_of_declared_fields_is_written_as_its_fields_are(value: Several) -> None:
    assert encode([value]) == rfc8785.dumps([msgspec.to_builtins(value)])


@pytest.mark.parametrize(
    "value",
    [
        Leg(LARGEST_INTEGER + 1),
        Leg(-LARGEST_INTEGER - 1),
        Several({"a": ("", 2**63)}, (), [], None),
        Several({}, (), [10**30], None),
        {"deep": [Leg(10**17)]},
    ],
)
def test_an_integer_too_large_is_refused_in_declared_fields_too(value: Any) -> None:
    with pytest.raises(CanonicalRefused) as refused:
        encode(value)
    assert refused.value.code == "canonical_integer"


@pytest.mark.parametrize(
    "value",
    [
        Holder(Derived("a", 1.5)),
        Holder(Derived("a", float("nan"))),
        Anything(1.5),
        Anything(b"bytes"),
        Anything(Colour.RED),
        Leg(cast("int", 1.5)),
    ],
)
def test_what_a_declaration_does_not_keep_out_is_refused(value: Any) -> None:
    with pytest.raises(CanonicalRefused) as refused:
        encode(value)
    assert refused.value.code == "canonical_type"


def test_digits_in_a_text_are_no_large_integer() -> None:
    assert encode(Leg(1, "9" * 40)) == b'{"currencyCode":"' + b"9" * 40 + b'","unitPrice":1}'
    assert encode(Leg(1, "1.5")) == b'{"currencyCode":"1.5","unitPrice":1}'


def test_a_type_that_holds_itself_is_refused_beyond_the_deepest_nesting() -> None:
    node = Node()
    for _ in range((DEEPEST_NESTING - 1) // 2):  # each a Struct and its list
        node = Node([node])
    encode(node)
    with pytest.raises(CanonicalRefused) as refused:
        encode(Node([node]))
    assert refused.value.code == "canonical_depth"

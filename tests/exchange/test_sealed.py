"""Sealed parts: a commitment opens to one value, under one label only, and says nothing without its salt."""

import hashlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.canonical import CanonicalRefused, Plain, encode
from exchange.sealed import (
    CONFIDENTIAL,
    ERASABLE,
    Opening,
    SealedRefused,
    commitment,
    matches,
)

salts = st.binary(min_size=32, max_size=32)
labels = st.from_regex(r"[a-z][a-z0-9._:-]{0,63}", fullmatch=True)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\u5c0f"), inner, max_size=3),
)
SALT = bytes(range(32))


@given(labels, salts, values)
def test_an_opening_opens_its_own_commitment(label: str, salt: bytes, value: Plain) -> None:
    assert matches(commitment(label, salt, value), label, Opening(salt.hex(), value))


@given(salts, values, values, salts)
def test_no_other_value_salt_or_label_opens_it(
    salt: bytes, value: Plain, other: Plain, other_salt: bytes
) -> None:
    sealed = commitment(ERASABLE, salt, value)
    assert matches(sealed, ERASABLE, Opening(salt.hex(), other)) == (encode(value) == encode(other))
    assert matches(sealed, ERASABLE, Opening(other_salt.hex(), value)) == (salt == other_salt)
    assert not matches(sealed, CONFIDENTIAL, Opening(salt.hex(), value))


@given(st.integers(0, 255))
def test_a_single_flipped_bit_of_the_commitment_is_refused(bit: int) -> None:
    sealed = bytearray(commitment(CONFIDENTIAL, SALT, {"royalty_bp": 350}))
    sealed[bit // 8] ^= 1 << bit % 8
    assert not matches(bytes(sealed), CONFIDENTIAL, Opening(SALT.hex(), {"royalty_bp": 350}))


def test_the_commitment_is_made_of_exactly_these_bytes() -> None:
    expected = hashlib.sha256(
        b"IPX sealed part v1\x00" + b"\x0cconfidential" + SALT + b'{"a":"\xe5\xb0\x8f"}'
    ).digest()
    assert commitment(CONFIDENTIAL, SALT, {"a": "\u5c0f"}) == expected


@given(labels, labels, salts)
def test_bytes_cannot_be_moved_between_label_salt_and_value(label: str, longer: str, salt: bytes) -> None:
    joined = label + longer
    if len(joined) <= 64:
        assert commitment(joined, salt, "") != commitment(label, salt, longer)
        assert commitment(joined, salt, "") != commitment(label, salt, "")


@pytest.mark.parametrize("label", ["", "Upper", "1st", "a" * 65, "a b", "\u540d", "a\n"])
def test_a_label_outside_the_identifier_set_is_refused(label: str) -> None:
    with pytest.raises(SealedRefused) as refused:
        commitment(label, SALT, 1)
    assert refused.value.code == "sealed_label"
    assert not matches(bytes(32), label, Opening(SALT.hex(), 1))


@pytest.mark.parametrize("salt", [b"", SALT[:31], SALT + b"\x00"])
def test_a_salt_of_another_length_is_refused(salt: bytes) -> None:
    with pytest.raises(SealedRefused) as refused:
        commitment(ERASABLE, salt, 1)
    assert refused.value.code == "sealed_salt"


def test_a_value_without_canonical_form_cannot_be_sealed() -> None:
    with pytest.raises(CanonicalRefused, match="canonical_type"):
        commitment(ERASABLE, SALT, 1.5)  # type: ignore[arg-type]  # what the types forbid


@pytest.mark.parametrize(
    "salt", ["", "zz" * 32, SALT.hex().upper(), SALT.hex() + "00", SALT.hex()[:-1], " " + SALT.hex()]
)
def test_a_malformed_opening_opens_nothing(salt: str) -> None:
    assert not matches(commitment(ERASABLE, SALT, "x"), ERASABLE, Opening(salt, "x"))
    assert not matches(commitment(ERASABLE, SALT, "x"), ERASABLE, Opening(SALT.hex(), 0.5))
    assert not matches(b"", ERASABLE, Opening(SALT.hex(), "x"))


def test_an_opening_travels_as_json_but_does_not_show_itself_in_a_log() -> None:
    opening = Opening(SALT.hex(), {"name": "\u793a\u4f8b\u7532"})
    assert msgspec.json.decode(msgspec.json.encode(opening), type=Opening) == opening
    assert json.loads(msgspec.json.encode(opening))["salt"] == SALT.hex()
    for shown in (repr(opening), str(opening), f"{[opening]}"):
        assert SALT.hex() not in shown
        assert "\u793a" not in shown

"""The verifier's own arithmetic and forms, held against the libraries and the tables of this house."""

from __future__ import annotations

import hashlib
import json
from typing import Any, get_args

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import canonical, commands
from exchange.identifiers import DEAL_KIND_NUMBERS
from exchange.keccak import keccak
from exchange.sealed import commitment
from ledger import messages, signatures
from ledger.bundle import ipx_verify
from ledger.bundle.digests import sm3
from ledger.chain.event_words import topic_of
from ledger.chain.events import EVENT_TYPES
from ledger.merkle import Tree
from ledger.secp256k1 import PrivateKey, sign

# GB/T 32905-2016, appendix A
SM3_VECTORS = (
    (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
)
LENGTHS = (0, 1, 31, 55, 56, 63, 64, 65, 119, 120, 135, 136, 137, 271, 272, 273, 1000)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(("message", "digest"), SM3_VECTORS)
def test_sm3_gives_the_standards_own_vectors(message: bytes, digest: str) -> None:
    assert sm3(message).hex() == ipx_verify.own_sm3(message).hex() == ipx_verify.sm3(message).hex() == digest


@pytest.mark.parametrize("length", LENGTHS)
def test_hashes_are_those_of_the_libraries_at_every_length_of_padding(length: int) -> None:
    data = hashlib.shake_256(bytes([length % 256])).digest(length)
    assert ipx_verify.keccak(data) == keccak(data)
    assert ipx_verify.own_sm3(data) == sm3(data)


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.integers(0, 65 * 8 - 1))
def test_the_signer_that_is_recovered_is_the_librarys(secret: bytes, digest: bytes, bit: int) -> None:
    key = PrivateKey.from_hex("0x" + hashlib.sha256(secret).hexdigest())
    signature = sign(digest, key)
    assert ipx_verify.recover(digest, signature) == key.address.lower()
    raw = bytearray.fromhex(signature[2:])
    raw[bit // 8] ^= 1 << bit % 8
    flipped = "0x" + raw.hex()
    try:
        wanted: str | None = signatures.recover(digest, flipped).lower()
    except signatures.SignatureRefused:
        wanted = None
    assert ipx_verify.recover(digest, flipped) == wanted


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300), st.integers(0, 64 * 8 - 1))
def test_ed25519_says_what_the_library_says(secret: bytes, message: bytes, bit: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(secret)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert ipx_verify.ed25519(public, message, signature)
    assert not ipx_verify.ed25519(public, message + b"x", signature)
    raw = bytearray(signature)
    raw[bit // 8] ^= 1 << bit % 8
    assert not ipx_verify.ed25519(public, message, bytes(raw))


@settings(max_examples=200, deadline=None)
@given(VALUES)
def test_the_canonical_form_is_rfc_8785s(value: Any) -> None:
    written = ipx_verify.canonical(value)
    assert written == canonical.encode(value) == rfc8785.dumps(value)
    assert ipx_verify.parse(written) == value


@pytest.mark.parametrize(
    "text",
    [
        "1.0",
        "1e2",
        "-0",
        "9007199254740992",
        "NaN",
        "[1, 2]",
        '{"b":1,"a":2}',
        '{"a":1,"a":1}',
        '"\\u0041"',
        '"\\ud800"',
    ],
)
def test_what_is_not_in_canonical_form_is_not_read(text: str) -> None:
    with pytest.raises(ipx_verify.Malformed):
        ipx_verify.parse(text.encode())


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 33])
def test_paths_are_those_of_the_tree_and_no_other_place_or_size_takes_them(size: int) -> None:
    leaves = [hashlib.sha256(bytes([each])).digest() for each in range(size)]
    tree = Tree(leaves)
    root = tree.root().hex()
    for index, leaf in enumerate(leaves):
        path = [node.hex() for node in tree.inclusion_path(index)]
        assert ipx_verify.included(leaf, index, size, path, root)
        assert not ipx_verify.included(leaf, (index + 1) % size, size, path, root) or size == 1
        assert not ipx_verify.included(leaf, index, size, [*path, root], root)
    for first in range(1, size + 1):
        path = [node.hex() for node in tree.consistency_path(first)]
        older = tree.root(first).hex()
        assert ipx_verify.consistent(first, size, older, root, path)
        assert not ipx_verify.consistent(first, size, "00" * 32, root, path)


def test_commitments_are_those_of_the_house() -> None:
    salt = bytes(range(32))
    value: Any = {"price": 1, "名称": ["演示"]}
    assert (
        ipx_verify.commitment("deal-terms", salt.hex(), value) == commitment("deal-terms", salt, value).hex()
    )


def test_the_signed_types_are_those_of_the_house() -> None:
    for name, members in ipx_verify.TYPES.items():
        if name != "EIP712Domain":
            ours = [f"{kind} {field}" for field, kind in getattr(messages, name).members]
            assert members == ours


def test_the_events_are_those_of_the_contracts() -> None:
    types = {event.__name__: event for event in EVENT_TYPES}
    for name, members in ipx_verify.EVENTS.items():
        event = types[name]
        ours = [f"!{kind} {field}" for field, kind in event.indexed]
        assert members == ours + [f"{kind} {field}" for field, kind in event.data]
        typed = ",".join(["uint64", *(member.lstrip("!").split(" ")[0] for member in members)])
        assert ipx_verify.keccak(f"{name}({typed})".encode()) == topic_of(event)


def test_nobody_signs_the_sequencers_own_commands_and_somebody_every_other() -> None:
    unsigned = {
        kind.__struct_config__.tag for kind in get_args(commands.AnyCommand) if kind.given_by == "sequencer"
    }
    assert set(ipx_verify.UNSIGNED) == unsigned


def test_the_kinds_of_deals_have_the_contracts_numbers() -> None:
    assert ipx_verify.KINDS == DEAL_KIND_NUMBERS


def test_every_line_has_its_words_in_both_languages() -> None:
    for english, chinese in [*ipx_verify.TEXTS.values(), *ipx_verify.VERDICTS.values()]:
        assert english.isascii()
        assert not chinese.isascii()


def test_the_shapes_are_json_that_the_page_can_carry() -> None:
    assert json.loads(json.dumps(ipx_verify.SHAPES)) == ipx_verify.SHAPES

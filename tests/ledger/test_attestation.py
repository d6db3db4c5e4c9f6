"""Attestations: the signature covers every field, has one form, and holds for the pinned signer alone."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from ledger.attestation import (
    AttestationRefused,
    attest,
    statement_digest,
    verify_attestation,
    verify_signature,
)
from ledger.secp256k1 import PrivateKey

_KEY, _OTHER = PrivateKey(b"\x07" * 32), PrivateKey(b"\x08" * 32)
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_STATEMENTS = st.dictionaries(
    st.text(max_size=8).filter(lambda key: key != "attestation"), _VALUES, max_size=5
)


@given(_STATEMENTS)
def test_what_was_attested_verifies_and_eth_account_recovers_the_same_signer(
    statement: dict[str, Any],
) -> None:
    signed = attest(statement, _KEY)
    attestation = verify_attestation(signed, _KEY.address)
    recovered = Account._recover_hash(
        statement_digest(statement), signature=attestation.signature
    )  # the second opinion
    assert recovered == _KEY.address == attestation.signer


@given(_STATEMENTS, st.text(max_size=8).filter(lambda key: key != "attestation"), _VALUES)
def test_a_statement_with_any_field_changed_added_or_removed_is_refused(
    statement: dict[str, Any], key: str, value: Any
) -> None:
    signed = attest(statement, _KEY)
    for changed in (
        {**signed, key: value},
        *({name: signed[name] for name in signed if name != gone} for gone in statement),
    ):
        if statement_digest(changed) != statement_digest(signed):
            with pytest.raises(AttestationRefused, match="ATTESTATION-INVALID"):
                verify_attestation(changed, _KEY.address)


def _other_half(signature: str) -> str:
    raw = bytes.fromhex(signature[2:])
    high = (_ORDER - int.from_bytes(raw[32:64], "big")).to_bytes(32, "big")
    return "0x" + (raw[:32] + high + bytes([55 - raw[64]])).hex()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda _: None, "ATTESTATION-MISSING"),
        (lambda _: "x", "ATTESTATION-MALFORMED"),
        (lambda a: {"signer": a["signer"]}, "ATTESTATION-MALFORMED"),
        (lambda a: {**a, "more": 1}, "ATTESTATION-MALFORMED"),
        (lambda a: {**a, "signer": _OTHER.address}, "ATTESTATION-SIGNER"),
        (lambda a: {**a, "signer": a["signer"].lower()}, "ATTESTATION-SIGNER"),
        (lambda a: {**a, "signature": _other_half(a["signature"])}, "ATTESTATION-MALFORMED"),
        (lambda a: {**a, "signature": a["signature"].upper()}, "ATTESTATION-MALFORMED"),
        (lambda a: {**a, "signature": "0x" + a["signature"][2:].upper()}, "ATTESTATION-MALFORMED"),
        (lambda a: {**a, "signature": a["signature"][:-2]}, "ATTESTATION-MALFORMED"),
        (lambda a: {**a, "signature": a["signature"][:-2] + "1d"}, "ATTESTATION-MALFORMED"),
        (lambda a: {**a, "signature": "0x" + "0" * 128 + "1b"}, "ATTESTATION-INVALID"),
        (
            lambda a: {**a, "signature": attest({"n": 1}, _OTHER)["attestation"]["signature"]},
            "ATTESTATION-INVALID",
        ),
        (
            lambda a: {**a, "signature": attest({"n": 2}, _KEY)["attestation"]["signature"]},
            "ATTESTATION-INVALID",
        ),
    ],
)
def test_an_attestation_that_is_missing_malformed_or_foreign_is_refused(change: Any, code: str) -> None:
    signed = attest({"n": 1}, _KEY)
    with pytest.raises(AttestationRefused) as refused:
        verify_attestation({**signed, "attestation": change(signed["attestation"])}, _KEY.address)
    assert refused.value.code == code
    assert refused.value.cure


@given(st.integers(0, 519))
def test_no_signature_with_one_bit_flipped_passes(bit: int) -> None:
    digest = statement_digest({"n": 1})
    raw = bytearray.fromhex(attest({"n": 1}, _KEY)["attestation"]["signature"][2:])
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(AttestationRefused):
        verify_signature(digest, "0x" + raw.hex(), _KEY.address)

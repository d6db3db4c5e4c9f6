"""Attestations: what a bank or a patent office said, signed by its own key, for anybody to check later.

A statement is a JSON object. Its signer signs the SHA-256 of the object's canonical form (RFC 8785) without
the member `attestation`, with ECDSA on secp256k1, and is named by its Ethereum address (EIP-55). The journal
keeps the digest and the signature; whoever holds the statement can check both. No I/O happens here.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from exchange import canonical
from ledger.secp256k1 import PrivateKey, SignatureRefused, normalised, require_signer, sign

if TYPE_CHECKING:
    from collections.abc import Mapping

_CURES = {
    "ATTESTATION-MISSING": "ask the signer for the statement again, with its attestation",
    "ATTESTATION-MALFORMED": "send r, s in its lower half, and v (27 or 28) as 65 bytes of lower-case hex",
    "ATTESTATION-SIGNER": "stop and ask the signer: another key than the pinned one is named",
    "ATTESTATION-INVALID": "stop and ask the signer: the signature does not belong to this statement",
}
_NOT_THIS_STATEMENT = frozenset({"SIGNATURE-INVALID", "SIGNATURE-SIGNER"})


class AttestationRefused(ValueError):
    """A statement whose attestation does not hold. `code` is stable, `cure` says what to do."""

    def __init__(self, *, code: str) -> None:
        super().__init__(f"{code}: {_CURES[code]}")
        self.code = code
        self.cure = _CURES[code]


class Attestation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signed (address, EIP-55) and the signature (0x, then r, s and v as 65 bytes of hex)."""

    signer: str
    signature: str


def statement_digest(statement: Mapping[str, Any] | msgspec.Struct) -> bytes:
    """SHA-256 of a statement's canonical form without its member `attestation`."""
    plain = msgspec.to_builtins(statement)
    return sha256(canonical.encode({key: plain[key] for key in plain if key != "attestation"})).digest()


def attest(statement: Mapping[str, Any] | msgspec.Struct, key: PrivateKey) -> dict[str, Any]:
    """Give the statement with its attestation by this key."""
    plain: dict[str, Any] = msgspec.to_builtins(statement)
    signature = sign(statement_digest(plain), key)
    return {**plain, "attestation": {"signer": key.address, "signature": signature}}


def verify_attestation(statement: Mapping[str, Any] | msgspec.Struct, pinned: str) -> Attestation:
    """Check a statement's attestation against the one address (EIP-55) that may have signed it.

    Raises:
        AttestationRefused: `ATTESTATION-MISSING`, `ATTESTATION-MALFORMED`, `ATTESTATION-SIGNER` if another
            signer is named, `ATTESTATION-INVALID` if the signature is not that signer's over this statement.
    """
    plain = msgspec.to_builtins(statement)
    found = plain.get("attestation")
    if found is None:
        raise AttestationRefused(code="ATTESTATION-MISSING")
    try:
        attestation = msgspec.convert(found, Attestation)
    except msgspec.ValidationError as error:
        raise AttestationRefused(code="ATTESTATION-MALFORMED") from error
    if attestation.signer != pinned:
        raise AttestationRefused(code="ATTESTATION-SIGNER")
    verify_signature(statement_digest(plain), attestation.signature, pinned)
    return attestation


def verify_signature(digest: bytes, signature: str, pinned: str) -> None:
    """Check that the key behind the pinned address (EIP-55) signed this 32-byte digest.

    A signature has one form here (65 bytes, lower-case hex, low s): one statement has one attestation.

    Raises:
        AttestationRefused: `ATTESTATION-MALFORMED` or `ATTESTATION-INVALID`.
    """
    try:
        if normalised(signature) != signature:
            raise AttestationRefused(code="ATTESTATION-MALFORMED")
        require_signer(digest, signature, pinned)
    except SignatureRefused as error:
        other = error.code in _NOT_THIS_STATEMENT
        raise AttestationRefused(code="ATTESTATION-INVALID" if other else "ATTESTATION-MALFORMED") from error

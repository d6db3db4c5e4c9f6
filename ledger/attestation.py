"""Attestations: what a bank or a patent office said, signed by its own key, for anybody to check later.

A statement is a JSON object. Its signer signs the SHA-256 of the object's canonical form (RFC 8785) without
the member `attestation`, with ECDSA on secp256k1, and is named by its Ethereum address (EIP-55). The journal
keeps the digest and the signature; whoever holds the statement can check both. No I/O happens here.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import coincurve
import msgspec
import sha3  # type: ignore[import-untyped]  # a C extension without type hints

from exchange import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIGNATURE = re.compile(r"0x[0-9a-f]{130}", re.ASCII)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_CURES = {
    "ATTESTATION-MISSING": "ask the signer for the statement again, with its attestation",
    "ATTESTATION-MALFORMED": "send 65 bytes as lower-case hex: r, s in the lower half of the order, v 27 or 28",
    "ATTESTATION-SIGNER": "stop and ask the signer: another key than the pinned one signed or was named",
    "ATTESTATION-INVALID": "stop and ask the signer: the signature does not belong to this statement",
}


class AttestationRefused(ValueError):  # noqa: N818  # a refusal, as every other one of the house
    """A statement whose attestation does not hold. `code` is stable, `cure` says what to do."""

    def __init__(self, code: str) -> None:
        super().__init__(f"{code}: {_CURES[code]}")
        self.code = code
        self.cure = _CURES[code]


class Attestation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signed (address, EIP-55) and the signature (0x, then r, s and v as 65 bytes of hex)."""

    signer: str
    signature: str


class AttestingKey:
    """A private key that signs statements. Neither its text form nor its repr shows the secret."""

    def __init__(self, secret: bytes) -> None:
        """Take a 32-byte secret.

        Raises:
            ValueError: it is no valid secp256k1 secret.
        """
        if len(secret) != 32:  # noqa: PLR2004  # bytes of a secp256k1 secret
            message = "a secp256k1 secret has 32 bytes"
            raise ValueError(message)
        self._key = coincurve.PrivateKey(secret)
        self.address = address_of(self._key.public_key)

    def __repr__(self) -> str:
        """Name the address only."""
        return f"AttestingKey({self.address})"

    def sign(self, digest: bytes) -> str:
        """Sign a 32-byte digest (RFC 6979, low s)."""
        signature = self._key.sign_recoverable(digest, hasher=None)
        return "0x" + signature[:64].hex() + f"{signature[64] + 27:02x}"


def address_of(key: coincurve.PublicKey) -> str:
    """Give a public key's Ethereum address with its EIP-55 capitals."""
    plain = sha3.keccak_256(key.format(compressed=False)[1:]).digest()[-20:].hex()
    return _with_capitals(plain)


def checksum_address(text: str) -> str:
    """Give an address in any capitals its EIP-55 form.

    Raises:
        AttestationRefused: `ATTESTATION-MALFORMED` if it is no address.
    """
    if _ADDRESS.fullmatch(text) is None:
        code = "ATTESTATION-MALFORMED"
        raise AttestationRefused(code)
    return _with_capitals(text[2:].lower())


def recover(digest: bytes, signature: str) -> str:
    """Recover the address (EIP-55) whose key made this signature over a 32-byte digest.

    Raises:
        AttestationRefused: `ATTESTATION-MALFORMED`, also for a high s, which would give one statement two
            signatures; `ATTESTATION-INVALID` if no key can have made it.
    """
    if _SIGNATURE.fullmatch(signature) is None:
        code = "ATTESTATION-MALFORMED"
        raise AttestationRefused(code)
    raw = bytes.fromhex(signature[2:])
    if raw[64] not in {27, 28} or int.from_bytes(raw[32:64]) > _HALF_ORDER:
        code = "ATTESTATION-MALFORMED"
        raise AttestationRefused(code)
    try:
        key = coincurve.PublicKey.from_signature_and_message(
            raw[:64] + bytes([raw[64] - 27]), digest, hasher=None
        )
    except ValueError as error:  # coincurve's word for "no key can have made this"
        code = "ATTESTATION-INVALID"
        raise AttestationRefused(code) from error
    return address_of(key)


def statement_digest(statement: Mapping[str, Any] | msgspec.Struct) -> bytes:
    """SHA-256 of a statement's canonical form without its member `attestation`."""
    plain = msgspec.to_builtins(statement)
    return sha256(canonical.encode({key: plain[key] for key in plain if key != "attestation"})).digest()


def attest(statement: Mapping[str, Any] | msgspec.Struct, key: AttestingKey) -> dict[str, Any]:
    """Give the statement with its attestation by this key."""
    plain: dict[str, Any] = msgspec.to_builtins(statement)
    signature = key.sign(statement_digest(plain))
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
        code = "ATTESTATION-MISSING"
        raise AttestationRefused(code)
    try:
        attestation = msgspec.convert(found, Attestation)
    except msgspec.ValidationError as error:
        code = "ATTESTATION-MALFORMED"
        raise AttestationRefused(code) from error
    if attestation.signer != pinned:
        code = "ATTESTATION-SIGNER"
        raise AttestationRefused(code)
    verify_signature(statement_digest(plain), attestation.signature, pinned)
    return attestation


def verify_signature(digest: bytes, signature: str, pinned: str) -> None:
    """Check that the key behind the pinned address (EIP-55) signed this 32-byte digest.

    Raises:
        AttestationRefused: `ATTESTATION-MALFORMED` or `ATTESTATION-INVALID`.
    """
    if recover(digest, signature) != pinned:
        code = "ATTESTATION-INVALID"
        raise AttestationRefused(code)


def _with_capitals(plain: str) -> str:
    """Capitalise each digit whose place in the hash of the whole is 8 or more (EIP-55)."""
    marks = sha3.keccak_256(plain.encode()).hexdigest()[: len(plain)]
    return "0x" + "".join(
        c.upper() if mark in "89abcdef" else c for c, mark in zip(plain, marks, strict=True)
    )

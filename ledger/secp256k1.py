"""Keys, addresses and signatures on secp256k1 as Ethereum uses them.

libsecp256k1 (coincurve) and Keccak (safe-pysha3) are called directly: a signature is checked for every bid.
"""

from __future__ import annotations

import re
import secrets
from functools import lru_cache
from typing import NoReturn

import coincurve

from exchange.keccak import keccak

HASH_BYTES = 32
"""Bytes of a digest, of a word, and of a secret."""

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_SIGNATURE = re.compile(r"0x(?:[0-9a-fA-F]{128}|[0-9a-fA-F]{130})", re.ASCII)
_SECRET = re.compile(r"(?:0x)?([0-9a-fA-F]{64})", re.ASCII)
_PARITY_BIT = 1 << 255
_CURES = {
    "SIGNATURE-MALFORMED": "send 65 bytes (r, s, v 27 or 28) or 64 bytes (EIP-2098) as hex behind 0x",
    "SIGNATURE-V": "send v as 27 or 28",
    "SIGNATURE-HIGH-S": "send the other signature of the pair: s in the lower half of the curve's order",
    "SIGNATURE-INVALID": "sign the digest again: no key can have made this signature",
    "SIGNATURE-SIGNER": "sign this digest with the enrolled key: domain, fields and key must all be the same",
    "SIGNATURE-MESSAGE": "give hashes as 32 bytes, integers in their range and texts of 1 to 128 characters",
    "SIGNATURE-ADDRESS": "give an address as 0x and 40 hex digits, in EIP-55 capitals or in one case",
    "SIGNATURE-KEY": "give a private key as 32 bytes in hex, from 1 up to the curve's order",
}


class SignatureRefused(ValueError):
    """A signature, address, key or message that cannot be used.

    `code` is stable; `cure` says what would help. `digest` and `recovered` (an address) stand there where
    they are known, so that a client sees what the venue hashed and whom it took for the signer.
    """

    def __init__(self, *, code: str, digest: bytes = b"", recovered: str = "") -> None:
        found = f" (digest 0x{digest.hex()}, recovered {recovered})" if recovered else ""
        super().__init__(f"{code}: {_CURES[code]}{found}")
        self.code = code
        self.cure = _CURES[code]
        self.digest = digest
        self.recovered = recovered


def recover(signed_digest: bytes, signature: str) -> str:
    """Recover the address (EIP-55) whose key signed this digest.

    Taken are 65 bytes (r, s, v 27 or 28) and the 64 bytes of EIP-2098. An s in the upper half of the order,
    which would make a second signature of a first one, is refused (EIP-2).

    Raises:
        SignatureRefused: `SIGNATURE-MALFORMED`, `SIGNATURE-V`, `SIGNATURE-HIGH-S`, `SIGNATURE-INVALID`
            if no key can have made it, `SIGNATURE-MESSAGE` for a digest that has not 32 bytes.
    """
    if len(signed_digest) != HASH_BYTES:
        raise SignatureRefused(code="SIGNATURE-MESSAGE")
    r_and_s, parity = _parts(signature)
    if int.from_bytes(r_and_s[32:], "big") > _HALF_ORDER:
        raise SignatureRefused(code="SIGNATURE-HIGH-S")
    try:
        key = coincurve.PublicKey.from_signature_and_message(
            r_and_s + bytes((parity,)), signed_digest, hasher=None
        )
    except ValueError as error:
        raise SignatureRefused(code="SIGNATURE-INVALID") from error
    return _checksummed(keccak(key.format(compressed=False)[1:])[12:])


def normalised(signature: str) -> str:
    """Give a signature its one form for storing and for contracts: 65 bytes in lower-case hex behind 0x.

    A signature can arrive in two encodings (65 bytes, or the 64 of EIP-2098) and in capitals: never tell
    instructions apart by what arrived.

    Raises:
        SignatureRefused: `SIGNATURE-MALFORMED`, `SIGNATURE-V`.
    """
    r_and_s, parity = _parts(signature)
    return f"0x{r_and_s.hex()}{parity + 27:02x}"


def require_signer(signed_digest: bytes, signature: str, signer: str) -> None:
    """Check that the key behind this address signed the digest.

    Raises:
        SignatureRefused: as `recover` and `checksum_address`, and `SIGNATURE-SIGNER` with the digest and the
            address that was recovered instead.
    """
    recovered = recover(signed_digest, signature)
    if recovered != checksum_address(signer):
        raise SignatureRefused(code="SIGNATURE-SIGNER", digest=signed_digest, recovered=recovered)


class PrivateKey:
    """A client's secp256k1 key. The secret shows in no text form, and the object cannot be pickled."""

    __slots__ = ("_key", "address")

    def __init__(self, secret: bytes) -> None:
        """Take a 32-byte secret.

        Raises:
            SignatureRefused: `SIGNATURE-KEY` if it is no valid secret.
        """
        if len(secret) != HASH_BYTES:
            raise SignatureRefused(code="SIGNATURE-KEY")
        try:
            self._key = coincurve.PrivateKey(secret)
        except ValueError as error:
            raise SignatureRefused(code="SIGNATURE-KEY") from error
        self.address: str = _checksummed(keccak(self._key.public_key.format(compressed=False)[1:])[12:])

    @classmethod
    def from_hex(cls, text: str) -> PrivateKey:
        """Read 64 hex digits, with or without 0x.

        Raises:
            SignatureRefused: `SIGNATURE-KEY`; the text is not repeated.
        """
        match = _SECRET.fullmatch(text)
        if match is None:
            raise SignatureRefused(code="SIGNATURE-KEY")
        return cls(bytes.fromhex(match.group(1)))

    @classmethod
    def generate(cls) -> PrivateKey:
        """Make a new random key."""
        return cls(secrets.token_bytes(HASH_BYTES))

    def secret(self) -> bytes:
        """Give the 32 bytes themselves, to store them encrypted and for nothing else."""
        secret: bytes = self._key.secret
        return secret

    def sign_digest(self, signed_digest: bytes) -> bytes:
        """Give r, s and v (65 bytes): RFC 6979 nonce, low s, v 27 or 28."""
        signature = self._key.sign_recoverable(signed_digest, hasher=None)
        return signature[:64] + bytes((signature[64] + 27,))

    def __repr__(self) -> str:
        """Name the address only."""
        return f"PrivateKey(address={self.address})"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied: the secret stays in this process.

        Raises:
            TypeError: always.
        """
        message = "a private key cannot be pickled"
        raise TypeError(message)


def sign(signed_digest: bytes, key: PrivateKey) -> str:
    """Sign a digest; gives 0x and 65 bytes in hex.

    Raises:
        SignatureRefused: `SIGNATURE-MESSAGE` for a digest that has not 32 bytes.
    """
    if len(signed_digest) != HASH_BYTES:
        raise SignatureRefused(code="SIGNATURE-MESSAGE")
    return "0x" + key.sign_digest(signed_digest).hex()


def address_of(key: PrivateKey) -> str:
    """Give a key's address in its EIP-55 capitals."""
    return key.address


def checksum_address(text: str) -> str:
    """Read an address and give it in its EIP-55 capitals.

    Raises:
        SignatureRefused: `SIGNATURE-ADDRESS` if it is none, or if its mixed capitals are not those of EIP-55.
    """
    if _ADDRESS.fullmatch(text) is None:
        raise SignatureRefused(code="SIGNATURE-ADDRESS")
    digits = text[2:]
    checksummed = _checksummed(bytes.fromhex(digits))
    if checksummed != text and digits not in (digits.lower(), digits.upper()):
        raise SignatureRefused(code="SIGNATURE-ADDRESS")
    return checksummed


@lru_cache(maxsize=65_536)
def _checksummed(address: bytes) -> str:
    digits = address.hex()
    marks = keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if mark > "7" else digit for digit, mark in zip(digits, marks, strict=False)
    )


def _parts(signature: str) -> tuple[bytes, int]:
    """Split a signature's text into r and s (64 bytes) and the parity of the nonce point (0 or 1)."""
    if len(signature) > 2 + 130 or _SIGNATURE.fullmatch(signature) is None:
        raise SignatureRefused(code="SIGNATURE-MALFORMED")
    raw = bytes.fromhex(signature[2:])
    if len(raw) == 65:  # noqa: PLR2004 - r, s, v
        if raw[64] not in {27, 28}:
            raise SignatureRefused(code="SIGNATURE-V")
        return raw[:64], raw[64] - 27
    parity_and_s = int.from_bytes(raw[32:], "big")
    s = parity_and_s & ~_PARITY_BIT
    return raw[:32] + s.to_bytes(32, "big"), parity_and_s >> 255

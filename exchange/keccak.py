"""Keccak-256 as Ethereum uses it."""

from __future__ import annotations

import sha3


def keccak(data: bytes) -> bytes:
    """Keccak-256 (not the SHA3-256 of FIPS 202): 32 bytes."""
    hashed: bytes = sha3.keccak_256(data).digest()
    return hashed

"""SHA-256 and SM3 digests of what a bundle holds: courts of the Mainland ask for the national algorithm as well."""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SM3, Hash


def sm3(data: bytes) -> bytes:
    """Give the SM3 digest (32 bytes; GB/T 32905-2016)."""
    running = Hash(SM3())
    running.update(data)
    return running.finalize()


def both(data: bytes) -> dict[str, str]:
    """Give both digests of one document, hex."""
    return {"sha256": sha256(data).hexdigest(), "sm3": sm3(data).hex()}

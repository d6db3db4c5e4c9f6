"""Sealed parts: salted commitments to what must not stand in the clear.

A journal entry or a chain event holds only `commitment(label, salt, value)`. Whoever is given the `Opening`
can check it; nobody else learns anything, since the salt is 32 random bytes that never leave with the
commitment. There are two kinds, the same function under different labels:

- *confidential*: the engine may read the value, so its opening is kept as long as replay is promised;
- *erasable*: names of people and free text, which commands hold by commitment only. Destroying the salt makes
  the commitment say nothing about the value any more, while every hash above it still stands.

Salts come in from outside: nothing here is random.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest
from typing import Any

import msgspec

from exchange.canonical import CanonicalRefused, Value, encode

CONFIDENTIAL = "confidential"
"""The label of parts that the engine may read."""
ERASABLE = "erasable"
"""The label of parts that may one day have to be erased, and that the engine never reads."""
SALT_BYTES = 32
"""Independently random for each sealed part, derivable from nothing that is kept elsewhere."""

_PREFIX = b"IPX sealed part v1\x00"
_LABEL = re.compile(r"[a-z][a-z0-9._:-]{0,63}", re.ASCII)
_SALT_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_CURES = {
    "sealed_label": "use 1 to 64 of a-z, 0-9, dot, underscore, colon and hyphen, a letter first",
    "sealed_salt": "use a salt of exactly 32 random bytes",
}


class SealedRefused(ValueError):
    """A label or salt that cannot seal anything.

    `code` is `sealed_label` or `sealed_salt`; `cure` says what to use.
    """

    def __init__(self, *, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.cure = _CURES[code]


class Opening(msgspec.Struct, frozen=True):
    """What opens a commitment: the salt as 64 lower-case hex digits, and the value."""

    salt: str
    value: Any

    def __repr__(self) -> str:
        """Name neither salt nor value: an opening must not slip into a log."""
        return "Opening(…)"


def commitment(label: str, salt: bytes, value: Value) -> bytes:
    """Commit to a value (32 bytes).

    SHA-256 over the prefix, the length of the label (1 byte), the label, the salt, and the canonical JSON.
    Every part before the value has a fixed or a written length, so no two inputs run into the same bytes.

    Raises:
        SealedRefused: `sealed_label`, `sealed_salt`.
        CanonicalRefused: the value has no canonical form.
    """
    return commitment_to(label, salt, encode(value))


def commitment_to(label: str, salt: bytes, written: bytes) -> bytes:
    """`commitment` to a value of which the canonical form is at hand.

    Raises:
        SealedRefused: `sealed_label`, `sealed_salt`.
    """
    head = _head(label)
    if len(salt) != SALT_BYTES:
        raise SealedRefused(code="sealed_salt")
    return sha256(head + salt + written).digest()


@lru_cache(maxsize=64)
def _head(label: str) -> bytes:
    """What stands before the salt: asked for once a commitment, under few labels. Raises SealedRefused."""
    if _LABEL.fullmatch(label) is None:
        raise SealedRefused(code="sealed_label")
    name = label.encode("ascii")
    return _PREFIX + bytes((len(name),)) + name


def matches(committed: bytes, label: str, opening: Opening) -> bool:
    """Whether the opening belongs to the commitment under this label; compared in constant time.

    A malformed opening opens nothing: the answer is no, never an exception.
    """
    if _SALT_HEX.fullmatch(opening.salt) is None:
        return False
    try:
        expected = commitment(label, bytes.fromhex(opening.salt), opening.value)
    except (SealedRefused, CanonicalRefused):
        return False
    return compare_digest(expected, committed)

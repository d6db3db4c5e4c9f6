"""All rows of a venue in a few numbers: by kind the sum of the rows' hashes, those in force apart from those put away.

Two venues with the same sums hold the same rows. The journalled state hash is the like over everything in memory; these
sums say the kind that differs, and take in the rows that have left memory.
"""

from __future__ import annotations

import hashlib
from typing import TypeAlias

Sums: TypeAlias = dict[str, str]
"""By kind, or `<kind> archived`: 64 hex digits. A kind without rows is left out."""
_MODULUS = 2**256


class RowSums:
    """Adds up rows, in any order, one in memory at a time."""

    def __init__(self) -> None:
        self._totals: dict[str, int] = {}

    def add(self, kind: str, row_id: str, data: bytes, *, archived: bool) -> None:
        """Take a row in; `data` is its canonical JSON."""
        name = f"{kind} archived" if archived else kind
        content = f"{kind}\0{row_id}\0".encode() + data
        digest = int.from_bytes(hashlib.sha256(content).digest())
        self._totals[name] = (self._totals.get(name, 0) + digest) % _MODULUS

    def sums(self) -> Sums:
        """What was added, so far."""
        return {name: total.to_bytes(32).hex() for name, total in sorted(self._totals.items())}


def differing(one: Sums, other: Sums) -> list[str]:
    """The names under which two venues do not hold the same rows."""
    return sorted(dict(one.items() ^ other.items()))

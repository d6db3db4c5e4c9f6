"""An instruction is good for once: no giver's reference may stand in two entries of one journal.

References go to a scratch file of fixed-length records and are compared at the end, a share of them at a time, so that
memory does not grow with the journal.
"""

from __future__ import annotations

import struct
import tempfile
from hashlib import sha256
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

MOST_AT_ONCE = 100_000
"""References in memory at a time."""
_IN_MEMORY_BYTES = 1 << 20
_RECORD = struct.Struct(">16sQ")
_RECORDS_A_READ = 8_192


class References:
    """Every (giver, reference) of a journal; a context, since it may hold a scratch file."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by __exit__
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, giver: str, reference: str, entry: int) -> None:
        """Take one down; `giver` as in `ledger.journal.giver_of`."""
        key = sha256(f"{giver}\0{reference}".encode()).digest()[:16]
        self._file.write(_RECORD.pack(key, entry))
        self._count += 1

    def first_repeated(self) -> int | None:
        """The smallest entry whose reference its giver had used before."""
        shares = self._count // MOST_AT_ONCE + 1
        found = [self._first_in(share, shares) for share in range(shares)]
        return min((entry for entry in found if entry is not None), default=None)

    def _first_in(self, share: int, shares: int) -> int | None:
        seen: set[bytes] = set()
        self._file.seek(0)
        while data := self._file.read(_RECORD.size * _RECORDS_A_READ):
            for key, entry in _RECORD.iter_unpack(data):
                if int.from_bytes(key[:4]) % shares != share:
                    continue
                if key in seen:
                    return int(entry)
                seen.add(key)
        return None

"""The engine's state with two records kept beside it: which entry made or changed a row, and a running state hash.

Neither is read by the engine: a replay on a plain `State` decides the same.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from exchange import canonical
from exchange.rows import Row
from exchange.state import Change, State

if TYPE_CHECKING:
    from collections.abc import Iterable

RowKey = tuple[str, str]
"""Kind and id."""
_MODULUS = 2**256


class RecordedState(State):
    """A `State` that says for every change of a batch which entry it belongs to."""

    def __init__(self) -> None:
        super().__init__()
        self.current_entry = -1
        """The entry being decided; set by whoever calls the engine."""
        self.created: dict[RowKey, int] = {}
        """Rows made since `forget_entries`, with the entry that made them."""
        self.changed: dict[RowKey, int] = {}
        """Rows changed since `forget_entries`, with the entry that changed them last."""

    def add(self, row: Row) -> None:
        """Add a new row; see `State.add`."""
        super().add(row)
        self.created[row.kind, row.id] = self.current_entry

    def touch(self, row: Row) -> None:
        """Say that a row has changed; see `State.touch`."""
        super().touch(row)
        self.changed[row.kind, row.id] = self.current_entry

    def archive(self, row: Row) -> None:
        """Let a finished row leave memory; see `State.archive`."""
        super().archive(row)
        self.changed[row.kind, row.id] = self.current_entry

    def forget_entries(self) -> None:
        """Begin anew, after a batch has been written out."""
        self.created.clear()
        self.changed.clear()


class RunningStateHash:
    """`State.state_hash` kept up to date row by row, so that it costs nothing to ask for it."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._hashes = {(row.kind, row.id): _hash(row.kind, row.id, canonical.encode(row)) for row in rows}
        self._total = sum(self._hashes.values()) % _MODULUS

    def follow(self, changes: Iterable[Change]) -> None:
        """Take in what `State.take_changes` gave."""
        for change in changes:
            key = (change.kind, change.id)
            old = self._hashes.pop(key, 0)
            new = 0
            if change.data is not None and not change.archived:
                new = self._hashes[key] = _hash(change.kind, change.id, change.data)
            self._total = (self._total + new - old) % _MODULUS

    def digest(self) -> bytes:
        """The state hash (32 bytes)."""
        return self._total.to_bytes(32)

    def hex(self) -> str:
        """The state hash (64 hex digits), equal to `State.state_hash` of the rows followed."""
        return self.digest().hex()


def _hash(kind: str, row_id: str, data: bytes) -> int:
    return int.from_bytes(hashlib.sha256(f"{kind}\0{row_id}\0".encode() + data).digest())

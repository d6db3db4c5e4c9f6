"""Durable state of one simulated institution: one SQLite file, its signing key, and its clock.

The clock is the machine's, moved forward by as much as the simulation was told to; it never goes back, across
restarts either.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ledger.secp256k1 import PrivateKey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_ADVANCE_MS = 40 * 366 * 86_400_000
"""The clock can be moved on by forty years in all: longer than any right lasts."""
_BUSY_MS = 5_000
_META = "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"


class Store:
    """One SQLite file in WAL mode; what was committed survives SIGKILL and a power cut."""

    def __init__(self, path: Path, schema: tuple[str, ...]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)  # the signing key lies in it
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_BUSY_MS}", "foreign_keys=ON"):
            self.connection.execute(f"PRAGMA {pragma}")
        with self.transaction():
            for statement in (_META, *schema):
                self.connection.execute(statement)
            if self.get("secret") is None:
                self.put("secret", PrivateKey.generate().secret().hex())
        self.key = PrivateKey.from_hex(str(self.get("secret")))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block as one transaction: all of it is on disk afterwards, or none."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Run a block inside the transaction that is undone by itself if it raises."""
        self.connection.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK TO attempt")
            self.connection.execute("RELEASE attempt")
            raise
        self.connection.execute("RELEASE attempt")

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Give all rows of a query."""
        return self.connection.execute(query, values).fetchall()

    def row(self, query: str, *values: object) -> sqlite3.Row | None:
        """Give the first row of a query, or None."""
        found: sqlite3.Row | None = self.connection.execute(query, values).fetchone()
        return found

    def run(self, statement: str, *values: object) -> int:
        """Carry out a statement and give the number of rows that it touched."""
        return self.connection.execute(statement, values).rowcount

    def get(self, key: str) -> str | None:
        """Give a single setting."""
        found = self.row("SELECT value FROM meta WHERE key = ?", key)
        return None if found is None else str(found["value"])

    def put(self, key: str, value: Any) -> None:  # noqa: ANN401  # whatever has a text form
        """Set a single setting."""
        self.run(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            key,
            str(value),
        )

    def now_ms(self) -> int:
        """Tell the time: milliseconds UTC, never earlier than told before. Call it inside a transaction."""
        clock = time.time_ns() // 1_000_000 + int(self.get("clock_advance_ms") or 0)
        last = int(self.get("clock_last_ms") or 0)
        if clock > last:
            self.put("clock_last_ms", clock)
        return max(clock, last)

    def advance_clock(self, by_ms: int) -> bool:
        """Move the clock forward for good; False if that would go beyond `LARGEST_ADVANCE_MS`."""
        total = int(self.get("clock_advance_ms") or 0) + by_ms
        if by_ms < 0 or total > LARGEST_ADVANCE_MS:
            return False
        self.put("clock_advance_ms", total)
        return True

"""What the tests of the sequencer share: a receipt key, a session that writes, and a look at what was written."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncConnection

from ledger.journal import StoredEntry
from ledger.receipt_key import ReceiptKey
from ledger.sequencer.clock import WatchedClock
from ledger.sequencer.opening import open_session
from ledger.sequencer.session import Session
from ledger.store.connections import psycopg_url
from tests.ledger.trading import GENESIS


@pytest.fixture
def key(tmp_path: Path) -> ReceiptKey:
    """The venue's receipt key."""
    return ReceiptKey.from_file(tmp_path / "receipt.key")


@contextlib.asynccontextmanager
async def writing(
    url: str, key: ReceiptKey, clock: WatchedClock | None = None, patience_s: float = 5.0
) -> AsyncIterator[Session]:
    """A session on a migrated database; the first one opens the venue."""
    async with open_session(
        url, key, clock or WatchedClock(), genesis=GENESIS, patience_s=patience_s
    ) as session:
        yield session


async def rows_of(url: str, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """What a query gives."""
    async with await AsyncConnection.connect(psycopg_url(url), autocommit=True) as connection:
        cursor = await connection.execute(query, parameters)
        return await cursor.fetchall()


async def run(url: str, statement: str, *parameters: Any) -> None:
    """Execute a statement behind the sequencer's back."""
    async with await AsyncConnection.connect(psycopg_url(url), autocommit=True) as connection:
        await connection.execute(statement, parameters)


async def stored_entries(url: str, first: int = 0, last: int = 2**62) -> list[StoredEntry]:
    """The whole journal, or a part of it."""
    names = ("entry", "public", "leaf", "terms", "terms_salt", "outcome", "outcome_salt")
    query = f"SELECT {', '.join(names)} FROM journal WHERE entry BETWEEN %s AND %s ORDER BY entry"  # noqa: S608 - our own names
    rows = await rows_of(url, query, first, last)
    return [StoredEntry(**dict(zip(names, row, strict=True))) for row in rows]

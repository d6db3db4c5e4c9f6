"""What a restored database is worth: its tables held against a replay of its journal, before anybody writes to it."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Final

import msgspec
from psycopg import AsyncConnection

from ledger.audit.offline import replay_export
from ledger.journal_export import export
from ledger.store.connections import CONNECT_TIMEOUT_S, psycopg_url
from ledger.store.loading import load

if TYPE_CHECKING:
    from pathlib import Path

STATEMENT_TIMEOUT_MS: Final = 600_000
"""A large venue's rows take their time to load."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A database as it stands. `agrees`: every entry is decided alike again, and gives this root and these tables.

    time_ms: of the last entry, ms UTC. Root (RFC 6962) and hashes as hex; `replayed_hash` is None where an entry was
    decided otherwise, which `first_bad` then tells.
    """

    entries: int
    time_ms: int
    root: str
    state_hash: str
    replayed_hash: str | None
    replayed_root: str
    first_bad: str

    @property
    def agrees(self) -> bool:
        """Whether tables, tree and journal say the same."""
        return self.state_hash == self.replayed_hash and self.root == self.replayed_root


async def standing_of(database_url: str, scratch: Path) -> Standing:
    """Load the tables, decide the journal again, and hold both against each other.

    scratch: a folder for the export, which holds every confidential term and is gone afterwards.

    Raises:
        StoreCorrupt: the tables contradict themselves.
        ExportRefused, OfflineRefused: there is no journal, or not in one piece.
        psycopg.Error, OSError: the database or the folder does not answer.
    """
    connection = await AsyncConnection.connect(
        psycopg_url(database_url),
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_S,
        options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS}",
    )
    async with connection:
        loaded = await load(connection)
    with tempfile.TemporaryFile(
        dir=scratch
    ) as stream:  # without a name: nobody else opens it, and it ends with us
        export(database_url, stream)
        stream.seek(0)
        replayed = replay_export(stream)
    bad = replayed.first_bad
    return Standing(
        entries=loaded.head.last_entry + 1,
        time_ms=loaded.head.last_time_ms,
        root=loaded.head.head_hash.hex(),
        state_hash=loaded.state.state_hash(),
        replayed_hash=replayed.state_hash,
        replayed_root=replayed.root,
        first_bad="" if bad is None else f"{bad.code}: {bad.detail}",
    )

"""One state, three ways: replayed from the first entry, loaded from the tables, and as the running engine says."""

from __future__ import annotations

from psycopg import AsyncConnection

from exchange import canonical
from exchange.commands import RecordStateHash
from exchange.engine import Engine
from ledger import journal
from ledger.sequencer.following import remember
from ledger.sequencer.memory import Memory
from ledger.sequencer.postgres import PostgresStore
from ledger.store.connections import psycopg_url
from ledger.store.loading import load
from tests.ledger.conftest import stored_entries


class ThreeWays:
    """Goes along with a journal: a replay from its first entry, and a memory that follows it as a standby does."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine = Engine()
        self._entries = 0
        self._followed: Memory | None = None
        self.hashes = 0
        """State hashes of the running engine that were met in the journal, each of them right."""

    async def agree(self) -> int:
        """Hold them against each other as of one moment; how many entries there are."""
        async with await AsyncConnection.connect(psycopg_url(self._url), autocommit=True) as connection:
            if self._followed is None:
                self._followed = await remember(PostgresStore(connection, connection, connection))
            loaded = await load(connection)
        stored = await stored_entries(self._url, self._entries, loaded.head.last_entry)
        for each in stored:
            entry = journal.check_entry(each)
            if isinstance(entry.command, RecordStateHash):
                assert entry.command.state_hash == self._engine.state.state_hash()
                self.hashes += 1
            outcome = self._engine.apply(journal.request_of(entry, each))
            assert canonical.encode(journal.outcome_value(outcome)) == each.outcome
        self._entries += len(stored)
        assert self._entries == loaded.head.last_entry + 1
        self._followed.follow([each for each in stored if each.entry >= self._followed.next_entry])
        replayed = self._engine.state.state_hash()
        assert replayed == loaded.state.state_hash()
        assert replayed == self._followed.state_hash.hex() == self._followed.state.state_hash()
        return self._entries

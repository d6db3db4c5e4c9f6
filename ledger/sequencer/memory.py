"""What a writer goes on from: engine, state, tree and state hash as of the last committed entry.

Loaded from the tables once, and from then on by the committed entries themselves: a standby decides each of them again
as the writer did, and holds what comes out against what stands in the journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from exchange import canonical
from exchange.commands import ActivateVersion, RecordStateHash
from exchange.engine import VERSIONS, Engine
from exchange.turn import EngineFault
from ledger import journal
from ledger.journal import Accepted, JournalRefused
from ledger.merkle import EMPTY_ROOT, Frontier
from ledger.store.loading import Head, Loaded, StoreCorrupt
from ledger.store.recorded_state import RecordedState, RunningStateHash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.journal import Entry, StoredEntry


class Memory:
    """The venue in memory, after every entry before `next_entry`."""

    def __init__(self, loaded: Loaded) -> None:
        """Go on from what was loaded from the tables.

        Raises:
            StoreCorrupt: VERSION-UNKNOWN where the journal has come to a version that this program has not.
        """
        self.state = loaded.state
        self.frontier = loaded.frontier
        self.engine = Engine(loaded.state)
        self.engine.last_time_ms = loaded.head.last_time_ms
        self.state_hash = RunningStateHash(loaded.state.each_row())
        self.last_state_hash_entry = loaded.last_state_hash_entry
        self.next_entry = loaded.head.last_entry + 1
        for venue in self.state.venues.values():
            _require_known(venue.schema, venue.engine, venue.rulebook)

    @classmethod
    def empty(cls) -> Self:
        """What a venue is before its first entry."""
        head = Head(epoch=0, last_entry=-1, head_hash=EMPTY_ROOT, last_time_ms=0, served_until_ms=0)
        state, frontier = RecordedState(), Frontier()
        return cls(Loaded(head=head, state=state, frontier=frontier, last_state_hash_entry=-1))

    def require_state(self, state_hash: bytes) -> None:
        """See that the state after the last entry taken in is the one that has this hash.

        Raises:
            StoreCorrupt: STORE-STATE.
        """
        if self.state_hash.digest() != state_hash:
            code = "STORE-STATE"
            raise StoreCorrupt(code, f"after entry {self.next_entry - 1}")

    def follow(self, entries: Sequence[StoredEntry]) -> Self:
        """Apply committed entries, each the next one, and take in what they have changed.

        Raises:
            StoreCorrupt: VERSION-UNKNOWN, or ENTRY-DIFFERS where an entry is not what its request gives here; this
                memory is worth nothing any more.
        """
        for each in entries:
            self._apply(each)
        self.state_hash.follow(self.state.take_changes())
        self.state.forget_entries()
        return self

    def _apply(self, stored: StoredEntry) -> None:
        code = "ENTRY-DIFFERS"
        if stored.entry != self.next_entry:
            raise StoreCorrupt(code, f"entry {self.next_entry} is not there")
        try:
            entry = journal.check_entry(stored)
            _require_versions_of(entry)
            outcome = self.engine.apply(journal.request_of(entry, stored))
        except (JournalRefused, EngineFault) as error:
            raise StoreCorrupt(code, f"entry {stored.entry}: {error}") from error
        same = canonical.encode(journal.outcome_value(outcome)) == stored.outcome
        if not same or journal.answer_of(outcome) != entry.answer:
            raise StoreCorrupt(code, f"entry {stored.entry} has another outcome")
        if isinstance(entry.command, RecordStateHash):
            self.last_state_hash_entry = entry.entry
        self.frontier.append(stored.leaf)
        self.next_entry += 1


def _require_versions_of(entry: Entry) -> None:
    """Before it is applied: an entry of versions that are known, and none that begins others."""
    _require_known(entry.schema, entry.engine, entry.rulebook)
    command = entry.command
    if isinstance(command, ActivateVersion) and isinstance(entry.answer, Accepted):
        _require_known(command.schema, command.engine, command.rulebook)


def _require_known(*versions: int) -> None:
    if any(each > ours for each, ours in zip(versions, VERSIONS, strict=True)):
        code, found = "VERSION-UNKNOWN", f"schema, engine, rulebook {versions}, here {VERSIONS}"
        raise StoreCorrupt(code, found)

"""How a sequencer comes to its memory and keeps it: one load from the tables, then every entry that is committed.

Whoever stands by follows ten times a second, so that a takeover has next to nothing left to read, however much the
venue holds. Whatever memory comes to is held against the hash of the state that the last batch names: rows that were
changed behind a writer's back show before anything is written on them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from ledger.sequencer.memory import Memory
from ledger.sequencer.takeover import FencedOut
from ledger.store.loading import StoreCorrupt

if TYPE_CHECKING:
    from ledger.sequencer.store import Store
    from ledger.store.loading import Head

ENTRIES_AT_ONCE = 500
MOST_IN_ONE_GO = 10_000
"""Entries that are followed before the writer's lock is looked at again: about a second's work."""
_log = structlog.get_logger()


async def remember(store: Store) -> Memory:
    """Load what a writer goes on from.

    Raises:
        StoreCorrupt: the tables cannot be trusted.
        psycopg.Error, OSError: the store does not answer.
    """
    loaded = await store.load()
    memory = await asyncio.to_thread(Memory, loaded)
    state_hash = loaded.head.state_hash
    if state_hash is None:
        state_hash = await _replayed(store, memory.next_entry)
    memory.require_state(state_hash)
    return memory


async def follow(store: Store, memory: Memory) -> None:
    """Take in what has been committed since, up to `MOST_IN_ONE_GO`.

    Raises:
        StoreCorrupt: see `Memory.follow`.
        psycopg.Error, OSError: the store does not answer.
    """
    end = memory.next_entry + MOST_IN_ONE_GO
    while memory.next_entry < end:
        if await _follow_once(store, memory) < ENTRIES_AT_ONCE:
            return


async def catch_up(store: Store, memory: Memory, epoch: int) -> Head:
    """Come to the journal's end, at which nobody but this epoch's writer can write any more.

    The end must be the one that memory came to: same length, same hash, same state, and accounts that add up.

    Raises:
        FencedOut: another epoch stands.
        StoreCorrupt: the tables cannot be trusted, or hold less than was followed.
        psycopg.Error, OSError: the store does not answer.
    """
    head = await store.head()
    if head.epoch != epoch:
        raise FencedOut
    while memory.next_entry <= head.last_entry and await _follow_once(store, memory):
        pass
    code = "STORE-HEAD"
    if memory.next_entry > head.last_entry + 1:
        found = f"entries {head.last_entry + 1} to {memory.next_entry - 1}, which were followed, are gone"
        raise StoreCorrupt(code, found)
    await store.require_whole(head)
    if memory.next_entry <= head.last_entry or (
        head.last_entry >= 0 and memory.frontier.root() != head.head_hash
    ):
        raise StoreCorrupt(code, "the journal's end is not the one that was followed")
    if head.state_hash is not None:  # else memory came from rows that `remember` has held against a replay
        memory.require_state(head.state_hash)
    return head


async def _replayed(store: Store, entries: int) -> bytes:
    """The hash of the state that so many first entries give, each decided again from an empty venue.

    A last batch that names no state was written by a build from before they did: its rows are not believed unseen.
    """
    memory = Memory.empty()
    if entries:
        _log.warning("the last batch names no state: the journal is replayed", entries=entries)
    while memory.next_entry < entries:
        most = min(ENTRIES_AT_ONCE, entries - memory.next_entry)
        if not await _follow_once(store, memory, most):
            code = "STORE-HEAD"
            raise StoreCorrupt(code, f"entry {memory.next_entry} is not there")
    return memory.state_hash.digest()


async def _follow_once(store: Store, memory: Memory, most: int = ENTRIES_AT_ONCE) -> int:
    """Take in the next entries; how many there were."""
    entries = await store.entries_from(memory.next_entry, most)
    if entries:
        await asyncio.to_thread(memory.follow, entries)  # so that the heart goes on beating
    return len(entries)

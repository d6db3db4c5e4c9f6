"""How a sequencer comes to its memory and keeps it: one load from the tables, then every entry that is committed.

Whoever stands by follows ten times a second, so that a takeover has next to nothing left to read, however much the
venue holds.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ledger.sequencer.memory import Memory
from ledger.sequencer.takeover import FencedOut
from ledger.store.loading import StoreCorrupt

if TYPE_CHECKING:
    from ledger.sequencer.store import Store
    from ledger.store.loading import Head

ENTRIES_AT_ONCE = 500
MOST_IN_ONE_GO = 10_000
"""Entries that are followed before the writer's lock is looked at again: about a second's work."""


async def remember(store: Store) -> Memory:
    """Load what a writer goes on from.

    Raises:
        StoreCorrupt: the tables cannot be trusted.
        psycopg.Error, OSError: the store does not answer.
    """
    loaded = await store.load()
    return await asyncio.to_thread(Memory, loaded)


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

    The end must be the one that memory came to: same length, same hash, and accounts that add up.

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
    return head


async def _follow_once(store: Store, memory: Memory) -> int:
    """Take in the next entries; how many there were."""
    entries = await store.entries_from(memory.next_entry, ENTRIES_AT_ONCE)
    if entries:
        await asyncio.to_thread(memory.follow, entries)  # so that the heart goes on beating
    return len(entries)

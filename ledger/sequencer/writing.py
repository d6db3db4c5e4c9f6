"""Batches on their way to the disk: one after the other, while the next one is decided.

What is decided stands in the engine's memory before it stands on the disk, so one batch may be under way and one more
may wait for it, and nothing is answered before its own is written. A batch that fails takes with it what was decided
after it: the session is over.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeAlias

from exchange.commands import EraseSealedPart, Tick
from ledger.sequencer.lost import SessionLost
from ledger.sequencer.store import StoreLost
from ledger.sequencer.telling import tell_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from exchange.state import State
    from ledger.merkle import Frontier
    from ledger.receipts import SignedSeal
    from ledger.sequencer.admission import Admitted
    from ledger.sequencer.draft import Batch
    from ledger.sequencer.messages import Answer, SequencerRefused
    from ledger.sequencer.store import Store, Write

Decision: TypeAlias = "Answer | SequencerRefused | None"
"""None: the same key stands earlier in this batch, so ask again after it."""


class Begun:
    """A batch that is decided, and may not be written yet."""

    def __init__(self, decisions: list[Decision], written: asyncio.Task[None] | None) -> None:
        """`written`: done when everything is on the disk that a decision speaks of; None if nothing is new."""
        self._decisions = decisions
        self._written = written

    def done(self) -> bool:
        """Whether `decisions` would not have to wait."""
        return self._written is None or self._written.done()

    def when_done(self, call: Callable[[], None]) -> None:
        """Have this called when it is written, or will never be."""
        if self._written is not None:
            self._written.add_done_callback(lambda _: call())

    async def decisions(self) -> list[Decision]:
        """One decision for each submission, once they are durable.

        Raises:
            SessionLost, FencedOut, StoreCorrupt: the batch was not written.
        """
        if self._written is not None:
            await asyncio.wait([self._written])
            self._written.result()
        return self._decisions


class BatchWriter:
    """Writes the batches of one session in their order, and knows how far the disk has come."""

    def __init__(self, store: Store, frontier: Frontier) -> None:
        self._store = store
        self._under_way: asyncio.Task[None] | None = None
        self._names: frozenset[tuple[str, bytes | str]] = frozenset()
        self.frontier = frontier
        """The tree of what is committed."""
        self.last_seal: SignedSeal | None = None
        """Of the last batch that was committed."""
        self.batches = 0
        """Batches committed."""
        self.closes = 0
        """Of these, those in which a deadline fired."""

    async def give(self, batch: Batch, state: State) -> asyncio.Task[None]:
        """Hand a batch over, once the one before it is written; done when it is written, too.

        `state` is the engine's after the batch: what is needed of it is taken at once.

        Raises:
            SessionLost, FencedOut, StoreCorrupt: the batch before it was not written, and so is not this one.
        """
        write = self._store.prepare(batch, state)
        await self.settle()
        self._names = frozenset(name for each in batch.decided for name in _names_of(each.admitted))
        self._under_way = asyncio.create_task(self._write(batch, write))
        await asyncio.sleep(0)  # its statement leaves before anything else is done
        return self._under_way

    async def settle(self) -> None:
        """Wait until nothing is under way.

        Raises:
            SessionLost, FencedOut, StoreCorrupt: what was under way was not written.
        """
        if self._under_way is not None:
            await asyncio.wait([self._under_way])
            self._under_way.result()

    async def end(self) -> None:
        """Leave what is under way: the session is over, and nobody waits for it any more."""
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.wait([self._under_way])
            if not self._under_way.cancelled():
                self._under_way.exception()  # whoever waited has been told

    def concerns(self, admitted: Sequence[Admitted]) -> bool:
        """Whether the tables cannot be asked about these yet: what is under way has a key or an order id of theirs.

        Nor about an erasure, since another one of the same part may be under way.
        """
        if self._under_way is None or self._under_way.done():
            return False
        return any(
            isinstance(each.command, EraseSealedPart) or not self._names.isdisjoint(_names_of(each))
            for each in admitted
        )

    async def _write(self, batch: Batch, write: Write) -> None:
        began = time.perf_counter()
        try:
            await write()
        except StoreLost as lost:
            raise SessionLost(str(lost), ask_again=lost.unknown) from lost
        self.frontier = batch.frontier
        self.last_seal = batch.seal
        self.batches += 1
        self.closes += any(isinstance(each.admitted.command, Tick) for each in batch.decided)
        tell_batch(batch, time.perf_counter() - began)


def _names_of(admitted: Admitted) -> tuple[tuple[str, bytes | str], ...]:
    """What no other command of its giver may have: its key, and its client order id if there is one."""
    key = (admitted.scope, admitted.key_hash)
    return (key, (admitted.scope, admitted.client_order_id)) if admitted.client_order_id else (key,)

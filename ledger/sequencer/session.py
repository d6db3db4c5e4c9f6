"""One epoch of writing: from the load to the first thing that goes wrong.

A session decides batches one after the other, the next one while the one before it is written. Whatever fails in it,
the engine's memory may be ahead of the disk, so the session is over: the next one loads from the tables.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from msgspec import UNSET

from exchange.commands import AnyCommand, EraseSealedPart, Outage, RecordStateHash
from exchange.turn import EngineFault
from ledger import metrics
from ledger.log.checkpoints import Checkpoint, origin_of, sign_checkpoint
from ledger.sequencer.admission import Admitted, own
from ledger.sequencer.draft import Batch, Draft
from ledger.sequencer.following import catch_up
from ledger.sequencer.genesis import GenesisRefused, opening_commands
from ledger.sequencer.lookup import answers_again, fresh_ones
from ledger.sequencer.lost import SessionLost, fallen
from ledger.sequencer.messages import SequencerRefused
from ledger.sequencer.store import StoreLost
from ledger.sequencer.telling import count_decisions
from ledger.sequencer.writing import BatchWriter, Begun
from ledger.store.loading import StoreCorrupt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from exchange.commands import OpenVenue
    from ledger.merkle import Frontier
    from ledger.outbox_records import RecordsOf
    from ledger.receipt_key import ReceiptKey
    from ledger.receipts import SignedSeal
    from ledger.sequencer.clock import WatchedClock
    from ledger.sequencer.memory import Memory
    from ledger.sequencer.store import Store
    from ledger.sequencer.takeover import Taken
    from ledger.sequencer.writing import Decision
    from ledger.store.recorded_state import RecordedState, RunningStateHash

ENTRIES_PER_STATE_HASH = 10_000
SHORTEST_OUTAGE_MS = 3_000
"""A shorter absence moves no deadline: a writer whose heart has not beaten for so long counts as gone."""
BEAT_EVERY_S = 1.0
MOST_TICKS = 1_000
"""Ticks in a row, each firing all that is due; more means that deadlines set deadlines for ever."""
_log = structlog.get_logger()


class Session:
    """The writer during one epoch."""

    heart: asyncio.Task[None]
    """Done when the writer could not show that it lives: then it must not go on."""

    def __init__(  # noqa: PLR0913 - what it writes to and with
        self,
        store: Store,
        key: ReceiptKey,
        clock: WatchedClock,
        memory: Memory,
        *,
        taken: Taken,
        records_of: RecordsOf,
        salts: Callable[[], bytes],
    ) -> None:
        self._store = store
        self._key = key
        self._clock = clock
        self._records_of = records_of
        self._salts = salts
        self.epoch = taken.epoch
        self.saw_a_writer = taken.saw_a_writer
        """Whether another one was seen to serve just before, from the journal that this one has followed."""
        self.questions: list[asyncio.Task[None]] = []
        """What was asked before it wrote and is not answered yet; what fails ends the session."""
        self._memory = memory
        self._writer: BatchWriter
        self._frontier: Frontier
        """The tree of what is decided."""
        self._state_hash: RunningStateHash
        self._go_on_from(memory)
        self.checkpointed = 0
        """Entries in the newest checkpoint that was signed before a Tick."""
        self._serving = False
        self._batches_before = 0
        """Committed before it served."""

    @property
    def state(self) -> RecordedState:
        """The running engine's state, for comparison with what a load or a replay gives."""
        return self._state

    @property
    def tree(self) -> tuple[int, bytes]:
        """Size and root of the committed journal, as this writer knows them: not read from the tables again."""
        frontier = self._writer.frontier
        return frontier.size, frontier.root()

    @property
    def next_entry(self) -> int:
        """The number of the entry behind the committed ones."""
        return self._writer.frontier.size

    @property
    def last_seal(self) -> SignedSeal | None:
        """Of the last batch that this session has committed."""
        return self._writer.last_seal

    @property
    def closes(self) -> int:
        """Batches that this session has committed in which a deadline fired, of which a close may be one."""
        return self._writer.closes

    @property
    def batches(self) -> int:
        """Batches committed since it serves."""
        return self._writer.batches - self._batches_before if self._serving else 0

    def state_hash(self) -> str:
        """The running state hash (64 hex digits)."""
        return self._state_hash.hex()

    async def start(
        self,
        genesis: OpenVenue | None,
        before_writing: Callable[[Session], Awaitable[None]] | None = None,
    ) -> None:
        """Load, open the venue if the journal is empty, and journal an outage if the venue was away too long.

        Raises:
            StoreCorrupt, GenesisRefused, FencedOut, SessionLost, ClockJumped, psycopg.Error: see `open_session`.
        """
        head = await catch_up(self._store, self._memory, self.epoch)
        self._go_on_from(self._memory)
        if before_writing is not None:
            await before_writing(self)
        public_key = self._key.public_key.hex()
        if self.next_entry == 0:
            if genesis is None:
                code = "GENESIS-MISSING"
                raise GenesisRefused(code)
            await self._give(*opening_commands(genesis, public_key))
        elif self._state.venue.receipt_key != public_key:
            code = "GENESIS-RECEIPT-KEY"
            raise GenesisRefused(code)
        outage = self._outage(head.served_until_ms)
        if outage is not None:
            _log.warning("outage", since_ms=outage.since_ms, until_ms=outage.until_ms)
            await self._give(outage)
        self._serving = True
        self._batches_before = self._writer.batches
        metrics.EPOCH.set(self.epoch)
        metrics.JOURNAL_ENTRIES.set(self.next_entry)
        _log.info("writing", epoch=self.epoch, next_entry=self.next_entry)

    def wait_s(self) -> float | None:
        """Seconds until the next deadline is due, 0 if it is; None if none stands.

        Raises:
            ClockJumped: the wall clock cannot be trusted.
        """
        now_ms = self._clock.now_ms()  # read, and so watched, even where nothing is due
        due_ms = self._engine.due_at()
        if due_ms is None:
            return None
        return max(0, due_ms - self._state.venue.clock_offset_ms - now_ms) / 1000

    async def decide(self, admitted: Sequence[Admitted]) -> list[Decision]:
        """Decide a batch and commit it; an empty one only lets deadlines fire. One decision for each submission.

        Raises:
            SessionLost, FencedOut, StoreCorrupt, ClockJumped: as `begin`.
        """
        begun = await self.begin(admitted)
        return await begun.decisions()

    async def begin(self, admitted: Sequence[Admitted]) -> Begun:
        """Decide a batch and have it written behind the one before it, which is written when this comes back.

        Raises:
            SessionLost: one of the two did not get through; nothing may be decided on this session any more.
            FencedOut: another writer has taken over.
            StoreCorrupt: the balances in the tables are not what the engine knows them to be.
            ClockJumped: the wall clock cannot be trusted.
        """
        decisions: list[Decision] = [None] * len(admitted)
        fresh = await self._not_standing(admitted, decisions)
        draft = await self._open_draft()
        places: dict[int, int] = {}
        for position in fresh:
            if draft.is_due():  # by what was decided just before: that is committed first
                await self._give_over(draft, places, decisions)
                draft, places = await self._open_draft(), {}
            if draft.comes_too_late(admitted[position]):
                decisions[position] = SequencerRefused("SIGNATURE-EXPIRED")
                continue
            try:
                draft.give(admitted[position])
            except EngineFault as fault:
                raise fallen(fault, position) from fault
            places[position] = len(draft.decided) - 1
        written = await self._give_over(draft, places, decisions)
        count_decisions(decisions, fresh)
        return Begun(decisions, written)

    async def end(self) -> None:
        """Leave what is under way: nobody waits for it any more."""
        await self._writer.end()

    async def _give_over(
        self, draft: Draft, places: dict[int, int], decisions: list[Decision]
    ) -> asyncio.Task[None] | None:
        """Have written what a draft holds, if anything, and take its answers to their positions."""
        if not draft.decided:
            return None
        batch = self._finish(draft)
        for position, place in places.items():
            decisions[position] = batch.answers[place]
        return await self._write(batch)

    async def _commit(self, draft: Draft) -> Batch:
        batch = self._finish(draft)
        await self._write(batch)
        await self._writer.settle()
        return batch

    async def _write(self, batch: Batch) -> asyncio.Task[None]:
        """Hand a batch over to be written; see `BatchWriter.give`."""
        try:
            return await self._writer.give(batch, self._state)
        except EngineFault as fault:
            raise fallen(fault) from fault

    def _finish(self, draft: Draft) -> Batch:
        batch = draft.finish(self._frontier, self._key, self._state_hash)
        self._frontier = batch.frontier
        return batch

    async def give_own(self, make: Callable[[], AnyCommand]) -> Batch:
        """Decide and commit a command of the sequencer's own, made once all that was due before it is committed.

        Raises:
            SessionLost, FencedOut, StoreCorrupt, ClockJumped: as `decide`.
        """
        draft = await self._open_draft()
        await self._writer.settle()
        try:
            draft.give(own(make()))
        except EngineFault as fault:
            raise SessionLost(str(fault), ask_again=False) from fault
        return await self._commit(draft)

    async def keep_beating(self) -> None:
        """Show that this writer lives, until it cannot.

        Raises:
            FencedOut: another writer has taken over.
            TimeoutError, psycopg.Error, OSError: the store does not answer.
        """
        batches = self._writer.batches
        while True:
            if self._writer.batches == batches:  # a batch moves the head by itself
                await self._store.beat(self.epoch, serving=self._serving)
            batches = self._writer.batches
            await asyncio.sleep(BEAT_EVERY_S)

    def _go_on_from(self, memory: Memory) -> None:
        self._state = memory.state
        self._frontier = memory.frontier
        self._writer = BatchWriter(self._store, memory.frontier)
        self._engine = memory.engine
        self._state_hash = memory.state_hash
        self._last_state_hash_entry = memory.last_state_hash_entry

    def _outage(self, served_until_ms: int) -> Outage | None:
        """The venue's absence, if it was long and a venue deadline fell into it."""
        offset_ms = self._state.venue.clock_offset_ms
        since_ms = max(self._engine.last_time_ms, served_until_ms + offset_ms)
        until_ms = max(self._engine.last_time_ms, self._clock.now_ms() + offset_ms)
        if until_ms - since_ms <= SHORTEST_OUTAGE_MS:
            return None
        missed = (
            deadline.venue_clock and deadline.stopped_ms is UNSET and since_ms < deadline.due_ms <= until_ms
            for deadline in self._state.deadlines.values()
        )
        return Outage(since_ms=since_ms, until_ms=until_ms) if any(missed) else None

    def _draft(self) -> Draft:
        return Draft(
            self._engine,
            self._state,
            epoch=self.epoch,
            first_entry=self._frontier.size,
            wall_ms=self._clock.now_ms(),
            records_of=self._records_of,
            salts=self._salts,
        )

    async def _give(self, *commands: AnyCommand) -> None:
        """Decide and commit commands of the sequencer's own."""
        draft = self._draft()
        try:
            for command in commands:
                draft.give(own(command))
        except EngineFault as fault:
            raise SessionLost(str(fault), ask_again=True) from fault
        await self._commit(draft)

    def _give_state_hash(self, draft: Draft) -> None:
        """Journal the state hash when it is time, as the first of a draft: the hash of all that stands before it."""
        next_entry = self._frontier.size
        if next_entry - max(self._last_state_hash_entry, 0) >= ENTRIES_PER_STATE_HASH:
            draft.give(own(RecordStateHash(state_hash=self._state_hash.hex())))
            self._last_state_hash_entry = next_entry

    async def _not_standing(self, admitted: Sequence[Admitted], decisions: list[Decision]) -> list[int]:
        """Answer repeats and refuse what cannot stand beside earlier commands; give positions of what is new."""
        if self._writer.concerns(admitted):
            await self._writer.settle()
        try:
            standing = await self._store.standing_of(admitted)
            before_now = list(standing.values())
            receipts = await self._store.receipts_of([each.entry for each in before_now])
            missing = await self._missing_parts(admitted)
        except StoreLost as lost:
            raise SessionLost(str(lost), ask_again=True) from lost
        return fresh_ones(admitted, standing, answers_again(before_now, receipts), missing, decisions)

    async def _missing_parts(self, admitted: Sequence[Admitted]) -> set[int]:
        """Positions of commands that erase what does not stand."""
        missing = set()
        for position, each in enumerate(admitted):
            command = each.command
            if isinstance(command, EraseSealedPart) and not await self._store.has_sealed_part(
                command.entry, command.label
            ):
                missing.add(position)
        return missing

    async def _open_draft(self) -> Draft:
        """A draft in which nothing is due. Deadlines that have come fire before it, each Tick in a batch of its own.

        Before a Tick everything that is committed stands in a checkpoint: whoever put an entry before a close later
        on would contradict what was signed before the award was decided.
        """
        for _ in range(MOST_TICKS):
            draft = self._draft()
            if not draft.is_due():
                self._give_state_hash(draft)
                return draft
            await self._writer.settle()
            await self._sign_checkpoint()
            try:
                draft.tick()
            except EngineFault as fault:
                raise fallen(fault) from fault
            await self._commit(draft)
        message = f"over {MOST_TICKS} ticks in a row"
        raise SessionLost(message, ask_again=False)

    async def _sign_checkpoint(self) -> None:
        """Have what is committed stand in a signed checkpoint, before anything else is decided."""
        size, root = self.tree
        venue = self._state.venue
        note = sign_checkpoint(Checkpoint(origin_of(venue.chain_id, venue.anchor), size, root), self._key)
        made_ms = self._clock.now_ms()
        try:
            stands = await self._store.keep_checkpoint(
                size, root, note.to_bytes(), made_ms=made_ms, epoch=self.epoch
            )
        except StoreLost as lost:
            raise SessionLost(str(lost), ask_again=True) from lost
        if not stands:
            code, found = "CHECKPOINT-DIFFERS", f"{size} entries"
            raise StoreCorrupt(code, found)
        self.checkpointed = size

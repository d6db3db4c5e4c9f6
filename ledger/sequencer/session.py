"""One epoch of writing: from taking over and loading to the first thing that goes wrong.

A session decides batches one after the other. Whatever fails in it, the engine's memory may be ahead of the disk, so
the session is over: the next one loads from the tables.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from typing import TYPE_CHECKING, Any, TypeAlias

import psycopg
import structlog
from psycopg import AsyncConnection, AsyncRawCursor

from exchange.commands import AnyCommand, EraseSealedPart, Outage, RecordStateHash, Tick
from exchange.engine import VERSIONS, Engine
from exchange.turn import EngineFault
from ledger import metrics
from ledger.outbox_records import outbox_records
from ledger.sequencer import lookup
from ledger.sequencer.admission import Admitted, own
from ledger.sequencer.draft import Batch, Draft
from ledger.sequencer.genesis import GenesisRefused, opening_commands
from ledger.sequencer.messages import Answer, SequencerRefused
from ledger.sequencer.statement import BALANCES_DIFFER, FENCED_OUT, STOPPED, statement_of
from ledger.sequencer.takeover import FencedOut, beat, take_over
from ledger.sequencer.telling import count_decisions, tell_batch
from ledger.store.binary_arrays import register
from ledger.store.connections import CONNECT_TIMEOUT_S, psycopg_url
from ledger.store.loading import Loaded, StoreCorrupt, load, read_head
from ledger.store.recorded_state import RecordedState, RunningStateHash

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from exchange.commands import OpenVenue
    from ledger.merkle import Frontier
    from ledger.outbox_records import RecordsOf
    from ledger.receipt_key import ReceiptKey
    from ledger.receipts import SignedSeal
    from ledger.sequencer.clock import WatchedClock

ENTRIES_PER_STATE_HASH = 10_000
SHORTEST_OUTAGE_MS = 3_000
"""A shorter absence moves no deadline: a writer whose heart has not beaten for so long counts as gone."""
BEAT_EVERY_S = 1.0
STATEMENT_TIMEOUT_MS = 10_000
COMMIT_TIMEOUT_S = 15.0
_OBJECTS_PER_COLLECTION = 50_000
_CONNECTION_ENDED = ("57P", "08")
"""SQLSTATE classes after which nobody can say whether the statement stood."""
_log = structlog.get_logger()

Connection: TypeAlias = AsyncConnection[tuple[Any, ...]]
BeforeWriting: TypeAlias = "Callable[[Connection, Session], Awaitable[None]]"
Decision: TypeAlias = "Answer | SequencerRefused | None"
"""None: the same key stands earlier in this batch, so ask again after it."""


class SessionLost(Exception):
    """The batch did not get through, and this session with it.

    ask_again: nothing is known, or nothing was tried: the tables will tell after the next load. culprit: the position
    of the submission on which the engine fell over, if one did.
    """

    def __init__(self, reason: str, *, ask_again: bool, culprit: int | None = None) -> None:
        super().__init__(reason)
        self.ask_again = ask_again
        self.culprit = culprit


@contextlib.asynccontextmanager
async def open_session(  # noqa: PLR0913 - what a session needs from outside
    database_url: str,
    key: ReceiptKey,
    clock: WatchedClock,
    *,
    genesis: OpenVenue | None,
    patience_s: float | None,
    on_heart_failure: Callable[[], None] = lambda: None,
    records_of: RecordsOf = outbox_records,
    before_writing: BeforeWriting | None = None,
) -> AsyncIterator[Session]:
    """Take over, load, and write until the context is left.

    before_writing: looks at connection and session when all is loaded and nothing is written yet.

    Raises:
        WriterRunning, FencedOut: somebody else writes.
        StoreCorrupt: the tables cannot be trusted.
        GenesisRefused: the journal is empty and cannot be begun, or was begun with another receipt key.
        ClockJumped: the wall clock cannot be trusted.
        psycopg.Error: the database does not answer.
    """
    async with await _connect(database_url) as connection, await _connect(database_url) as heart:
        await read_head(connection)
        epoch = await take_over(connection, patience_s=patience_s)
        register(connection)
        session = Session(connection, key, clock, epoch=epoch, records_of=records_of)
        beating = asyncio.create_task(session.keep_beating(heart))
        beating.add_done_callback(lambda _: on_heart_failure())
        session.heart = beating
        try:
            await session.start(genesis, before_writing)
            yield session
        finally:
            beating.cancel()
            await asyncio.wait([beating])
            if not beating.cancelled():
                beating.exception()  # whoever needs it has seen it in `heart`


class Session:
    """The writer during one epoch."""

    heart: asyncio.Task[None]
    """Done when the writer could not show that it lives: then it must not go on."""
    _engine: Engine
    _frontier: Frontier
    _state_hash: RunningStateHash

    def __init__(
        self,
        connection: Connection,
        key: ReceiptKey,
        clock: WatchedClock,
        *,
        epoch: int,
        records_of: RecordsOf,
    ) -> None:
        self._connection = connection
        self._raw = AsyncRawCursor(connection)
        self._key = key
        self._clock = clock
        self._records_of = records_of
        self.epoch = epoch
        self.next_entry = 0
        self._state = RecordedState()
        self._last_state_hash_entry = -1
        self.last_seal: SignedSeal | None = None
        """Of the last batch that this session has committed."""
        self.closes = 0
        """Batches that this session has committed in which a deadline fired, of which a close may be one."""
        self.batches = 0
        """Batches committed since it serves."""
        self._serving = False
        self._committed_since_beat = False

    @property
    def state(self) -> RecordedState:
        """The running engine's state, for comparison with what a load or a replay gives."""
        return self._state

    @property
    def tree(self) -> tuple[int, bytes]:
        """Size and root of the committed journal, as this writer knows them: not read from the tables again."""
        return self._frontier.size, self._frontier.root()

    def state_hash(self) -> str:
        """The running state hash (64 hex digits)."""
        return self._state_hash.hex()

    async def start(self, genesis: OpenVenue | None, before_writing: BeforeWriting | None = None) -> None:
        """Load, open the venue if the journal is empty, and journal an outage if the venue was away too long.

        Raises:
            StoreCorrupt, GenesisRefused, FencedOut, SessionLost, ClockJumped, psycopg.Error: see `open_session`.
        """
        gc.unfreeze()  # what an earlier session of this process has left
        loaded = await load(self._connection)
        if loaded.head.epoch != self.epoch:
            raise FencedOut
        await asyncio.to_thread(self._go_on_from, loaded)
        self._require_known_versions()
        if before_writing is not None:
            await before_writing(self._connection, self)
        public_key = self._key.public_key.hex()
        if self.next_entry == 0:
            if genesis is None:
                code = "GENESIS-MISSING"
                raise GenesisRefused(code)
            await self._give(*opening_commands(genesis, public_key))
        elif self._state.venue.receipt_key != public_key:
            code = "GENESIS-RECEIPT-KEY"
            raise GenesisRefused(code)
        outage = self._outage(loaded.head.served_until_ms)
        if outage is not None:
            _log.warning("outage", since_ms=outage.since_ms, until_ms=outage.until_ms)
            await self._give(outage)
        # What was loaded stays: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_OBJECTS_PER_COLLECTION, 20, 100)
        self._serving = True
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
            SessionLost: the batch did not get through; nothing may be decided on this session any more.
            FencedOut: another writer has taken over.
            StoreCorrupt: the balances in the tables are not what the engine knows them to be.
            ClockJumped: the wall clock cannot be trusted.
        """
        decisions: list[Decision] = [None] * len(admitted)
        fresh = await self._not_standing(admitted, decisions)
        draft = self._draft()
        position: int | None = None
        places: dict[int, int] = {}
        try:
            self._give_state_hash(draft)
            draft.tick_if_due()
            for position in fresh:
                if draft.comes_too_late(admitted[position]):
                    decisions[position] = SequencerRefused("SIGNATURE-EXPIRED")
                    continue
                draft.give(admitted[position])
                places[position] = len(draft.decided) - 1
        except EngineFault as fault:
            _log.critical("engine fault", code="ENGINE-FAULT", reason=str(fault))
            raise SessionLost(str(fault), ask_again=False, culprit=position) from fault
        if draft.decided:
            batch = await self._commit(draft)
            for position, place in places.items():
                decisions[position] = batch.answers[place]
        count_decisions(decisions, fresh)
        return decisions

    async def keep_beating(self, connection: Connection) -> None:
        """Show that this writer lives, on a connection of its own, until it cannot.

        Raises:
            FencedOut: another writer has taken over.
            psycopg.Error: the database does not answer.
        """
        while True:
            if not self._committed_since_beat:
                async with asyncio.timeout(COMMIT_TIMEOUT_S):
                    await beat(connection, self.epoch, serving=self._serving)
            self._committed_since_beat = False
            await asyncio.sleep(BEAT_EVERY_S)

    def _go_on_from(self, loaded: Loaded) -> None:
        self._state = loaded.state
        self._frontier = loaded.frontier
        self._engine = Engine(loaded.state)
        self._engine.last_time_ms = loaded.head.last_time_ms
        self._state_hash = RunningStateHash(loaded.state.each_row())
        self._last_state_hash_entry = loaded.last_state_hash_entry
        self.next_entry = loaded.head.last_entry + 1

    def _require_known_versions(self) -> None:
        """Raises StoreCorrupt VERSION-UNKNOWN where the journal has come to a version that this program has not."""
        for venue in self._state.venues.values():
            in_force = (venue.schema, venue.engine, venue.rulebook)
            if any(each > ours for each, ours in zip(in_force, VERSIONS, strict=True)):
                code, found = "VERSION-UNKNOWN", f"schema, engine, rulebook {in_force}, here {VERSIONS}"
                raise StoreCorrupt(code, found)

    def _outage(self, served_until_ms: int) -> Outage | None:
        """The venue's absence, if it was long and a venue deadline fell into it."""
        offset_ms = self._state.venue.clock_offset_ms
        since_ms = max(self._engine.last_time_ms, served_until_ms + offset_ms)
        until_ms = max(self._engine.last_time_ms, self._clock.now_ms() + offset_ms)
        if until_ms - since_ms <= SHORTEST_OUTAGE_MS:
            return None
        missed = (
            deadline.venue_clock and since_ms < deadline.due_ms <= until_ms
            for deadline in self._state.deadlines.values()
        )
        return Outage(since_ms=since_ms, until_ms=until_ms) if any(missed) else None

    def _draft(self) -> Draft:
        return Draft(
            self._engine,
            self._state,
            epoch=self.epoch,
            first_entry=self.next_entry,
            wall_ms=self._clock.now_ms(),
            records_of=self._records_of,
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
        """Journal the state hash when it is time, at a moment when it is the hash of what is committed."""
        since = self.next_entry - max(self._last_state_hash_entry, 0)
        if since >= ENTRIES_PER_STATE_HASH and not draft.is_due():
            draft.give(own(RecordStateHash(state_hash=self._state_hash.hex())))
            self._last_state_hash_entry = self.next_entry

    async def _not_standing(self, admitted: Sequence[Admitted], decisions: list[Decision]) -> list[int]:
        """Answer repeats and refuse what cannot stand beside earlier commands; give positions of what is new."""
        fresh: list[int] = []
        keys: set[tuple[str, bytes]] = set()
        order_ids: set[tuple[str, str]] = set()
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT_S):
                standing = await lookup.standing_of(self._raw, admitted)
                again = await lookup.answers_again(self._raw, list(standing.values()))
                missing = await self._missing_parts(admitted)
        except (psycopg.Error, TimeoutError) as error:
            raise SessionLost(type(error).__name__, ask_again=True) from error
        for position, each in enumerate(admitted):
            key, order_id = (each.scope, each.key_hash), (each.scope, each.client_order_id)
            before = standing.get(position)
            if key in keys:
                continue
            keys.add(key)
            if each.client_order_id and order_id in order_ids:
                continue
            if before is not None:
                same = before.body_digest == each.body_digest
                code = "IDEMPOTENCY-KEY-REUSED" if before.same_key else "CLIENT-ORDER-ID-REUSED"
                decisions[position] = again[before.entry] if same else SequencerRefused(code)
            elif position in missing:
                decisions[position] = SequencerRefused("SEALED-PART-UNKNOWN")
            else:
                order_ids.add(order_id)
                fresh.append(position)
        return fresh

    async def _missing_parts(self, admitted: Sequence[Admitted]) -> set[int]:
        """Positions of commands that erase what does not stand."""
        missing = set()
        for position, each in enumerate(admitted):
            if isinstance(each.command, EraseSealedPart):
                await self._raw.execute(
                    "SELECT 1 FROM sealed_parts WHERE entry = $1::int8 AND label = $2 AND salt IS NOT NULL",
                    [each.command.entry, each.command.label],
                )
                if await self._raw.fetchone() is None:
                    missing.add(position)
        return missing

    async def _commit(self, draft: Draft) -> Batch:
        batch = draft.finish(self._frontier, self._key)
        statement, parameters = statement_of(batch, self._state)
        began = time.perf_counter()
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT_S):
                await self._raw.execute(statement, parameters, prepare=True)
        except psycopg.Error as error:
            _raise_for(error, closed=self._connection.closed)
        except TimeoutError as error:
            reason = "the database did not answer"
            raise SessionLost(reason, ask_again=True) from error
        self._committed_since_beat = True
        self._frontier = batch.frontier
        self.last_seal = batch.seal
        self.closes += any(isinstance(each.admitted.command, Tick) for each in batch.decided)
        self._state_hash.follow(batch.changes)
        self.next_entry = batch.last_entry + 1
        self.batches += self._serving
        tell_batch(batch, time.perf_counter() - began)
        return batch


def _raise_for(error: psycopg.Error, *, closed: bool) -> None:
    """Say what a failed batch means.

    Raises:
        FencedOut, StoreCorrupt: the batch stopped itself.
        SessionLost: anything else.
    """
    state = error.sqlstate or ""
    message = error.diag.message_primary or type(error).__name__
    if state == STOPPED and message == FENCED_OUT:
        raise FencedOut from error
    if state == STOPPED and message == BALANCES_DIFFER:
        code, found = "STORE-BALANCES", "moved balances are not the engine's"
        raise StoreCorrupt(code, found) from error
    unknown = not state or closed or state.startswith(_CONNECTION_ENDED)
    reason = f"{state} {message}"
    raise SessionLost(reason, ask_again=unknown) from error


async def _connect(database_url: str) -> Connection:
    """A connection whose every statement is a transaction of its own, durable when it answers."""
    return await AsyncConnection.connect(
        psycopg_url(database_url),
        autocommit=True,
        connect_timeout=CONNECT_TIMEOUT_S,
        application_name="ipx-sequencer",
        options=f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={STATEMENT_TIMEOUT_MS}"
        " -c synchronous_commit=on",
    )

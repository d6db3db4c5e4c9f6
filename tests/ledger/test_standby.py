"""The hot standby: it follows every committed entry, takes over without a load, and believes nothing unchecked."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest
from psycopg import AsyncConnection

from exchange import canonical, commands
from exchange.sealed import commitment
from ledger import journal
from ledger.merkle import leaf_hash
from ledger.receipt_key import ReceiptKey
from ledger.sequencer.admission import admit
from ledger.sequencer.clock import ClockJumped, WatchedClock
from ledger.sequencer.following import follow, remember
from ledger.sequencer.memory import Memory
from ledger.sequencer.messages import Answer
from ledger.sequencer.opening import open_session
from ledger.sequencer.postgres import PostgresStore
from ledger.sequencer.session import Session
from ledger.store.connections import psycopg_url
from ledger.store.loading import StoreCorrupt, load
from tests.ledger.conftest import rows_of, run, stored_entries, writing
from tests.ledger.floor_day import FloorDay
from tests.ledger.test_sequencer_state import order_of
from tests.ledger.trading import DAY_MS, GENESIS, Door, RandomDay

DEADLINE_S = 30.0


@pytest.fixture(autouse=True)
def _collector_as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


@contextlib.asynccontextmanager
async def reading(url: str) -> AsyncIterator[AsyncConnection[tuple[Any, ...]]]:
    async with await AsyncConnection.connect(psycopg_url(url), autocommit=True) as connection:
        yield connection


class StandingBy:
    """A sequencer that waits beside another one, in this process; it has the writer's place once `taken` is done."""

    def __init__(self, url: str, key: ReceiptKey, clock: WatchedClock | None = None) -> None:
        self._url, self._key, self._clock = url, key, clock or WatchedClock()
        self.looked_now = asyncio.Event()
        self.done = asyncio.Event()
        self.session: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._stand_by())

    async def _stand_by(self) -> None:
        async def count() -> None:
            self._clock.now_ms()
            self.looked_now.set()

        try:
            async with open_session(
                self._url, self._key, self._clock, genesis=GENESIS, patience_s=None, while_waiting=count
            ) as session:
                self.session.set_result(session)
                await self.done.wait()
        except Exception as error:  # noqa: BLE001 - whoever waits for the session is told
            self.session.set_exception(error)

    async def looked(self) -> None:
        """Wait until it has followed what was committed before this call."""
        async with asyncio.timeout(DEADLINE_S):
            for _ in range(2):
                self.looked_now.clear()
                await self.looked_now.wait()

    async def taken(self) -> Session:
        async with asyncio.timeout(DEADLINE_S):
            return await self.session

    async def end(self) -> None:
        self.done.set()
        if not self.session.done():
            self._task.cancel()
        await asyncio.wait([self._task])


async def seen_to_serve(url: str, first: Session, standby: StandingBy) -> None:
    """The first one's heart has been seen to beat, as it does once a second while it serves."""
    await standby.looked()
    await first.decide([admit(Door("heart").import_right(999))])
    await standby.looked()
    assert await rows_of(url, "SELECT epoch FROM sequencer_head") == [(1,)]


@pytest.mark.parametrize(("kind", "seed"), [(RandomDay, 11), (FloorDay, 12)])
async def test_what_a_standby_has_followed_is_the_running_engine_and_a_load_at_every_step(
    migrated_database_url: str, key: ReceiptKey, kind: type[RandomDay], seed: int
) -> None:
    url = migrated_database_url
    day = kind(seed)
    async with writing(url, key) as session, reading(url) as connection:
        memory = await remember(PostgresStore(connection, connection, connection))
        for step in range(30):
            batch = [
                day.next(session.state, session._engine.last_time_ms)
                for _ in range(day.random.choice([1, 3, 9]))
            ]
            if step % 10 == 9:  # months go by: what has ended leaves memory
                jump = commands.JumpClock(to_ms=session._engine.last_time_ms + 300 * DAY_MS)
                batch = [day.door.operator(jump), *batch[:2]]
            await session.decide([admit(submission) for submission in batch])
            await follow(PostgresStore(connection, connection, connection), memory)
            loaded = await load(connection)
            assert memory.state_hash.hex() == session.state_hash() == loaded.state.state_hash()
            assert memory.state.state_hash() == memory.state_hash.hex()
            assert memory.next_entry == session.next_entry
            assert memory.frontier.root() == session.tree[1]
            assert order_of(memory.state) == order_of(session.state)
            assert memory.engine.due_at() == session._engine.due_at()
            assert not memory.state.created, "records of who made what do not pile up"


async def test_a_standby_takes_over_without_reading_the_rows_again_and_goes_on_as_the_first_would(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = migrated_database_url
    day = RandomDay(5)
    async with writing(url, key) as first:
        for _ in range(10):
            await first.decide([admit(day.next(first.state, first._engine.last_time_ms)) for _ in range(4)])
        standby = StandingBy(url, key)
        await seen_to_serve(url, first, standby)

        async def no_load(_: object) -> None:
            pytest.fail("a standby that follows has nothing to load")

        monkeypatch.setattr(PostgresStore, "load", no_load)
        for _ in range(10):
            await first.decide([admit(day.next(first.state, first._engine.last_time_ms)) for _ in range(4)])
        committed = (first.next_entry, first.state_hash())
    second = await standby.taken()
    assert (second.next_entry, second.state_hash()) == committed
    assert (second.epoch, second.saw_a_writer) == (2, True)
    await second.decide([admit(day.next(second.state, second._engine.last_time_ms)) for _ in range(4)])
    async with reading(url) as connection:
        monkeypatch.undo()
        assert (await load(connection)).state.state_hash() == second.state_hash()
    await standby.end()


async def test_one_that_has_seen_nobody_serve_knows_so(migrated_database_url: str, key: ReceiptKey) -> None:
    async with writing(migrated_database_url, key) as first:
        assert not first.saw_a_writer
    async with writing(migrated_database_url, key) as second:
        assert not second.saw_a_writer


async def test_two_begin_on_an_empty_journal_and_one_opens_the_venue(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    one, other = StandingBy(migrated_database_url, key), StandingBy(migrated_database_url, key)
    await asyncio.wait([one.session, other.session], return_when=asyncio.FIRST_COMPLETED, timeout=DEADLINE_S)
    first, second = (one, other) if one.session.done() else (other, one)
    await (await first.taken()).decide([admit(Door().import_right(1))])
    await first.end()
    session = await second.taken()
    assert (session.epoch, session.next_entry) == (2, 3)
    await second.end()
    types = [
        row[0] for row in await rows_of(migrated_database_url, "SELECT type FROM journal ORDER BY entry")
    ]
    assert types == ["open_venue", "activate_version", "import_right"]


async def test_a_standby_whose_clock_jumps_says_so_while_it_waits(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    jump_ns = 0
    monotonic = asyncio.get_running_loop().time
    clock = WatchedClock(lambda: int(monotonic() * 1e9) + jump_ns, lambda: int(monotonic() * 1e9))
    async with writing(migrated_database_url, key):
        standby = StandingBy(migrated_database_url, key, clock)
        await standby.looked()
        jump_ns = -3_600_000_000_000
        with pytest.raises(ClockJumped):
            await standby.taken()


async def test_entries_that_were_followed_and_are_gone_stop_a_takeover(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    """As where an older copy of the tables is put under a venue that runs: its own ends would fit together."""
    url = migrated_database_url
    door = Door()
    async with writing(url, key) as first:
        await first.decide([admit(door.import_right(1))])
        standby = StandingBy(url, key)
        await seen_to_serve(url, first, standby)
        kept = await rows_of(url, "SELECT last_entry, head_hash FROM sequencer_head")
        await first.decide([admit(door.import_right(2))])
        await standby.looked()
        await run(url, "DELETE FROM journal WHERE entry > %s", kept[0][0])
        await run(url, "DELETE FROM batches WHERE first_entry > %s", kept[0][0])
        await run(url, "UPDATE sequencer_head SET last_entry = %s, head_hash = %s", *kept[0])
    with pytest.raises(StoreCorrupt, match="entries 4 to 4, which were followed, are gone") as alarm:
        await standby.taken()
    assert alarm.value.code == "STORE-HEAD"


async def test_an_end_that_is_not_the_one_that_was_followed_stops_a_takeover(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    url = migrated_database_url
    door = Door()
    async with writing(url, key) as first:
        standby = StandingBy(url, key)
        await seen_to_serve(url, first, standby)
        await first.decide([admit(door.import_right(1))])
        await standby.looked()
        await run(url, "UPDATE sequencer_head SET head_hash = decode(repeat('ab', 32), 'hex')")
    with pytest.raises(StoreCorrupt) as alarm:
        await standby.taken()
    assert alarm.value.code == "STORE-HEAD"


async def test_accounts_that_do_not_add_up_stop_a_takeover(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    url = migrated_database_url
    door = Door()
    async with writing(url, key) as first:
        await first.decide([admit(door.application(1)), admit(door.credit("one", "P-1", 500, 500))])
        standby = StandingBy(url, key)
        await standby.looked()
        await run(url, "UPDATE accounts SET balance = balance + 1 WHERE owner = 'P-1'")
    with pytest.raises(StoreCorrupt) as alarm:
        await standby.taken()
    assert alarm.value.code == "STORE-BALANCES"


async def stored_day(url: str, key: ReceiptKey) -> list[journal.StoredEntry]:
    day = RandomDay(3)
    async with writing(url, key) as session:
        for _ in range(8):
            await session.decide(
                [admit(day.next(session.state, session._engine.last_time_ms)) for _ in range(5)]
            )
    return await stored_entries(url)


def resealed(stored: journal.StoredEntry, outcome: dict[str, Any], **changes: Any) -> journal.StoredEntry:
    """An entry with another outcome or answer, every commitment and hash of it made again."""
    salt = stored.outcome_salt or b""
    entry = journal.check_entry(stored)
    sealed = msgspec.structs.replace(
        entry.sealed, outcome=commitment(journal.OUTCOME_LABEL, salt, outcome).hex()
    )
    public = canonical.encode(msgspec.structs.replace(entry, sealed=sealed, **changes))
    return msgspec.structs.replace(
        stored, public=public, leaf=leaf_hash(public), outcome=canonical.encode(outcome)
    )


async def test_an_entry_that_does_not_follow_from_those_before_it_is_not_taken_in(
    migrated_database_url: str, database_url: str, key: ReceiptKey
) -> None:
    stored = await stored_day(migrated_database_url, key)
    place, entry = next(
        (at, entry)
        for at, entry in enumerate(map(journal.check_entry, stored))
        if at > 20 and isinstance(entry.answer, journal.Accepted)
    )
    outcome: dict[str, Any] = json.loads(stored[place].outcome or b"")
    other = {**outcome, "events": outcome["events"][1:]}
    versions = (entry.schema, entry.engine + 90, entry.rulebook)
    begins = journal.check_entry(stored[1])
    assert isinstance(begins.command, commands.ActivateVersion)
    later_engine = msgspec.structs.replace(begins.command, engine=versions[1])
    cases = {
        "its hash is another": (
            place,
            msgspec.structs.replace(stored[place], leaf=b"\0" * 32),
            "ENTRY-DIFFERS",
        ),
        "another stands there": (place, stored[place + 1], "ENTRY-DIFFERS"),
        "an event was left out, and all made to fit": (
            place,
            resealed(stored[place], other),
            "ENTRY-DIFFERS",
        ),
        "the answer is another, and all made to fit": (
            place,
            resealed(stored[place], outcome, answer=journal.Refused(code="WRONG-STATE")),
            "ENTRY-DIFFERS",
        ),
        "an engine that is not known decided it": (
            place,
            resealed(stored[place], outcome, engine=versions[1]),
            "VERSION-UNKNOWN",
        ),
        "an engine that is not known begins": (
            1,
            resealed(stored[1], json.loads(stored[1].outcome or b""), command=later_engine),
            "VERSION-UNKNOWN",
        ),
    }
    for what, (at, bad, code) in cases.items():
        memory = await empty_memory(database_url)
        memory.follow(stored[:at])
        with pytest.raises(StoreCorrupt) as alarm:
            memory.follow([bad])
        assert alarm.value.code == code, what
    memory = await empty_memory(database_url)
    assert memory.follow(stored).next_entry == len(stored)


async def empty_memory(url: str) -> Memory:
    from ledger.store.migrate import upgrade

    await asyncio.to_thread(upgrade, url)
    async with reading(url) as connection:
        return await remember(PostgresStore(connection, connection, connection))


UNDONE_NOW_AND_THEN = """
CREATE SEQUENCE batches_seen;
CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF mod(nextval('batches_seen'), 10) < {of_ten} THEN
        RAISE EXCEPTION 'could not serialize access' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER undo BEFORE INSERT ON batches FOR EACH ROW EXECUTE FUNCTION undo();
"""


async def test_a_batch_that_postgresql_undoes_for_anothers_sake_is_given_again(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    url = migrated_database_url
    door = Door()
    async with writing(url, key) as session:
        await run(url, UNDONE_NOW_AND_THEN.format(of_ten=3))
        for number in range(1, 31):
            (answer,) = await session.decide([admit(door.import_right(number))])
            assert isinstance(answer, Answer)
        async with reading(url) as connection:
            assert (await load(connection)).state.state_hash() == session.state_hash()
    assert await rows_of(url, "SELECT count(*), min(epoch), max(epoch) FROM batches") == [(31, 1, 1)]
    assert (await rows_of(url, "SELECT last_value >= 40 FROM batches_seen")) == [(True,)]

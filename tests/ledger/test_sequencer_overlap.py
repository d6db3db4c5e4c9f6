"""A batch is decided while the one before it is written: nothing is answered early, applied twice, or kept half."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from exchange import commands
from exchange.state import State
from ledger.receipt_key import ReceiptKey
from ledger.sequencer.admission import admit
from ledger.sequencer.desk import Caller, Desk, Waiting
from ledger.sequencer.draft import Batch
from ledger.sequencer.lost import SessionLost
from ledger.sequencer.messages import Answer, Reply, SequencerRefused
from ledger.sequencer.session import Session
from ledger.sequencer.store import StoreLost
from tests.ledger.conftest import stored_entries, writing
from tests.ledger.trading import Door

DEADLINE_S = 60.0
PAUSE_S = 0.01


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, not without an end."""
    for _ in range(int(DEADLINE_S / PAUSE_S)):
        if condition():
            return
        await asyncio.sleep(PAUSE_S)
    message = "it did not come to be"
    raise AssertionError(message)


class Gate:
    """Holds back every write of a session until it is told to let one through, or to lose it."""

    def __init__(self, session: Session, patch: pytest.MonkeyPatch) -> None:
        self.waiting = asyncio.Event()
        self._fate: asyncio.Queue[bool] = asyncio.Queue()
        prepare = session._store.prepare

        def held(batch: Batch, state: State) -> Callable[[], Awaitable[None]]:
            write = prepare(batch, state)

            async def later() -> None:
                self.waiting.set()
                if not await self._fate.get():
                    reason = "the test loses it"
                    raise StoreLost(reason, unknown=True)
                self.waiting.clear()
                await write()

            return later

        patch.setattr(session._store, "prepare", held)

    def let_through(self) -> None:
        """The next write is made."""
        self._fate.put_nowait(True)

    def lose(self) -> None:
        """The next write is not made."""
        self._fate.put_nowait(False)


async def test_the_next_batch_is_decided_while_one_is_written_and_both_are_answered_after_their_own(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door()
    async with asyncio.timeout(DEADLINE_S), writing(migrated_database_url, key) as session:
        before = session.next_entry
        gate = Gate(session, monkeypatch)
        first = await session.begin([admit(door.import_right(1))])
        second = asyncio.create_task(session.begin([admit(door.import_right(2))]))
        await gate.waiting.wait()
        await until(lambda: len(session.state.rights) == 2)  # the second one is decided
        assert not first.done()
        assert not second.done()
        assert (session.next_entry, len(await stored_entries(migrated_database_url))) == (before, before)
        gate.let_through()
        (answer,) = await first.decisions()
        assert isinstance(answer, Answer)
        assert session.next_entry == before + 1
        begun = await second
        assert not begun.done()
        gate.let_through()
        (later,) = await begun.decisions()
        assert isinstance(later, Answer)
        assert (answer.entry, later.entry, session.next_entry) == (before, before + 1, before + 2)


async def test_a_repeat_of_what_is_being_written_waits_and_gets_the_same_answer(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door()
    import_right = door.import_right(1)
    other = msgspec.structs.replace(door.import_right(2), idempotency_key=import_right.idempotency_key)
    async with asyncio.timeout(DEADLINE_S), writing(migrated_database_url, key) as session:
        gate = Gate(session, monkeypatch)
        first = await session.begin([admit(import_right)])
        again = asyncio.create_task(session.decide([admit(import_right), admit(other)]))
        await asyncio.sleep(0.2)
        assert not again.done()
        gate.let_through()
        (answer,) = await first.decisions()
        repeated, refused = await again
        assert repeated == answer
        assert isinstance(refused, SequencerRefused)
        assert refused.code == "IDEMPOTENCY-KEY-REUSED"


async def test_an_erasure_waits_for_another_one_that_is_being_written(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door()
    async with asyncio.timeout(DEADLINE_S), writing(migrated_database_url, key) as session:
        (made,) = await session.decide([admit(door.import_right(1))])
        assert isinstance(made, Answer)
        erase = commands.EraseSealedPart(
            entry=made.entry, label="bibliography", ground="data-subject-request"
        )
        gate = Gate(session, monkeypatch)
        first = await session.begin([admit(door.operator(erase))])
        second = asyncio.create_task(session.decide([admit(door.operator(erase))]))
        await asyncio.sleep(0.2)
        assert not second.done()
        gate.let_through()
        (answer,) = await first.decisions()
        assert isinstance(answer, Answer)
        (refused,) = await second
        assert isinstance(refused, SequencerRefused)
        assert refused.code == "SEALED-PART-UNKNOWN"


async def test_what_was_decided_on_a_lost_batch_is_lost_with_it(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door()
    async with asyncio.timeout(DEADLINE_S), writing(migrated_database_url, key) as session:
        entries = session.next_entry
        gate = Gate(session, monkeypatch)
        first = await session.begin([admit(door.import_right(1))])
        gate.lose()
        with pytest.raises(SessionLost):
            await session.begin([admit(door.import_right(2))])
        with pytest.raises(SessionLost):
            await first.decisions()
        with pytest.raises(SessionLost):
            await session.begin([admit(door.import_right(3))])
    assert len(await stored_entries(migrated_database_url)) == entries


class Listener(Caller):
    """A caller of the desk without a socket."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.replies: list[Reply] = []

    def answer(self, reply: Reply) -> None:
        """Take a reply."""
        self.replies.append(reply)


async def test_the_desk_gives_a_lost_batch_and_the_one_behind_it_to_the_next_session_in_their_order(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, desk = Door(), Desk()
    listener = Listener(desk)

    def put(number: int) -> None:
        desk.put(Waiting(listener, number, door.import_right(number), 1_000))

    async with asyncio.timeout(DEADLINE_S):
        async with writing(migrated_database_url, key) as session:
            first_entry = session.next_entry
            gate = Gate(session, monkeypatch)
            put(1)
            serving = asyncio.create_task(desk.run(session))
            await gate.waiting.wait()
            put(2)
            await until(lambda: len(session.state.rights) == 2)
            gate.lose()
            with pytest.raises(SessionLost):
                await serving
        assert not listener.replies
        async with writing(migrated_database_url, key) as session:
            serving = asyncio.create_task(desk.run(session))
            await until(lambda: len(listener.replies) == 2)
            desk.stop()
            await serving
    told = {reply.number: reply.answer.entry for reply in listener.replies if reply.answer is not None}
    assert told == {1: first_entry, 2: first_entry + 1}


async def test_all_repeats_of_an_answered_command_are_answered_in_one_batch(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    import_right = Door().import_right(1)
    async with asyncio.timeout(DEADLINE_S), writing(migrated_database_url, key) as session:
        (answer,) = await session.decide([admit(import_right)])
        assert await session.decide([admit(import_right)] * 256) == [answer] * 256

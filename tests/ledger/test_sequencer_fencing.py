"""One writer: whoever has been fenced out writes nothing at all, and tampered balances stop the next batch."""

from __future__ import annotations

import pytest

from exchange import commands
from ledger.receipt_key import ReceiptKey
from ledger.sequencer.admission import admit
from ledger.sequencer.clock import WatchedClock
from ledger.sequencer.genesis import GenesisRefused
from ledger.sequencer.lost import SessionLost
from ledger.sequencer.messages import Answer
from ledger.sequencer.opening import open_session
from ledger.sequencer.postgres import connect
from ledger.sequencer.takeover import FencedOut, WriterRunning, take_over
from ledger.store import migrate
from ledger.store.loading import StoreCorrupt
from ledger.store.metadata import metadata
from tests.ledger.conftest import rows_of, run, writing
from tests.ledger.trading import Door, RandomDay


async def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the heartbeat."""
    found = {}
    for name in metadata.tables:
        columns = "epoch, last_entry, head_hash, last_time_ms" if name == "sequencer_head" else "*"
        found[name] = sorted(await rows_of(url, f"SELECT {columns} FROM {name}"), key=repr)  # noqa: S608 - our names
    return found


async def test_a_fenced_out_writer_writes_into_no_table(migrated_database_url: str, key: ReceiptKey) -> None:
    url = migrated_database_url
    day = RandomDay(7)
    async with writing(url, key) as session:
        for _ in range(40):
            time_ms = session._engine.last_time_ms
            await session.decide([admit(day.next(session.state, time_ms)) for _ in range(4)])
        await run(url, "UPDATE sequencer_head SET epoch = epoch + 1")
        before = await everything(url)
        time_ms = session._engine.last_time_ms
        with pytest.raises(FencedOut):
            await session.decide([admit(day.next(session.state, time_ms)) for _ in range(40)])
    assert await everything(url) == before
    assert all(
        before[name] for name in ("journal", "postings", "accounts", "bids", "sealed_parts", "answers")
    )


async def test_a_writer_whose_head_was_moved_writes_nothing(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    url = migrated_database_url
    async with writing(url, key) as session:
        await run(url, "UPDATE sequencer_head SET last_entry = last_entry + 1")
        before = await everything(url)
        with pytest.raises(FencedOut):
            await session.decide([admit(Door().import_right(1))])
    assert await everything(url) == before


async def test_a_second_writer_is_refused_while_the_first_ones_heart_beats(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    async with writing(migrated_database_url, key) as session:
        with pytest.raises(WriterRunning):
            async with writing(migrated_database_url, key, patience_s=0.3):
                pass
        (answer,) = await session.decide([admit(Door().import_right(1))])
        assert isinstance(answer, Answer)
    async with writing(migrated_database_url, key) as successor:
        assert (successor.epoch, successor.next_entry) == (2, session.next_entry)


async def test_a_silent_writer_is_taken_over_and_then_writes_nothing(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    url = migrated_database_url
    async with writing(url, key) as silent:
        silent.heart.cancel()
        await run(url, "UPDATE sequencer_head SET heartbeat = clock_timestamp() - interval '4 seconds'")
        async with writing(url, key) as successor:
            before = await everything(url)
            with pytest.raises((SessionLost, FencedOut)):
                await silent.decide([admit(Door().import_right(1))])
            assert await everything(url) == before
            (answer,) = await successor.decide([admit(Door().import_right(1))])
            assert isinstance(answer, Answer)


async def test_a_writer_that_beats_again_after_all_were_stopped_is_not_ended(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    """As when a whole machine stood still: the standby wakes first, and finds an old heart."""
    url = migrated_database_url
    async with writing(url, key) as first:
        first.heart.cancel()
        await run(url, "UPDATE sequencer_head SET heartbeat = clock_timestamp() - interval '4 seconds'")
        looks = 0

        async def beat_at_the_fifth_look() -> None:
            nonlocal looks
            looks += 1
            if looks == 5:
                await first._store.beat(first.epoch, serving=True)

        async with await connect(url) as connection:
            with pytest.raises(WriterRunning):
                await take_over(connection, patience_s=0.8, while_waiting=beat_at_the_fifth_look)
        (answer,) = await first.decide([admit(Door().import_right(1))])
        assert isinstance(answer, Answer)


async def test_a_corrupted_balance_stops_the_next_batch_that_moves_it(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    url = migrated_database_url
    door = Door()
    async with writing(url, key) as session:
        await session.decide([admit(door.application(1)), admit(door.credit("one", "P-1", 500, 500))])
        await run(url, "UPDATE accounts SET balance = balance + 1 WHERE owner = 'P-1'")
        before = await everything(url)
        with pytest.raises(StoreCorrupt) as alarm:
            await session.decide([admit(door.credit("two", "P-1", 7, 507))])
        assert alarm.value.code == "STORE-BALANCES"
        assert await everything(url) == before
    with pytest.raises(StoreCorrupt) as alarm:
        async with writing(url, key):
            pass
    assert alarm.value.code == "STORE-BALANCES"


async def test_two_corrupted_balances_that_add_up_are_found_as_well(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    door = Door()
    async with writing(migrated_database_url, key) as session:
        await session.decide([admit(door.application(1)), admit(door.credit("one", "P-1", 500, 500))])
        await run(
            migrated_database_url,
            "UPDATE accounts SET balance = balance + CASE owner WHEN 'P-1' THEN 1 ELSE -1 END",
        )
        with pytest.raises(StoreCorrupt):
            await session.decide([admit(door.credit("two", "P-1", 7, 507))])


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE sequencer_head SET head_hash = decode(repeat('ab', 32), 'hex')",
        "UPDATE sequencer_head SET last_entry = last_entry - 1",
        "DELETE FROM journal WHERE entry = (SELECT max(entry) FROM journal)",
        "DELETE FROM batches WHERE tree_size = (SELECT max(tree_size) FROM batches)",
        "UPDATE batches SET frontier = substring(frontier FROM 1 FOR 9)",
    ],
)
async def test_a_journal_whose_end_does_not_fit_its_hashes_is_not_gone_on_with(
    migrated_database_url: str, key: ReceiptKey, damage: str
) -> None:
    async with writing(migrated_database_url, key) as session:
        await session.decide([admit(Door().import_right(1))])
    await run(migrated_database_url, damage)
    with pytest.raises(StoreCorrupt) as alarm:
        async with writing(migrated_database_url, key):
            pass
    assert alarm.value.code == "STORE-HEAD"


async def test_a_database_without_tables_says_to_migrate(database_url: str, key: ReceiptKey) -> None:
    with pytest.raises(StoreCorrupt) as alarm:
        async with writing(database_url, key):
            pass
    assert alarm.value.code == "STORE-NOT-MIGRATED"


async def test_tables_of_an_older_program_say_to_migrate(migrated_database_url: str, key: ReceiptKey) -> None:
    migrate.downgrade(migrated_database_url, "0019")
    with pytest.raises(StoreCorrupt) as alarm:
        async with writing(migrated_database_url, key):
            pass
    assert alarm.value.code == "STORE-NOT-MIGRATED"


async def test_another_receipt_key_does_not_go_on_with_the_venue(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    async with writing(migrated_database_url, key):
        pass
    with pytest.raises(GenesisRefused) as refusal:
        async with writing(migrated_database_url, ReceiptKey(b"\x07" * 32)):
            pass
    assert refusal.value.code == "GENESIS-RECEIPT-KEY"


async def test_an_empty_journal_without_a_genesis_is_not_begun(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    with pytest.raises(GenesisRefused) as refusal:
        async with open_session(migrated_database_url, key, WatchedClock(), genesis=None, patience_s=1):
            pass
    assert refusal.value.code == "GENESIS-MISSING"
    assert await rows_of(migrated_database_url, "SELECT count(*) FROM journal") == [(0,)]


async def test_an_engine_that_falls_over_costs_nobody_else_anything(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Door()
    good, poison = door.import_right(1), door.import_right(2)
    async with writing(migrated_database_url, key) as session:
        apply = session._engine.apply

        def fall_over(request: commands.Request) -> object:
            if getattr(request.command, "right_id", "") == "US-16000002":
                message = "no such thing"
                raise KeyError(message)
            return apply(request)

        monkeypatch.setattr(session._engine, "apply", fall_over)
        before = await everything(migrated_database_url)
        with pytest.raises(SessionLost) as lost:
            await session.decide([admit(good), admit(poison)])
        assert (lost.value.culprit, lost.value.ask_again) == (1, False)
        assert await everything(migrated_database_url) == before

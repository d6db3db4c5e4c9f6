"""An upgrade: tables and versions are new, the state is the same, and every way to it gives one hash."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from exchange import commands
from exchange.commands import ActivateVersion, RecordStateHash
from exchange.engine import VERSIONS
from exchange.state import State
from ledger import journal
from ledger.receipt_key import ReceiptKey
from ledger.sequencer import genesis
from ledger.sequencer.admission import admit
from ledger.sequencer.clock import WatchedClock
from ledger.sequencer.messages import Answer
from ledger.sequencer.session import Session
from ledger.store import migrate
from ledger.store.connections import make_engine
from ledger.store.loading import StoreCorrupt
from ledger.upgrading import Plan, Upgraded, UpgradeRefused, plan, upgrade
from tests.ledger.conftest import rows_of, run, stored_entries, writing
from tests.ledger.test_sequencer_state import Replay, loaded_state
from tests.ledger.trading import DAY_MS, OPERATOR, SECOND_OPERATOR, Door, RandomDay

OLD_TABLES = "0016"
LACKING = ["0017", "0018", "0019", "0022", "0024", "0025"]
"""The first numbers of what an older program's tables lack."""
NEWEST_ALONE = "-1"
"""Tables that lack the newest migration and no other."""
REASON = {"reason": "a fault in the prices"}


async def opened(url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch, engine: int = 3) -> RandomDay:
    """A venue that opened under an older engine, and a day at it."""
    monkeypatch.setattr(genesis, "ENGINE_VERSION", engine)
    day = RandomDay(7)
    async with writing(url, key) as session:
        for _ in range(40):
            await session.decide([admit(day.next(session.state, session._engine.last_time_ms))])
        jump = commands.JumpClock(to_ms=session._engine.last_time_ms + 45 * DAY_MS)
        await session.decide([admit(day.door.operator(jump))])
    return day


async def upgraded(url: str, key: ReceiptKey) -> Upgraded:
    return await upgrade(url, key, WatchedClock(), report=lambda _: None)


def with_versions(state: State, versions: tuple[int, int, int]) -> str:
    """The state's hash as it would be under these versions."""
    state.venue.schema, state.venue.engine, state.venue.rulebook = versions
    return state.state_hash()


async def test_an_older_journal_has_new_tables_and_versions_and_the_same_state(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = migrated_database_url
    day = await opened(url, key, monkeypatch)
    before = await loaded_state(url)
    entries = len(await stored_entries(url))
    migrate.downgrade(url, OLD_TABLES)
    lacking = await plan(url)
    assert ([each.split()[0] for each in lacking.migrations], lacking.versions) == (LACKING, (1, 3, 1))
    made = await upgraded(url, key)
    assert made.hash_before == before.state_hash()
    assert (made.migrations, made.versions, made.rows_changed) == (lacking.migrations, VERSIONS, 0)
    assert made.entries == len(await stored_entries(url)) >= entries + 3
    after = await loaded_state(url)
    assert made.hash_after == after.state_hash()
    last = [journal.check_entry(each).command for each in (await stored_entries(url))[-3:]]
    assert isinstance(last[0], RecordStateHash)
    assert isinstance(last[1], ActivateVersion)
    assert last[2] == RecordStateHash(state_hash=made.hash_after)
    assert with_versions(after, (1, 3, 1)) == last[0].state_hash, "nothing but the versions is new"
    await replays(url)
    async with writing(url, key) as session:
        await halt(session, day.door)
        for _ in range(10):
            await session.decide([admit(day.next(session.state, session._engine.last_time_ms))])
        assert session.state_hash() == (await loaded_state(url)).state_hash()
    await replays(url)
    assert (await plan(url)).is_empty


async def replays(url: str) -> None:
    """The whole journal, decided again byte for byte, gives what the tables hold."""
    replay = Replay()
    replay.follow(await stored_entries(url))
    assert replay.engine.state.state_hash() == (await loaded_state(url)).state_hash()


async def halt(session: Session, door: Door) -> None:
    """What only engine 4 knows."""
    command = commands.HaltTrading(ground="technical_fault")
    answers: list[Answer] = []
    for number, signer in enumerate((OPERATOR, SECOND_OPERATOR)):
        submission = door.submission("venue", signer, command, texts=REASON, key=f"halt-{number}")
        (decided,) = await session.decide([admit(submission)])
        assert isinstance(decided, Answer)
        answers.append(decided)
    assert [each.result.get("state") for each in answers] == ["SIGNED-ONCE", "HALTED"]


async def test_an_older_engine_enters_what_a_newer_one_keeps_and_says_how_many_rows(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = migrated_database_url
    await opened(url, key, monkeypatch, engine=2)
    made = await upgraded(url, key)
    after = await loaded_state(url)
    assert made.rows_changed >= len(after.holds)
    await replays(url)


async def test_an_upgrade_waits_for_no_sequencer_and_none_begins_meanwhile(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = migrated_database_url
    await opened(url, key, monkeypatch)
    async with writing(url, key):
        migrate.downgrade(url, NEWEST_ALONE)
        with pytest.raises(UpgradeRefused, match="UPGRADE-SEQUENCER-RUNNING"):
            await upgraded(url, key)
    assert (await plan(url)).versions == (1, 3, 1)
    assert len((await plan(url)).migrations) == 1


@pytest.mark.parametrize(
    ("tampering", "code"),
    [
        ("UPDATE accounts SET balance = balance + 1", "UPGRADE-JOURNAL-DIFFERS"),
        ("UPDATE parties SET data = jsonb_set(data, '{jurisdiction}', '\"MO\"')", "UPGRADE-JOURNAL-DIFFERS"),
    ],
)
async def test_nothing_is_activated_where_the_journal_does_not_give_the_tables(
    migrated_database_url: str,
    key: ReceiptKey,
    monkeypatch: pytest.MonkeyPatch,
    tampering: str,
    code: str,
) -> None:
    url = migrated_database_url
    await opened(url, key, monkeypatch)
    entries = len(await stored_entries(url))
    await run(url, tampering)
    with pytest.raises((UpgradeRefused, StoreCorrupt), match=f"{code}|STORE-BALANCES"):
        await upgraded(url, key)
    assert (await plan(url)).versions == (1, 3, 1)
    assert len(await stored_entries(url)) == entries


async def test_a_migration_that_changes_the_state_is_told_and_nothing_is_activated(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = migrated_database_url
    await opened(url, key, monkeypatch)
    migrate.downgrade(url, OLD_TABLES)
    as_it_is = migrate.upgrade

    def careless(database_url: str) -> None:
        as_it_is(database_url)
        with make_engine(database_url).begin() as connection:
            connection.execute(text("UPDATE parties SET archived = true"))

    monkeypatch.setattr(migrate, "upgrade", careless)
    with pytest.raises(UpgradeRefused, match="UPGRADE-STATE-DIFFERS"):
        await upgraded(url, key)
    assert (await plan(url)).versions == (1, 3, 1)


async def test_an_empty_database_is_migrated_and_one_of_a_newer_program_is_left_alone(
    database_url: str, key: ReceiptKey
) -> None:
    everything = await plan(database_url)
    assert everything.versions is None
    assert everything.migrations[0].startswith("0001 ")
    made = await upgraded(database_url, key)
    assert (made.migrations, made.versions, made.entries) == (everything.migrations, None, 0)
    assert await plan(database_url) == Plan(migrations=(), versions=None, newest=VERSIONS)
    assert migrate.differences(database_url) == []
    await run(database_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UpgradeRefused, match="UPGRADE-TABLES-NEWER"):
        await plan(database_url)


async def test_a_journal_of_a_newer_program_is_left_alone(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = migrated_database_url
    await opened(url, key, monkeypatch)
    await run(url, "UPDATE venues SET data = jsonb_set(data, '{engine}', '99')")
    with pytest.raises(StoreCorrupt, match="VERSION-UNKNOWN"):
        await plan(url)


async def test_a_journal_of_this_programs_versions_is_only_migrated(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = migrated_database_url
    await opened(url, key, monkeypatch, engine=VERSIONS[1])
    entries = len(await stored_entries(url))
    migrate.downgrade(url, NEWEST_ALONE)
    made = await upgraded(url, key)
    assert (len(made.migrations), made.entries, made.hash_before) == (1, entries, made.hash_after)
    assert len(await stored_entries(url)) == entries


async def test_what_fell_due_meanwhile_fires_under_the_versions_that_were_in_force(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = migrated_database_url
    await opened(url, key, monkeypatch)
    due = "SELECT count(*) FROM deadlines, sequencer_head WHERE due_ms <= last_time_ms + %s"
    assert (await rows_of(url, due, 45 * DAY_MS)) > [(0,)], "something has fallen due since the jump"
    began = len(await stored_entries(url))
    await upgraded(url, key)
    entries = [journal.check_entry(each) for each in await stored_entries(url)]
    added = [type(each.command) for each in entries[began:]]
    assert added[-3:] == [RecordStateHash, ActivateVersion, RecordStateHash]
    assert commands.Tick in added[:-3]
    assert {each.engine for each in entries[began:-1]} == {3}, "the activation counts from the next entry on"
    assert entries[-1].engine == VERSIONS[1]

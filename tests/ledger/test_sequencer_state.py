"""One state, three ways: the running engine, a load from the tables, and a replay of the journal."""

from __future__ import annotations

from itertools import pairwise

import pytest
from psycopg import AsyncConnection

from exchange import canonical, commands
from exchange.engine import Engine
from exchange.state import State
from exchange.turn import Outcome
from ledger import journal
from ledger.journal import StoredEntry
from ledger.receipt_key import ReceiptKey
from ledger.sequencer import session as sessions
from ledger.sequencer.admission import admit
from ledger.store.connections import psycopg_url
from ledger.store.loading import load
from tests.ledger.conftest import stored_entries, writing
from tests.ledger.desk_day import DeskDay
from tests.ledger.floor_day import FloorDay
from tests.ledger.trading import DAY_MS, RandomDay


class Replay:
    """Decides the journal's entries again and compares every outcome byte for byte."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.entries = 0
        self.outcomes: list[Outcome] = []

    def follow(self, stored: list[StoredEntry]) -> None:
        for each in stored[self.entries :]:
            entry = journal.check_entry(each)
            outcome = self.engine.apply(journal.request_of(entry, each))
            self.outcomes.append(outcome)
            assert canonical.encode(journal.outcome_value(outcome)) == each.outcome
            assert journal.answer_of(outcome) == entry.answer
            self.entries += 1


WANTED: dict[type[RandomDay], set[str]] = {
    FloorDay: {"OrderPlaced", "OrdersMatched", "OrderChanged", "CallEnded"},
    DeskDay: {"EvidenceLodged", "LegalHoldChanged", "DeadlineFired"},
}
"""What a day comes across, or it shows nothing."""


async def loaded_state(url: str) -> State:
    async with await AsyncConnection.connect(psycopg_url(url), autocommit=True) as connection:
        return (await load(connection)).state


def order_of(state: State) -> dict[str, list[str]]:
    """The ids of each kind in the order in which an engine meets them; of deadlines and accounts nobody asks."""
    return {kind: list(rows) for kind, rows in state.rows.items() if kind not in {"deadline", "account"}}


@pytest.mark.parametrize(
    ("kind", "seed"),
    [(RandomDay, 1), (RandomDay, 2), (RandomDay, 3), (FloorDay, 1), (FloorDay, 3), (DeskDay, 1)],
)
async def test_running_engine_load_and_replay_are_one_state_at_every_step(
    migrated_database_url: str, key: ReceiptKey, kind: type[RandomDay], seed: int
) -> None:
    url = migrated_database_url
    day = kind(seed)
    replay = Replay()
    for start in range(4):  # and after every restart
        async with writing(url, key) as session:
            for _ in range(9):
                size = day.random.choice([1, 1, 2, 5, 9])
                time_ms = session._engine.last_time_ms
                batch = [day.next(session.state, time_ms) for _ in range(size)]
                if start == 3:  # months go by: licences end, what has ended is archived
                    jump = commands.JumpClock(to_ms=time_ms + 300 * DAY_MS)
                    batch = [day.door.operator(jump), *batch[:2]]
                await session.decide([admit(submission) for submission in batch])
                replay.follow(await stored_entries(url))
                session.state.take_changes()
                loaded = await loaded_state(url)
                assert session.state_hash() == session.state.state_hash() == loaded.state_hash()
                assert replay.engine.state.state_hash() == session.state_hash()
                assert order_of(loaded) == order_of(replay.engine.state) == order_of(session.state)
                assert loaded.proposals_of == replay.engine.state.proposals_of
                assert loaded.lodged.holds_on == replay.engine.state.lodged.holds_on
                assert replay.entries == session.next_entry
    met = {type(each).__name__ for outcome in replay.outcomes for each in outcome.events}
    assert met >= WANTED.get(kind, set())


async def test_a_journalled_state_hash_is_that_of_the_replay_before_its_entry(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "ENTRIES_PER_STATE_HASH", 10)
    day = RandomDay(4)
    for _ in range(2):
        async with writing(migrated_database_url, key) as session:
            for _ in range(30):
                await session.decide([admit(day.next(session.state, session._engine.last_time_ms))])
    engine = Engine()
    hashes = []
    for each in await stored_entries(migrated_database_url):
        entry = journal.check_entry(each)
        if isinstance(entry.command, commands.RecordStateHash):
            assert entry.command.state_hash == engine.state.state_hash()
            hashes.append(entry.entry)
        engine.apply(journal.request_of(entry, each))
    assert len(hashes) >= 4
    assert all(later - earlier >= 10 for earlier, later in pairwise(hashes))


async def test_every_created_row_names_the_entry_that_made_it(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    day = RandomDay(5)
    async with writing(migrated_database_url, key) as session:
        for _ in range(25):
            time_ms = session._engine.last_time_ms
            await session.decide([admit(day.next(session.state, time_ms)) for _ in range(4)])
    async with await AsyncConnection.connect(psycopg_url(migrated_database_url)) as connection:
        cursor = await connection.execute(
            "SELECT j.type, p.created_entry, s.label FROM parties p JOIN journal j ON j.entry = p.created_entry"
            " LEFT JOIN sealed_parts s ON s.entry = p.created_entry"
        )
        rows = await cursor.fetchall()
    assert rows
    assert {(row[0], row[2]) for row in rows} == {
        ("apply_party", "authorisation_letter"),
        ("apply_party", "profile"),
    }
    assert len({(row[1], row[2]) for row in rows}) == len(rows)

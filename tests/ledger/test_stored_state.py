"""Rows of state are the ones that the last batch left: nobody goes on from others, and money moves by the books alone."""

from __future__ import annotations

import contextlib
import gc
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import Connection, OperationalError

from exchange.commands import ApproveParty, CloseParty
from exchange.rows import Account, Row
from exchange.state import State
from exchange.turn import EngineFault
from ledger.receipt_key import ReceiptKey
from ledger.sequencer.admission import admit
from ledger.sequencer.following import remember
from ledger.sequencer.lost import SessionLost
from ledger.sequencer.messages import Answer, Submission
from ledger.sequencer.postgres import PostgresStore
from ledger.store.connections import psycopg_url
from ledger.store.loading import StoreCorrupt, _read_into
from tests.ledger.conftest import rows_of, run, writing
from tests.ledger.test_sequencer_state import loaded_state
from tests.ledger.test_standby import StandingBy, reading
from tests.ledger.trading import Door, RandomDay, key_of

ALTERED = {
    "a right has another status": "UPDATE rights SET data = jsonb_set(data, '{status}', '\"expired\"')",
    "a party has another role": 'UPDATE parties SET data = data || \'{"roles": ["agent"]}\'',
    "a row is none": "UPDATE parties SET data = data || '{\"roles\": 7}'",
    "a row is gone": "DELETE FROM bids WHERE id = (SELECT max(id) FROM bids WHERE NOT archived)",
    "a row was added": "INSERT INTO deadlines (id, data, entry, created_entry) SELECT id || '0',"
    " jsonb_set(data, '{id}', to_jsonb(id || '0')), entry, created_entry FROM deadlines LIMIT 1",
    "a row was put away": "UPDATE rights SET archived = true WHERE id = (SELECT min(id) FROM rights)",
    "money moved from one to another": "UPDATE accounts SET balance = balance + CASE id"
    " WHEN (SELECT max(id) FROM accounts WHERE purpose = 'available' AND balance > 0) THEN -1"
    " WHEN (SELECT min(id) FROM accounts WHERE purpose = 'available' AND balance > 0) THEN 1 ELSE 0 END",
}
LAST_HASH = "SELECT state_hash FROM batches ORDER BY first_entry DESC LIMIT 1"
TABLES = ("rights", "parties", "bids", "deadlines", "accounts")


@pytest.fixture(autouse=True)
def _collector_as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


async def a_day(url: str, key: ReceiptKey) -> None:
    day = RandomDay(7)
    async with writing(url, key) as session:
        for _ in range(40):
            time_ms = session._engine.last_time_ms
            await session.decide([admit(day.next(session.state, time_ms)) for _ in range(4)])


async def refused(url: str) -> str:
    """The code with which a load is refused; empty if it is not."""
    async with reading(url) as connection:
        try:
            await remember(PostgresStore(connection, connection, connection))
        except StoreCorrupt as alarm:
            return alarm.code
    return ""


async def restore(url: str) -> None:
    for table in TABLES:
        names = [
            name
            for (name,) in await rows_of(
                url,
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = %s AND is_generated = 'NEVER'",
                table,
            )
        ]
        columns = ", ".join(names)
        await run(url, f"DELETE FROM {table}")  # noqa: S608 - our own names
        await run(url, f"INSERT INTO {table} ({columns}) SELECT {columns} FROM kept_{table}")  # noqa: S608


async def test_a_writer_does_not_start_on_rows_that_were_changed_behind_its_back(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    """With batches that name their state, and with a last one that does not: then the journal itself says it."""
    url = migrated_database_url
    await a_day(url, key)
    for table in TABLES:
        await run(url, f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")  # noqa: S608 - our own names
    entries = await rows_of(url, "SELECT count(*) FROM journal")
    for named in (True, False):
        if not named:
            await run(url, "UPDATE batches SET state_hash = NULL")
        for what, statement in ALTERED.items():
            await run(url, statement)
            assert await refused(url) == "STORE-STATE", (what, named)
            await restore(url)
        assert await refused(url) == ""
    await run(url, ALTERED["a right has another status"])
    with pytest.raises(StoreCorrupt) as alarm:
        async with writing(url, key):
            pass
    assert alarm.value.code == "STORE-STATE"
    assert await rows_of(url, "SELECT count(*) FROM journal") == entries


async def test_rows_of_a_venue_that_has_not_begun_are_refused(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    await run(
        migrated_database_url,
        "INSERT INTO rights (id, data, entry, created_entry) VALUES"
        ' (\'R\', \'{"id": "R", "office": "CN", "right_type": "invention", "filing_date": null}\', 0, 0)',
    )
    with pytest.raises(StoreCorrupt) as alarm:
        async with writing(migrated_database_url, key):
            pass
    assert alarm.value.code == "STORE-STATE"


async def test_every_batch_names_the_state_after_it(migrated_database_url: str, key: ReceiptKey) -> None:
    url, door = migrated_database_url, Door()
    seen = set()
    async with writing(url, key) as session:
        for number in range(1, 4):
            await session.decide([admit(door.import_right(number))])
            ((kept,),) = await rows_of(url, LAST_HASH)
            assert kept.hex() == session.state_hash() == session.state.state_hash()
            seen.add(kept)
    assert len(seen) == 3


async def test_a_venue_whose_last_batch_names_no_state_goes_on_and_names_it_from_then_on(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    url, door = migrated_database_url, Door()
    async with writing(url, key) as session:
        await session.decide([admit(door.import_right(1))])
    await run(url, "UPDATE batches SET state_hash = NULL")
    async with writing(url, key) as session:
        await session.decide([admit(door.import_right(2))])
        assert await rows_of(url, LAST_HASH) == [(bytes.fromhex(session.state_hash()),)]


async def test_a_standby_does_not_take_over_where_the_writer_came_to_another_state(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    url, door = migrated_database_url, Door()
    async with writing(url, key) as first:
        await first.decide([admit(door.import_right(1))])
        standby = StandingBy(url, key)
        await standby.looked()
        first._state_hash._total += 1  # as where the writer's memory has another row than the journal gives
        await first.decide([admit(door.import_right(2))])
        await standby.looked()
    with pytest.raises(StoreCorrupt) as alarm:
        await standby.taken()
    assert alarm.value.code == "STORE-STATE"


async def test_a_posting_on_an_account_that_is_not_called_changed_ends_the_batch(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the engine moves a balance and forgets to say so. The posting would be kept, and the balance not."""
    url, door = migrated_database_url, Door()
    touch = State.touch

    def forgetful(state: State, row: Row) -> None:
        if not (isinstance(row, Account) and row.owner == "P-1" and row.balance > 500):
            touch(state, row)

    async with writing(url, key) as session:
        await session.decide([admit(door.application(1)), admit(door.credit("one", "P-1", 500, 500))])
        before = await rows_of(url, "SELECT id, balance FROM accounts ORDER BY id")
        monkeypatch.setattr(State, "touch", forgetful)
        with pytest.raises(SessionLost, match="P-1/available/HKD") as lost:
            await session.decide([admit(door.credit("two", "P-1", 7, 507))])
        assert isinstance(lost.value.__cause__, EngineFault)
        assert not lost.value.ask_again
    assert await rows_of(url, "SELECT id, balance FROM accounts ORDER BY id") == before
    assert await rows_of(url, "SELECT count(*) FROM postings") == [(1,)]


class EndingRows(list[tuple[str, bytes]]):
    """Rows whose connection the server ends as soon as the first one has come."""

    def __init__(self, admin: Connection[Any], pid: int) -> None:
        super().__init__()
        self._admin, self._pid = admin, pid

    def append(self, row: tuple[str, bytes]) -> None:
        super().append(row)
        self._admin.execute("SELECT pg_terminate_backend(%s, 5000)", (self._pid,))


async def test_a_load_whose_connection_ends_leaves_no_cursor_open(migrated_database_url: str) -> None:
    async with reading(migrated_database_url) as connection:
        with (
            Connection.connect(psycopg_url(migrated_database_url), autocommit=True) as admin,
            warnings.catch_warnings(record=True) as warned,
        ):
            warnings.simplefilter("always")
            rows = EndingRows(admin, connection.info.backend_pid)
            with contextlib.suppress(OperationalError):  # the rows may all have come before the end
                async with connection.transaction():
                    await _read_into(connection, rows, "venue", "SELECT '{}'")
            gc.collect()
    assert rows == [("venue", b"{}")]
    assert connection.closed
    assert not [str(each.message) for each in warned]


async def test_papers_reserve_no_number_and_who_has_left_leaves_it(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    door, codes = Door(), []
    async with writing(migrated_database_url, key) as session:

        async def give(submission: Submission) -> None:
            (answer,) = await session.decide([admit(submission)])
            assert isinstance(answer, Answer)
            codes.append(answer.code)

        for number in (1, 2):
            await give(door.application(1, key=key_of(number)))
        for party in ("P-1", "P-2"):
            await give(door.verification(party, session._engine.last_time_ms))
        reason = {"reason": "seen"}
        for command in (ApproveParty(party_id="P-1"), ApproveParty(party_id="P-2")):
            await give(door.operator(command, texts=reason))
        await give(door.operator(CloseParty(party_id="P-1"), texts=reason))
        await give(door.operator(ApproveParty(party_id="P-2"), texts=reason))
        assert codes == [None] * 5 + ["COMPANY-KNOWN", None, None]
        assert session.state_hash() == (await loaded_state(migrated_database_url)).state_hash()

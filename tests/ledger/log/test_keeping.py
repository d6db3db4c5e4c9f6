"""The public log behind a real sequencer: what is committed is tiled, signed, cosigned, and nothing else is."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import pytest

from exchange.commands import JumpClock
from ledger.alone import Database, open_database
from ledger.log.checkpoints import log_verifier, origin_of, read_checkpoint
from ledger.log.endpoints import WitnessEndpoint
from ledger.log.keeping import LogDiffers, LogKeeping
from ledger.log.stored_tiles import StoredTiles
from ledger.log.tiles import TiledTree
from ledger.log.witnesses import WitnessClient, WitnessFault
from ledger.merkle import HASH_BYTES, MerkleRefused, Tree, consistency_path, inclusion_path, root_from
from ledger.receipt_key import ReceiptKey
from ledger.sequencer import checkpoints
from ledger.sequencer.admission import admit
from ledger.sequencer.clock import WatchedClock
from ledger.sequencer.session import Session
from tests.ledger.conftest import rows_of, run, writing
from tests.ledger.log.witness_process import WitnessProcess
from tests.ledger.trading import GENESIS, RandomDay

NAME = "witness.example/w1"
DEADLINE_S = 60.0
FILL = """
INSERT INTO journal (entry, public, leaf, type, actor, time_ms, outcome, outcome_salt, batch_first)
SELECT n, '', sha256(n::text::bytea), 'tick', 'venue', 0, '', '', 0 FROM generate_series(%s::int, %s::int) n
"""


@pytest.fixture
def database(migrated_database_url: str) -> Iterator[Database]:
    with open_database(migrated_database_url) as opened:
        yield opened


def fill(database: Database, first: int, last: int) -> None:
    """Leaves that no engine has made, many of them."""
    database.execute(FILL, (first, last))


def leaves_of(database: Database) -> list[bytes]:
    return [bytes(row["leaf"]) for row in database.execute("SELECT leaf FROM journal ORDER BY entry")]


def test_tiles_written_bit_by_bit_give_the_proofs_of_the_whole_tree(database: Database) -> None:
    tiles, size = StoredTiles(database), 0
    dice = random.Random(1)  # noqa: S311 - a test's dice
    for more in (1, 254, 1, 1, 255, 600, 66_000):
        fill(database, size, size + more - 1)
        size += more
        while tiles.write():
            pass
        whole, tree = Tree(leaves_of(database)), TiledTree(tiles, size)
        assert root_from(tree, size) == whole.root()
        for _ in range(5):
            index, first = dice.randrange(size), dice.randrange(size + 1)
            assert inclusion_path(tree, index, size) == whole.inclusion_path(index)
            assert consistency_path(tree, first, size) == whole.consistency_path(first)
        earlier = dice.randrange(1, size + 1)
        assert root_from(TiledTree(tiles, earlier), earlier) == whole.root(earlier)


def test_tiles_that_are_not_written_yet_cost_nothing_but_the_newest_leaves(database: Database) -> None:
    fill(database, 0, 299)
    tree = TiledTree(StoredTiles(database), 300)
    with pytest.raises(MerkleRefused):
        root_from(tree, 300)  # the tile above is not there
    assert StoredTiles(database).write() == 1
    assert root_from(TiledTree(StoredTiles(database), 300), 300) == Tree(leaves_of(database)).root()
    assert StoredTiles(database).write() == 0


@asynccontextmanager
async def kept(url: str, key: ReceiptKey) -> AsyncIterator[tuple[Session, RandomDay]]:
    """A session whose checkpoints are kept, and a day that trades on it."""
    clock = WatchedClock()
    async with writing(url, key, clock) as session:
        keeping = asyncio.create_task(checkpoints.keep_checkpoints(session, key, url, clock))
        yield session, RandomDay(1)
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


async def trade(session: Session, day: RandomDay, batches: int) -> None:
    for _ in range(batches):
        submission = day.next(session.state, session._engine.last_time_ms)
        await session.decide([admit(submission)])


async def checkpoint_of(url: str, size: int) -> tuple[Any, ...]:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            rows = await rows_of(url, "SELECT note, root FROM checkpoints WHERE size = %s", size)
            if rows:
                return rows[0]
            await asyncio.sleep(0.05)


def log_of(key: ReceiptKey) -> Any:
    return log_verifier(origin_of(GENESIS.chain_id, GENESIS.anchor), key.public_key)


async def test_what_is_committed_is_in_a_signed_checkpoint_before_long(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_MS", 200)
    async with kept(migrated_database_url, key) as (session, day):
        for _ in range(3):
            await trade(session, day, 4)
            size = session.next_entry
            note, root = await checkpoint_of(migrated_database_url, size)
            seen = read_checkpoint(bytes(note), log_of(key)).checkpoint
            assert (seen.size, seen.root) == (size, bytes(root))
            stored = await rows_of(
                migrated_database_url, "SELECT tree_root FROM batches WHERE tree_size = %s", size
            )
            assert bytes(stored[0][0]) == seen.root


async def test_a_close_is_in_a_checkpoint_without_waiting(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_MS", 10**9)
    async with kept(migrated_database_url, key) as (session, day):
        await checkpoint_of(migrated_database_url, session.next_entry)
        await trade(session, day, 4)
        closes = session.closes
        for _ in range(100):
            if session.closes > closes:
                break
            await trade(session, day, 1)
            due_ms = session._engine.due_at()
            if due_ms is not None:
                jump = day.door.operator(JumpClock(to_ms=due_ms + 1))
                await session.decide([admit(jump)])
                await session.decide([])
        assert session.closes > closes
        await checkpoint_of(migrated_database_url, session.next_entry)


async def test_a_writer_that_was_fenced_out_signs_nothing_any_more(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_MS", 100)
    async with kept(migrated_database_url, key) as (session, _):
        await checkpoint_of(migrated_database_url, session.next_entry)
        await run(migrated_database_url, "UPDATE sequencer_head SET epoch = epoch + 1")
        session._writer.frontier.append(b"\x01" * HASH_BYTES)  # as if it went on
        await asyncio.sleep(1.0)
        newest = await rows_of(migrated_database_url, "SELECT max(size) FROM checkpoints")
        assert newest == [(session.next_entry - 1,)]


async def test_a_checkpoint_goes_to_every_witness_and_waits_for_one_that_is_away(
    migrated_database_url: str, key: ReceiptKey, database: Database, tmp_path: Path
) -> None:
    async with kept(migrated_database_url, key) as (session, day):
        await trade(session, day, 3)
        size = await newest_size(migrated_database_url)
    witness = WitnessProcess(tmp_path / "witness", log_of(key), NAME)
    verifier = witness.start("--begin")
    try:
        with closing(WitnessClient(WitnessEndpoint(witness.url, verifier))) as client:
            keeping = LogKeeping(database, [client])
            witness.kill()
            with pytest.raises(WitnessFault, match="WITNESS-UNREACHABLE"):
                keeping.run()
            assert seen_by(database, size, key, verifier) == set()
            witness.start()
            assert keeping.run().missing == ()
            assert seen_by(database, size, key, verifier) == {NAME}
            assert keeping.run().size == size  # nothing is asked again
    finally:
        witness.kill()


async def test_a_journal_that_was_changed_is_taken_to_no_witness(
    migrated_database_url: str, key: ReceiptKey, database: Database
) -> None:
    async with kept(migrated_database_url, key) as (session, day):
        await trade(session, day, 3)
        await newest_size(migrated_database_url)
    await run(migrated_database_url, "UPDATE journal SET leaf = sha256('x') WHERE entry = 1")
    with pytest.raises(LogDiffers, match="LOG-ROOT-DIFFERS"):
        LogKeeping(database, []).run()


async def newest_size(url: str) -> int:
    """Of the newest checkpoint, as soon as there is one."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            ((size,),) = await rows_of(url, "SELECT max(size) FROM checkpoints")
            if size is not None:
                return int(size)
            await asyncio.sleep(0.05)


def seen_by(database: Database, size: int, key: ReceiptKey, verifier: Any) -> set[str]:
    row = database.execute("SELECT note FROM checkpoints WHERE size = %s", (size,)).fetchone()
    assert row is not None
    return set(read_checkpoint(bytes(row["note"]), log_of(key), [verifier]).witnesses)

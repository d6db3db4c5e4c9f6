"""PostgreSQL stopped, killed, out of space and undoing batches: what was acknowledged stands, nothing else half does."""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ledger.sequencer.client import Answer, SequencerClient, SequencerRefused
from ledger.store.migrate import upgrade
from scripts.stack.child import Child
from scripts.stack.postgres import BINARIES, SUPERUSER, Postgres
from scripts.stack.servers import make_socket_folder, socket_folder
from tests.faults.cutting import DEADLINE_S
from tests.faults.three_ways import ThreeWays
from tests.faults.trading_hours import streaming, trading
from tests.ledger.conftest import rows_of, run
from tests.ledger.sequencer_process import SequencerProcess
from tests.ledger.test_standby import UNDONE_NOW_AND_THEN
from tests.ledger.trading import Door

pytestmark = pytest.mark.faults
SEGMENT_MB = 4
FULL_AT = SEGMENT_MB * 1024 * 1024
"""Bytes that one file of the server may have: its own log's segments are as large, so that only tables meet the end."""
AT_ONCE = 250


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    """A PostgreSQL of the test's own, which it may stop and starve."""
    sockets = socket_folder(tmp_path)
    make_socket_folder(sockets)
    made = Postgres(tmp_path, sockets, tmp_path / "logs")
    made._make_folders()
    command = [str(BINARIES / "initdb"), f"--pgdata={made.data}", f"--username={SUPERUSER}", "--auth=trust"]
    command += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", f"--wal-segsize={SEGMENT_MB}"]
    initdb = Child("initdb", command, tmp_path / "logs" / "initdb.log", user=made.user)
    initdb.start()
    assert initdb.wait(DEADLINE_S) == 0, initdb.log_tail()
    made.start()
    upgrade(made.url)
    yield made
    made.stop()


def start_with(server: Postgres, largest_file: int) -> None:
    """Start it anew, with files that may not grow beyond so many bytes, which it takes as it takes a full disk."""
    server.stop()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (largest_file, before[1])
    )  # children have their parent's limits
    try:
        server.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_stopped_and_killed_it_comes_back_with_all_that_was_acknowledged(
    server: Postgres, tmp_path: Path
) -> None:
    url = server.url
    with SequencerProcess(url, tmp_path) as sequencer:
        async with trading(sequencer) as market:
            async with streaming(market, 0.02):
                for how in (signal.SIGINT, signal.SIGKILL):
                    await market.more_than(len(market.acknowledged) + 40)
                    assert server.child.process is not None
                    server.child.process.send_signal(how)
                    await asyncio.to_thread(server.child.process.wait, DEADLINE_S)
                    server.start()
                    await market.more_than(len(market.acknowledged) + 40)
            assert not market.undecided
            await market.check(url)
        assert sequencer.process is not None
        assert sequencer.process.poll() is None, "it is the same process that goes on"
    await ThreeWays(url).agree()


@asynccontextmanager
async def impatient(sequencer: SequencerProcess) -> AsyncIterator[SequencerClient]:
    client = SequencerClient(sequencer.socket_path, deadline_s=3)
    try:
        yield client
    finally:
        await client.close()


async def test_out_of_space_it_refuses_and_tears_nothing_and_goes_on_when_there_is_space(
    server: Postgres, tmp_path: Path
) -> None:
    url = server.url
    ways = ThreeWays(url)
    start_with(server, FULL_AT)
    with SequencerProcess(url, tmp_path) as sequencer:
        await asyncio.to_thread(sequencer.start().wait_until_serving)
        door = Door()
        answers: dict[str, Answer] = {}
        refused = None
        async with impatient(sequencer) as client:
            for start in range(0, 20_000, AT_ONCE):
                submissions = [door.import_right(start + number) for number in range(AT_ONCE)]
                outcomes = await asyncio.gather(*map(client.submit, submissions), return_exceptions=True)
                for submission, outcome in zip(submissions, outcomes, strict=True):
                    if isinstance(outcome, SequencerRefused):
                        refused = (submission, outcome)
                    else:
                        assert isinstance(outcome, Answer)
                        answers[submission.idempotency_key] = outcome
                if refused is not None:
                    break
        assert refused is not None, "no file has come to its end"
        submission, refusal = refused
        assert (refusal.status, refusal.retryable) == (503, True)
        assert "could not extend file" in server.child.log.read_text()
        entries = await ways.agree()
        assert entries == len(answers) + 2, "nothing acknowledged is gone, nothing else is there"
        start_with(server, resource.getrlimit(resource.RLIMIT_FSIZE)[0])
        client = SequencerClient(sequencer.socket_path, deadline_s=DEADLINE_S)
        answer = await client.submit(submission)
        await client.close()
        # What was refused may still have waited, and is then decided first: each of them once, and nothing else.
        assert answer.status == "accepted"
        assert entries <= answer.entry < entries + AT_ONCE
        assert await ways.agree() <= entries + AT_ONCE
        decided = "SELECT count(*), count(DISTINCT (party, idempotency_key_hash)) FROM answers"
        ((once, all_of_them),) = await rows_of(url, decided)
        assert once == all_of_them


async def test_where_one_batch_in_ten_is_undone_every_command_is_decided_and_once(
    migrated_database_url: str, tmp_path: Path
) -> None:
    url = migrated_database_url
    with SequencerProcess(url, tmp_path) as sequencer:
        async with trading(sequencer) as market:
            await run(url, UNDONE_NOW_AND_THEN.format(of_ten=1))
            async with streaming(market):
                await market.more_than(len(market.acknowledged) + 300)
            assert not market.undecided
            await market.check(url)
    assert await rows_of(
        url, "SELECT epoch, (SELECT last_value > 20 FROM batches_seen) FROM sequencer_head"
    ) == [(1, True)], "none of them has cost a session"
    await ThreeWays(url).agree()

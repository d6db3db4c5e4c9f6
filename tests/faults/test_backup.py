"""A backup brings back every acknowledged entry, or the very moment asked for; and nothing goes on from less unseen."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from typer.testing import CliRunner

from ledger.sequencer.client import SequencerClient
from ledger.sequencer.extends import SEAL_FILE
from ledger.store.connections import psycopg_url
from ledger.store.migrate import upgrade
from ledger.worker_settings import ENVIRONMENT_FILE
from scripts.backup.folder import BackupRefused, Base, Folder
from scripts.backup.restoring import RESTORED_FILE, Until, restore
from scripts.backup.taking import Source, Taken, take
from scripts.ipx import command_line
from scripts.stack.postgres import Postgres
from scripts.stack.servers import make_socket_folder, socket_folder
from tests.ledger.market import Market
from tests.ledger.sequencer_process import ROOT, SequencerProcess

pytestmark = pytest.mark.faults
DEADLINE_S = 60.0


@dataclass
class Story:
    """A venue that was backed up while it traded, and then lost its disk."""

    folder: Folder
    data: Path
    """What is left of the data folder: keys, genesis and the last seal, which lay on another disk."""
    market: Market
    bases: list[Base]
    middle: int
    """An entry between the two base backups, in the middle of trading."""
    middle_ms: int
    """The server's clock after that entry."""
    entries_then: int
    entries: int


def server_in(data: Path) -> Postgres:
    sockets = socket_folder(data)
    make_socket_folder(sockets)
    return Postgres(data, sockets, data / "logs")


@contextmanager
def running(data: Path) -> Iterator[Postgres]:
    server = server_in(data)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def one(url: str, query: str) -> Any:
    with psycopg.connect(psycopg_url(url), autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def entries_in(url: str) -> int:
    return int(one(url, "SELECT last_entry + 1 FROM sequencer_head"))


async def trade(market: Market, commands: int) -> None:
    """Everybody bids until so many more commands were acknowledged."""
    until = asyncio.Event()
    streams = [asyncio.create_task(market.stream(number, until)) for number in market.bids]
    await market.more_than(len(market.acknowledged) + commands)
    until.set()
    await asyncio.gather(*streams)


async def tell(data: Path, folder: Folder, server: Postgres) -> Story:
    """Trade, back up, trade, look at the clock, trade on while the second backup is made, trade, lose the disk."""
    source = Source(server.url, data, shown=False)

    def backup(*, wal_only: bool = False) -> Taken:
        return take(source, folder, lambda _: None, wal_only=wal_only, keep=None)

    with SequencerProcess(server.url, data, IPX_DATA=str(data)) as sequencer:
        await asyncio.to_thread(sequencer.start().wait_until_serving)
        market = Market(SequencerClient(sequencer.socket_path, deadline_s=DEADLINE_S))
        await market.open(int(time.time() * 1000))
        first = await asyncio.to_thread(backup)
        assert first.base is not None
        await trade(market, 80)
        middle_ms, entries_then = (
            int(one(server.url, "SELECT extract(epoch FROM clock_timestamp()) * 1000")),
            0,
        )
        entries_then = entries_in(server.url)
        await asyncio.sleep(0.05)
        await trade(market, 80)
        taken = await asyncio.gather(asyncio.to_thread(backup), trade(market, 80))
        assert taken[0].bases == 2
        await trade(market, 80)
        assert (await asyncio.to_thread(backup, wal_only=True)).base is None
        await market.client.close()
        await asyncio.sleep(1.0)  # the last seal is kept every half second
        sequencer.kill()
    entries = entries_in(server.url)
    return Story(folder, data, market, folder.bases(), entries_then - 40, middle_ms, entries_then, entries)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    data = tmp_path_factory.mktemp("venue")
    server = server_in(data)
    server.start()
    upgrade(server.url)
    try:
        yield asyncio.run(tell(data, Folder(tmp_path_factory.mktemp("backup")), server))
    finally:
        server.stop()


def restored(story: Story, data: Path, until: Until | None = None) -> Any:
    return restore(story.folder, data, until or Until(), lambda _: None).standing


def test_all_comes_back_after_the_disk_is_lost_and_the_venue_goes_on(story: Story, tmp_path: Path) -> None:
    standing = restored(story, tmp_path)
    assert standing.agrees
    assert standing.entries == story.entries
    assert standing.state_hash == standing.replayed_hash
    assert (tmp_path / RESTORED_FILE).exists()
    shutil.copytree(story.data / "keys", tmp_path / "keys")
    with running(tmp_path) as server:
        asyncio.run(story.market.check(server.url))
        with SequencerProcess(server.url, tmp_path, IPX_DATA=str(tmp_path)) as sequencer:
            sequencer.start().wait_until_serving()

            async def trade_on() -> int:
                story.market.client = SequencerClient(sequencer.socket_path, deadline_s=DEADLINE_S)
                story.market.news = asyncio.Event()
                await trade(story.market, 50)
                await story.market.client.close()
                await story.market.check(server.url)
                return entries_in(server.url)

            acknowledged = dict(story.market.acknowledged)
            assert asyncio.run(trade_on()) >= story.entries + 50
            story.market.acknowledged = acknowledged  # those of the restored venue are not the lost one's


def test_an_entry_asked_for_is_the_last_batch_that_comes_back_and_a_sequencer_refuses_to_go_on_from_there(
    story: Story, tmp_path: Path
) -> None:
    standing = restored(story, tmp_path, Until(entry=story.middle))
    assert standing.agrees
    with running(tmp_path) as server:
        first = one(server.url, "SELECT max(first_entry) FROM batches")
        count = one(server.url, "SELECT count FROM batches ORDER BY first_entry DESC LIMIT 1")
        assert first <= story.middle < first + count == standing.entries
        shutil.copytree(story.data / "keys", tmp_path / "keys")
        shutil.copy(story.data / SEAL_FILE, tmp_path / SEAL_FILE)
        with SequencerProcess(server.url, tmp_path, IPX_DATA=str(tmp_path)) as sequencer:
            assert sequencer.start().wait() == 5
            (refusal,) = [
                line for line in sequencer.log.read_text().splitlines() if "JOURNAL-BEHIND-ANCHOR" in line
            ]
        gone = f"entries {standing.entries} to {story.entries - 1}, seen by {SEAL_FILE}, are gone"
        assert gone in msgspec.json.decode(refusal)["reason"]
        assert entries_in(server.url) == standing.entries


def test_a_moment_asked_for_is_what_comes_back(story: Story, tmp_path: Path) -> None:
    standing = restored(story, tmp_path, Until(time_ms=story.middle_ms))
    assert standing.agrees
    assert standing.entries == story.entries_then
    with running(tmp_path) as server:
        stored = {
            answer.entry for answer in story.market.acknowledged.values() if answer.entry < story.entries_then
        }
        found = one(server.url, "SELECT array_agg(entry) FROM answers")
        assert stored <= set(found)


@pytest.mark.parametrize(
    ("until", "code"),
    [
        (lambda story: Until(entry=story.entries), "RESTORE-ENTRY-UNKNOWN"),
        (lambda story: Until(entry=story.bases[0].entries - 1), "RESTORE-NO-BASE"),
        (lambda story: Until(time_ms=story.bases[0].begun_ms), "RESTORE-NO-BASE"),
        (lambda _: Until(time_ms=int(time.time() * 1000) + 3_600_000), "RESTORE-TARGET-NOT-REACHED"),
    ],
)
def test_a_moment_that_the_backup_does_not_have_is_refused(
    story: Story, tmp_path: Path, until: Callable[[Story], Until], code: str
) -> None:
    with pytest.raises(BackupRefused) as refused:
        restored(story, tmp_path, until(story))
    assert refused.value.code == code
    assert not (tmp_path / RESTORED_FILE).exists()
    assert not (tmp_path / "postgres").exists(), "the folder may be used again"


def test_a_restore_never_writes_over_a_database(story: Story) -> None:
    with pytest.raises(BackupRefused, match="RESTORE-FOLDER-IN-USE"):
        restored(story, story.data)
    assert entries_in(server_in(story.data).url) == story.entries


def test_one_changed_byte_of_a_base_backup_is_found_before_anything_is_restored(
    story: Story, tmp_path: Path
) -> None:
    base = story.bases[-1]
    damaged = Folder(tmp_path / "backup")
    shutil.copytree(story.folder.path, damaged.path)
    victim = max((damaged.base / base.name / "base").rglob("*"), key=lambda path: path.stat().st_size)
    with victim.open("r+b") as file:
        file.seek(1_000)
        byte = file.read(1)
        file.seek(1_000)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(BackupRefused, match="RESTORE-BASE-DAMAGED"):
        restore(damaged, tmp_path / "venue", Until(), lambda _: None)
    assert not (tmp_path / "venue").exists()


def test_keys_are_in_no_backup_and_only_its_owner_may_enter_it(story: Story) -> None:
    assert story.folder.path.stat().st_mode & 0o777 == 0o700
    key = (story.data / "keys" / "receipt.key").read_bytes().strip()
    for path in story.folder.path.rglob("*"):
        assert path.suffix != ".key"
        if path.is_file():
            assert key not in path.read_bytes()


def test_a_gap_in_the_log_is_told_and_closed_by_a_new_base_backup(story: Story, tmp_path: Path) -> None:
    """A folder whose slot is gone: nobody knows whether the log goes on where its archive ends."""
    url = server_in(story.data).url
    folder = Folder(tmp_path / "backup")
    shutil.copytree(story.folder.path, folder.path)
    source = Source(url, story.data, shown=False)
    taken = take(source, folder, lambda _: None, wal_only=True, keep=1)
    assert taken.gap
    assert taken.base is not None
    assert [base.name for base in folder.bases()] == [taken.base]
    assert [path.name for path in folder.series()] == ["000002"]
    assert not take(source, folder, lambda _: None, wal_only=True, keep=1).gap
    one(url, f"SELECT pg_drop_replication_slot('{folder.slot}')::text")


@pytest.fixture
def beside(story: Story, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder with the settings of its processes, as commands given beside them find it."""
    settings = {
        "IPX_DATABASE_URL": server_in(story.data).url,
        "IPX_REDIS_URL": "redis://127.0.0.1",
        "IPX_CHAIN_URL": "http://127.0.0.1",
        "IPX_CHAIN_MANIFEST": "chain.json",
        "IPX_SEQUENCER_SOCKET": "/nowhere",
        "IPX_KEYS_DIR": str(story.data / "keys"),
        "IPX_DATA": str(story.data),
    }
    for name in settings:
        monkeypatch.delenv(name, raising=False)
    (story.data / ENVIRONMENT_FILE).write_bytes(msgspec.json.encode(settings))
    return story.data


def test_the_log_is_followed_until_it_is_enough(story: Story, beside: Path) -> None:
    words = (
        "backup",
        "--to",
        str(story.folder.path),
        "--data",
        str(beside),
        "--wal-only",
        "--follow",
        "--json",
    )
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.ipx", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as following:
        assert following.stdout is not None
        taken = msgspec.json.decode(following.stdout.readline(), type=Taken)
        assert (taken.base, taken.entries, taken.gap) == (None, story.entries, False)
        one(
            server_in(story.data).url,
            "SELECT pg_logical_emit_message(true, 'ipx', 'KANARI-IN-THE-LOG')::text",
        )
        end = time.monotonic() + DEADLINE_S
        while not any(b"KANARI-IN-THE-LOG" in path.read_bytes() for path in story.folder.wal.iterdir()):
            assert time.monotonic() < end
            time.sleep(0.1)
        following.terminate()
        assert following.wait(DEADLINE_S) == 0
    slots = "SELECT count(*) FROM pg_replication_slots WHERE active"
    while one(server_in(story.data).url, slots) != 0:  # the receiver ends with the command
        assert time.monotonic() < end
        time.sleep(0.1)


def test_what_is_refused_is_told_with_its_code_and_its_cure(story: Story, beside: Path) -> None:
    words = ["restore", "--from", str(story.folder.path), "--data", str(beside), "--json"]
    refused = CliRunner().invoke(command_line(words), words)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "RESTORE-FOLDER-IN-USE" in refused.stderr
    assert "give an empty data folder" in refused.stderr


def test_another_database_is_not_backed_up_into_the_same_folder(story: Story, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "backup")
    folder.make()
    folder.write_down(msgspec.structs.replace(story.bases[0], system_identifier="7"))
    source = Source(server_in(story.data).url, story.data, shown=False)
    with pytest.raises(BackupRefused, match="BACKUP-FOREIGN"):
        take(source, folder, lambda _: None, wal_only=True, keep=None)
    away = Source(server_in(tmp_path).url, tmp_path, shown=False)
    with pytest.raises(BackupRefused, match="BACKUP-SERVER"):
        take(away, folder, lambda _: None, wal_only=True, keep=None)

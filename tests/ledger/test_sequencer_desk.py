"""The desk and its clients: bounded, owner-only, and honest about what was not decided."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from exchange import commands
from exchange.engine import Engine
from exchange.turn import Outcome
from ledger.sequencer import desk as desks
from ledger.sequencer import memory, process
from ledger.sequencer.client import Answer, BlockingSequencerClient, SequencerClient, SequencerRefused
from ledger.sequencer.clock import WatchedClock
from ledger.sequencer.desk import Desk
from ledger.sequencer.messages import LARGEST_FRAME, Question, frame
from ledger.settings import SequencerSettings, SettingsRefused, sequencer_settings
from tests.ledger.conftest import rows_of, run
from tests.ledger.trading import GENESIS, Door


@pytest.fixture
def settings(migrated_database_url: str) -> Iterator[SequencerSettings]:
    """Settings in a folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="ipx") as short:
        folder = Path(short)
        (folder / "genesis.json").write_bytes(msgspec.json.encode(GENESIS))
        yield SequencerSettings(
            database_url=migrated_database_url,
            socket_path=folder / "s",
            receipt_key_file=folder / "receipt.key",
            genesis_file=folder / "genesis.json",
        )


@contextlib.asynccontextmanager
async def serving(settings: SequencerSettings) -> AsyncIterator[SequencerClient]:
    """A sequencer in this process, over its real socket and database, and a client of it."""
    desk = Desk()
    sessions = asyncio.create_task(process._sessions(settings, desk, WatchedClock()))
    client = SequencerClient(str(settings.socket_path), deadline_s=20)
    try:
        yield client
    finally:
        await client.close()
        desk.stop()
        if not desk.serving:  # it stands by: there is no batch to finish
            sessions.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            assert await asyncio.wait_for(sessions, 20) == process.EXIT_STOPPED
        await desk.close()


async def test_commands_that_wait_together_are_committed_together(settings: SequencerSettings) -> None:
    door = Door()
    async with serving(settings) as client:
        await client.submit(door.import_right(1))
        answers = await asyncio.gather(
            *[client.submit(door.import_right(number)) for number in range(2, 202)]
        )
        assert sorted(answer.entry for answer in answers) == list(range(3, 203))
    counts = await rows_of(
        settings.database_url, "SELECT max(count), count(*) FROM batches WHERE first_entry > 2"
    )
    assert counts[0][0] > 20
    assert counts[0][1] < 10


async def test_the_same_submission_sent_at_once_is_decided_once(settings: SequencerSettings) -> None:
    submission = Door().import_right(1)
    async with serving(settings) as client:
        answers = await asyncio.gather(*[client.submit(submission) for _ in range(20)])
    assert len({answer.entry for answer in answers}) == 1
    assert all(answer == answers[0] for answer in answers)
    assert await rows_of(settings.database_url, "SELECT count(*) FROM journal") == [(3,)]


async def test_the_socket_is_its_owners_alone_and_goes_with_the_sequencer(
    settings: SequencerSettings,
) -> None:
    async with serving(settings) as client:
        await client.submit(Door().import_right(1))
        status = settings.socket_path.lstat()
        assert stat.S_ISSOCK(status.st_mode)
        assert stat.S_IMODE(status.st_mode) == 0o600
    with pytest.raises(FileNotFoundError):
        settings.socket_path.lstat()


@pytest.mark.parametrize(
    "noise",
    [
        b"\x00\x00\x00\x05{...}",
        (LARGEST_FRAME + 1).to_bytes(4, "big"),
        b"\xff\xff\xff\xff",
        b"GET / HTTP/1.1\r\n\r\n",
        (200_002).to_bytes(4, "big") + b'{"' + b"[" * 200_000,
        frame({"number": 1, "submission": {}}),
    ],
)
async def test_a_caller_that_sends_noise_is_cut_off_and_nobody_else(
    settings: SequencerSettings, noise: bytes
) -> None:
    door = Door()
    async with serving(settings) as client:
        await client.submit(door.import_right(1))
        reader, writer = await asyncio.open_unix_connection(settings.socket_path)
        writer.write(noise)
        async with asyncio.timeout(10):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()
        answer = await client.submit(door.import_right(2))
        assert answer.status == "accepted"


async def test_a_full_queue_says_so_at_once(
    settings: SequencerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "MOST_WAITING", 3)
    desk = Desk()  # nobody decides at this desk
    await desk.listen(settings.socket_path)
    client = SequencerClient(str(settings.socket_path), deadline_s=1)
    door = Door()
    results = await asyncio.gather(
        *[client.submit(door.import_right(number)) for number in range(5)], return_exceptions=True
    )
    codes = sorted(result.code for result in results if isinstance(result, SequencerRefused))
    assert codes == ["SEQUENCER-BUSY"] * 2 + ["SEQUENCER-TIMEOUT"] * 3
    assert all(isinstance(result, SequencerRefused) and result.retryable for result in results)
    await client.close()
    await desk.close()


def names_in(folder: str) -> list[str]:
    return [each.name for each in Path(folder).iterdir()]


@pytest.mark.parametrize("turns", range(6))
async def test_told_to_end_while_it_begins_to_listen_it_leaves_nothing_in_the_folder(turns: int) -> None:
    """SIGTERM cancels the task, after so many turns of the loop."""
    with tempfile.TemporaryDirectory(prefix="ipx") as folder:
        path, desk = Path(folder) / "s", Desk()
        listening = asyncio.create_task(desk.listen(path))
        for _ in range(turns):
            await asyncio.sleep(0)
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        assert names_in(folder) == (["s"] if desk.listening else [])
        assert desk.is_in_place == desk.listening
        assert turns != 1 or not desk.listening, "that turn was within"
        await desk.listen(path)
        assert desk.is_in_place
        await desk.close()
        assert names_in(folder) == []


async def test_a_queue_that_holds_too_many_bytes_says_so_at_once(
    settings: SequencerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "MOST_WAITING_BYTES", 10)
    desk = Desk()
    await desk.listen(settings.socket_path)
    client = SequencerClient(str(settings.socket_path), deadline_s=5)
    with pytest.raises(SequencerRefused) as refusal:
        await client.submit(Door().import_right(1))
    assert refusal.value.code == "SEQUENCER-BUSY"
    await client.close()
    await desk.close()


async def test_no_sequencer_is_told_after_the_deadline_and_not_before_trying_again(tmp_path: Path) -> None:
    client = SequencerClient(str(tmp_path / "none"), deadline_s=0.3)
    with pytest.raises(SequencerRefused) as refusal:
        await client.submit(Door().import_right(1))
    assert (refusal.value.code, refusal.value.status) == ("SEQUENCER-TIMEOUT", 503)
    with BlockingSequencerClient(str(tmp_path / "none"), deadline_s=0.3) as blocking:
        with pytest.raises(SequencerRefused) as refusal:
            blocking.submit(Door().import_right(1))
        assert (refusal.value.code, refusal.value.retryable) == ("SEQUENCER-TIMEOUT", True)


async def test_the_blocking_client_is_answered_as_the_other_one(settings: SequencerSettings) -> None:
    door = Door()
    submission, refused = door.import_right(1), door.operator(commands.ApproveParty(party_id="P-7"))
    reserved = msgspec.structs.replace(
        submission, command=msgspec.Raw(b'{"type":"tick"}'), idempotency_key="x"
    )

    def ask() -> list[Answer]:
        with BlockingSequencerClient(str(settings.socket_path), deadline_s=20) as blocking:
            answers = [blocking.submit(submission), blocking.submit(refused)]
            with pytest.raises(SequencerRefused) as refusal:
                blocking.submit(reserved)
            assert refusal.value.code == "COMMAND-RESERVED"
            return answers

    async with serving(settings) as client:
        answers = await asyncio.to_thread(ask)
        assert [answer.status for answer in answers] == ["accepted", "refused"]
        assert [await client.submit(submission), await client.submit(refused)] == answers


def test_a_blocking_client_gives_up_on_a_peer_that_never_answers() -> None:
    with tempfile.TemporaryDirectory(prefix="ipx") as short, socket.socket(socket.AF_UNIX) as silent:
        path = str(Path(short) / "s")
        silent.bind(path)
        silent.listen()
        with (
            BlockingSequencerClient(path, deadline_s=0.4) as blocking,
            pytest.raises(SequencerRefused) as refusal,
        ):
            blocking.submit(Door().import_right(1))
    assert refusal.value.code == "SEQUENCER-TIMEOUT"


async def test_callers_leave_a_silent_sequencer_for_the_one_that_has_taken_its_place(
    settings: SequencerSettings,
) -> None:
    silent = Desk()  # listens, and decides nothing, as a process that is stopped
    await silent.listen(settings.socket_path)
    door = Door()
    waiting = SequencerClient(str(settings.socket_path), deadline_s=60)
    first, second = door.import_right(1), door.import_right(2)

    def ask() -> Answer:
        with BlockingSequencerClient(str(settings.socket_path), deadline_s=60) as blocking:
            return blocking.submit(second)

    answers = [asyncio.create_task(waiting.submit(first)), asyncio.create_task(asyncio.to_thread(ask))]
    async with asyncio.timeout(20):
        while len(silent._queue) < len(answers):  # noqa: ASYNC110 - a desk tells nobody what comes in
            await asyncio.sleep(0.01)
    async with serving(settings):
        assert {answer.status for answer in await asyncio.gather(*answers)} == {"accepted"}
        assert (await waiting.submit(first)) == answers[0].result()
    await waiting.close()
    await silent.close()


async def test_a_writer_that_another_one_followed_listens_anew_when_it_writes_again(
    settings: SequencerSettings,
) -> None:
    """Its first socket has been put away by the other's: callers would knock at one that nobody hears."""
    both = msgspec.structs.replace(settings, standby=True)
    door = Door()
    async with serving(both) as client:
        await client.submit(door.import_right(1))
        async with serving(both):
            for number in range(2, 6):
                await run(settings.database_url, END_OF_THE_WRITER)
                answer = await client.submit(door.import_right(number))
                assert answer.status == "accepted"
        answer = await client.submit(door.import_right(6))
        assert answer.status == "accepted"
    assert await rows_of(settings.database_url, "SELECT count(*) FROM rights") == [(6,)]


END_OF_THE_WRITER = """
SELECT pg_terminate_backend(l.pid) FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.granted AND l.objid = 4973001
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Poisoned(Engine):
    """An engine with a mistake in it: it falls over on one right."""

    def apply(self, request: commands.Request) -> Outcome:
        if getattr(request.command, "right_id", "") == "US-16000013":
            raise ZeroDivisionError
        return super().apply(request)


async def test_an_engine_fault_is_told_to_the_one_whose_command_it_was_and_the_others_are_decided(
    settings: SequencerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "Engine", Poisoned)
    door = Door()
    async with serving(settings) as client:
        await client.submit(door.import_right(1))
        results = await asyncio.gather(
            *[client.submit(door.import_right(number)) for number in range(10, 20)], return_exceptions=True
        )
    refusals = [result for result in results if isinstance(result, SequencerRefused)]
    assert [(refusal.code, refusal.status, refusal.retryable) for refusal in refusals] == [
        ("ENGINE-FAULT", 500, False)
    ]
    assert sum(isinstance(result, Answer) for result in results) == 9
    assert await rows_of(settings.database_url, "SELECT count(*) FROM rights") == [(10,)]


FAIL = """
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk on fire'; END $$;
CREATE TRIGGER fail BEFORE INSERT ON journal EXECUTE FUNCTION fail();
"""


async def test_after_a_commit_that_failed_memory_is_loaded_again_and_nothing_of_it_stays(
    settings: SequencerSettings,
) -> None:
    door = Door()
    async with serving(settings) as client:
        first = await client.submit(door.import_right(1))
        await run(settings.database_url, FAIL)
        hasty = SequencerClient(str(settings.socket_path), deadline_s=1)
        failed = door.import_right(2)
        with pytest.raises(SequencerRefused) as refusal:
            await hasty.submit(failed)
        assert refusal.value.retryable
        await hasty.close()
        assert await rows_of(settings.database_url, "SELECT count(*) FROM rights") == [(1,)]
        await run(settings.database_url, "DROP TRIGGER fail ON journal")
        again = await client.submit(failed)
        assert (again.status, again.entry) == ("accepted", first.entry + 1)


@pytest.mark.parametrize(
    "missing",
    ["IPX_DATABASE_URL", "IPX_SEQUENCER_SOCKET", "IPX_KEYS_DIR"],
)
def test_a_missing_setting_is_named(missing: str) -> None:
    values = {"IPX_DATABASE_URL": "postgresql://h/d", "IPX_SEQUENCER_SOCKET": "/run/s", "IPX_KEYS_DIR": "/k"}
    assert sequencer_settings(values).receipt_key_file == Path("/k/receipt.key")
    with pytest.raises(SettingsRefused) as refusal:
        sequencer_settings({**values, missing: ""})
    assert refusal.value.name == missing


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IPX_SEQUENCER_SOCKET", "relative"),
        ("IPX_SEQUENCER_SOCKET", "/" + "x" * 101),
        ("IPX_SEQUENCER_STANDBY", "yes"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    values = {"IPX_DATABASE_URL": "postgresql://h/d", "IPX_SEQUENCER_SOCKET": "/run/s", "IPX_KEYS_DIR": "/k"}
    with pytest.raises(SettingsRefused) as refusal:
        sequencer_settings({**values, name: value})
    assert refusal.value.name == name


def test_settings_show_no_password() -> None:
    values = {
        "IPX_DATABASE_URL": "postgresql://u:secret@h/d",
        "IPX_SEQUENCER_SOCKET": "/run/s",
        "IPX_KEYS_DIR": "/k",
    }
    assert "secret" not in repr(sequencer_settings(values))


def test_a_frame_is_never_longer_than_a_peer_takes() -> None:
    submission = msgspec.structs.replace(Door().import_right(1), signature="x" * LARGEST_FRAME)
    with pytest.raises(SequencerRefused) as refusal:
        frame(Question(number=1, submission=submission))
    assert refusal.value.code == "FRAME-MALFORMED"

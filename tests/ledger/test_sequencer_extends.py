"""A sequencer begins only on a journal that holds all that was seen of it outside, and whose versions it knows."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ledger.log import witnesses
from ledger.log.checkpoints import Checkpoint, log_verifier, origin_of
from ledger.log.endpoints import WitnessEndpoint
from ledger.receipt_key import ReceiptKey
from ledger.receipts import SignedSeal
from ledger.sequencer import process, questions
from ledger.sequencer.admission import admit
from ledger.sequencer.clock import WatchedClock
from ledger.sequencer.desk import Desk
from ledger.sequencer.extends import SEAL_FILE
from ledger.sequencer.witnessed import show
from ledger.settings import SequencerSettings
from ledger.store.loading import StoreCorrupt
from ledger.store.migrate import upgrade
from tests.ledger.conftest import rows_of, run, writing
from tests.ledger.log.witness_process import WitnessProcess
from tests.ledger.test_sequencer_desk import END_OF_THE_WRITER, serving
from tests.ledger.trading import GENESIS, Door


@pytest.fixture
def settings(migrated_database_url: str) -> Iterator[SequencerSettings]:
    with tempfile.TemporaryDirectory(prefix="ipx") as short:
        folder = Path(short)
        (folder / "genesis.json").write_bytes(msgspec.json.encode(GENESIS))
        yield SequencerSettings(
            database_url=migrated_database_url,
            socket_path=folder / "s",
            receipt_key_file=folder / "receipt.key",
            genesis_file=folder / "genesis.json",
            data=folder,
        )


async def sealed_up_to(settings: SequencerSettings, size: int) -> None:
    assert settings.data is not None
    async with asyncio.timeout(20):
        while True:
            path = settings.data / SEAL_FILE
            if path.exists():
                signed = msgspec.json.decode(path.read_bytes(), type=SignedSeal)
                if signed.seal.tree_size == size:
                    return
            await asyncio.sleep(0.05)


async def test_a_journal_shorter_than_the_last_seal_or_another_is_refused_before_anything_is_written(
    settings: SequencerSettings, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    door, other = Door(), Door("other")
    async with serving(settings) as client:
        for number in range(1, 4):
            await client.submit(door.import_right(number))
        await sealed_up_to(settings, 5)
    async with serving(settings) as client:
        await client.submit(door.import_right(4))  # its own journal is taken
        await sealed_up_to(settings, 6)
    upgrade(database_url)
    restored = msgspec.structs.replace(settings, database_url=database_url)
    code = await process._sessions(restored, Desk(), WatchedClock())
    assert code == process.EXIT_STORE
    assert "entries 0 to 5" in capsys.readouterr().out
    assert await rows_of(database_url, "SELECT count(*) FROM journal") == [(0,)]
    async with writing(database_url, ReceiptKey.from_file(settings.receipt_key_file)) as session:
        await session.decide([admit(other.import_right(number)) for number in range(1, 8)])
    assert await process._sessions(restored, Desk(), WatchedClock()) == process.EXIT_STORE
    assert "entries up to 5 are not those" in capsys.readouterr().out


async def test_a_journal_that_does_not_extend_what_a_witness_has_cosigned_is_refused(
    settings: SequencerSettings, database_url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    key = ReceiptKey.from_file(settings.receipt_key_file)
    log = log_verifier(origin_of(GENESIS.chain_id, GENESIS.anchor), key.public_key)
    witness = WitnessProcess(tmp_path / "witness", log, "witness.example/w1")
    endpoint = WitnessEndpoint(witness.url, witness.start("--begin"))
    alone = msgspec.structs.replace(settings, data=None, witnesses=(endpoint,))
    restored = msgspec.structs.replace(alone, database_url=database_url)
    door, other = Door(), Door("other")
    upgrade(database_url)
    try:
        async with serving(alone) as client:
            for number in range(1, 4):
                await client.submit(door.import_right(number))
        async with serving(alone) as client:  # shows the witness five entries
            await client.submit(door.import_right(4))
        assert await process._sessions(restored, Desk(), WatchedClock()) == process.EXIT_STORE
        assert "entries 0 to 4" in capsys.readouterr().out
        assert await rows_of(database_url, "SELECT count(*) FROM journal") == [(0,)]
        async with writing(database_url, key) as session:
            await session.decide([admit(other.import_right(number)) for number in range(1, 8)])
        assert await process._sessions(restored, Desk(), WatchedClock()) == process.EXIT_STORE
        assert "entries up to 4 are not those" in capsys.readouterr().out
    finally:
        witness.kill()
    async with serving(alone) as client:  # a witness that is away holds nobody up
        await client.submit(door.import_right(5))
    assert "WITNESS-UNREACHABLE" in capsys.readouterr().out


async def test_a_witness_that_was_silent_and_then_speaks_against_the_journal_stops_the_writer_that_has_begun(
    settings: SequencerSettings,
    database_url: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(witnesses, "TIMEOUT_S", 0.5)
    monkeypatch.setattr(questions, "FIRST_PAUSE_S", 0.1)
    key = ReceiptKey.from_file(settings.receipt_key_file)
    log = log_verifier(origin_of(GENESIS.chain_id, GENESIS.anchor), key.public_key)
    witness = WitnessProcess(tmp_path / "witness", log, "witness.example/w1")
    endpoint = WitnessEndpoint(witness.url, witness.start("--begin"))
    alone = msgspec.structs.replace(settings, data=None, witnesses=(endpoint,))
    restored = msgspec.structs.replace(alone, database_url=database_url)
    upgrade(database_url)
    assert witness.process is not None
    door = Door()
    try:
        async with serving(alone) as client:
            for number in range(1, 4):
                await client.submit(door.import_right(number))
        async with serving(alone) as client:  # shows the witness five entries
            await client.submit(door.import_right(4))
        witness.process.send_signal(signal.SIGSTOP)
        desk = Desk()
        begun = asyncio.create_task(process._sessions(restored, desk, WatchedClock()))
        async with asyncio.timeout(20):
            while not desk.serving:  # noqa: ASYNC110 - a desk tells nobody that it serves
                await asyncio.sleep(0.01)
        assert "WITNESS-UNREACHABLE" in capsys.readouterr().out, "its silence is an alarm"
        witness.process.send_signal(signal.SIGCONT)
        assert await asyncio.wait_for(begun, 20) == process.EXIT_STORE
        await desk.close()
        assert "entries 2 to 4, cosigned by witness.example/w1, are gone" in capsys.readouterr().out
    finally:
        witness.process.send_signal(signal.SIGCONT)
        witness.kill()


async def test_a_witness_that_has_answered_is_not_asked_again_when_a_session_is_lost_on_the_way(
    settings: SequencerSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ReceiptKey.from_file(settings.receipt_key_file)
    log = log_verifier(origin_of(GENESIS.chain_id, GENESIS.anchor), key.public_key)
    witness = WitnessProcess(tmp_path / "witness", log, "witness.example/w1")
    endpoint = WitnessEndpoint(witness.url, witness.start("--begin"))
    shown = []

    def counted(*asked: Any) -> bool:
        shown.append(asked)
        return show(*asked)

    monkeypatch.setattr(questions, "show", counted)
    door = Door()
    alone = msgspec.structs.replace(settings, witnesses=(endpoint,))
    try:
        async with serving(alone) as client:
            for number in range(1, 4):
                await client.submit(door.import_right(number))
                await run(settings.database_url, END_OF_THE_WRITER)
            await client.submit(door.import_right(4))
    finally:
        witness.kill()
    assert len(shown) == 1
    ((epoch,),) = await rows_of(settings.database_url, "SELECT epoch FROM sequencer_head")
    assert epoch >= 4


class Growing:
    """A writer whose journal grows between two looks at it."""

    def __init__(self, *trees: tuple[int, bytes]) -> None:
        self._trees = iter(trees)
        self.next_entry = trees[-1][0]

    @property
    def tree(self) -> tuple[int, bytes]:
        return next(self._trees)


async def test_a_witness_that_our_own_worker_has_shown_more_meanwhile_is_no_alarm(
    settings: SequencerSettings, tmp_path: Path
) -> None:
    key = ReceiptKey.from_file(settings.receipt_key_file)
    origin = origin_of(GENESIS.chain_id, GENESIS.anchor)
    witness = WitnessProcess(tmp_path / "witness", log_verifier(origin, key.public_key), "witness.example/w1")
    endpoint = WitnessEndpoint(witness.url, witness.start("--begin"))
    trees = []
    try:
        async with writing(settings.database_url, key) as session:
            trees.append(session.tree)
            await session.decide([admit(Door().import_right(1))])
            trees.append(session.tree)
        shown = Checkpoint(origin, *trees[1])
        assert await asyncio.to_thread(show, settings.database_url, shown, key, endpoint)
        asked = questions.Questions(msgspec.structs.replace(settings, witnesses=(endpoint,)))
        asked.begin(key, origin)
        assert await asked.ask(Growing(*trees), patience_s=20) == []  # type: ignore[arg-type]  # all that is asked of a session
        asked.begin(key, origin)
        with pytest.raises(StoreCorrupt, match="entries 2 to 2, cosigned by"):
            await asked.ask(Growing(trees[0]), patience_s=20)  # type: ignore[arg-type]  # as above
    finally:
        witness.kill()


async def test_a_seal_file_that_cannot_be_read_is_an_alarm_and_no_more(
    settings: SequencerSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settings.data is not None
    (settings.data / SEAL_FILE).write_bytes(b"{")
    async with serving(settings) as client:
        await client.submit(Door().import_right(1))
    assert "SEAL-NOT-CHECKED" in capsys.readouterr().out


@pytest.mark.parametrize("component", ["schema", "engine", "rulebook"])
async def test_a_journal_of_a_version_that_the_program_does_not_know_is_refused(
    migrated_database_url: str, key: ReceiptKey, component: str
) -> None:
    async with writing(migrated_database_url, key):
        pass
    await run(
        migrated_database_url,
        f"UPDATE venues SET data = jsonb_set(data, '{{{component}}}', '7')",  # noqa: S608 - a name of ours
    )
    with pytest.raises(StoreCorrupt, match="VERSION-UNKNOWN"):
        async with writing(migrated_database_url, key):
            pass

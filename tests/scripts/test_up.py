"""`ipx up` on real processes: it starts, mends what falls over, stops cleanly, and comes back after `kill -9`."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import psutil
import psycopg
import pytest

from api.client import OperatorClient
from exchange.commands import ImportRight
from ledger.chain.client import ChainClient
from ledger.log.checkpoints import as_signed, log_verifier, stated_by
from ledger.log.notes import read_note
from ledger.timestamp.opening import CERTIFICATE_FILE
from ledger.timestamp.verifying import verify_token
from scripts.simulated import catalogue
from scripts.stack.keys import Keys
from tests.processes import has_ended

ROOT = Path(__file__).resolve().parents[2]
START_DEADLINE_S = 180.0


class Up:
    """A running `ipx up`, seen from outside."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        self.messages = data.with_suffix(".messages")
        with self.messages.open("ab") as messages:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "scripts.ipx", "up", "--data", str(data), "--json", *options],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=messages,
                text=True,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.process.stdout.close()
        assert line, self.messages.read_text()
        self.place: dict[str, str] = json.loads(line)

    def processes(self) -> list[psutil.Process]:
        found: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return found

    def named(self, part: str) -> list[psutil.Process]:
        """Our own children whose command line contains this."""
        found = []
        for process in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):  # ended meanwhile, or a zombie
                if part in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.place['exchange']}/readyz", timeout=5) as answer:  # noqa: S310 - ours
                return bool(json.load(answer)["status"] == "ok")
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def up(data: Path, *options: str) -> Iterator[Up]:
    running = Up(data, *options)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.send_signal(signal.SIGTERM)
            running.process.wait(90)


def wait_for(condition: Callable[[], bool], deadline_s: float = 60.0) -> None:
    until = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < until, "deadline passed"
        time.sleep(0.1)


def none_is_left(processes: list[psutil.Process]) -> bool:
    return all(has_ended(process) for process in processes)


def another_runs(running: Up, part: str, victim: psutil.Process) -> bool:
    return [process for process in running.named(part) if process != victim] != []


def two_others_run(running: Up, part: str, *victims: psutil.Process) -> bool:
    return len([process for process in running.named(part) if process not in victims]) == len(victims)


@pytest.mark.faults
@pytest.mark.parametrize("request_to_stop", [signal.SIGTERM, signal.SIGINT])
def test_a_request_to_stop_leaves_no_process_and_no_error(
    tmp_path: Path, request_to_stop: signal.Signals
) -> None:
    with up(tmp_path / "data") as running:
        wait_for(running.is_ready)
        everything = running.processes()
        assert len(everything) > 8
        running.process.send_signal(request_to_stop)
        assert running.process.wait(90) == 0
    assert none_is_left(everything)


@pytest.mark.faults
def test_each_process_that_is_killed_is_started_again(tmp_path: Path) -> None:
    with up(tmp_path / "data", "--standby") as running:
        wait_for(running.is_ready)
        (worker,) = running.named("ledger.tasks")
        assert "IPX_SIGNER_SOCKET" in worker.environ()
        (door,) = running.named("-m api")
        assert "IPX_SIGNER_DOOR_SOCKET" in door.environ()
        assert "IPX_SIGNER_SOCKET" not in door.environ()
        for process in (worker, door):
            assert "IPX_KEYS_DIR" not in process.environ()
            assert str(tmp_path / "data" / "keys") not in "".join(process.environ().values())
        assert "IPX_OFFICE_TOKEN" in worker.environ()
        assert "IPX_OFFICE_TOKEN" not in door.environ()
        first, standby = running.named("ledger.sequencer")
        for process in (first, standby, *running.named("ledger.signer")):
            assert not {"IPX_BANK_TOKEN", "IPX_OFFICE_TOKEN"} & set(process.environ())
        first.kill()
        import_a_pledged_right(running)  # the standby takes it, or the first one that has come back
        standby.kill()
        wait_for(lambda: two_others_run(running, "ledger.sequencer", first, standby))
        for part in ("-m api", "ledger.timestamp", "ledger.signer", "redis-server", "bin/postgres"):
            (victim,) = running.named(part)
            victim.kill()
            wait_for(partial(another_runs, running, part, victim))
        wait_for(running.is_ready)
        wait_for(partial(a_checkpoint_is_stamped, running))
        assert running.process.poll() is None


def a_checkpoint_is_stamped(running: Up) -> bool:
    """Whether the venue's own authority has given a token that holds under its certificate."""
    with psycopg.connect(running.place["database"].replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT note, token FROM checkpoints WHERE token IS NOT NULL").fetchone()
        venue = connection.execute("SELECT data ->> 'receipt_key' FROM venues").fetchone()
    if row is None or venue is None:
        return False
    note = read_note(row[0])
    imprinted = as_signed(note, log_verifier(stated_by(note).origin, bytes.fromhex(venue[0])))
    certificate = (running.data / "timestamp" / CERTIFICATE_FILE).read_bytes()
    return verify_token(row[1], imprinted, certificate).serial > 0


def kill_everything(running: Up) -> None:
    everything = [*running.processes(), psutil.Process(running.process.pid)]
    for process in everything:
        with contextlib.suppress(psutil.NoSuchProcess):  # it has died with what was killed before it
            process.kill()
    running.process.wait(10)
    wait_for(lambda: none_is_left(everything))


def import_a_pledged_right(running: Up) -> int:
    """Acknowledged by the venue, and on the register with a pledge, which belongs on the chain; gives the entry."""
    right_id = catalogue.right_id_of("pledged")
    keys = Keys(running.data / "keys")
    with OperatorClient(
        running.place["exchange"], keys.token("operator-1"), keys.private_key("operator-1")
    ) as operator:
        command = ImportRight(
            right_id=right_id, office="CN", right_type="invention", filing_date="2019-03-01"
        )
        return operator.give("/v1/rights", command, parts={"bibliography": {"title": "A device"}}).entry


def all_is_verified(running: Up, since_ms: int) -> bool:
    """Whether the indexer has read since then, and every record is on the chain and says so."""
    with psycopg.connect(running.place["database"].replace("+psycopg", "")) as connection:
        read = connection.execute("SELECT min(updated_ms) FROM chain_cursor").fetchone()
        rows = connection.execute("SELECT state, transaction_hash FROM outbox ORDER BY id").fetchall()
    if read is None or read[0] is None or read[0] <= since_ms or [row[0] for row in rows] != ["VERIFIED"] * 2:
        return False
    client = ChainClient(running.place["chain"])
    return all(client.receipt(bytes.fromhex(row[1][2:])) is not None for row in rows)


@pytest.mark.faults
def test_after_kill_9_of_everything_the_next_start_is_the_same_venue_with_all_that_was_acknowledged(
    tmp_path: Path,
) -> None:
    """Three kills one after the other; before the last two starts anvil's state is cut, as a kill may leave it."""
    data = tmp_path / "data"
    with up(data) as running:
        wait_for(running.is_ready)
        genesis, contracts = (data / "genesis.json").read_bytes(), (data / "chain.json").read_bytes()
        entry = import_a_pledged_right(running)
        wait_for(partial(all_is_verified, running, 0), 120)
        kill_everything(running)
    for cut in (False, True, True):
        if cut:
            (data / "chain" / "state.json").write_bytes(b"")
        since_ms = time.time_ns() // 1_000_000
        with up(data) as again:
            wait_for(again.is_ready)
            wait_for(partial(all_is_verified, again, since_ms), 120)
            assert (data / "genesis.json").read_bytes() == genesis
            assert (data / "chain.json").read_bytes() == contracts
            assert again.place["chain"] == running.place["chain"], "addresses stay"
            with psycopg.connect(again.place["database"].replace("+psycopg", "")) as connection:
                kept = connection.execute("SELECT type FROM journal WHERE entry = %s", (entry,)).fetchone()
                halted = connection.execute("SELECT halted_for FROM chain_cursor").fetchall()
            assert kept == ("import_right",)
            assert {row[0] for row in halted} == {None}
            kill_everything(again)


@pytest.mark.faults
def test_a_development_chain_that_lost_final_blocks_is_recovered_at_the_next_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with up(data) as running:
        wait_for(running.is_ready)
        early = (data / "chain" / "state.good.json").read_bytes()
        import_a_pledged_right(running)
        wait_for(partial(all_is_verified, running, 0), 120)
        kill_everything(running)
    (data / "chain" / "state.json").write_bytes(early)
    since_ms = time.time_ns() // 1_000_000
    with up(data) as again:
        wait_for(partial(all_is_verified, again, since_ms), 120)
        with psycopg.connect(again.place["database"].replace("+psycopg", "")) as connection:
            recoveries = connection.execute(
                "SELECT count(*) FROM journal WHERE type = 'recover_chain'"
            ).fetchone()
        assert recoveries == (1,)


@pytest.mark.faults
def test_when_only_the_supervisor_is_killed_everything_follows_it(tmp_path: Path) -> None:
    with up(tmp_path / "data") as running:
        wait_for(running.is_ready)
        everything = running.processes()
        running.process.kill()
        running.process.wait(10)
        wait_for(lambda: none_is_left(everything))


@pytest.mark.faults
def test_what_falls_over_again_and_again_stops_the_venue_with_the_reason(tmp_path: Path) -> None:
    with up(tmp_path / "data") as running:
        wait_for(running.is_ready)
        everything = running.processes()
        until = time.monotonic() + START_DEADLINE_S
        while running.process.poll() is None:
            assert time.monotonic() < until, "it restarts for ever"
            with suppress(psutil.NoSuchProcess):  # the venue has stopped meanwhile
                for process in running.named("-m api"):
                    process.kill()
            time.sleep(0.1)
        assert running.process.returncode == 1
        assert "again and again" in running.messages.read_text()
    assert none_is_left(everything)


@pytest.mark.faults
def test_a_second_venue_in_the_same_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with up(tmp_path / "data") as running:
        wait_for(running.is_ready)
        second = subprocess.run(
            [sys.executable, "-m", "scripts.ipx", "up", "--data", str(tmp_path / "data")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert second.returncode == 1
        assert "in use by another exchange" in " ".join(second.stderr.split())
        assert running.is_ready()

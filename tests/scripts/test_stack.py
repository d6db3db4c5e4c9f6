from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from scripts.stack.child import Child, StartRefused
from scripts.stack.servers import Servers

ROOT = Path(__file__).resolve().parents[2]
KEEPER = """
import sys, time
from pathlib import Path
from scripts.stack.servers import Servers
servers = Servers(Path(sys.argv[1]))
print(servers.start().database_url, flush=True)
time.sleep(600)
"""


def conninfo(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def processes_of(folder: Path) -> list[psutil.Process]:
    """Processes whose command line names the folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in part for part in process.info["cmdline"] or ())
    ]


def wait_for(condition: object, deadline_s: float = 30.0) -> None:
    until = time.monotonic() + deadline_s
    while not condition():  # type: ignore[operator]  # any callable
        assert time.monotonic() < until, "deadline passed"
        time.sleep(0.05)


def test_servers_die_with_a_killed_supervisor_and_the_next_start_finds_what_was_committed(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    keeper = subprocess.Popen(
        [sys.executable, "-c", KEEPER, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert keeper.stdout is not None
    url = keeper.stdout.readline().strip()
    with psycopg.connect(conninfo(url), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    keeper.kill()
    keeper.wait(10)
    keeper.stdout.close()
    wait_for(lambda: not processes_of(folder))
    servers = Servers(folder)
    addresses = servers.start()
    with psycopg.connect(conninfo(addresses.database_url)) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]
        settings = [connection.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")]
        assert settings == [("on",), ("on",)], "a venue's commits wait for the disk"
    servers.stop()
    assert not processes_of(folder)


def test_everything_killed_at_once_recovers_by_itself(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    servers = Servers(folder)
    addresses = servers.start()
    with psycopg.connect(conninfo(addresses.database_url), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    for process in processes_of(folder):
        process.send_signal(signal.SIGKILL)
    servers.stop()
    again = Servers(folder)
    with psycopg.connect(conninfo(again.start().database_url)) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    again.stop()


def test_a_cut_chain_state_is_replaced_by_the_last_whole_one(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for cut in (False, False, True):
        servers = Servers(folder)
        servers.start()
        time.sleep(1.5)
        servers.stop()
        state = folder / "chain" / "state.json"
        assert state.exists()
        if cut:
            state.write_bytes(state.read_bytes()[:-40])
    last = Servers(folder)
    assert last.start().chain_url.startswith("http://127.0.0.1:")
    last.stop()


def test_a_folder_is_used_by_one_exchange_at_a_time(tmp_path: Path) -> None:
    first = Servers(tmp_path / "data")
    first.start()
    with pytest.raises(StartRefused, match="in use by another exchange"):
        Servers(tmp_path / "data").start()
    first.stop()


def test_a_named_server_is_used_instead_of_an_embedded_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("IPX_DATABASE_URL", "IPX_REDIS_URL", "IPX_CHAIN_URL"):
        monkeypatch.setenv(name, f"named://{name.lower()}")
    servers = Servers(tmp_path / "data")
    addresses = servers.start()
    assert addresses.database_url == "named://ipx_database_url"
    assert addresses.chain_url == "named://ipx_chain_url"
    assert not processes_of(tmp_path / "data")
    servers.stop()


def test_a_process_that_cannot_start_says_what_it_printed(tmp_path: Path) -> None:
    child = Child("thing", ["/bin/sh", "-c", "echo no such luck; exit 3"], tmp_path / "thing.log")
    child.start()
    with pytest.raises(StartRefused, match=r"(?s)ended with code 3.*no such luck"):
        child.wait_until(lambda: False)


def test_a_child_that_ignores_the_request_to_stop_is_killed_at_the_deadline(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"import signal,time,pathlib; signal.signal(15, signal.SIG_IGN); pathlib.Path({str(ready)!r}).touch(); time.sleep(600)"
    child = Child("deaf", [sys.executable, "-c", script], tmp_path / "deaf.log")
    child.start()
    child.wait_until(ready.exists)
    child.stop(deadline_s=0.5)
    assert child.exit_code == -signal.SIGKILL
    assert child.process is not None
    assert not psutil.pid_exists(child.process.pid)
    assert os.getpid()


def test_only_what_a_process_has_said_since_its_last_start_is_its_word(tmp_path: Path) -> None:
    log = tmp_path / "speaker.log"
    log.write_text("http://127.0.0.1:8000\n")  # of an earlier start
    child = Child("speaker", [sys.executable, "-c", "import time; time.sleep(600)"], log)
    child.start()
    assert not child.has_said("http://127.0.0.1:8000")
    child.stop()
    told = Child("speaker", [sys.executable, "-c", "print('http://127.0.0.1:8000')"], log)
    told.start()
    told.wait_until(lambda: told.has_said("http://127.0.0.1:8000"))
    told.stop()

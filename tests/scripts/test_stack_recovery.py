"""What a killed stack leaves behind does not stop, or spoil, the next start."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from scripts.stack import child as child_module
from scripts.stack.chain import Chain
from scripts.stack.child import Child, StartRefused
from scripts.stack.ports import Ports, free_port
from scripts.stack.postgres import Postgres
from scripts.stack.servers import Servers, make_socket_folder, socket_folder
from tests.processes import has_ended

ROOT = Path(__file__).resolve().parents[2]
DEAF = "import signal, sys, time, pathlib; signal.signal(2, signal.SIG_IGN); pathlib.Path(sys.argv[1]).touch(); time.sleep(600)"
PARENT = """
import sys, time
from pathlib import Path
from scripts.stack.child import Child
child = Child("deaf", sys.argv[2:], Path(sys.argv[1]))
child.start()
print(child.process.pid, flush=True)
time.sleep(600)
"""
WITHOUT_READ_SEARCH = """
import ctypes, os, sys
assert ctypes.CDLL(None).prctl(24, 2, 0, 0, 0) == 0  # PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1], *sys.argv[2:]])
"""
START_AND_STOP = """
import sys
from pathlib import Path
from scripts.stack.postgres import Postgres
from scripts.stack.servers import socket_folder
folder = Path(sys.argv[1])
server = Postgres(folder, socket_folder(folder), folder / "logs")
server.start()
server.stop()
print("started and stopped")
"""


def wait_for_path(path: Path, deadline_s: float = 30.0) -> None:
    until = time.monotonic() + deadline_s
    while not path.exists():
        assert time.monotonic() < until, f"{path} did not appear"
        time.sleep(0.05)


def block_number(url: str, tag: str = "latest") -> int:
    return int(call_node(url, "eth_getBlockByNumber", tag, False)["number"], 16)


def call_node(url: str, method: str, *params: Any) -> Any:
    question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(question).encode(), headers)  # noqa: S310 - our own chain
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own chain
        return json.load(answer)["result"]


def test_a_process_that_outlived_its_killed_parent_is_ended_before_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, log = tmp_path / "ready", tmp_path / "deaf.log"
    command = [sys.executable, "-c", DEAF, str(ready)]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(log), *command], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    survivor = psutil.Process(int(parent.stdout.readline()))
    wait_for_path(ready)
    parent.kill()
    parent.wait(10)
    parent.stdout.close()
    assert survivor.is_running(), "it ignores the signal of its parent's death"
    monkeypatch.setattr(child_module, "STOP_DEADLINE_S", 0.5)
    following = Child("following", ["/bin/true"], log)
    following.start()
    assert has_ended(survivor)
    assert following.wait(10) == 0


def test_a_process_that_ends_between_two_questions_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    short = subprocess.Popen(["/bin/sleep", "600"])
    process = psutil.Process(short.pid)
    assert not has_ended(process)
    short.kill()
    short.wait(10)
    monkeypatch.setattr(process, "is_running", lambda: True)
    assert has_ended(process)


def test_another_process_that_has_the_number_of_an_ended_one_is_left_alone(tmp_path: Path) -> None:
    innocent = subprocess.Popen(["/bin/sleep", "600"])
    log = tmp_path / "thing.log"
    log.with_suffix(".pid").write_text(f"{innocent.pid} 12345")
    child = Child("thing", ["/bin/true"], log)
    child.start()
    assert child.wait(10) == 0
    assert innocent.poll() is None
    innocent.kill()
    innocent.wait(10)


@pytest.mark.parametrize("cut", ["", "17", "17 x y", "x y"])
def test_a_cut_mark_stops_nothing(tmp_path: Path, cut: str) -> None:
    log = tmp_path / "thing.log"
    log.with_suffix(".pid").write_text(cut)
    child = Child("thing", ["/bin/true"], log)
    child.start()
    assert child.wait(10) == 0


def test_a_chain_killed_while_it_wrote_its_state_loses_nothing_that_was_copied(tmp_path: Path) -> None:
    chain = Chain(tmp_path, tmp_path / "logs", free_port())
    chain.start()
    until = time.monotonic() + 60
    while not chain.copy.exists() or block_number(chain.url) < 5:
        assert time.monotonic() < until, "no copy was made"
        time.sleep(0.1)
    copied_before = chain.copy.stat().st_mtime_ns
    height = block_number(chain.url)
    while chain.copy.stat().st_mtime_ns == copied_before:
        assert time.monotonic() < until, "the copy is not renewed"
        time.sleep(0.1)
    chain.child.kill()
    chain.stop()
    chain.state.write_bytes(chain.state.read_bytes()[:-40])
    chain.start()
    # The copy was renewed after this height was seen; the state in it is at most one interval older.
    assert block_number(chain.url) >= height - 1
    chain.stop()


@pytest.mark.faults  # mining past what stays in memory takes half a minute
def test_earlier_states_of_a_killed_chain_lie_in_its_folder_and_are_gone_after_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    chain = Chain(tmp_path, tmp_path / "logs", free_port())
    chain.start()
    for balance in range(4_000):  # more blocks, each with another state, than stay in memory
        call_node(chain.url, "anvil_setBalance", "0x" + "11" * 20, hex(balance))
        call_node(chain.url, "evm_mine")
    chain.child.kill()
    chain.stop()
    left = [path for path in chain.history.rglob("*") if path.is_file()]
    assert left, "a killed chain leaves its states behind"
    assert not list(home.rglob("*.json"))
    chain.start()
    assert not any(path.exists() for path in left)
    chain.stop()


def test_a_state_that_was_never_whole_begins_a_new_chain(tmp_path: Path) -> None:
    chain = Chain(tmp_path, tmp_path / "logs", free_port())
    chain.folder.mkdir()
    chain.state.write_text('{"block": {"num')
    chain.start()
    assert block_number(chain.url, "earliest") == 0
    chain.stop()


def test_a_lock_file_whose_process_number_is_reused_does_not_stop_the_database(tmp_path: Path) -> None:
    first = Postgres(tmp_path, socket_folder(tmp_path), tmp_path / "logs")
    first.start()
    lock = first.data / "postmaster.pid"
    content = lock.read_text()
    first.child.kill()
    other = subprocess.Popen(["/bin/sleep", "600"], user=first.data.stat().st_uid)
    lock.write_text(content.replace(content.split("\n", 1)[0], str(other.pid), 1))
    second = Postgres(tmp_path, socket_folder(tmp_path), tmp_path / "logs")
    second.start()
    with psycopg.connect(second.url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    second.stop()
    assert other.poll() is None
    other.kill()
    other.wait(10)


def test_a_cluster_whose_making_was_cut_off_is_made_again(tmp_path: Path) -> None:
    server = Postgres(tmp_path, socket_folder(tmp_path), tmp_path / "logs")
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("18\n")
    (tmp_path / "postgres.unfinished").touch()
    server.start()
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities to lose")
def test_the_database_starts_as_root_with_the_capabilities_of_a_container(tmp_path: Path) -> None:
    folder = tmp_path / "data"  # below pytest's own folder, which nobody else may enter
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_READ_SEARCH, START_AND_STOP, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "started and stopped", done.stderr


def test_a_database_in_a_folder_with_a_long_name_is_reached(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    server = Postgres(folder, socket_folder(folder), folder / "logs")
    server.start()
    with psycopg.connect(server.url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()


def test_a_taken_port_is_replaced_and_the_new_one_remembered(tmp_path: Path) -> None:
    servers = Servers(tmp_path)
    servers.folder.mkdir(exist_ok=True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (tmp_path / "ports.json").write_text(json.dumps({"chain": taken.getsockname()[1]}))
        chosen = Ports(tmp_path).port("chain")
        assert chosen != taken.getsockname()[1]
    assert Ports(tmp_path).port("chain") == chosen


def test_a_half_written_port_file_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text('{"chain": 41')
    assert Ports(tmp_path).port("chain") > 0


def test_a_start_that_fails_leaves_no_process_and_gives_the_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.stack.chain.ANVIL", tmp_path / "absent")
    servers = Servers(tmp_path / "data")
    with pytest.raises(StartRefused, match="make setup"):
        servers.start()
    ours = [p for p in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(p.info["cmdline"] or ())]
    assert not ours
    monkeypatch.undo()
    servers.start()
    servers.stop()


def test_children_stop_on_their_parents_death_even_if_it_was_started_deaf_to_ctrl_c(tmp_path: Path) -> None:
    """A shell ignores SIGINT for what it runs in the background, and that is inherited."""
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = Child("sleeper", ["/bin/sleep", "600"], tmp_path / "sleeper.log", stop_signal=signal.SIGINT)
        child.start()
    finally:
        signal.signal(signal.SIGINT, old)
    assert child.process is not None
    until = time.monotonic() + 10
    while psutil.Process(child.process.pid).name() != "sleep":
        assert time.monotonic() < until
        time.sleep(0.02)
    child.stop(deadline_s=10)
    assert child.exit_code == -signal.SIGINT


def test_a_server_that_is_killed_is_found_and_started_again_at_the_same_address(tmp_path: Path) -> None:
    servers = Servers(tmp_path / "data")
    addresses = servers.start()
    assert servers.fallen() is None
    fallen = []
    for _ in range(3):
        for server in servers._running:
            if server not in fallen:
                os.kill(server.child.process.pid, signal.SIGKILL)  # type: ignore[union-attr]  # it runs
                server.child.process.wait(10)  # type: ignore[union-attr]  # as above
                fallen.append(server)
                break
        found = servers.fallen()
        assert found is fallen[-1]
        found.start()
        assert servers.fallen() is None
    with psycopg.connect(addresses.database_url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert block_number(addresses.chain_url) >= 0
    servers.stop()


def test_a_proxy_for_the_outside_does_not_stand_between_us_and_our_servers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("no_proxy", "registry.example")
    monkeypatch.delenv("NO_PROXY", raising=False)
    servers = Servers(tmp_path / "data")
    servers.start()
    assert os.environ["no_proxy"] == "registry.example,127.0.0.1,localhost"
    servers.stop()


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(StartRefused, match="belongs to somebody else"):
        make_socket_folder(tmp_path / "link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_a_socket_folder_that_another_user_made_first_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    os.chown(taken, 12_345, 12_345)
    with pytest.raises(StartRefused, match="belongs to somebody else"):
        make_socket_folder(taken)

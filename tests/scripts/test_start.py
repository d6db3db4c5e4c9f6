"""What `ipx up` refuses before anything has started, and how it tells where everything is."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from api.cli.app import DEFAULT_URL
from ledger.store.connections import psycopg_url
from scripts.stack.child import StartRefused
from scripts.stack.deployment import prepare
from scripts.stack.keys import Keys
from scripts.stack.named import CHAIN, DATABASE, REDIS, require_answers
from scripts.stack.ports import Ports, free_port
from scripts.stack.servers import Addresses
from scripts.stack.venue import Place, Venue
from scripts.up import USUAL_PORT, _show

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "127.0.0.1:1"


@pytest.fixture
def strangers_port() -> Iterator[int]:
    """A port on which somebody else answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path, strangers_port: int) -> None:
    with pytest.raises(StartRefused, match=f"port {strangers_port} is taken .* another with --port"):
        Venue(tmp_path / "data", report=lambda _: None, port=strangers_port).start()
    assert {path.name for path in (tmp_path / "data").iterdir()} <= {"keys", "lock"}


def test_the_front_door_says_that_its_port_is_taken_and_prints_no_address(strangers_port: int) -> None:
    settings = {
        "IPX_DATABASE_URL": "postgresql://nobody@localhost/none",
        "IPX_SEQUENCER_SOCKET": "/nowhere",
        "IPX_API_PORT": str(strangers_port),
    }
    run = subprocess.run(
        [sys.executable, "-m", "api"],
        cwd=ROOT,
        env={"PATH": os.defpath, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert len(run.stderr.splitlines()) == 1
    assert f"127.0.0.1:{strangers_port} cannot be bound" in run.stderr


def test_ipx_looks_where_up_goes_first() -> None:
    assert f"http://127.0.0.1:{USUAL_PORT}" == DEFAULT_URL


def test_the_usual_port_is_taken_when_it_is_free_and_else_the_last_one(
    tmp_path: Path, strangers_port: int
) -> None:
    other = Ports(tmp_path).port("api", strangers_port)
    assert other != strangers_port
    assert Ports(tmp_path).port("api", strangers_port) == other
    usual = free_port()
    assert Ports(tmp_path).port("api", usual) == usual


@pytest.mark.parametrize(
    ("name", "url"),
    [
        (DATABASE, "mysql://u@h/n"),
        (DATABASE, f"postgresql://u:hidden@{NOBODY}/n"),
        (DATABASE, "postgresql://u:hidden@localhost/n?nonsense=1"),
        (REDIS, f"redis://:hidden@{NOBODY}/0"),
        (REDIS, "http://localhost"),
        (CHAIN, f"http://{NOBODY}"),
        (CHAIN, "no address"),
    ],
)
def test_a_named_server_that_does_not_answer_is_named_by_its_setting_in_one_line(name: str, url: str) -> None:
    with pytest.raises(StartRefused) as refusal:
        require_answers({name: url})
    said = str(refusal.value)
    assert said.startswith(f"{name} cannot be used: ")
    assert "leave it out" in said
    assert "hidden" not in said
    assert len(said) < 600
    assert len(said.splitlines()) == 1


def test_named_servers_that_answer_are_taken(stack_addresses: Addresses) -> None:
    require_answers(stack_addresses.environment())
    require_answers({})


def test_ipx_up_ends_with_one_line_about_a_named_server_that_is_none(tmp_path: Path) -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "scripts.ipx",
            "up",
            "--data",
            str(tmp_path / "data"),
            "--port",
            str(free_port()),
        ],
        cwd=ROOT,
        env={**os.environ, DATABASE: "mysql://u@h/n"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (run.returncode, run.stdout) == (1, "")
    assert "IPX_DATABASE_URL cannot be used" in run.stderr
    assert len(run.stderr) < 1_000
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_database_with_another_folders_journal_is_refused_before_contracts_are_deployed(
    tmp_path: Path, migrated_database_url: str
) -> None:
    """The chain cannot be reached here: whoever asked it would fail otherwise."""
    entry = "INSERT INTO journal VALUES (0, '', sha256(''), 't', 'a', 0, NULL, NULL, '', '', 0)"
    with psycopg.connect(psycopg_url(migrated_database_url), autocommit=True) as connection:
        connection.execute(entry)
    with pytest.raises(StartRefused, match=r"journal of a venue .* is missing\. .*--data"):
        prepare(tmp_path, Keys(tmp_path / "keys"), migrated_database_url, f"http://{NOBODY}")
    assert not (tmp_path / "chain.json").exists()


def test_addresses_are_whole_on_a_narrow_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    database = f"postgresql+psycopg://postgres@/ipx?host={'/long' * 40}"
    addresses = Addresses(database, "unix:///redis.sock", "http://127.0.0.1:8545")
    place = Place("http://127.0.0.1:8000", addresses, "http://127.0.0.1:1", "http://127.0.0.1:2", tmp_path)
    _show(place, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    for name, address in place.table().items():
        assert any(line.split() == [*name.split(), address] for line in lines), name

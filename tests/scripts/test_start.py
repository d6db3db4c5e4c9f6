"""What `ipx up` refuses before anything has started, and how it tells where everything is."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest
import typer

from api.cli.app import DEFAULT_URL
from exchange.commands import OpenVenue
from ledger.sequencer.process import EXIT_CLOCK, EXIT_DATABASE_AWAY, EXIT_NOT_THE_WRITER, EXIT_STORE
from ledger.store.connections import psycopg_url
from scripts.jump import span_ms
from scripts.stack.child import Child, StartRefused
from scripts.stack.deployment import prepare, require_profile
from scripts.stack.keys import Keys
from scripts.stack.named import CHAIN, DATABASE, REDIS, require_answers
from scripts.stack.ports import Ports, free_port
from scripts.stack.servers import Addresses, Servers
from scripts.stack.venue import Place, Venue
from scripts.up import USUAL_PORT, _show

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "127.0.0.1:1"


@pytest.fixture
def strangers_port() -> Iterator[int]:
    """A port on which somebody else answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_a_venue_keeps_the_profile_that_it_opened_under(tmp_path: Path) -> None:
    genesis = tmp_path / "genesis.json"
    require_profile(genesis, "hong-kong")
    keys = Keys(tmp_path / "keys")
    addresses = {"Register": "0x" + "01" * 20, "JournalAnchor": "0x" + "02" * 20}
    opened = OpenVenue(
        profile="hong-kong",
        chain_id=31_337,
        register=addresses["Register"],
        anchor=addresses["JournalAnchor"],
        operators=(keys.private_key("operator-1").address,),
        service="0x" + "03" * 20,
        bank="0x" + "04" * 20,
        office="0x" + "05" * 20,
        receipt_key="",
        fee_basis_points=100,
        simulated=True,
    )
    genesis.write_bytes(msgspec.json.encode(opened))
    require_profile(genesis, None)
    require_profile(genesis, "hong-kong")
    with pytest.raises(StartRefused, match="opened under the profile hong-kong, and keeps it"):
        require_profile(genesis, "mainland")


def test_servers_that_are_named_elsewhere_are_no_business_of_a_venue_that_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CHAIN, f"http://{NOBODY}")
    servers = Servers(tmp_path, named={})
    assert servers._named.get(CHAIN) is None
    assert Servers(tmp_path)._named[CHAIN] == f"http://{NOBODY}"


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("10d", 864_000_000), ("3h", 10_800_000), ("20m", 1_200_000)]
)
def test_a_span_is_days_hours_or_minutes(text: str, milliseconds: int) -> None:
    assert span_ms(text) == milliseconds


@pytest.mark.parametrize("text", ["", "10", "d", "-1d", "0d", "1w", "1.5h", "99999d", "１０d"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no span"):
        span_ms(text)


def test_time_does_not_pass_where_no_venue_was_started(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.ipx", "jump", "1d", "--data", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "is no venue's folder" in done.stderr
    assert list(tmp_path.iterdir()) == []


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


def ended(venue: Venue, name: str, code: int, folder: Path) -> Child:
    """A child of a venue that has ended with this code."""
    child = Child(name, [sys.executable, "-c", f"raise SystemExit({code})"], folder / f"{name}.log")
    venue._children.append(child)
    child.start()
    assert child.process is not None
    assert child.process.wait(60) == code
    return child


@pytest.mark.parametrize("name", ["sequencer", "standby"])
@pytest.mark.parametrize(("code", "cure"), [(EXIT_CLOCK, "clock"), (EXIT_STORE, "audit")])
def test_a_sequencer_that_a_person_must_look_at_is_not_started_again_and_it_is_said_what_to_do(
    tmp_path: Path, name: str, code: int, cure: str
) -> None:
    said: list[str] = []
    venue = Venue(tmp_path / "data", report=said.append)
    child = ended(venue, name, code, tmp_path)
    first = child.process
    for _ in range(3):
        venue.check()
    assert child.process is first
    (told,) = said
    assert f"{name} ended with code {code} and is not started again" in told
    assert cure in told
    venue.stop()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("sequencer", EXIT_NOT_THE_WRITER),
        ("sequencer", EXIT_DATABASE_AWAY),
        ("worker", EXIT_CLOCK),
        ("api", 1),
    ],
)
def test_whatever_else_ends_is_started_again(tmp_path: Path, name: str, code: int) -> None:
    said: list[str] = []
    venue = Venue(tmp_path / "data", report=said.append)
    child = ended(venue, name, code, tmp_path)
    first = child.process
    venue.check()
    assert child.process is not first
    assert said == [f"{name} ended with code {code}; starting it again"]
    venue.stop()


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


def test_what_another_has_chosen_in_the_same_folder_meanwhile_is_kept(tmp_path: Path) -> None:
    early = Ports(tmp_path)
    early.port("bank")
    chain = Ports(tmp_path).port("chain")
    early.port("witness")
    assert Ports(tmp_path).port("chain") == chain


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
    place = Place(
        "http://127.0.0.1:8000",
        addresses,
        "http://127.0.0.1:1",
        "http://127.0.0.1:2",
        "http://127.0.0.1:3",
        tmp_path,
    )
    _show(place, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    for name, address in place.table().items():
        assert any(line.split() == [*name.split(), address] for line in lines), name

"""`kill -9` of the worker's works at named messages: the next run goes on, and what was due is done once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ledger.outbox import LEASE_S
from tests.faults.cutting import DEADLINE_S, Cut, Cutting, PortCutting, PostgresCutting
from tests.ledger.works.pipeline import ROOT, Fork, Pipeline, child_environment, forked_chain, pipeline

pytestmark = pytest.mark.faults
SEND, RECEIPT, LOGS = b"eth_sendRawTransaction", b"eth_getTransactionReceipt", b"eth_getLogs"
LEASE = b"UPDATE outbox SET leased_until = clock_timestamp() +"
SENT, MINED = b"UPDATE outbox SET state = 'SENT'", b"UPDATE outbox SET state = 'MINED'"
EVENT, CURSOR, COMMIT = b"COPY chain_events", b"INSERT INTO chain_cursor", b"COMMIT"


@dataclass(frozen=True)
class Point:
    """One message of one work, to one of those that it speaks to."""

    work: str
    to: str
    name: str
    text: bytes
    answered: bool = False
    first: bytes = b""


TAKEN = Point("send_outbox", "database", "the lease is committed", COMMIT, answered=True, first=LEASE)
READ = Point("read_chain", "database", "events and cursor are being committed", COMMIT, first=CURSOR)
POINTS = [
    Point("send_outbox", "database", "what may go is asked for", b"FOR UPDATE SKIP LOCKED"),
    Point("send_outbox", "database", "the lease is written", LEASE),
    TAKEN,
    Point("send_outbox", "database", "what is signed is written down", SENT),
    Point("send_outbox", "database", "what is signed stands written down", SENT, answered=True),
    Point("send_outbox", "node", "a transaction goes", SEND),
    Point("send_outbox", "node", "a transaction has gone", SEND, answered=True),
    Point("send_outbox", "node", "a receipt is asked for", RECEIPT),
    Point("send_outbox", "node", "a receipt has come", RECEIPT, answered=True),
    Point("send_outbox", "database", "that it is mined is written", MINED),
    Point("send_outbox", "database", "that it is mined stands written", MINED, answered=True),
    Point("read_chain", "node", "logs are asked for", LOGS),
    Point("read_chain", "node", "logs have come", LOGS, answered=True),
    Point("read_chain", "database", "an event is written", EVENT),
    Point("read_chain", "database", "the cursor is written", CURSOR, answered=True),
    READ,
    Point("read_chain", "database", "events and cursor are committed", COMMIT, answered=True, first=CURSOR),
]


class WorksProcess:
    """Runs the works as children that can be killed, of a process that has imported all."""

    def __init__(self, folder: Path, **settings: str) -> None:
        unused = {"IPX_REDIS_URL": "redis://unused", "IPX_DATA": str(folder)}
        environment = child_environment(**unused, **settings)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.works_process"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._child = 0

    def run(self, work: str) -> int:
        """One run, to its end or its kill; the exit code."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{work}\n")
        self._process.stdin.flush()
        self._child = self._said()
        return self._said()

    def kill(self) -> None:
        """SIGKILL of the child that runs."""
        os.kill(self._child, signal.SIGKILL)

    def end(self) -> None:
        """No more children."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(DEADLINE_S)
        self._process.stdout.close()

    def _said(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


class Hands:
    """Sender and indexer as processes, with a proxy before each of those that they speak to."""

    def __init__(self, stack: ExitStack, pipe: Pipeline, folder: Path, short: Path) -> None:
        keys = folder / "keys"
        keys.mkdir()
        (keys / "sender.key").write_text(pipe.sender._key.secret().hex())
        database = stack.enter_context(PostgresCutting(short, pipe.database_url))
        node = stack.enter_context(PortCutting())
        node.upstream_port = urlsplit(pipe.fork.url).port or 0
        self.proxies: dict[str, Cutting] = {"database": database, "node": node}
        self._works = WorksProcess(
            folder,
            IPX_DATABASE_URL=database.url,
            IPX_CHAIN_URL=node.url,
            IPX_CHAIN_MANIFEST=str(pipe.manifest_file),
            IPX_KEYS_DIR=str(keys),
            IPX_SEQUENCER_SOCKET=str(short / "none"),
        )
        stack.callback(self._works.end)
        self.run = self._works.run

    def killed_at(self, point: Point) -> None:
        """One run of the point's work, which is killed there."""
        cut = self.proxies[point.to].arm(
            Cut(point.name, point.text, point.answered, point.first, self._works.kill)
        )
        assert self.run(point.work) == -signal.SIGKILL, point.name
        assert cut.hit.is_set(), point.name


@pytest.fixture(scope="module")
def fork(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fork]:
    """Final are blocks two behind the newest."""
    with forked_chain(tmp_path_factory.mktemp("chain"), slots_in_an_epoch=1) as made:
        yield made


def test_killed_at_each_message_each_record_stands_on_the_chain_once_and_is_read_once(
    fork: Fork, migrated_database_url: str, tmp_path: Path, short_folder: Path
) -> None:
    with ExitStack() as stack:
        pipe = stack.enter_context(pipeline(fork, migrated_database_url, tmp_path))
        works = Hands(stack, pipe, tmp_path, short_folder)
        for point in POINTS:
            pipe.queue(*pipe.assignment())
            if point.work == "read_chain" or point.text in {RECEIPT, MINED}:
                assert works.run("send_outbox") == 0
                fork.mine()
            works.killed_at(point)
            # What a sender that died has taken is free after its lease: the next test waits for that, this one does not.
            pipe.database.execute("UPDATE outbox SET leased_until = NULL WHERE state = 'QUEUED'")
            fork.mine()
        for _ in range(8):
            assert (works.run("send_outbox"), works.run("read_chain")) == (0, 0)
            fork.mine(3)
        stories = len(POINTS)
        assert Counter(pipe.names()) == {
            "RightRegistered": stories,
            "DealAgreed": stories,
            "RegistryConfirmed": stories,
            "DealSettled": stories,
        }
        assert set(pipe.states()) <= {"MINED", "FINAL"}
        rows = pipe.database.execute("SELECT name FROM chain_events WHERE name <> 'KeyEnrolled'").fetchall()
        assert Counter(row["name"] for row in rows) == Counter(pipe.names())


def test_what_a_killed_sender_had_taken_is_free_when_its_lease_has_run_out_and_an_indexer_is_back_at_once(
    fork: Fork,
    migrated_database_url: str,
    tmp_path: Path,
    short_folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with ExitStack() as stack:
        pipe = stack.enter_context(pipeline(fork, migrated_database_url, tmp_path))
        works = Hands(stack, pipe, tmp_path, short_folder)
        pipe.queue(*pipe.assignment())
        works.killed_at(TAKEN)
        died = time.monotonic()
        assert works.run("send_outbox") == 0
        assert set(pipe.states()) == {"QUEUED"}, "nobody else takes what is leased"
        while set(pipe.states()) == {"QUEUED"}:
            assert time.monotonic() - died < 3 * LEASE_S
            time.sleep(0.1)
            assert works.run("send_outbox") == 0
        sender_s = time.monotonic() - died
        fork.mine()
        works.killed_at(READ)
        died = time.monotonic()
        assert works.run("read_chain") == 0
        indexer_s = time.monotonic() - died
        pipe.settle()
        assert pipe.names() == ["RightRegistered", "DealAgreed", "RegistryConfirmed", "DealSettled"]
        rows = pipe.database.execute(
            "SELECT name FROM chain_events WHERE name <> 'KeyEnrolled' ORDER BY seq"
        ).fetchall()
        assert [row["name"] for row in rows] == pipe.names()
    with capsys.disabled():
        print(f"\nback after SIGKILL: the sender in {sender_s:.1f} s, the indexer in {indexer_s:.1f} s")  # noqa: T201

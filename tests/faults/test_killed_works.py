"""`kill -9` of sender and indexer at named messages: every record stands on the chain once, and is read once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults.cutting import DEADLINE_S, Cut, Cutting, PortCutting, PostgresCutting
from tests.ledger.works.pipeline import ROOT, Fork, Pipeline, child_environment, forked_chain, pipeline

pytestmark = pytest.mark.faults
SEND, RECEIPT, LOGS = b"eth_sendRawTransaction", b"eth_getTransactionReceipt", b"eth_getLogs"
LEASE = b"UPDATE outbox SET leased_until = clock_timestamp() +"
SENT, MINED = b"UPDATE outbox SET state = 'SENT'", b"UPDATE outbox SET state = 'MINED'"
EVENT, CURSOR, COMMIT = b"COPY chain_events", b"INSERT INTO chain_cursor", b"COMMIT"


@dataclass(frozen=True)
class Point:
    """One message of one work, to the database or to the node."""

    work: str
    to: str
    name: str
    text: bytes
    answered: bool = False
    first: bytes = b""


POINTS = [
    Point("sender", "database", "what may go is asked for", b"FOR UPDATE SKIP LOCKED"),
    Point("sender", "database", "the lease is written", LEASE),
    Point("sender", "database", "the lease is committed", COMMIT, answered=True, first=LEASE),
    Point("sender", "database", "what is signed is written down", SENT),
    Point("sender", "database", "what is signed stands written down", SENT, answered=True),
    Point("sender", "node", "a transaction goes", SEND),
    Point("sender", "node", "a transaction has gone", SEND, answered=True),
    Point("sender", "node", "a receipt is asked for", RECEIPT),
    Point("sender", "node", "a receipt has come", RECEIPT, answered=True),
    Point("sender", "database", "that it is mined is written", MINED),
    Point("sender", "database", "that it is mined stands written", MINED, answered=True),
    Point("indexer", "node", "logs are asked for", LOGS),
    Point("indexer", "node", "logs have come", LOGS, answered=True),
    Point("indexer", "database", "an event is written", EVENT),
    Point("indexer", "database", "the cursor is written", CURSOR, answered=True),
    Point("indexer", "database", "events and cursor are being committed", COMMIT, first=CURSOR),
    Point("indexer", "database", "events and cursor are committed", COMMIT, answered=True, first=CURSOR),
]


class WorksProcess:
    """Runs the works as children that can be killed, of a process that has imported all."""

    def __init__(self, pipe: Pipeline, database_url: str, chain_url: str) -> None:
        self._places = (database_url, chain_url)
        environment = child_environment(
            MANIFEST=str(pipe.manifest_file), SENDER_KEY=pipe.sender._key.secret().hex()
        )
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
        self._process.stdin.write(f"{work} {' '.join(self._places)}\n")
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
        database = stack.enter_context(PostgresCutting(short_folder, migrated_database_url))
        node = stack.enter_context(PortCutting())
        node.upstream_port = urlsplit(fork.url).port or 0
        works = WorksProcess(pipe, database.url, node.url)
        stack.callback(works.end)
        proxies: dict[str, Cutting] = {"database": database, "node": node}
        for point in POINTS:
            pipe.queue(*pipe.assignment())
            if point.work == "indexer" or point.text in {RECEIPT, MINED}:
                assert works.run("sender") == 0
                fork.mine()
            cut = proxies[point.to].arm(Cut(point.name, point.text, point.answered, point.first, works.kill))
            assert works.run(point.work) == -signal.SIGKILL, point.name
            assert cut.hit.is_set(), point.name
            # What a sender that died has taken is free after its lease, which is as long as it may be away.
            pipe.database.execute("UPDATE outbox SET leased_until = NULL WHERE state = 'QUEUED'")
            fork.mine()
        for _ in range(8):
            assert (works.run("sender"), works.run("indexer")) == (0, 0)
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

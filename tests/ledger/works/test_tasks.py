"""The worker as a real process on a real Redis: flushed, killed, started again, it goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest
import redis
from prometheus_client.parser import text_string_to_metric_families

from scripts.stack.ports import free_port
from tests.ledger.works.desk import TOKEN, Desk
from tests.ledger.works.pipeline import ROOT, child_environment

DEADLINE_S = 60.0


class Worker:
    """`python -m ledger.tasks` over one venue."""

    def __init__(self, desk: Desk, redis_url: str, folder: Path) -> None:
        settings = desk.settings
        self.metrics_port = port = free_port()
        self.log = folder / "worker.log"
        self._environment = child_environment(
            IPX_DATABASE_URL=settings.database_url,
            IPX_REDIS_URL=redis_url,
            IPX_CHAIN_URL=settings.chain_url,
            IPX_CHAIN_MANIFEST=str(settings.manifest_file),
            IPX_SEQUENCER_SOCKET=settings.socket_path,
            IPX_KEYS_DIR=str(settings.keys),
            IPX_DATA=str(settings.data),
            IPX_BANK_URL=desk.bank.url,
            IPX_BANK_SIGNER=desk.bank.signer,
            IPX_BANK_TOKEN=TOKEN,
            IPX_OFFICE_URL=desk.office.url,
            IPX_OFFICE_SIGNER=desk.office.signer,
            IPX_OFFICE_TOKEN=TOKEN,
            IPX_TICK_SECONDS="0.3",
            IPX_METRICS_PORT=str(port),
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ledger.tasks"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def end(self, number: signal.Signals) -> list[psutil.Process]:
        """Send a signal to the worker alone and wait for its end; gives the processes that it had started."""
        assert self.process is not None
        children: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(number)
        self.process.wait(timeout=DEADLINE_S)
        self.process = None
        return children


@pytest.fixture
def worker(desk: Desk, redis_url: str, tmp_path: Path) -> Iterator[Worker]:
    made = Worker(desk, redis_url, tmp_path)
    made.start()
    yield made
    if made.process is not None:
        made.end(signal.SIGKILL)
    redis.Redis.from_url(redis_url).flushall()


def test_it_serves_its_own_figures_and_the_venues(worker: Worker, desk: Desk) -> None:
    def served() -> dict[str, float]:
        url = f"http://127.0.0.1:{worker.metrics_port}/metrics"
        try:
            text = httpx.get(url, trust_env=False).text
        except httpx.ConnectError:
            return {}
        families = text_string_to_metric_families(text)
        return {
            "/".join((sample.name, *(sample.labels[name] for name in sorted(sample.labels)))): sample.value
            for family in families
            for sample in family.samples
        }

    until(lambda: served().get("ipx_works_total/done/read_chain", 0) > 0, worker)
    until(lambda: served().get("ipx_works_total/done/reconcile_books", 0) > 0, worker)
    shown = served()
    assert shown["ipx_database_up"] == 1
    assert shown["ipx_journal_entries"] == desk.entries("open_venue") + desk.entries("activate_version")
    assert shown["ipx_unreconciled_items"] == 0
    with suppress(psutil.NoSuchProcess):
        assert worker.process is not None
        listening = psutil.Process(worker.process.pid).net_connections("inet")
        assert {each.laddr.ip for each in listening if each.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def until(condition: Callable[[], bool], worker: Worker) -> None:
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, worker.log.read_text()[-3000:]
        time.sleep(0.1)


@pytest.mark.faults
def test_the_worker_goes_on_whether_redis_is_flushed_or_it_is_killed(
    desk: Desk, worker: Worker, redis_url: str
) -> None:
    payer = desk.company()
    desk.pay_in(payer, 1)
    until(lambda: desk.balance(payer) == 1, worker)
    with redis.Redis.from_url(redis_url) as server:
        server.flushall()
    desk.pay_in(payer, 2)
    until(lambda: desk.balance(payer) == 3, worker)
    clocks = worker.end(signal.SIGKILL)
    assert clocks, "the clock is a process of its own"
    desk.pay_in(payer, 4)
    _, alive = psutil.wait_procs(clocks, timeout=DEADLINE_S)
    assert alive == [], "the clock outlived its worker"
    worker.start()
    until(lambda: desk.balance(payer) == 7, worker)


def test_the_worker_anchors_sends_and_reads_by_itself(desk: Desk, worker: Worker) -> None:
    desk.pipe.queue(*desk.pipe.assignment())

    def at_its_end() -> bool:
        desk.pipe.fork.mine()
        anchors = desk.database.execute("SELECT state FROM anchors").fetchall()
        return set(desk.pipe.states()) == {"VERIFIED"} and {row["state"] for row in anchors} == {"VERIFIED"}

    until(at_its_end, worker)
    assert desk.pipe.names() == ["RightRegistered", "DealAgreed", "RegistryConfirmed", "DealSettled"]


@pytest.mark.faults
def test_ticks_do_not_pile_up_while_the_worker_is_stopped(desk: Desk, worker: Worker, redis_url: str) -> None:
    payer = desk.company()
    desk.pay_in(payer, 1)
    until(lambda: desk.balance(payer) == 1, worker)
    assert worker.process is not None
    worker.process.send_signal(signal.SIGSTOP)
    with redis.Redis.from_url(redis_url) as server:
        until(lambda: int(server.llen("ipx")) > 40, worker)
        time.sleep(2.1)  # what lies there is older than it may be
        worker.process.send_signal(signal.SIGCONT)
        desk.pay_in(payer, 2)
        until(lambda: desk.balance(payer) == 3, worker)
        until(lambda: int(server.llen("ipx")) < 40, worker)


@pytest.mark.faults
def test_the_worker_ends_cleanly_when_asked(desk: Desk, worker: Worker) -> None:
    payer = desk.company()
    desk.pay_in(payer, 1)
    until(lambda: desk.balance(payer) == 1, worker)
    clocks = worker.end(signal.SIGTERM)
    _, alive = psutil.wait_procs(clocks, timeout=DEADLINE_S)
    assert alive == []


def test_a_missing_setting_is_named_and_nothing_starts(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ledger.tasks"],
        cwd=ROOT,
        env=child_environment(IPX_DATA=str(tmp_path)),
        check=False,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 1
    assert "IPX_DATABASE_URL" in done.stderr
    with suppress(FileNotFoundError):
        assert list(tmp_path.iterdir()) == []

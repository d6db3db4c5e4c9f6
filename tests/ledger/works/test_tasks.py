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

from exchange import commands as c
from ledger.alone import Database, Work, open_database
from ledger.reconcile import compare_money
from ledger.reconciled import Reconciliation
from tests.ledger.works.desk import Desk
from tests.ledger.works.pipeline import ROOT, child_environment
from tests.ledger.works.worker_process import DEADLINE_S, Worker


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


@pytest.mark.faults
def test_what_a_worker_was_doing_when_it_was_killed_is_done_once_by_the_next_one(
    desk: Desk, worker: Worker
) -> None:
    """It has taken records and not signed them, the bank has its instruction and not answered, lines are on their way."""
    records = desk.pipe.assignment()  # first: its keys are enrolled with the sender's own key
    payer = desk.company()
    desk.pay_in(payer, 1_000)

    def is_begun() -> bool:
        desk.pipe.fork.mine()
        return desk.balance(payer) == 1_000 and set(desk.pipe.states()) == {"VERIFIED"}

    until(is_begun, worker)  # the payer's key stands on the chain: nothing is under way
    with open_database(desk.settings.database_url) as holding:
        holding.execute(
            "SELECT pg_advisory_lock(%s)", (int(Work.DAY_OF_COSTS),)
        )  # no transaction is permitted
        desk.pipe.queue(*records)
        desk.by(payer, c.RequestWithdrawal(), c.WithdrawalTerms(currency="CNY", amount=400))
        desk.pay_in(payer, 2)
        desk.bank.faults({"slow": {"delay_ms": 1_500}})
        desk.approve_payments()

        def is_amid_all() -> bool:
            leased = holding.execute("SELECT 1 FROM outbox WHERE leased_until > clock_timestamp()").fetchone()
            return leased is not None and done_now(holding) >= AMID

        until(is_amid_all, worker)
        clocks = worker.end(signal.SIGKILL)
    psutil.wait_procs(clocks, timeout=DEADLINE_S)
    desk.bank.faults()
    assert set(desk.pipe.states()) == {"QUEUED", "VERIFIED"}
    worker.start()

    def is_done() -> bool:
        desk.pipe.fork.mine()
        payments = [row["state"] for row in desk.database.execute("SELECT state FROM payments").fetchall()]
        return payments == ["PAID"] and set(desk.pipe.states()) == {"VERIFIED"} and desk.balance(payer) == 602

    until(is_done, worker)
    assert desk.pipe.names() == ["RightRegistered", "DealAgreed", "RegistryConfirmed", "DealSettled"]
    assert desk.entries("record_statement_line") == 3
    found = Reconciliation()
    compare_money(desk.database, desk.works.bank, found)
    assert found.differences == []


AMID = {Work.OUTBOX, Work.PAYMENTS, Work.STATEMENTS}


def done_now(database: Database) -> set[int]:
    """The works that are being done at this moment, by their locks."""
    rows = database.execute(
        "SELECT objid::bigint AS work FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
    )
    return {row["work"] for row in rows.fetchall()}


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

"""The sender among killed workers, a Redis that is away, lost transactions and rising fees: each record once."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import pytest
from structlog.testing import capture_logs

from exchange.keccak import keccak
from ledger.alarms import Alarms
from ledger.alone import Elsewhere, Work, alone, open_database
from ledger.chain.client import ChainClient
from ledger.chain.events import RightRegistered
from ledger.chain.records import RightRecord
from ledger.nonce_gaps import NonceGaps
from ledger.outbox import Outbox
from ledger.spending import Limits
from scripts.stack.redis_server import RedisServer
from scripts.stack.servers import make_socket_folder, socket_folder
from tests.faults.scale import SCALE, SEED
from tests.ledger.signer_process import SignerProcess
from tests.ledger.works.desk import Desk
from tests.ledger.works.pipeline import Pipeline
from tests.ledger.works.worker_process import Worker

pytestmark = pytest.mark.faults
SENDERS, KILLS, PORTION = 4, 6, 250
KILL_EVERY_S = 2.0
DEADLINE_S = 300.0
PLENTY = Limits(transaction_wei=10**21, day_wei=10**24)


def rights_on_chain(pipe: Pipeline) -> Counter[str]:
    """How often each right stands there; nothing else may."""
    events = pipe.events()
    assert all(isinstance(event, RightRegistered) for event in events), Counter(map(type, events))
    return Counter(event.right_id for event in events if isinstance(event, RightRegistered))


def each_once(records: list[RightRecord]) -> Counter[str]:
    return Counter(record.right_id for record in records)


def until(condition: Callable[[], bool], found: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE_S * SCALE
    while not condition():
        assert time.monotonic() < end, found()
        time.sleep(0.1)


@contextmanager
def blocks_every_second(pipe: Pipeline) -> Iterator[None]:
    pipe.client.request("evm_setIntervalMining", (1,))
    try:
        yield
    finally:
        pipe.client.request("evm_setIntervalMining", (0,))


# --- four senders


def test_four_workers_one_killed_every_two_seconds_and_redis_away_bring_each_record_there_once(
    desk: Desk, tmp_path: Path
) -> None:
    """1,500 rows in CI, 10,500 with a scale of 7; every key in the signer's process."""
    pipe, random = desk.pipe, Random(SEED)  # noqa: S311 - the same kills for the same seed
    sockets = socket_folder(tmp_path)
    make_socket_folder(sockets)
    server = RedisServer(sockets, tmp_path, tmp_path)
    server.start()
    workers: list[Worker] = []
    records: list[RightRecord] = []
    with SignerProcess(desk.settings.keys, pipe.manifest_file, tmp_path / "signer.log") as signer:
        try:
            for number in range(SENDERS):
                folder = tmp_path / f"worker-{number}"
                folder.mkdir()
                more = {"IPX_SIGNER_SOCKET": signer.socket_path, "IPX_TICK_SECONDS": "1"}
                workers.append(Worker(desk, server.url, folder, **more))
                workers[-1].start()
            with blocks_every_second(pipe):
                first = pipe.right()
                pipe.queue(first)
                records.append(first)
                until(lambda: pipe.states() != ["QUEUED"], lambda: workers[0].log.read_text()[-2000:])
                for kill in range(KILLS):
                    portion = [pipe.right() for _ in range(PORTION * SCALE)]
                    pipe.queue(*portion)
                    records += portion
                    if kill == 1:
                        server.stop()
                    if kill == 3:  # away for 4 seconds, while workers are killed and started
                        server.start()
                    time.sleep(KILL_EVERY_S)
                    victim = random.choice(workers)
                    victim.end(signal.SIGKILL)
                    victim.start()
                until(
                    lambda: set(pipe.states()) == {"VERIFIED"},
                    lambda: (Counter(pipe.states()), workers[0].log.read_text()[-2000:]),
                )
        finally:
            for worker in workers:
                if worker.process is not None:
                    worker.end(signal.SIGKILL)
            server.stop()
    assert rights_on_chain(pipe) == each_once(records)
    assert pipe.client.nonce(pipe.sender.address) == pipe.client.nonce(pipe.sender.address, "pending")


# --- one key, many callers, lost transactions


class LosingClient(ChainClient):
    """A node that says that it took a transaction, and loses one in twenty."""

    def __init__(self, url: str, random: Random) -> None:
        super().__init__(url)
        self._random = random
        self.lost = 0

    def send_raw(self, raw: bytes) -> bytes:
        if self._random.random() < 0.05:
            self.lost += 1
            return keccak(raw)
        return super().send_raw(raw)


def test_500_sends_on_one_key_from_eight_callers_with_one_in_twenty_lost_leave_no_gap(
    deep: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.outbox.SINGLY_AFTER", 0)  # a transaction for each record
    monkeypatch.setattr("ledger.outbox.MOST_CALLS", 500)
    records = [deep.right() for _ in range(500)]
    deep.queue(*records)
    gaps, ended = NonceGaps(between_looks_s=0.5), threading.Event()
    failed: list[BaseException] = []
    random = Random(SEED)  # noqa: S311 - the same losses for the same seed
    client, fee = LosingClient(deep.fork.url, random), _base_fee(deep)

    def send() -> None:
        signers = {"settler": deep.sender, "registrar": deep.sender}
        try:
            with open_database(deep.database_url) as database:
                while not ended.wait(0.1):
                    with suppress(Elsewhere), alone(database, Work.OUTBOX):
                        Outbox(database, client, deep.manifest, signers, gaps=gaps, limits=PLENTY).run()
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    callers = [threading.Thread(target=send) for _ in range(8)]
    for caller in callers:
        caller.start()
    try:
        end = time.monotonic() + DEADLINE_S
        while Counter(deep.states()) != {"MINED": 500} and not failed:
            assert time.monotonic() < end, Counter(deep.states())
            deep.client.request(
                "anvil_setNextBlockBaseFeePerGas", (hex(fee),)
            )  # fees are another test's matter
            deep.fork.mine()
            time.sleep(0.3)
    finally:
        ended.set()
        for caller in callers:
            caller.join()
    assert failed == []
    assert client.lost >= 10
    assert rights_on_chain(deep) == each_once(records)
    assert deep.client.nonce(deep.sender.address) == deep.client.nonce(deep.sender.address, "pending")


# --- fees


def test_a_base_fee_ten_times_as_high_for_twenty_blocks_delays_and_loses_nothing(deep: Pipeline) -> None:
    records: list[RightRecord] = []
    usual = _base_fee(deep)
    for number in range(24):
        records.append(deep.right())
        deep.queue(records[-1])
        deep.outbox(limits=PLENTY).run()
        fee = 10 * usual if number < 20 else usual
        deep.client.request("anvil_setNextBlockBaseFeePerGas", (hex(fee),))
        deep.fork.mine()
        deep.indexer().run()
    deep.settle(12)
    assert rights_on_chain(deep) == each_once(records)


def test_a_base_fee_ten_times_as_high_is_waited_out_where_the_cost_is_capped(deep: Pipeline) -> None:
    records = [deep.right() for _ in range(24)]
    usual, alarms = _base_fee(deep), Alarms()
    limits = Limits(transaction_wei=200_000 * 5 * usual, day_wei=10**24)
    with capture_logs() as said:
        for number, record in enumerate(records):
            deep.queue(record)
            done = deep.outbox(limits=limits, alarms=alarms).run()
            if 2 <= number < 21:
                assert (done.sent, done.stopped_by) == (0, "CHAIN-COST-TRANSACTION")
            fee = 10 * usual if number < 20 else usual // 10
            deep.client.request("anvil_setNextBlockBaseFeePerGas", (hex(fee),))
            deep.fork.mine()
            deep.indexer().run()
    assert [each["code"] for each in said if each["event"] == "alarm"] == ["CHAIN-COST-TRANSACTION"]
    deep.settle(12)
    assert rights_on_chain(deep) == each_once(records)


def _base_fee(pipe: Pipeline) -> int:
    newest = pipe.client.block("latest")
    assert newest is not None
    return newest.base_fee

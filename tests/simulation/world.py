"""One simulated run: everything that a seed makes happen, from the first command to the last final block."""

from __future__ import annotations

import asyncio
import sys
import time
import types
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import msgspec
import structlog

from exchange.state import State
from ledger.receipt_key import ReceiptKey
from ledger.sequencer.session import Session
from tests.ledger.trading import GENESIS
from tests.simulation import faults
from tests.simulation.clients import Client, Log, prepare
from tests.simulation.day import SimulatedDay
from tests.simulation.loop import SimulatedLoop
from tests.simulation.memory import SERVICE, MemoryBackend, key_named
from tests.simulation.network import Network
from tests.simulation.sequencing import Supervisor
from tests.simulation.worker import Worker, WorkerKeeper

START_S = 1_800_000_000
CLIENTS = 3
DAY_S = 14.0
"""Simulated seconds in which clients trade and faults strike."""
BLOCK_S = 1.0
MOST_QUIET_S = 900.0
BASE_FEE = 1_000_000_000
LONGEST_RUN_S = 3_600.0
MOST_LOOKS = 600


class NeverQuiet(AssertionError):
    """Something is on its way to the chain for ever."""


class World:
    """Who is there, what they have, and what is done to them."""

    def __init__(self, seed: int, loop: SimulatedLoop, backend: Any) -> None:
        self.seed = seed
        self.loop = loop
        self.backend = backend
        self.seen = faults.Seen()
        self.random = Random(f"{seed} world")  # noqa: S311 - the same run for the same seed
        self.worker_random = Random(f"{seed} worker")  # noqa: S311
        self._salts = Random(f"{seed} salts")  # noqa: S311
        self.network = Network(Random(f"{seed} network"))  # noqa: S311
        loop.connect = self.network.connect
        self.day = SimulatedDay(seed, SERVICE.address)
        self.receipt_key = ReceiptKey(key_named("receipts").secret())
        manifest = backend.manifest
        self.genesis = msgspec.structs.replace(
            GENESIS,
            register=manifest.address("Register"),
            anchor=manifest.address("JournalAnchor"),
            service=SERVICE.address,
        )
        self.log = Log()
        self.writers: list[Session] = []
        """Every session that has served."""
        self.next_write: deque[str] = deque()
        """Faults that strike the next batches."""
        self.skew_ns = 0
        self.stands_until = 0.0
        self.database_away_until = 0.0
        self.chain_away_until = 0.0
        self.no_block_until = 0.0
        self.kill_after_sending = False
        self.lose_chain_answer = False
        self.closes = DAY_S
        self.supervisor = Supervisor(self)
        self.keeper = WorkerKeeper(self)
        self._tasks: list[asyncio.Task[Any]] = []
        self.failed: asyncio.Future[None] = loop.create_future()
        """Done when something that runs for the whole run has ended, which it must not."""

    # --- clocks

    def now(self) -> float:
        """Simulated seconds since the run began."""
        return self.loop.time()

    def wall_ns(self) -> int:
        """The machine's clock, which may jump or stand."""
        seconds = self.now()
        if seconds < self.stands_until:
            seconds = self._stood_at
        return int((START_S + seconds) * 1e9) + self.skew_ns

    _stood_at = 0.0

    def monotonic_ns(self) -> int:
        """The machine's other clock, which does neither."""
        return int(self.now() * 1e9)

    def venue_ms(self, state: State) -> int:
        """The venue's time, as its clients see it."""
        return int((START_S + self.now()) * 1_000) + state.venue.clock_offset_ms

    def new_salt(self) -> bytes:
        """A salt, the same in every run of a seed."""
        return self._salts.randbytes(32)

    def database_is_away(self) -> bool:
        """Whether nobody reaches the database."""
        return self.now() < self.database_away_until

    def visible_state(self) -> State | None:
        """What can be seen of the venue now; None while nobody serves."""
        writer = self.supervisor.writer()
        if writer is None or writer.session is None or not writer.session.state.venues:
            return None
        return writer.session.state

    async def seen_state(self) -> State:
        """The same, once somebody serves."""
        for _ in range(MOST_LOOKS):
            state = self.visible_state()
            if state is not None:
                return state
            await asyncio.sleep(0.1)
        message = "nobody serves"
        raise NeverQuiet(message)

    # --- a run

    async def run(self) -> None:
        """Everything, until nothing is on its way any more."""
        self._begin(self.supervisor.keep(standby=False))
        await asyncio.sleep(0.05)
        self._begin(self.supervisor.keep(standby=True))
        self._begin(self._make_blocks())
        self._begin(self.keeper.keep())
        clients = [Client(self, number) for number in range(CLIENTS)]
        await prepare(clients[0])
        self.closes = self.now() + DAY_S
        self._begin(self._strike(self.now()))
        bank = Client(self, CLIENTS)
        await asyncio.gather(*(client.trade() for client in clients), bank.keep_the_bank())
        self._heal()
        for submission in self.log.undecided():
            await clients[0].until_known(submission)
        await self._until_quiet()
        for client in (*clients, bank):
            await client.close()

    async def end(self) -> None:
        """Stop everybody."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        if self.keeper.worker is not None:
            self.keeper.worker.kill()
        for process in list(self.supervisor.processes):
            process.kill()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest)

    def _begin(self, what: Any) -> None:
        task = self.loop.create_task(what)
        task.add_done_callback(self._tell)
        self._tasks.append(task)

    def _tell(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and task.exception() is not None and not self.failed.done():
            self.failed.set_exception(task.exception())  # type: ignore[arg-type]  # there is one

    async def _make_blocks(self) -> None:
        while True:
            await asyncio.sleep(BLOCK_S)
            if self.now() >= self.no_block_until:
                self.backend.mine(int(START_S + self.now()))

    # --- faults

    async def _strike(self, begins: float) -> None:
        for fault in faults.drawn(self.random, DAY_S):
            await asyncio.sleep(max(0.0, begins + fault.at - self.now()))
            await self._happen(fault.kind)

    async def _happen(self, kind: str) -> None:
        """A fault strikes; what only waits for its moment counts when it does."""
        for strike in (self._on_processes, self._on_wires, self._on_chain):
            struck = strike(kind)
            if struck is not None:
                self.seen.faults[kind] += struck
                return
        self.next_write.append(kind)  # it counts when a batch meets it

    def _on_processes(self, kind: str) -> bool | None:
        """Whether a fault of processes and clocks has struck; None if this is none."""
        random, now = self.random, self.now()
        worker = self.keeper.worker
        struck = True
        match kind:
            case "the database is away":
                self.database_away_until = now + random.uniform(0.2, 5.0)
            case "the sequencer is killed":
                writer = self.supervisor.writer()
                struck = writer is not None
                if writer is not None:
                    writer.kill()
            case "the clock jumps":
                self.skew_ns += random.choice((-1, 1)) * 3_600 * 10**9
                self.loop.call_later(random.uniform(1.5, 4.0), self._set_clock_right)
            case "the clock stands":
                self._stood_at = now
                self.stands_until = now + random.uniform(0.3, 1.9)
            case "the worker is killed":
                struck = False
                if worker is not None:
                    worker.steps_left = random.randint(1, 120)
            case "the worker is killed after sending":
                struck, self.kill_after_sending = False, True
            case "a second worker works beside":
                second = Worker(self, beside=True)
                self.loop.call_later(random.uniform(3.0, 9.0), second.kill)
            case _:
                return None
        return struck

    def _on_wires(self, kind: str) -> bool | None:
        """The same of the wires between clients and the sequencer."""
        random = self.random
        struck = True
        match kind:
            case "connections are cut":
                struck = self.network.cut_all() > 0
            case "messages are lost":
                self.network.cut_of_a_thousand = random.choice((20, 60, 150))
                self.loop.call_later(random.uniform(2.0, 8.0), self._wires_well)
            case "messages are late":
                self.network.slowness = random.choice((20.0, 60.0, 150.0))
                self.loop.call_later(random.uniform(2.0, 8.0), self._wires_well)
            case _:
                return None
        return struck

    def _on_chain(self, kind: str) -> bool | None:
        """The same of the chain."""
        random, now = self.random, self.now()
        struck = True
        match kind:
            case "the chain is away":
                self.chain_away_until = now + random.uniform(1.0, 8.0)
            case "the chain's answer is lost":
                struck, self.lose_chain_answer = False, True
            case "transactions are dropped":
                struck = self.backend.drop_all() > 0
            case "blocks are reorganised" | "reorganised transactions come again":
                gone = self.backend.reorganise(random.randint(1, 3))
                if kind != "blocks are reorganised":
                    struck = bool(gone)
                    for raw in gone:
                        self.backend.ask_node("eth_sendRawTransaction", ["0x" + raw.hex()])
            case "the base fee rises":
                self.backend.set_base_fee(BASE_FEE * random.choice((3, 10)))
                self.loop.call_later(random.uniform(3.0, 10.0), self.backend.set_base_fee, BASE_FEE)
            case "no block is made":
                self.no_block_until = now + random.uniform(3.0, 15.0)
            case _:
                return None
        return struck

    def _set_clock_right(self) -> None:
        self.skew_ns = 0

    def _wires_well(self) -> None:
        self.network.cut_of_a_thousand, self.network.slowness = 0, 1.0

    def _heal(self) -> None:
        """Nothing new goes wrong from here on; what has gone wrong must come right by itself."""
        self.next_write.clear()
        self._wires_well()
        self._set_clock_right()
        self.stands_until = self.database_away_until = self.chain_away_until = self.no_block_until = 0.0
        self.kill_after_sending = self.lose_chain_answer = False
        if self.keeper.worker is not None:
            self.keeper.worker.steps_left = None
        self.backend.set_base_fee(BASE_FEE)

    async def _until_quiet(self) -> None:
        """Wait until every record has come to its end and the whole journal is anchored.

        Raises:
            NeverQuiet: it does not come about.
        """
        end = self.now() + MOST_QUIET_S
        while self.now() < end:
            await asyncio.sleep(2.0)
            if self.visible_state() is not None and await self._is_quiet():
                return
        message = f"after {MOST_QUIET_S} s: {self._under_way()}"
        raise NeverQuiet(message)

    async def _is_quiet(self) -> bool:
        if self._under_way():
            return False
        worker = self.keeper.worker
        if worker is None or worker.dead:
            return False
        with self.backend.open_database() as database:
            head = database.execute("SELECT last_entry FROM sequencer_head").fetchone()
            anchor = database.execute("SELECT size, state FROM anchors ORDER BY size DESC LIMIT 1").fetchone()
        if anchor is not None and anchor["size"] == head["last_entry"] + 1:
            return bool(anchor["state"] == "VERIFIED")
        await worker.run(lambda: worker.works.anchor_journal(at_once=True))
        return False

    def _under_way(self) -> list[dict[str, Any]]:
        with self.backend.open_database() as database:
            found: list[dict[str, Any]] = database.execute(
                "SELECT record_id, state, attempts, last_error FROM outbox"
                " WHERE state NOT IN ('VERIFIED', 'REFUSED') ORDER BY id"
            ).fetchall()
        return found


@contextmanager
def simulated_time(world: World) -> Iterator[None]:
    """The clock that works read is the simulation's while this lasts, and nothing is logged."""
    clock = types.SimpleNamespace(
        time_ns=world.wall_ns, monotonic=world.now, perf_counter=world.now, sleep=_never
    )
    reading = [
        vars(module)
        for name, module in list(sys.modules.items())
        if name.startswith("ledger.") and vars(module).get("time") is time
    ]
    for names in reading:
        names["time"] = clock
    structlog.configure(processors=[_drop], cache_logger_on_first_use=False)
    try:
        yield
    finally:
        for names in reading:
            names["time"] = time
        structlog.reset_defaults()


def _never(_: float) -> None:
    message = "a work slept in real time"
    raise AssertionError(message)


def _drop(*_: Any) -> Any:
    raise structlog.DropEvent


def run(seed: int, check: Callable[[World], None], make_backend: Any = MemoryBackend) -> World:
    """Run a seed and check what it promises.

    Raises:
        AssertionError: or whatever else has broken a promise.
    """
    loop = SimulatedLoop()
    try:
        backend = make_backend(seed, lambda: START_S + loop.time())
        world = World(seed, loop, backend)

        async def live() -> None:
            running = asyncio.ensure_future(world.run())
            try:
                await asyncio.wait(
                    [running, world.failed], timeout=LONGEST_RUN_S, return_when=asyncio.FIRST_COMPLETED
                )
                if world.failed.done():
                    world.failed.result()
                if not running.done():
                    message = "the run never ends"
                    raise NeverQuiet(message)
                running.result()
                check(world)
            finally:
                running.cancel()
                await world.end()

        with simulated_time(world):
            loop.run_until_complete(live())
        backend.close()
    finally:
        loop.close()
    return world

"""The worker in a simulated run: the production works on a database, a chain and a sequencer of the simulation.

The works are ordinary blocking code. Each runs in a greenlet that gives way to everything else whenever it asks the
database or the chain, so that what others do comes in between; there it can also be killed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import httpx
import psycopg
from sqlalchemy.util.concurrency import await_only, greenlet_spawn

from ledger.alone import Elsewhere
from ledger.chain.client import ChainClient
from ledger.chain.errors import ChainFault
from ledger.chain.signer import Signer
from ledger.keyring import Keyring
from ledger.sequencer.client import SequencerClient
from ledger.sequencer.messages import Answer, SequencerRefused, Submission
from ledger.service import KeySignatory, Service, VenueNotOpen
from ledger.worker_settings import WorkerSettings
from ledger.works import Works

if TYPE_CHECKING:
    from tests.simulation.world import World

TICK_S: Final = (0.6, 2.0)
SHORTEST_S, LONGEST_S = 0.001, 0.05
GIVES_WAY = 0.25
RESTART_S: Final = (0.3, 3.0)
REPLACE_AFTER_MS: Final = 6_000
ANCHOR_ENTRIES: Final = 25
WORKS: Final = (
    Works.read_chain,
    Works.follow_records,
    Works.send_outbox,
    Works.anchor_journal,
    Works.keep_log,
)
TRIED_AGAIN: Final = (
    Elsewhere,
    ChainFault,
    SequencerRefused,
    VenueNotOpen,
    psycopg.Error,
    OSError,
)
"""What a work may end with, to be run again."""


class WorkerKilled(BaseException):
    """As `kill -9`: no clean-up of ours runs but what the end of a connection does."""


class Worker:
    """One worker process."""

    def __init__(self, world: World, *, beside: bool = False) -> None:
        self.world = world
        self.beside = beside
        """Whether it takes no heed of the locks, as if its own had been lost."""
        self.dead = False
        self.steps_left: int | None = None
        """How many more times it may ask anything before it is killed."""
        self.killed_after_sending = False
        self._databases: list[Any] = []
        self.client = ChainClient("http://simulated.invalid")
        self.client._provider = _Provider(self)  # type: ignore[assignment]
        self.works = _SimulatedWorks(self)
        self.submitting = _Submitting(SequencerClient("sequencer", deadline_s=5.0))
        self.task = asyncio.get_running_loop().create_task(self._live())

    async def _live(self) -> None:
        try:
            while True:
                for work in WORKS:
                    await self.run(lambda work=work: work(self.works))  # type: ignore[misc]
                await asyncio.sleep(self.world.worker_random.uniform(*TICK_S))
        except WorkerKilled:
            return

    async def run(self, work: Callable[[], Any]) -> Any:
        """Do one work; what is tried again anyway is no failure."""
        try:
            return await greenlet_spawn(work)
        except TRIED_AGAIN as error:
            self.world.seen.happenings[f"work ended with {getattr(error, 'code', type(error).__name__)}"] += 1
            return None

    def kill(self) -> None:
        """End it, and its connections."""
        if not self.dead:
            self.dead = True
            for database in self._databases:
                database.close()
            self.task.cancel()

    def open_database(self) -> Any:
        """A connection of this worker's."""
        self.step()
        database = self.world.backend.open_database(self.step, heeds_locks=not self.beside)
        self._databases = [each for each in self._databases if not each.closed]
        self._databases.append(database)
        return database

    def step(self) -> None:
        """Something is asked: others come in between, and this may be the end.

        Raises:
            WorkerKilled: it is.
            OperationalError: the database is away.
        """
        if self.steps_left is not None:
            self.steps_left -= 1
            if self.steps_left <= 0:
                self.world.seen.faults["the worker is killed"] += 1
                self.die()
        self.give_way()
        if self.dead:
            raise WorkerKilled
        if self.world.database_is_away():
            message = "the connection is lost"
            raise psycopg.OperationalError(message)

    def give_way(self) -> None:
        """Let others come in between, as often as not."""
        random = self.world.worker_random
        if random.random() < GIVES_WAY:
            await_only(asyncio.sleep(random.uniform(SHORTEST_S, LONGEST_S)))

    def die(self) -> None:
        """Be killed in the middle of what it does.

        Raises:
            WorkerKilled: always.
        """
        self.dead = True
        for database in self._databases:
            database.close()
        raise WorkerKilled


class _Submitting:
    """The blocking client of a task, over the simulated network."""

    def __init__(self, client: SequencerClient) -> None:
        self._client = client

    def submit(self, submission: Submission) -> Answer:
        answer: Answer = await_only(self._client.submit(submission))
        return answer

    def close(self) -> None:
        """Kept for the next report."""


class _Provider:
    """What carries the client's requests to the node."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def make_request(self, method: str, params: list[Any]) -> Any:
        """Ask the node, if it can be reached.

        Raises:
            ConnectionError: it cannot.
            ReadTimeout: it has done what was asked, and its answer is lost.
        """
        worker, world = self._worker, self._worker.world
        worker.give_way()
        if worker.dead:
            raise WorkerKilled
        if world.now() < world.chain_away_until:
            raise httpx.ConnectError(method)
        answer = world.backend.ask_node(method, params)
        if method == "eth_sendRawTransaction":
            if world.kill_after_sending and not worker.beside:
                world.kill_after_sending = False
                world.seen.faults["the worker is killed after sending"] += 1
                worker.die()
            if world.lose_chain_answer:
                world.lose_chain_answer = False
                world.seen.faults["the chain's answer is lost"] += 1
                raise httpx.ReadTimeout(method)
        return answer


class _Nodes:
    """The one node that is read from."""

    def __init__(self, client: ChainClient) -> None:
        self._client = client

    def reading(self) -> ChainClient:
        return self._client

    def close(self) -> None:
        """Nothing to close."""


class _Keys(Keyring):
    """The keys of the simulation's venue, at hand."""

    def __init__(self, world: World) -> None:
        self._by_name: dict[str, Signer] = {"sender": world.backend.sender, "anchor": world.backend.anchorer}

    def signer(self, name: Literal["sender", "anchor"]) -> Signer:
        """See `Keyring.signer`."""
        return self._by_name[name]

    def close(self) -> None:
        """Nothing to close."""


class _SimulatedWorks(Works):
    """The production works, on the simulation's servers."""

    def __init__(self, worker: Worker) -> None:
        world = worker.world
        nowhere = Path("/nonexistent")
        super().__init__(
            WorkerSettings(
                database_url="",
                redis_url="",
                chain_url="",
                manifest_file=nowhere,
                socket_path="",
                keys=nowhere,
                data=nowhere,
                anchor_entries=ANCHOR_ENTRIES,
                replace_after_ms=REPLACE_AFTER_MS,
            )
        )
        self._worker = worker
        self.__dict__.update(
            chain=worker.client,
            nodes=_Nodes(worker.client),
            judges=_Nodes(worker.client),
            manifest=world.backend.manifest,
            bank=None,
            office=None,
            witnesses=[],
            keyring=_Keys(world),
        )

    def _database(self) -> Any:
        return self._worker.open_database()

    def _service(self, database: Any) -> Service:
        signatory = KeySignatory(self._worker.world.backend.service_key)
        return Service(database, "", signatory, self._worker.submitting)


class WorkerKeeper:
    """Keeps a worker running: one that is killed is started again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.worker: Worker | None = None

    async def keep(self) -> None:
        """For ever."""
        while True:
            self.worker = Worker(self.world)
            await asyncio.wait([self.worker.task])
            task = self.worker.task
            if not task.cancelled():
                task.result()
            await asyncio.sleep(self.world.worker_random.uniform(*RESTART_S))

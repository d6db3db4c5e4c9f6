"""The same surroundings of a run on real servers: PostgreSQL, anvil, and the production store over them.

Everything is asked while simulated time stands still, so that a seed takes the very course that it takes in memory.
The database's own clock is the simulation's: a `clock_timestamp` in front of the server's.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Self, TypeVar

import msgspec
import psycopg

from exchange.state import State
from ledger.alone import open_database
from ledger.chain.client import ChainClient
from ledger.chain.compiler import compiler_settings, hardhat_artifacts
from ledger.chain.deploy import Deployment, deploy
from ledger.chain.signer import LocalSigner
from ledger.journal import StoredEntry
from ledger.receipts import Receipt
from ledger.sequencer.admission import Admitted
from ledger.sequencer.draft import Batch
from ledger.sequencer.lookup import Standing
from ledger.sequencer.postgres import PostgresStore, connect
from ledger.sequencer.store import StoreLost, Write
from ledger.sequencer.takeover import STALE_AFTER_S, WRITER_LOCK, Taken, WriterRunning, end_silent_writer
from ledger.store.connections import psycopg_url
from ledger.store.loading import Head, Loaded
from tests.ledger.works.pipeline import ROOT, Fork, QuietClient, forked_chain
from tests.simulation.memory import (
    ADMINISTRATOR,
    ANCHORER,
    FINALITY,
    FIRST_BLOCK,
    LONGEST_S,
    SENDER,
    SERVICE,
    SHORTEST_S,
    planned_manifest,
)
from tests.simulation.memory_store import POLL_S

T = TypeVar("T")
DEADLINE_S = 60.0
_CLOCK = """
CREATE SCHEMA simulated;
CREATE TABLE simulated.clock (seconds float8 NOT NULL);
INSERT INTO simulated.clock VALUES (0);
CREATE FUNCTION simulated.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT to_timestamp(seconds) FROM simulated.clock';
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = simulated, public, pg_catalog', current_database()); END $$
"""


class Elsewhere:
    """A thread with an ordinary event loop, in which the store's questions are asked."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="real servers", daemon=True)
        self._thread.start()

    def done(self, what: Coroutine[Any, Any, T]) -> T:
        """Have it done, and wait in real time."""
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(DEADLINE_S)

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE_S)
        self._loop.close()


@dataclass
class RealChain:
    """A development chain with the contracts where the simulation has them, which goes back after each run."""

    fork: Fork
    snapshot: str
    forks: int = 0
    """Of all runs: what it is set to stays when the chain goes back."""

    def go_back(self) -> None:
        """Be as it was right after the deployment."""
        fork = self.fork
        fork.drop_all()
        assert fork.client.request("evm_revert", (self.snapshot,)) is True
        self.snapshot = fork.client.request("evm_snapshot")


@contextmanager
def real_chain(folder: Path) -> Iterator[RealChain]:
    """Start a chain and deploy with the simulation's keys."""
    with forked_chain(folder, slots_in_an_epoch=FINALITY // 2) as fork:
        for key in (SENDER, ANCHORER):
            fork.client.request("anvil_setBalance", (key.address, hex(10**24)))
        plan = planned_manifest()
        made = deploy(
            Deployment(
                client=QuietClient(fork.url),
                artifacts=hardhat_artifacts(ROOT),
                settings=compiler_settings(ROOT),
                deployer=LocalSigner(SENDER),
                roles=plan.roles,
                administrator=plan.administrator,
                anchor_key=plan.anchor_key,
                path=folder / "chain.json",
                deadline_s=30.0,
            )
        )
        assert {each.name: each.address for each in made.contracts} == {
            each.name: each.address for each in plan.contracts
        }
        assert plan.administrator.address == ADMINISTRATOR.address
        missing = FIRST_BLOCK - fork.client.block_number()
        assert missing > 0, "the deployment takes more blocks than the simulation leaves it"
        fork.mine(missing - 1)
        fork.client.request("anvil_setNextBlockBaseFeePerGas", (hex(10**9),))
        fork.mine(1)
        yield RealChain(fork, fork.client.request("evm_snapshot"))


class RealBackend:
    """See `tests.simulation.memory.MemoryBackend`."""

    def __init__(
        self, seed: int, seconds: Callable[[], float], *, url: str, chain: RealChain, elsewhere: Elsewhere
    ) -> None:
        self.manifest = planned_manifest()
        self.sender, self.anchorer = LocalSigner(SENDER), LocalSigner(ANCHORER)
        self.service_key = SERVICE
        self.url = url
        self._seconds = seconds
        self._chain = chain
        self._elsewhere = elsewhere
        self._random = Random(f"{seed} store")  # noqa: S311 - the same run for the same seed
        self._base_fee = 10**9
        self._raws: dict[str, bytes] = {}
        self.stores: dict[int, RealStore] = {}
        """Of each sequencer's process, by the server process of the connection that writes."""
        self._client = ChainClient(chain.fork.url)
        self.admin: psycopg.Connection[Any] = psycopg.connect(psycopg_url(url), autocommit=True)
        self.admin.execute("SET synchronous_commit = off")
        for statement in _CLOCK.strip().split(";\n"):
            self.admin.execute(statement.encode())
        chain.go_back()

    def close(self) -> None:
        """Close what is open."""
        self.admin.close()

    def set_clock(self) -> None:
        """The database's clock shows what the simulation's does."""
        self.admin.execute("UPDATE simulated.clock SET seconds = %s", (self._seconds(),))

    def wait_until_gone(self, pid: int) -> None:
        """A connection has ended: its locks are free when the server has noticed."""
        self.admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
        end = time.monotonic() + DEADLINE_S
        query = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
        while self.admin.execute(query, (pid,)).fetchone() is not None:
            assert time.monotonic() < end, "a connection does not end"
            time.sleep(0.001)

    async def open_store(self) -> RealStore:
        """A sequencer's connections."""
        done = self._elsewhere.done
        inner = PostgresStore(*(done(connect(self.url)) for _ in range(3)))
        store = RealStore(self, inner, done)
        self.stores[inner.connection.info.backend_pid] = store
        return store

    def open_database(
        self, step: Callable[[], None] = lambda: None, *, heeds_locks: bool = True
    ) -> RealDatabase:
        """A worker's connection."""
        return RealDatabase(self, step, heeds_locks=heeds_locks)

    async def pause(self) -> None:
        """As long as in memory."""
        await asyncio.sleep(self._random.uniform(SHORTEST_S, LONGEST_S))

    # --- the chain

    def ask_node(self, method: str, params: list[Any]) -> Any:
        """What the node answers, as JSON-RPC has it."""
        answer = self._client._provider.make_request(method, params)
        if method == "eth_sendRawTransaction" and "result" in answer:
            self._raws[msgspec.json.decode(answer["result"])] = bytes.fromhex(params[0][2:])
        return answer

    def mine(self, timestamp: int) -> None:
        """Make a block."""
        newest = self._client.block("latest")
        assert newest is not None
        request = self._client.request
        request("anvil_setNextBlockBaseFeePerGas", (hex(self._base_fee),))
        request("evm_setNextBlockTimestamp", (hex(max(timestamp, newest.timestamp + 1)),))
        request("evm_mine")

    def set_base_fee(self, wei: int) -> None:
        """The base fee of the blocks to come."""
        self._base_fee = wei

    def drop_all(self) -> int:
        """Forget what waits; gives how many there were."""
        status = self._client.request("txpool_status")
        self._chain.fork.drop_all()
        return int(status["pending"], 16) + int(status["queued"], 16)

    def reorganise(self, depth: int) -> list[bytes]:
        """Replace the last blocks by empty ones; gives the transactions that are gone.

        Not by `anvil_reorg`, which makes its blocks at a base fee and a second of its own.
        """
        request = self._client.request
        newest = self._client.block_number()
        waiting = [raw for name, raw in self._raws.items() if self._waits(name)]
        gone, times = [], []
        for number in range(newest - depth + 1, newest + 1):
            block = request("eth_getBlockByNumber", (hex(number), False))
            gone += [self._raws[name] for name in block["transactions"]]
            times.append(int(block["timestamp"], 16))
        self._chain.fork.roll_back(depth)
        self._chain.fork.drop_all()
        self._chain.forks += 1
        request(
            "anvil_setCoinbase", (f"0x{self._chain.forks:040x}",)
        )  # or an empty block would be the same again
        for timestamp in times:
            self.mine(timestamp)
        for raw in waiting:
            self._client.send_raw(raw)
        return gone

    def _waits(self, name: str) -> bool:
        known = self._client.known(bytes.fromhex(name[2:]))
        return known is not None and known.block_number is None


class RealStore:
    """The production store, asked while simulated time stands still."""

    def __init__(self, backend: RealBackend, inner: PostgresStore, done: Callable[[Any], Any]) -> None:
        self._backend = backend
        self._inner = inner
        self._done = done
        self._connections = (inner.connection, inner._reading.connection, inner._heart)
        self._pids = [each.info.backend_pid for each in self._connections]
        self.ended = False

    def end(self) -> None:
        """The connections end with their process."""
        if not self.ended:
            self.ended = True
            for pid, connection in zip(self._pids, self._connections, strict=True):
                self._backend.wait_until_gone(pid)
                self._done(connection.close())

    async def close(self) -> None:
        """Give the connections back."""
        self.end()

    async def lose_lock(self) -> None:
        """The advisory lock is gone, and nobody has told the writer."""
        self._done(self._inner.connection.execute("SELECT pg_advisory_unlock(%s)", (WRITER_LOCK,)))

    async def take_over(
        self, *, patience_s: float | None, while_waiting: Callable[[], Awaitable[None]]
    ) -> Taken:
        """See `Store.take_over`; asked as often as in memory."""
        left_s = patience_s
        was_silent = False
        while True:
            await self._reached()
            try:
                taken: Taken = self._done(self._inner.take_over(patience_s=0, while_waiting=_nothing))
            except WriterRunning:
                silent = self._silent_ones()
                if silent and was_silent:
                    head = self._backend.admin.execute("SELECT heartbeat FROM sequencer_head").fetchone()
                    assert head is not None
                    self._done(end_silent_writer(self._inner.connection, head[0]))
                    for pid in silent:
                        self._backend.wait_until_gone(pid)
                        self._backend.stores[
                            pid
                        ].end()  # as in memory: with one connection goes the process's store
                was_silent = bool(silent)
                await while_waiting()
                if left_s is not None:
                    if left_s <= 0:
                        raise
                    left_s -= POLL_S
            else:
                return taken._replace(saw_a_writer=False)
            await asyncio.sleep(POLL_S)

    async def beat(self, epoch: int, *, serving: bool) -> None:
        """See `Store.beat`."""
        await self._reached()
        self._done(self._inner.beat(epoch, serving=serving))

    async def load(self) -> Loaded:
        """See `Store.load`."""
        await self._reached()
        loaded: Loaded = self._done(self._inner.load())
        return loaded

    async def head(self) -> Head:
        """See `Store.head`."""
        await self._reached()
        head: Head = self._done(self._inner.head())
        return head

    async def require_whole(self, head: Head) -> None:
        """See `Store.require_whole`."""
        await self._reached()
        self._done(self._inner.require_whole(head))

    async def entries_from(self, first: int, most: int) -> list[StoredEntry]:
        """See `Store.entries_from`."""
        await self._reached()
        entries: list[StoredEntry] = self._done(self._inner.entries_from(first, most))
        return entries

    async def standing_of(self, admitted: Sequence[Admitted]) -> dict[int, Standing]:
        """See `Store.standing_of`."""
        await self._asked()
        found: dict[int, Standing] = self._done(self._inner.standing_of(admitted))
        return found

    async def receipts_of(self, entries: Sequence[int]) -> dict[int, Receipt]:
        """See `Store.receipts_of`."""
        found: dict[int, Receipt] = self._done(self._inner.receipts_of(entries))
        return found

    async def has_sealed_part(self, entry: int, label: str) -> bool:
        """See `Store.has_sealed_part`."""
        await self._asked()
        return bool(self._done(self._inner.has_sealed_part(entry, label)))

    async def keep_checkpoint(self, size: int, root: bytes, note: bytes, *, made_ms: int, epoch: int) -> bool:
        """See `Store.keep_checkpoint`."""
        await self._asked()
        return bool(self._done(self._inner.keep_checkpoint(size, root, note, made_ms=made_ms, epoch=epoch)))

    def prepare(self, batch: Batch, state: State) -> Write:
        """See `Store.prepare`."""
        write = self._inner.prepare(batch, state)

        async def written() -> None:
            await self._asked()
            self._done(write())

        return written

    async def _reached(self) -> None:
        await self._backend.pause()
        self._backend.set_clock()
        if self.ended:
            raise ConnectionResetError

    async def _asked(self) -> None:
        try:
            await self._reached()
        except ConnectionResetError as error:
            reason = "the connection has ended"
            raise StoreLost(reason, unknown=True) from error

    def _silent_ones(self) -> list[int]:
        """The server processes of a writer whose heart has not beaten for too long."""
        query = (
            "SELECT l.pid FROM pg_locks l JOIN sequencer_head ON true WHERE l.locktype = 'advisory' AND l.granted"
            " AND l.objid = %s AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND to_timestamp(%s) - heartbeat > make_interval(secs => %s)"
        )
        values = (WRITER_LOCK, self._backend._seconds(), STALE_AFTER_S)
        return [pid for (pid,) in self._backend.admin.execute(query, values).fetchall()]


async def _nothing() -> None:
    """Nothing is done between two looks of one call: the simulation does it."""


class RealDatabase:
    """One connection of a worker; see `tests.simulation.memory_database.MemoryDatabase`."""

    def __init__(self, backend: RealBackend, step: Callable[[], None], *, heeds_locks: bool) -> None:
        self._backend = backend
        self._step = step
        self._heeds_locks = heeds_locks
        self._connection = open_database(backend.url)
        self._pid = self._connection.info.backend_pid
        self._locks = 0
        self._depth = 0

    @property
    def closed(self) -> bool:
        """Whether it is."""
        return self._connection.closed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; its advisory locks end with it."""
        if not self._connection.closed:
            self._connection.close()
            if self._locks:
                self._backend.wait_until_gone(self._pid)

    def execute(self, query: Any, parameters: Any = ()) -> Any:
        """Run a statement."""
        if self._depth == 0:
            self._step()
            self._backend.set_clock()
        if "advisory" in query and "xact" not in query:
            if not self._heeds_locks:
                return _Granted()
            self._locks += -1 if "unlock" in query else 1
        return self._connection.execute(query, parameters or None)

    def cursor(self, name: str = "") -> Any:
        """A cursor."""
        return self._connection.cursor(name) if name else self._connection.cursor()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self._step()
        self._backend.set_clock()
        self._depth += 1
        try:
            with self._connection.transaction():
                yield
        finally:
            self._depth -= 1


class _Granted:
    """A lock that was not asked for."""

    def fetchone(self) -> dict[str, bool]:
        return {"granted": True}

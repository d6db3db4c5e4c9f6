"""The sequencer's processes in a simulated run: they serve, are stopped, are killed, and come again."""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import psycopg

from exchange.state import State
from ledger.journal import StoredEntry
from ledger.receipts import Receipt
from ledger.sequencer.admission import Admitted
from ledger.sequencer.clock import WatchedClock
from ledger.sequencer.desk import Desk
from ledger.sequencer.draft import Batch
from ledger.sequencer.following import remember
from ledger.sequencer.lookup import Standing
from ledger.sequencer.lost import SessionLost
from ledger.sequencer.opening import session_on
from ledger.sequencer.process import keep_serving
from ledger.sequencer.session import Session
from ledger.sequencer.store import Store, StoreLost, Write
from ledger.sequencer.takeover import FencedOut, Taken
from ledger.store.loading import Head, Loaded

if TYPE_CHECKING:
    from tests.simulation.world import World

FOR_EVER_S = 1e6
RESTART_S = (0.2, 4.0)


class SequencerProcess:
    """One process, from its start to its end."""

    def __init__(self, world: World, name: str, *, standby: bool) -> None:
        self.world = world
        self.name = name
        self.standby = standby
        self.desk = Desk()
        self.session: Session | None = None
        self.stores: list[FaultyStore] = []
        self.stopped_until = 0.0
        self.dead = False
        self.clock = WatchedClock(world.wall_ns, world.monotonic_ns)
        self.task = asyncio.get_running_loop().create_task(self._live(), name=name)

    async def _live(self) -> int:
        code = await keep_serving(self.desk, self._one_session, standby=self.standby)
        await self._close()
        return code

    async def _close(self) -> None:
        self.world.network.unlisten(self.desk)
        await self.desk.close()

    async def _one_session(self) -> int:
        world = self.world
        session: Session | None = None
        store: FaultyStore | None = None
        try:
            store = FaultyStore(self, await world.backend.open_store())
            self.stores.append(store)
            memory = await remember(store)
            async with session_on(
                store,
                memory,
                world.receipt_key,
                self.clock,
                genesis=world.genesis,
                patience_s=None if self.standby else 10.0,
                on_heart_failure=self.desk.wake,
                salts=world.new_salt,
            ) as session:
                world.writers.append(session)
                self.session = session
                world.network.listen(self.desk)
                await self.desk.run(session)
        except FencedOut:
            world.seen.happenings["fenced out"] += 1
            world.network.unlisten(self.desk)
            raise
        except (SessionLost, StoreLost, psycopg.Error, OSError):
            world.seen.happenings["session lost"] += 1
        finally:
            self.session = None
            if store is not None:
                await store.close()
        return 0 if session is None else session.batches

    def kill(self) -> None:
        """As `kill -9`: nothing more is said or written by it, and its connections end."""
        if self.dead:
            return
        self.dead = True
        self.world.network.cut_off(self.desk)
        for store in self.stores:
            store.die()
        self.task.cancel()

    def stop_for(self, seconds: float) -> None:
        """As SIGSTOP and, later, SIGCONT: its questions to the database wait so long."""
        self.stopped_until = max(self.stopped_until, self.world.now() + seconds)


class FaultyStore:
    """A store that the process is killed in front of or behind, that does not answer, or refuses."""

    def __init__(self, process: SequencerProcess, inner: Any) -> None:
        self._process = process
        self._inner: Store = inner
        self.opened = inner
        self._world = process.world
        self._dead = False

    async def close(self) -> None:
        """The process gives its connections back."""
        if not self._dead:
            await self.opened.close()

    def die(self) -> None:
        """The process is gone, and its connections with it."""
        if not self._dead:
            self._dead = True
            self.opened.end()

    async def take_over(
        self, *, patience_s: float | None, while_waiting: Callable[[], Awaitable[None]]
    ) -> Taken:
        """See `Store.take_over`."""
        await self._reach()
        return await self._inner.take_over(patience_s=patience_s, while_waiting=while_waiting)

    async def beat(self, epoch: int, *, serving: bool) -> None:
        """See `Store.beat`."""
        await self._reach()
        await self._inner.beat(epoch, serving=serving)

    async def load(self) -> Loaded:
        """See `Store.load`."""
        await self._reach()
        return await self._inner.load()

    async def head(self) -> Head:
        """See `Store.head`."""
        await self._reach()
        return await self._inner.head()

    async def require_whole(self, head: Head) -> None:
        """See `Store.require_whole`."""
        await self._reach()
        await self._inner.require_whole(head)

    async def entries_from(self, first: int, most: int) -> list[StoredEntry]:
        """See `Store.entries_from`."""
        await self._reach()
        return await self._inner.entries_from(first, most)

    async def standing_of(self, admitted: Sequence[Admitted]) -> dict[int, Standing]:
        """See `Store.standing_of`."""
        await self._reach_in_session()
        return await self._inner.standing_of(admitted)

    async def receipts_of(self, entries: Sequence[int]) -> dict[int, Receipt]:
        """See `Store.receipts_of`."""
        return await self._inner.receipts_of(entries)

    async def has_sealed_part(self, entry: int, label: str) -> bool:
        """See `Store.has_sealed_part`."""
        return await self._inner.has_sealed_part(entry, label)

    async def keep_checkpoint(self, size: int, root: bytes, note: bytes, *, made_ms: int, epoch: int) -> bool:
        """See `Store.keep_checkpoint`."""
        await self._reach_in_session()
        return await self._inner.keep_checkpoint(size, root, note, made_ms=made_ms, epoch=epoch)

    def prepare(self, batch: Batch, state: State) -> Write:
        """See `Store.prepare`."""
        return functools.partial(self._write, self._inner.prepare(batch, state))

    async def _write(self, write: Write) -> None:
        fault = self._world.next_write.popleft() if self._world.next_write else ""
        if fault:
            self._world.seen.faults[fault] += 1
        match fault:
            case "crash before the commit":
                await self._killed()
            case "the database refuses the commit":
                reason = "40001 could not serialize access"
                raise StoreLost(reason, unknown=False)
            case "the sequencer is stopped and goes on":
                self._process.stop_for(self._world.random.uniform(4.0, 8.0))
            case "the sequencer's lock is lost":
                await self.opened.lose_lock()
                self._process.stop_for(self._world.random.uniform(1.0, 2.5))
        await self._reach_in_session()
        await write()
        match fault:
            case "crash after the commit":
                await self._killed()
            case "the commit's answer is lost":
                reason = "the connection was lost"
                raise StoreLost(reason, unknown=True)

    async def _killed(self) -> None:
        self._process.kill()
        await asyncio.sleep(FOR_EVER_S)

    async def _reach(self) -> None:
        """Raises ConnectionResetError while the database is away."""
        stopped_s = self._process.stopped_until - self._world.now()
        if stopped_s > 0:
            await asyncio.sleep(stopped_s)
        if self._dead or self._world.database_is_away():
            raise ConnectionResetError

    async def _reach_in_session(self) -> None:
        try:
            await self._reach()
        except ConnectionResetError as error:
            reason = "the database is away"
            raise StoreLost(reason, unknown=True) from error


class Supervisor:
    """Keeps a sequencer and its standby running: whoever ends is started again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.processes: list[SequencerProcess] = []
        self.arm: deque[str] = world.next_write
        self._starts = 0

    async def keep(self, standby: bool) -> None:
        """One of the two, for ever."""
        while True:
            self._starts += 1
            process = SequencerProcess(self.world, f"sequencer {self._starts}", standby=standby)
            self.processes.append(process)
            await asyncio.wait([process.task])
            process.kill()
            self.processes.remove(process)
            if not process.task.cancelled():
                code = process.task.result()  # whatever else it ends with is a mistake of the run
                self.world.seen.happenings[f"sequencer ended with {code}"] += 1
            await asyncio.sleep(self.world.random.uniform(*RESTART_S))
            standby = True

    def writer(self) -> SequencerProcess | None:
        """Who serves now."""
        return next((each for each in reversed(self.processes) if each.session is not None), None)

"""A random day under watch: after every request its promises are checked, and its tables are kept as a store would."""

from __future__ import annotations

from exchange import canonical
from exchange.commands import Request
from exchange.engine import Engine
from exchange.turn import Outcome
from tests.exchange.followed_tables import FollowedTables
from tests.exchange.invariants import Watcher
from tests.exchange.random_day import RandomDay
from tests.exchange.random_floor import RandomFloor
from tests.exchange.scene import Scene

REQUESTS_PER_TWIN = 60


class Watched(Scene):
    """Every so many requests a twin is loaded from the tables, and must answer like the running engine from then on."""

    def __init__(self, seed: int) -> None:
        self.watcher = Watcher()
        self.tables = FollowedTables()
        self.twin: Engine | None = None
        self.written: list[bytes] = []
        """Each outcome in canonical form."""
        super().__init__(seed)  # type: ignore[call-arg]  # of the day that stands beside this in the class's bases

    def _apply(self, request: Request) -> Outcome:
        outcome = super()._apply(request)
        changes = self.state.take_changes()
        if outcome.refusal is not None:
            assert changes == []
            assert self.state.state_hash() == self.tables.state_hash(), "a refusal has changed something"
        self.tables.follow(changes)
        self.written.append(canonical.encode(outcome))
        self.watcher.after(self.state, request, outcome)
        if self.twin is not None:
            assert self.twin.apply(request) == outcome
        if len(self.requests) % REQUESTS_PER_TWIN == 0:
            self._load_a_twin()
        return outcome

    def _load_a_twin(self) -> None:
        if self.twin is not None:
            assert self.twin.state.state_hash() == self.state.state_hash()
        state = self.tables.load()
        assert state.state_hash() == self.state.state_hash()
        assert list(state.take_changes()) == []
        self.twin = Engine(state)
        self.twin.last_time_ms = self.engine.last_time_ms
        assert self.twin.due_at() == self.engine.due_at()


class WatchedDay(Watched, RandomDay):
    """A random day of the Mainland venue."""


class WatchedFloor(Watched, RandomFloor):
    """A random day of continuous trading."""

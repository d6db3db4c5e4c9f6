"""An event loop on simulated time: it never sleeps, and what is next is always the same.

Whenever nothing is ready, time jumps to the next timer. Work for threads is done at once, in this one.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

MOST_TURNS = 20_000
"""Turns of the loop without any time passing; more means that something goes round in circles."""


class NothingHappens(Exception):
    """Nobody waits for a time any more, and nothing is ready: the run would wait for ever."""


class _Selector(selectors.DefaultSelector):
    """Lets time pass instead of waiting for sockets: there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.pass_time: Callable[[float], None] = lambda _: None
        self._turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            message = "nothing is due and nothing is ready"
            raise NothingHappens(message)
        self._turns += 1
        if timeout > 0:
            self._turns = 0
            self.pass_time(timeout)
        if self._turns > MOST_TURNS:
            message = f"{MOST_TURNS} turns at one moment"
            raise NothingHappens(message)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Seconds since the simulation began are its time."""

    def __init__(self) -> None:
        selector = _Selector()
        super().__init__(selector)
        self._seconds = 0.0
        self.connect: Callable[[Callable[[], asyncio.Protocol]], Any] | None = None
        """Who answers on Unix sockets."""
        selector.pass_time = self._pass

    def time(self) -> float:
        """Simulated seconds."""
        return self._seconds

    def _pass(self, seconds: float) -> None:
        self._seconds += seconds

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> Any:
        """Do a thread's work here and now."""
        del executor
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever waits for the future gets it
            future.set_exception(error)
        return future

    async def create_unix_connection(  # type: ignore[override]
        self, protocol_factory: Callable[[], asyncio.Protocol], path: str | None = None, **_: Any
    ) -> Any:
        """Connect within the simulation.

        Raises:
            ConnectionRefusedError: nobody listens.
        """
        del path
        if self.connect is None:
            raise ConnectionRefusedError
        return await self.connect(protocol_factory)

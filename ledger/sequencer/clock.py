"""The sequencer's clock: wall time in milliseconds UTC, watched against the monotonic clock.

The journal's time is max(last entry's time, wall clock + the venue's offset), so it never goes back. A wall clock that
jumps against the monotonic one would move every close of the venue: then the sequencer stops instead.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_JUMP_MS = 2_000
_NS_PER_MS = 1_000_000


class ClockJumped(Exception):
    """The wall clock went `jump_ms` milliseconds away from the monotonic one. Cure: set the clock, start again."""

    def __init__(self, jump_ms: int) -> None:
        self.code = "CLOCK-JUMPED"
        self.jump_ms = jump_ms
        self.cure = "put the machine's clock right (NTP, slewing), then start the sequencer again"
        super().__init__(f"{self.code}: {jump_ms} ms: {self.cure}")


class WatchedClock:
    """Reads the wall clock, and refuses a reading that jumped since the one before."""

    def __init__(
        self,
        wall_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._last = (wall_ns(), monotonic_ns())

    def now_ms(self) -> int:
        """Milliseconds UTC.

        Raises:
            ClockJumped: the wall clock has moved over `LARGEST_JUMP_MS` more or less than the monotonic one.
        """
        wall, monotonic = self._wall_ns(), self._monotonic_ns()
        last_wall, last_monotonic = self._last
        jump_ms = ((wall - last_wall) - (monotonic - last_monotonic)) // _NS_PER_MS
        if abs(jump_ms) > LARGEST_JUMP_MS:
            raise ClockJumped(jump_ms)
        self._last = (wall, monotonic)
        return wall // _NS_PER_MS

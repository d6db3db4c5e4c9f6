"""How many blocks a node is asked for at once: fewer after it refused or was late, more again while it serves."""

from __future__ import annotations

from typing import Final

MOST_BLOCKS: Final = 10_000
"""Blocks that one request for logs may span."""
SERVED_BEFORE_MORE: Final = 16
"""Full ranges that a node serves before a width is tried again at which it failed: a time-out costs seconds."""


class Range:
    """The width for one node, kept from call to call. Threads that meet here cost a request at most."""

    def __init__(self) -> None:
        self.blocks = MOST_BLOCKS
        self._failed_at = MOST_BLOCKS + 1
        self._served = 0

    def failed(self, asked: int, *, late: bool) -> None:
        """The node refused so many blocks: ask for half. It was late with them: for an eighth."""
        self._failed_at, self._served = asked, 0
        self.blocks = max(1, asked // (8 if late else 2))

    def served(self, asked: int) -> None:
        """The node gave so many blocks: a full range lets the next be twice as wide, short of where it failed."""
        if asked < self.blocks:
            return
        self._served += 1
        if self._served >= SERVED_BEFORE_MORE:
            self._failed_at, self._served = MOST_BLOCKS + 1, 0
        wider = min(2 * self.blocks, MOST_BLOCKS)
        if wider < self._failed_at:
            self.blocks = wider

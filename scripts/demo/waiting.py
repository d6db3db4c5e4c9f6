"""Waiting for what other processes do, with a deadline and a name for what is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable

DEADLINE_S = 60.0
POLL_S = 0.1


class DemoFailed(RuntimeError):
    """The demonstration did not go as it must. The text says what is off."""


def wait_for(condition: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Wait until the condition holds.

    Raises:
        DemoFailed: it did not hold before the deadline.
    """
    until = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > until:
            message = (
                f"waited {deadline_s:.0f} s in vain for {what}; look at the logs of the processes (--keep)"
            )
            raise DemoFailed(message)
        time.sleep(POLL_S)

"""Waiting for what the venue's worker, the bank, the office or the chain brings: bounded, and it says for what."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, TypeAlias, TypeVar

import typer

POLL_S = 0.5
Found = TypeVar("Found")
Deadline: TypeAlias = Annotated[
    float, typer.Option("--deadline", min=0, max=3_600, help="Seconds after which to give up.")
]


class WaitedInVain(Exception):
    """The deadline has passed. The text says what was waited for and how things stand."""


def wait_for(ask: Callable[[], tuple[Found, bool]], what: str, deadline_s: float) -> Found:
    """Ask again and again until the answer is the one that is waited for.

    `ask` gives the answer, and whether it is the one.

    Raises:
        WaitedInVain: it was not, for `deadline_s` seconds.
    """
    until = time.monotonic() + deadline_s
    while True:
        found, here = ask()
        if here:
            return found
        if time.monotonic() >= until:
            message = f"waited {deadline_s:.0f} s in vain for {what}"
            raise WaitedInVain(message)
        time.sleep(POLL_S)

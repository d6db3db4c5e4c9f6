"""The kinds of fault, and which of them a seed draws, when."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Final, NamedTuple

KINDS: Final = (
    "crash before the commit",
    "crash after the commit",
    "the commit's answer is lost",
    "the database refuses the commit",
    "the database is away",
    "the sequencer is stopped and goes on",
    "the sequencer's lock is lost",
    "the sequencer is killed",
    "the clock jumps",
    "the clock stands",
    "connections are cut",
    "messages are lost",
    "messages are late",
    "the worker is killed",
    "the worker is killed after sending",
    "a second worker works beside",
    "the chain is away",
    "the chain's answer is lost",
    "transactions are dropped",
    "blocks are reorganised",
    "reorganised transactions come again",
    "the base fee rises",
    "no block is made",
)
"""What happens to processes, servers and the wires between them."""
OF_CLIENTS: Final = (
    "a command is sent twice at once",
    "a command is repeated later",
    "a key is used for another command",
    "a client gives up and asks again",
)
"""What clients do besides."""
FEWEST, MOST = 3, 7


class Fault(NamedTuple):
    """One fault, at a simulated second."""

    at: float
    kind: str


def drawn(random: Random, until: float) -> list[Fault]:
    """What happens in a run, in the order of its times."""
    count = random.randint(FEWEST, MOST)
    faults = [Fault(random.uniform(1.0, until), random.choice(KINDS)) for _ in range(count)]
    return sorted(faults)


class Seen:
    """What occurred in runs: faults that really struck, and commands that made an entry."""

    def __init__(self) -> None:
        self.faults: Counter[str] = Counter()
        self.commands: Counter[str] = Counter()
        self.happenings: Counter[str] = Counter()

    def add(self, other: Seen) -> None:
        """Take in what occurred elsewhere."""
        self.faults += other.faults
        self.commands += other.commands
        self.happenings += other.happenings

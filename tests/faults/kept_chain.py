"""A chain whose node can be killed and started again on the state that it kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ledger.chain.client import ChainClient
from scripts.stack.chain import Chain
from scripts.stack.ports import free_port
from tests.ledger.works.pipeline import Fork, QuietClient

DEADLINE_S = 60.0


@contextmanager
def kept_chain(folder: Path) -> Iterator[tuple[Chain, Fork]]:
    """A chain that keeps its state on disk every second, as a venue's does; its blocks come when they are asked for."""
    chain = Chain(folder, folder, free_port())
    chain.start()
    try:
        client = ChainClient(chain.url)
        client.request("anvil_setIntervalMining", (0,))
        yield chain, Fork(chain.url, client, QuietClient(chain.url))
    finally:
        chain.stop()


def until(condition: Callable[[], bool], what: str, within_s: float = DEADLINE_S) -> None:
    """Wait until it holds."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def kept_block(chain: Chain) -> int:
    """The newest block of the last whole state on disk."""
    found = msgspec.json.decode(chain.copy.read_bytes())["best_block_number"]
    return found if isinstance(found, int) else int(found, 16)

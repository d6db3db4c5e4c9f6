"""A market on a sequencer process, with bidders who bid again and again."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from ledger.sequencer.client import SequencerClient
from tests.ledger.market import Market
from tests.ledger.sequencer_process import SequencerProcess

CALLER_S = 90.0
"""How long a bidder's client stays with one command: longer than anything here may take."""


@contextlib.asynccontextmanager
async def streaming(market: Market, pause_s: float = 0.0) -> AsyncIterator[None]:
    """Every bidder bids as fast as it is answered, or with a pause between."""
    until = asyncio.Event()
    streams = [asyncio.create_task(market.stream(number, until, pause_s)) for number in market.bids]
    try:
        yield
    finally:
        until.set()
        await asyncio.gather(*streams)


@contextlib.asynccontextmanager
async def trading(sequencer: SequencerProcess) -> AsyncIterator[Market]:
    """A market on a sequencer that serves."""
    await asyncio.to_thread(sequencer.start().wait_until_serving)
    client = SequencerClient(sequencer.socket_path, deadline_s=CALLER_S)
    market = Market(client)
    await market.open(int(time.time() * 1000))
    try:
        yield market
    finally:
        await client.close()

"""Nothing acknowledged is lost and nothing is applied twice, whatever happens to the sequencer or its connections."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from psycopg import AsyncConnection

from exchange.engine import Engine
from ledger import journal
from ledger.sequencer.client import SequencerClient
from ledger.store.connections import psycopg_url
from ledger.store.loading import load
from tests.ledger.conftest import rows_of, run, stored_entries
from tests.ledger.market import Market
from tests.ledger.sequencer_process import SequencerProcess

pytestmark = pytest.mark.faults
DEADLINE_S = 90.0
WRITER = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 4973001"


@contextlib.asynccontextmanager
async def streaming(market: Market) -> AsyncIterator[None]:
    """Every bidder bids as fast as it is answered."""
    until = asyncio.Event()
    streams = [asyncio.create_task(market.stream(number, until)) for number in market.bids]
    try:
        yield
    finally:
        until.set()
        await asyncio.gather(*streams)


@contextlib.asynccontextmanager
async def trading(sequencer: SequencerProcess) -> AsyncIterator[Market]:
    """A market on a sequencer that serves."""
    await asyncio.to_thread(sequencer.start().wait_until_serving)
    client = SequencerClient(sequencer.socket_path, deadline_s=DEADLINE_S)
    market = Market(client)
    await market.open(int(time.time() * 1000))
    try:
        yield market
    finally:
        await client.close()


async def replayed_hash(url: str) -> str:
    engine = Engine()
    for each in await stored_entries(url):
        engine.apply(journal.request_of(journal.check_entry(each), each))
    return engine.state.state_hash()


async def loaded_hash(url: str) -> str:
    async with await AsyncConnection.connect(psycopg_url(url), autocommit=True) as connection:
        return (await load(connection)).state.state_hash()


async def test_kill_nine_ten_times_while_bids_stream_in_loses_and_doubles_nothing(
    migrated_database_url: str, tmp_path: Path
) -> None:
    url = migrated_database_url
    with SequencerProcess(url, tmp_path) as sequencer:
        async with trading(sequencer) as market, streaming(market):
            for _ in range(10):
                await market.more_than(len(market.acknowledged) + 40)
                await asyncio.to_thread(sequencer.kill)
                await asyncio.to_thread(sequencer.start().wait_until_serving)
                await market.check(url)
            await market.more_than(len(market.acknowledged) + 40)
        assert not market.undecided
        assert len(market.acknowledged) > 400
        await market.check(url)
        await asyncio.to_thread(sequencer.kill)
    assert await replayed_hash(url) == await loaded_hash(url)
    assert (await rows_of(url, "SELECT epoch FROM sequencer_head")) == [(11,)]


async def test_a_stopped_sequencer_is_taken_over_and_writes_nothing_when_it_goes_on(
    migrated_database_url: str, tmp_path: Path
) -> None:
    url = migrated_database_url
    with SequencerProcess(url, tmp_path) as first:
        shared = {"IPX_KEYS_DIR": str(tmp_path / "keys"), "IPX_SEQUENCER_SOCKET": first.socket_path}
        with SequencerProcess(url, tmp_path / "standby", **shared, IPX_SEQUENCER_STANDBY="1") as standby:
            async with trading(first) as market:
                standby.start()
                async with streaming(market):
                    await market.more_than(len(market.acknowledged) + 100)
                    first.signal(signal.SIGSTOP)
                    await asyncio.to_thread(standby.wait_until_serving)
                    await market.more_than(len(market.acknowledged) + 100)
                    first.signal(signal.SIGCONT)
                    assert await asyncio.to_thread(first.wait) == 4
                    await market.more_than(len(market.acknowledged) + 100)
                assert not market.undecided, "what hung at the stopped one was asked of the other"
                assert os.access(first.socket_path, os.W_OK)
                await market.check(url)
    epochs = [journal.check_entry(each).epoch for each in await stored_entries(url)]
    assert epochs == sorted(epochs)
    assert set(epochs) == {1, 2}
    assert await replayed_hash(url) == await loaded_hash(url)


async def test_connections_ended_again_and_again_lose_and_double_nothing(
    migrated_database_url: str, tmp_path: Path
) -> None:
    url = migrated_database_url
    with SequencerProcess(url, tmp_path) as sequencer:
        async with trading(sequencer) as market:
            async with streaming(market):
                for _ in range(12):
                    await market.more_than(len(market.acknowledged) + 30)
                    await run(url, f"SELECT pg_terminate_backend(pid) FROM ({WRITER}) AS writer")  # noqa: S608 - our own text
                await market.more_than(len(market.acknowledged) + 30)
            assert not market.undecided
            await market.check(url)
    assert await replayed_hash(url) == await loaded_hash(url)


_COMMITTED = b"SELECT 1\x00Z\x00\x00\x00\x05I"
"""The batch's statement has given its one row, and no transaction is open any more."""
_SMALLEST_BATCH = 1_500
"""Bytes that only a batch has; questions and heartbeats are shorter."""


class CuttingProxy:
    """Stands between sequencer and PostgreSQL; when told, it swallows the reply to the next batch and hangs up."""

    def __init__(self, folder: Path, upstream: str) -> None:
        self.path = folder / ".s.PGSQL.5432"
        self.upstream = upstream
        self.cuts = 0
        self.armed = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_unix_server(self._connected, path=str(self.path))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_unix_connection(self.upstream)
        swallow = asyncio.Event()

        async def down() -> None:
            while data := await up_reader.read(65_536):
                if swallow.is_set() and _COMMITTED in data:
                    self.cuts += 1
                    break
                writer.write(data)
            writer.close()
            up_writer.close()

        task = asyncio.create_task(down())
        self._tasks.add(task)
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1 << 20):
                if self.armed and len(data) > _SMALLEST_BATCH:
                    self.armed = False
                    swallow.set()
                up_writer.write(data)
        up_writer.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a path short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="ipx") as short:
        yield Path(short)


async def test_a_connection_cut_between_commit_and_its_reply_is_answered_from_the_tables(
    migrated_database_url: str, tmp_path: Path, folder: Path
) -> None:
    url = psycopg_url(migrated_database_url)
    query = parse_qs(urlsplit(url).query)
    upstream = f"{query['host'][0]}/.s.PGSQL.{query.get('port', ['5432'])[0]}"
    proxy = CuttingProxy(folder, upstream)
    server = await proxy.serve()
    through = url.split("?")[0] + f"?host={folder}"
    with SequencerProcess(through, tmp_path) as sequencer:
        async with trading(sequencer) as market:
            async with streaming(market):
                for cut in range(1, 6):
                    await market.more_than(len(market.acknowledged) + 30)
                    proxy.armed = True
                    await market.more_than(len(market.acknowledged) + 30)
                    assert proxy.cuts == cut
            assert not market.undecided
            await market.check(migrated_database_url)
    server.close()
    assert await replayed_hash(migrated_database_url) == await loaded_hash(migrated_database_url)


async def test_a_sequencer_that_is_asked_to_stop_finishes_its_batch_and_ends_with_zero(
    migrated_database_url: str, tmp_path: Path
) -> None:
    with SequencerProcess(migrated_database_url, tmp_path) as sequencer:
        async with trading(sequencer) as market:
            async with streaming(market):
                await market.more_than(len(market.acknowledged) + 100)
                sequencer.signal(signal.SIGTERM)
                assert await asyncio.to_thread(sequencer.wait) == 0
                assert not os.access(sequencer.socket_path, os.F_OK)
                await asyncio.to_thread(sequencer.start().wait_until_serving)
                await market.more_than(len(market.acknowledged) + 100)
            assert not market.undecided
            await market.check(migrated_database_url)

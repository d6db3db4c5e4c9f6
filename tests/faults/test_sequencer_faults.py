"""Nothing acknowledged is lost and nothing is applied twice, whatever happens to the sequencer or its connections."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from ledger import journal
from tests.faults.cutting import Cut, PostgresCutting
from tests.faults.three_ways import ThreeWays
from tests.faults.trading_hours import streaming, trading
from tests.ledger.conftest import rows_of, run, stored_entries
from tests.ledger.sequencer_process import SequencerProcess

pytestmark = pytest.mark.faults
WRITER = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 4973001"


async def test_kill_nine_at_any_moment_while_bids_stream_in_loses_and_doubles_nothing(
    migrated_database_url: str, tmp_path: Path
) -> None:
    url = migrated_database_url
    with SequencerProcess(url, tmp_path) as sequencer:
        async with trading(sequencer) as market, streaming(market):
            for _ in range(4):
                await market.more_than(len(market.acknowledged) + 40)
                await asyncio.to_thread(sequencer.kill)
                await asyncio.to_thread(sequencer.start().wait_until_serving)
                await market.check(url)
            await market.more_than(len(market.acknowledged) + 40)
        assert not market.undecided
        assert len(market.acknowledged) > 200
        await market.check(url)
        await asyncio.to_thread(sequencer.kill)
    await ThreeWays(url).agree()
    assert (await rows_of(url, "SELECT epoch FROM sequencer_head")) == [(5,)]


async def test_a_stopped_sequencer_is_taken_over_and_writes_nothing_when_it_goes_on(
    migrated_database_url: str, tmp_path: Path
) -> None:
    url = migrated_database_url
    with SequencerProcess(url, tmp_path) as first:
        shared = {"IPX_KEYS_DIR": str(tmp_path / "keys"), "IPX_SEQUENCER_SOCKET": first.socket_path}
        with SequencerProcess(url, tmp_path / "standby", **shared, IPX_SEQUENCER_STANDBY="1") as standby:
            async with trading(first) as market:
                await asyncio.to_thread(standby.start().wait_until_following)
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
    await ThreeWays(url).agree()


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
    await ThreeWays(url).agree()


async def test_a_connection_cut_between_commit_and_its_reply_is_answered_from_the_tables(
    migrated_database_url: str, tmp_path: Path, short_folder: Path
) -> None:
    url = migrated_database_url
    with PostgresCutting(short_folder, url) as proxy, SequencerProcess(proxy.url, tmp_path) as sequencer:
        async with trading(sequencer) as market:
            async with streaming(market):
                for _ in range(5):
                    await market.more_than(len(market.acknowledged) + 30)
                    cut = proxy.arm(Cut("a batch that is committed", b"WITH head AS", answered=True))
                    await market.more_than(len(market.acknowledged) + 30)
                    assert cut.hit.is_set()
            assert not market.undecided
            await market.check(url)
    await ThreeWays(url).agree()


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

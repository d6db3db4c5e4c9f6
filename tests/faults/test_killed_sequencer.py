"""`kill -9` of the sequencer at named messages: nothing acknowledged is lost, nothing stands twice, and it comes back.

Each point is one message between the sequencer and PostgreSQL or its caller. It is killed with the message not passed
on, or with its answer come and not passed on; then it is started again and must serve within the deadline.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.sequencer.client import SequencerClient
from tests.faults.cutting import DEADLINE_S, Cut, Cutting, PostgresCutting, SocketCutting
from tests.faults.three_ways import ThreeWays
from tests.faults.trading_hours import CALLER_S, streaming, trading
from tests.ledger.conftest import rows_of, run
from tests.ledger.market import Market
from tests.ledger.sequencer_process import SequencerProcess
from tests.ledger.trading import Door

pytestmark = pytest.mark.faults
PAUSE_S = 0.05
"""Of each bidder: enough traffic to be killed in, and a journal that stays short."""
TAKES_THE_LOCK = b"pg_try_advisory_lock($1"
BATCH = b"WITH head AS ("


@dataclass(frozen=True)
class Point:
    """One message: what is in its statement; killed before it is passed on, or with its answer kept back."""

    name: str
    text: bytes
    answered: bool = False
    first: bytes = b""

    def cut(self, sequencer: SequencerProcess) -> Cut:
        def kill() -> None:
            assert sequencer.process is not None
            sequencer.process.kill()

        return Cut(self.name, self.text, self.answered, self.first, kill)


AT_A_START = [
    Point("the end of the journal is asked for", b"FROM sequencer_head"),
    Point("the end of the journal is told", b"FROM sequencer_head", answered=True),
    Point("the bids are told", b"SELECT data::text FROM bids WHERE NOT archived", answered=True),
    Point("the writer's lock is asked for", TAKES_THE_LOCK),
    Point("the writer's lock is had, the epoch raised", TAKES_THE_LOCK, answered=True),
    Point("the last batch's tree is asked for", b"b.tree_size", first=TAKES_THE_LOCK),
    Point("the balances are told", b"HAVING sum(balance)", answered=True, first=TAKES_THE_LOCK),
    Point("the first heartbeat", b"served_until = CASE"),
    Point("the first heartbeat stands", b"served_until = CASE", answered=True),
    Point("the last checkpoint is asked for", b"SELECT size, made_ms FROM checkpoints"),
    Point("a checkpoint", b"INSERT INTO checkpoints"),
    Point("a checkpoint stands", b"INSERT INTO checkpoints", answered=True),
]
WHILE_IT_SERVES = [
    Point("repeats are looked up", b"JOIN answers a ON"),
    Point("repeats are told", b"JOIN answers a ON", answered=True),
    Point("a batch", BATCH),
    Point("a batch is committed", BATCH, answered=True),
]
OF_A_REPEAT = [
    Point("the receipt of a repeat is asked for", b"array_agg(l.leaf"),
    Point("the receipt of a repeat is told", b"array_agg(l.leaf", answered=True),
]
OF_THE_OPENING = [
    Point("the venue's opening", BATCH),
    Point("the venue's opening is committed", BATCH, answered=True),
]
OF_A_CALLER = [
    Point("a question comes", b'"number"'),
    Point("an answer goes", b'"number"', answered=True),
]


async def back(sequencer: SequencerProcess) -> None:
    """Collect the killed process, and start it again."""
    await asyncio.to_thread(sequencer.wait)
    await asyncio.to_thread(sequencer.start().wait_until_serving, DEADLINE_S)


async def hit(proxy: Cutting, cut: Cut) -> None:
    assert await asyncio.to_thread(cut.hit.wait, DEADLINE_S), cut.name
    assert proxy.cut is None


async def trades_on(market: Market) -> None:
    await market.more_than(len(market.acknowledged) + 16)


async def repeat(market: Market, number: int) -> None:
    """A command that is answered already is sent again, until it has the same answer."""
    key = f"repeated-{number}"
    submission = Door(key).import_right(700 + number)
    first = await market.done(submission)
    assert await market.done(submission) == first


async def test_killed_at_each_message_of_a_start_and_of_its_work(
    migrated_database_url: str, tmp_path: Path, short_folder: Path
) -> None:
    url = migrated_database_url
    ways = ThreeWays(url)
    with (
        PostgresCutting(short_folder, url) as proxy,
        SequencerProcess(proxy.url, tmp_path, module="tests.faults.frequent_hashes") as sequencer,
    ):
        async with trading(sequencer) as market, streaming(market, PAUSE_S):
            for point in AT_A_START:
                await trades_on(market)
                await asyncio.to_thread(sequencer.kill)
                await run(url, "UPDATE checkpoints SET made_ms = 0")  # one is due at once
                cut = proxy.arm(point.cut(sequencer))
                sequencer.start()
                await hit(proxy, cut)
                await ways.agree()
                await back(sequencer)
            for point in WHILE_IT_SERVES:
                await trades_on(market)
                await hit(proxy, proxy.arm(point.cut(sequencer)))
                await ways.agree()
                await back(sequencer)
            for number, point in enumerate(OF_A_REPEAT):
                await trades_on(market)
                cut = proxy.arm(point.cut(sequencer))
                repeated = asyncio.create_task(repeat(market, number))
                await hit(proxy, cut)
                await back(sequencer)
                await repeated
            await trades_on(market)
        assert not market.undecided
        await market.check(url)
        assert await ways.agree() > 400
        assert ways.hashes >= 4
    starts = len([*AT_A_START, *AT_A_START, *WHILE_IT_SERVES, *OF_A_REPEAT]) + 1
    ((epoch,),) = await rows_of(url, "SELECT epoch FROM sequencer_head")
    assert starts - 5 <= epoch <= starts, "five of the points come before the epoch is raised"


async def test_killed_at_each_message_of_the_venues_opening(
    migrated_database_url: str, tmp_path: Path, short_folder: Path
) -> None:
    url = migrated_database_url
    with PostgresCutting(short_folder, url) as proxy, SequencerProcess(proxy.url, tmp_path) as sequencer:
        for point in OF_THE_OPENING:
            cut = proxy.arm(point.cut(sequencer))
            sequencer.start()
            await hit(proxy, cut)
            await asyncio.to_thread(sequencer.wait)
        await asyncio.to_thread(sequencer.start().wait_until_serving, DEADLINE_S)
    types = await rows_of(url, "SELECT type FROM journal ORDER BY entry")
    assert types == [("open_venue",), ("activate_version",)]


async def test_killed_when_a_question_comes_and_when_an_answer_goes(
    migrated_database_url: str, tmp_path: Path, short_folder: Path
) -> None:
    url = migrated_database_url
    with SequencerProcess(url, tmp_path) as sequencer:
        async with trading(sequencer) as market, streaming(market, PAUSE_S):
            with SocketCutting(short_folder / "s", sequencer.socket_path) as proxy:
                market.client = SequencerClient(proxy.path, deadline_s=CALLER_S)
                for point in OF_A_CALLER:
                    await trades_on(market)
                    await hit(proxy, proxy.arm(point.cut(sequencer)))
                    await back(sequencer)
                await trades_on(market)
                market.client, through = (
                    SequencerClient(sequencer.socket_path, deadline_s=CALLER_S),
                    market.client,
                )
                await trades_on(market)  # what was under way through the first one is answered by then
                await through.close()
        assert not market.undecided
        await market.check(url)
        await market.client.close()

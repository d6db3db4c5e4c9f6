"""A wall clock that jumps by an hour stops the real sequencer with an alarm; started again, its time never goes back."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from ledger import journal
from ledger.sequencer.process import EXIT_CLOCK
from tests.faults.three_ways import ThreeWays
from tests.faults.trading_hours import streaming, trading
from tests.ledger.conftest import stored_entries
from tests.ledger.sequencer_process import SequencerProcess

pytestmark = pytest.mark.faults
HOUR_MS = 3_600_000
SHIFTED_CLOCK = """
import os, pathlib, time

_offset = pathlib.Path(os.environ["CLOCK_OFFSET_MS"])
_real = time.time_ns
time.time_ns = lambda: _real() + int(_offset.read_text() or 0) * 1_000_000
"""
"""Python runs this as it starts: the process has another wall clock, and knows nothing of it."""


async def test_a_jump_of_an_hour_either_way_stops_it_and_loses_nothing(
    migrated_database_url: str, tmp_path: Path
) -> None:
    url = migrated_database_url
    site, offset = tmp_path / "site", tmp_path / "offset"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SHIFTED_CLOCK)
    offset.write_text("0")
    clock = {"PYTHONPATH": str(site), "CLOCK_OFFSET_MS": str(offset)}
    with SequencerProcess(url, tmp_path, **clock) as sequencer:
        async with trading(sequencer) as market, streaming(market, 0.02):
            for offset_ms in (HOUR_MS, 0):  # an hour on, and back again
                await market.more_than(len(market.acknowledged) + 20)
                set_aside = tmp_path / "offset.new"
                set_aside.write_text(str(offset_ms))
                set_aside.replace(offset)
                assert await asyncio.to_thread(sequencer.wait) == EXIT_CLOCK
                await asyncio.to_thread(sequencer.start().wait_until_serving)
            await market.more_than(len(market.acknowledged) + 20)
        assert not market.undecided
        await market.check(url)
    assert sequencer.log.read_text().count("CLOCK-JUMPED") == 2
    times = [journal.check_entry(each).time_ms for each in await stored_entries(url)]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert times[-1] - times[0] >= HOUR_MS
    await ThreeWays(url).agree()

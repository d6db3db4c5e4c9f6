"""A wall clock that jumps by an hour stops the real sequencer with an alarm, before any entry has taken its time.

Put right and started again, it goes on as if nothing had been; started with a clock that is behind, its time stands.
"""

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


def set_to(file: Path, offset_ms: int) -> None:
    """Move the clock at once: no reading sees a file half written."""
    draft = file.with_suffix(".new")
    draft.write_text(str(offset_ms))
    draft.replace(file)


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
            # An hour on, and put right by a person, as the supervisor says; then an hour back, and started as it is.
            for jump_ms, started_at_ms in ((HOUR_MS, 0), (-HOUR_MS, -HOUR_MS)):
                await market.more_than(len(market.acknowledged) + 20)
                set_to(offset, jump_ms)
                assert await asyncio.to_thread(sequencer.wait) == EXIT_CLOCK
                set_to(offset, started_at_ms)
                await asyncio.to_thread(sequencer.start().wait_until_serving)
            await market.more_than(len(market.acknowledged) + 20)
        assert not market.undecided
        await market.check(url)
    assert sequencer.log.read_text().count("CLOCK-JUMPED") == 2
    times = [journal.check_entry(each).time_ms for each in await stored_entries(url)]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert times[-1] - times[0] < HOUR_MS
    *_, one_before, last = times
    assert one_before == last  # an hour behind, and so it stands
    await ThreeWays(url).agree()

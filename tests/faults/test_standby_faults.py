"""The hot standby as a real process: it takes over in time, however much the venue holds and whoever is silent."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import AsyncConnection

from ledger.alone import Work
from ledger.log.notes import COSIGNATURE, Verifier
from ledger.store.connections import psycopg_url
from ledger.store.loading import load
from tests.faults.trading_hours import streaming, trading
from tests.ledger.conftest import rows_of, run
from tests.ledger.sequencer_process import SequencerProcess

pytestmark = pytest.mark.faults
TAKEN_OVER_S = 15.0
"""Three times the 5 s in which a standby has taken over."""
ROWS = 100_000
MANY_RIGHTS = """
INSERT INTO rights (id, data, entry, created_entry, archived)
SELECT 'US-' || number, jsonb_set(r.data, '{id}', to_jsonb('US-' || number)), r.entry, r.created_entry, false
FROM generate_series(20000000, 20000000 + %s - 1) AS number, (SELECT * FROM rights LIMIT 1) AS r
"""


@contextlib.contextmanager
def silent_witness() -> Iterator[str]:
    """Takes connections and never answers; gives its setting."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        verifier = Verifier(name="silent.example/w", kind=COSIGNATURE, public_key=b"\x01" * 32)
        yield f"http://127.0.0.1:{listener.getsockname()[1]} {verifier.to_text()}"


async def let_many_stand(url: str) -> None:
    """So many rights that no entry has made, while nobody writes; the last batch names the state that they make."""
    await run(url, MANY_RIGHTS, ROWS)
    async with await AsyncConnection.connect(psycopg_url(url), autocommit=True) as connection:
        state_hash = (await load(connection)).state.state_hash()
    last = "first_entry = (SELECT max(first_entry) FROM batches)"
    await run(url, f"UPDATE batches SET state_hash = %s WHERE {last}", bytes.fromhex(state_hash))  # noqa: S608 - our own names


async def test_a_killed_first_one_is_followed_in_time_with_much_standing_and_everybody_asked_silent(
    migrated_database_url: str, tmp_path: Path
) -> None:
    """100,000 rights stand, the witness never answers, and the worker's lock on the tiles is held."""
    url = migrated_database_url
    with contextlib.ExitStack() as stack:
        witness = stack.enter_context(silent_witness())
        first = stack.enter_context(SequencerProcess(url, tmp_path, IPX_WITNESSES=witness))
        shared = {
            "IPX_KEYS_DIR": str(tmp_path / "keys"),
            "IPX_SEQUENCER_SOCKET": first.socket_path,
            "IPX_SEQUENCER_STANDBY": "1",
            "IPX_WITNESSES": witness,
        }
        standby = stack.enter_context(SequencerProcess(url, tmp_path / "standby", **shared))
        async with trading(first) as market:
            first.kill()
            await let_many_stand(url)
            await asyncio.to_thread(first.start().wait_until_serving)
            await asyncio.to_thread(standby.start().wait_until_following)
            async with await AsyncConnection.connect(psycopg_url(url), autocommit=True) as worker:
                await worker.execute("SELECT pg_advisory_lock(%s)", (int(Work.LOG),))
                async with streaming(market):
                    await market.more_than(len(market.acknowledged) + 100)
                    first.signal(signal.SIGKILL)
                    await asyncio.to_thread(standby.wait_until_serving, TAKEN_OVER_S)
                    await market.more_than(len(market.acknowledged) + 100)
            assert not market.undecided
            await market.check(url)
        log = standby.log.read_text()
        assert '"QUESTION-OPEN"' in log, "a silent witness is an alarm"
        assert log.count('"standing by"') == 1, "it has loaded once, before it was needed"
    assert await rows_of(url, "SELECT epoch FROM sequencer_head") == [(3,)]
    assert await rows_of(url, "SELECT count(*) > %s FROM rights", ROWS) == [(True,)]

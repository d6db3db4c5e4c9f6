"""Two thousand sequences of fifty steps through the whole engine: no order of commands breaks a promise.

The same sequences on every machine: two hundred of them at every `make test`, all with `make faults`; `make soak` goes
on with others for as long as one likes.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from exchange.listings.ranking import Ranking
from tests.exchange.test_random_days import MUST_BE_MET
from tests.exchange.test_random_floors import MUST_BE_MET as MUST_BE_MET_TRADING
from tests.exchange.whole_engine import KEEP_EVERY, Record, WholeFloor, live

pytestmark = pytest.mark.not_replayed("a test below replays every tenth sequence in another process")


class Amount(NamedTuple):
    """How many sequences are drawn and how many of them must come to their fiftieth step; some end before it."""

    drawn: int
    whole: int
    drawn_floors: int
    whole_floors: int


FEW = Amount(270, 200, 60, 40)
ALL = Amount(2_650, 2_000, 520, 400)
amounts = pytest.mark.parametrize(
    "amount", [pytest.param(FEW, id="few"), pytest.param(ALL, id="all", marks=pytest.mark.faults)]
)
MAY_BE_MISSED = 3
"""Of what longer days always come to; which of it fifty steps miss changes with every rule that is added.

Of continuous trading they miss nothing.
"""


REPLAY_ELSEWHERE = """
import json, sys
from exchange.engine import Engine
from tests.exchange.whole_engine import digest_of, read
for lines in json.load(open(sys.argv[1])):
    engine = Engine()
    print(digest_of([engine.apply(request) for request in read(lines)]))
"""


@contextmanager
def uncounted() -> Iterator[None]:
    """Counting the lines of so many sequences takes three times as long and tells nothing that other tests do not."""
    counting = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(counting)


@functools.cache
def lived(amount: Amount) -> Record:
    """Every sequence is checked while it happens, then replayed and loaded from its tables."""
    with uncounted():
        return live(amount.drawn)


@functools.cache
def traded(amount: Amount) -> Record:
    """The same of continuous trading."""
    with uncounted():
        return live(amount.drawn_floors, WholeFloor)


@amounts
def test_no_sequence_of_commands_breaks_a_promise(amount: Amount) -> None:
    assert lived(amount).sequences >= amount.whole


@amounts
def test_no_sequence_of_continuous_trading_breaks_a_promise(amount: Amount) -> None:
    assert traded(amount).sequences >= amount.whole_floors


@pytest.mark.faults
def test_the_sequences_come_across_what_a_market_comes_across() -> None:
    missed = MUST_BE_MET - lived(ALL).met
    assert len(missed) <= MAY_BE_MISSED, sorted(missed)
    assert sorted(MUST_BE_MET_TRADING - traded(ALL).met) == []


@amounts
@pytest.mark.parametrize("hash_seed", ["1", "4242"])
def test_their_journals_give_the_same_bytes_in_another_process(
    hash_seed: str, amount: Amount, tmp_path: Path
) -> None:
    journals = lived(amount).journals + traded(amount).journals
    assert len(journals) >= (amount.whole + amount.whole_floors) // KEEP_EVERY
    written = tmp_path / "journals.json"
    written.write_text(json.dumps([lines for lines, _ in journals]))
    root = Path(__file__).parents[2]
    environment = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root), "PATH": os.environ["PATH"]}
    answer = subprocess.run(
        [sys.executable, "-c", REPLAY_ELSEWHERE, str(written)],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == [digest for _, digest in journals]


@pytest.mark.faults
def test_a_planted_fault_is_told_in_a_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_age(book: Ranking) -> list[str]:
        return sorted(book.bid_by_party.values())

    monkeypatch.setattr(Ranking, "ranking", by_age)
    with pytest.raises(AssertionError) as found:
        live(800)
    told = "\n".join(found.value.__notes__)
    steps = [line for line in told.splitlines() if line.startswith("state.")]
    assert len(steps) <= 12, told  # opening and end included
    assert "PlaceBid" in told

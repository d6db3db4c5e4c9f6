"""Mistakes that are planted on purpose: the simulation finds each of them within a few seeds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from exchange.state import State
from ledger.chain_results import ChainResults
from ledger.outbox_flights import Flight
from ledger.sequencer.draft import Batch, Draft
from ledger.sequencer.writing import BatchWriter
from tests.simulation.memory_store import MemoryStore
from tests.simulation.promises import check
from tests.simulation.world import run

pytestmark = pytest.mark.faults
MOST_SEEDS = 40


def answers_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    """The statement is sent, and its answer is not waited for."""
    given = BatchWriter.give

    async def give(writer: BatchWriter, batch: Batch, state: State) -> asyncio.Task[None]:
        await given(writer, batch, state)
        return asyncio.create_task(asyncio.sleep(0))

    patch.setattr(BatchWriter, "give", give)


def writes_without_fencing(patch: pytest.MonkeyPatch) -> None:
    """The head is moved wherever it stands, whoever has taken over."""
    run_statement = MemoryStore._run

    def moved(store: MemoryStore, query: str, *parameters: Any) -> int:
        unfenced = query.replace(" WHERE epoch = ? AND last_entry = ?", "")
        given = parameters if unfenced == query else parameters[:-2]
        return run_statement(store, unfenced, *given)

    patch.setattr(MemoryStore, "_run", moved)


def forgets_what_it_has_decided(patch: pytest.MonkeyPatch) -> None:
    """Nothing is looked up: a repeat is a new command."""

    async def nothing_stands(_: MemoryStore, __: Any) -> dict[int, Any]:
        await asyncio.sleep(0.001)
        return {}

    patch.setattr(MemoryStore, "standing_of", nothing_stands)


def goes_by_the_wall_clock_alone(patch: pytest.MonkeyPatch) -> None:
    """An entry's time is the machine's, even if the last entry's was later."""

    def time_ms(draft: Draft) -> int:
        offset_ms = draft._state.venue.clock_offset_ms if draft._state.venues else 0
        return draft._wall_ms + offset_ms

    patch.setattr(Draft, "_time_ms", time_ms)


def counts_what_is_not_final(patch: pytest.MonkeyPatch) -> None:
    """A record is at its end as soon as its event was seen."""
    event_of = ChainResults._event_of

    def seen(results: ChainResults, record: Any, row: Any) -> Any:
        event, refusal = event_of(results, record, row)
        return None if event is None else {**event, "final": True}, refusal

    patch.setattr(ChainResults, "_event_of", seen)


def sends_once_and_never_again(patch: pytest.MonkeyPatch) -> None:
    """A transaction that the node has lost is waited for."""
    patch.setattr(Flight, "is_lost", lambda *_: False)


MISTAKES = (
    answers_before_the_commit,
    writes_without_fencing,
    forgets_what_it_has_decided,
    goes_by_the_wall_clock_alone,
    counts_what_is_not_final,
    sends_once_and_never_again,
)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_found(
    mistake: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake(monkeypatch)

    def until_found() -> None:
        for seed in range(MOST_SEEDS):
            run(seed, check)

    with pytest.raises(Exception):  # noqa: B017, PT011 - whichever promise it breaks first
        until_found()

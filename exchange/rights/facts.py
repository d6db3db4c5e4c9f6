"""The timeline of what stands over a right: kept in a table of its own, so that any moment can be looked up.

Nothing is decided by it. Times are the venue's: a fact stands from when the venue has learnt of it.
"""

from __future__ import annotations

from exchange.rows import RightFact
from exchange.rows.facts import FactSort
from exchange.turn import Turn

SINCE_ENGINE = 3


def begins(  # noqa: PLR0913 - what a fact consists of
    turn: Turn,
    right_id: str,
    sort: FactSort,
    subject_id: str,
    *,
    detail: str = "",
    as_of_ms: int | None = None,
) -> None:
    """A fact stands from now on; one that stands already stays as it is. An older engine keeps none."""
    state = turn.state
    fact_id = _id(sort, subject_id)
    if state.venue.engine < SINCE_ENGINE or fact_id in state.right_facts:
        return
    state.add(
        RightFact(
            id=fact_id,
            right_id=right_id,
            sort=sort,
            subject_id=subject_id,
            detail=detail,
            since_ms=turn.time_ms,
            as_of_ms=as_of_ms,
        )
    )


def ends(turn: Turn, sort: FactSort, subject_id: str) -> None:
    """A fact stands no more, if it was kept."""
    fact = turn.state.right_facts.get(_id(sort, subject_id))
    if fact is not None:
        fact.until_ms = turn.time_ms
        turn.state.archive(fact)


def copy_came(turn: Turn, right_id: str, as_of_ms: int, copy_digest: str) -> None:
    """A register copy was recorded: it is looked up by its time, so that it need not stay in memory."""
    state = turn.state
    if state.venue.engine < SINCE_ENGINE:
        return
    fact_id = state.next_id("RC")
    begins(turn, right_id, "register_copy", fact_id, detail=copy_digest, as_of_ms=as_of_ms)
    state.archive(state.right_facts[_id("register_copy", fact_id)])


def _id(sort: FactSort, subject_id: str) -> str:
    return f"{sort} {subject_id}"

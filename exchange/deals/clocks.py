"""A deal's own clocks: set, stopped, and given back with the time that they had left.

A dispute stops them all; a licence's suspension those of what is owed, as long as no dispute does. Those that a statute
sets run on: recordal, what export control sets, the end of a licence and of its royalty periods.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import UNSET

from exchange.deals.steps import dispute_of
from exchange.rows import Deal, Dispute, StoppedPayments
from exchange.state import State
from exchange.turn import Turn

DEAL_CLOCKS = ("refusal_by", "sign_by", "fund_by", "perform_by")
PAYMENT_CLOCKS = ("payment_due", "report_due")
OBLIGATION_CLOCKS = (*PAYMENT_CLOCKS, "inspection_end")
VENUE_CLOCKS = frozenset({"refusal_by", "sign_by", "perform_by"})
"""Those that an outage of the venue moves; the others are the contract's."""


def set_clock(  # noqa: PLR0913 - what a clock consists of
    turn: Turn, deal: Deal, what: str, subject_id: str, due_ms: int, *, since_ms: int | None = None
) -> None:
    """Set a clock of a deal; while it would stand still, keep its whole length instead, from `since_ms` or now on."""
    kept = _kept(turn.state, deal, what)
    if kept is None:
        turn.state.set_deadline(what, subject_id, due_ms, venue_clock=what in VENUE_CLOCKS)
        return
    keeper, clocks = kept
    clocks[f"{what}:{subject_id}"] = due_ms - (since_ms or turn.time_ms)
    turn.state.touch(keeper)


def clear_clock(turn: Turn, deal: Deal, what: str, subject_id: str) -> None:
    """A clock of a deal runs no more, nor will it when what has stopped it is over."""
    turn.state.clear_deadline(what, subject_id)
    kept = _kept(turn.state, deal, what)
    if kept is not None and kept[1].pop(f"{what}:{subject_id}", None) is not None:
        turn.state.touch(kept[0])


def stop(turn: Turn, deal: Deal) -> dict[str, int]:
    """Take every clock of a deal away, for a dispute; gives what each has left (ms).

    Those of a suspended licence stand still already: the dispute keeps them from now on.
    """
    left = _take_away(turn, deal, (*DEAL_CLOCKS, *OBLIGATION_CLOCKS))
    if deal.stopped is not UNSET:
        left |= deal.stopped.clocks
        deal.stopped.clocks = {}
        _forgive(turn.state, deal, turn.time_ms - deal.stopped.since_ms)
    return left


def give_back(turn: Turn, deal: Deal, dispute: Dispute) -> None:
    """Every clock runs on with the time that it had left, and dates that are owed by move with it.

    What was overdue before stays so, without interest for the dispute's time. Where the licence is suspended by now,
    what is owed goes on standing still.
    """
    state = turn.state
    lasted_ms = turn.time_ms - dispute.opened_ms
    if deal.stopped is not UNSET:
        deal.stopped.since_ms = turn.time_ms
    _run_on(turn, deal, dispute.clocks)
    _forgive(state, deal, lasted_ms)
    for obligation_id in sorted(state.obligations_of.get(deal.id, ())):
        obligation = state.obligations[obligation_id]
        if obligation.reported_ms is not None:
            obligation.paused_ms = (obligation.paused_ms or 0) + lasted_ms
            state.touch(obligation)
    dispute.clocks = {}
    state.touch(dispute)


def stop_payments(turn: Turn, deal: Deal) -> None:
    """What is owed under a deal stands still, since its licence is suspended; a dispute has stopped it already."""
    clocks = {} if deal.state == "DISPUTED" else _take_away(turn, deal, PAYMENT_CLOCKS)
    deal.stopped = StoppedPayments(since_ms=turn.time_ms, clocks=clocks)
    turn.state.touch(deal)


def resume_payments(turn: Turn, deal: Deal) -> None:
    """The suspension is over: what is owed runs on as after a dispute; one that still stops it keeps it."""
    stopped = deal.stopped
    if stopped is UNSET:
        return
    deal.stopped = UNSET
    turn.state.touch(deal)
    if deal.state != "DISPUTED":
        _run_on(turn, deal, stopped.clocks)
        _forgive(turn.state, deal, turn.time_ms - stopped.since_ms)


def time_of_payments(deal: Deal, time_ms: int) -> int:
    """What time it is (ms UTC) for what is owed under a deal: now, or the moment at which it stands still."""
    return time_ms if deal.stopped is UNSET else deal.stopped.since_ms


def _kept(state: State, deal: Deal, what: str) -> tuple[Dispute | Deal, dict[str, int]] | None:
    """Which row keeps such a clock of a deal, and those that it keeps; None where it runs."""
    if deal.state == "DISPUTED":
        dispute = dispute_of(state, deal)
        return dispute, dispute.clocks
    if deal.stopped is not UNSET and what in PAYMENT_CLOCKS:
        return deal, deal.stopped.clocks
    return None


def _take_away(turn: Turn, deal: Deal, which: Collection[str]) -> dict[str, int]:
    """Take such clocks of a deal away; gives what each has left (ms)."""
    state = turn.state
    left: dict[str, int] = {}
    for what, subject_id in _clocks(state, deal):
        deadline = state.deadlines.get(f"{what}:{subject_id}")
        if what in which and deadline is not None:
            left[deadline.id] = deadline.due_ms - turn.time_ms
            state.remove(deadline)
    return left


def _run_on(turn: Turn, deal: Deal, clocks: dict[str, int]) -> None:
    """Set clocks anew with what each has left, and move the dates that are owed by with them."""
    state = turn.state
    for clock, left_ms in sorted(clocks.items()):
        what, _, subject_id = clock.partition(":")
        due_ms = turn.time_ms + left_ms
        set_clock(turn, deal, what, subject_id, due_ms)
        obligation = state.obligations.get(subject_id)
        if obligation is None:
            continue
        if what == "payment_due":
            obligation.due_ms = due_ms
        elif what == "report_due":
            obligation.due_ms += due_ms - obligation.report_due_ms
            obligation.report_due_ms = due_ms
        state.touch(obligation)


def _forgive(state: State, deal: Deal, lasted_ms: int) -> None:
    """What is overdue stays so, as if this time had not been; so does a term that runs for it."""
    for obligation_id in sorted(state.obligations_of.get(deal.id, ())):
        obligation = state.obligations[obligation_id]
        if obligation.state in {"OVERDUE", "REPORT_OVERDUE"}:
            obligation.due_ms += lasted_ms
            state.touch(obligation)
    if deal.demand_until_ms is not UNSET:
        deal.demand_until_ms += lasted_ms
        state.touch(deal)


def _clocks(state: State, deal: Deal) -> list[tuple[str, str]]:
    obligations = sorted(state.obligations_of.get(deal.id, ()))
    return [(what, deal.id) for what in DEAL_CLOCKS] + [
        (what, each) for each in obligations for what in OBLIGATION_CLOCKS
    ]

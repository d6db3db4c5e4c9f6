"""What is paid for is filed, or delivered, in time; if it is not, its buyer need not wait any longer."""

from __future__ import annotations

from msgspec import UNSET

from exchange.deals import clocks, steps
from exchange.events import DealOverdue
from exchange.indexes import number_of
from exchange.rows import Deadline, Deal
from exchange.rules import working_days
from exchange.rules.performance import SINCE_ENGINE
from exchange.turn import Turn

WORKING_DAYS_TO_PERFORM = 30
_CLOCK = "perform_by"


def begins(turn: Turn, deal: Deal) -> None:
    """An assignment is paid for, or its buyer keeps it: from now on there is time to file or deliver."""
    venue = turn.state.venue
    if venue.engine < SINCE_ENGINE:
        return
    due_ms = working_days.end_of(venue, turn.time_ms, WORKING_DAYS_TO_PERFORM)
    clocks.set_clock(turn, deal, _CLOCK, deal.id, due_ms)
    if deal.overdue_since_ms is not UNSET:
        deal.overdue_since_ms = UNSET
        turn.state.touch(deal)


def enter(turn: Turn) -> None:
    """The engine knows of this time from now on: it begins for what was paid for before."""
    for deal in sorted(turn.state.deals.values(), key=lambda row: number_of(row.id)):
        if deal.deal_kind == "assignment" and steps.without_dispute(deal) == "FUNDED":
            begins(turn, deal)


def has_come(turn: Turn, deal: Deal) -> None:
    """It went to the office, or both sides have confirmed that it passed."""
    clocks.clear_clock(turn, deal, _CLOCK, deal.id)


def overdue(turn: Turn, deadline: Deadline) -> None:
    """It has not come in time. The deal stands, until its buyer rescinds it."""
    deal = turn.state.deals[deadline.subject_id]
    deal.overdue_since_ms = turn.time_ms
    turn.state.touch(deal)
    turn.emit(DealOverdue(deal_id=deal.id, what=deadline.what))


DEADLINES = {_CLOCK: overdue}

"""What is paid for is filed, or delivered, in time; if it is not, its buyer need not wait any longer."""

from __future__ import annotations

from exchange.deals import clocks
from exchange.events import DealOverdue
from exchange.rows import Deadline, Deal
from exchange.rules import working_days
from exchange.rules.performance import SINCE_ENGINE
from exchange.turn import Turn

WORKING_DAYS_TO_PERFORM = 30
_CLOCK = "perform_by"


def begins(turn: Turn, deal: Deal) -> None:
    """An assignment is paid for. What is owed in return is the contract's: the clock runs on through an outage."""
    venue = turn.state.venue
    if venue.engine >= SINCE_ENGINE:
        due_ms = working_days.end_of(venue, turn.time_ms, WORKING_DAYS_TO_PERFORM)
        clocks.set_clock(turn, deal, _CLOCK, deal.id, due_ms)


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

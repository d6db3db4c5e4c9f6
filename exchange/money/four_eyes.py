"""Four eyes: what two different operators must say before it is done. Payments keep their own two approvals."""

from __future__ import annotations

from exchange.events import FirstApproval
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Turn

MOST_WAITING = 64
"""First approvals that may wait for their second at a time."""


def second_operator(turn: Turn, what: str) -> bool:
    """Whether this is the second operator's word on `what`; the first's is kept until then. Ask it after every check.

    Raises:
        Refusal: FOUR-EYES when it is the same operator again, MALFORMED when too much waits already.
    """
    venue = turn.state.venue
    first = venue.first_approvals.get(what)
    if first == turn.request.signer:
        refuse(rules.FOUR_EYES, subject=what)
    if first is None and len(venue.first_approvals) >= MOST_WAITING:
        refuse(rules.MALFORMED, field="first_approvals", most=MOST_WAITING)
    if first is None:
        venue.first_approvals[what] = turn.request.signer
        turn.emit(FirstApproval(subject=what, operator=turn.request.signer))
    else:
        del venue.first_approvals[what]
    turn.state.touch(venue)
    return first is not None


def forget(turn: Turn, what: str) -> None:
    """A first approval that was given before something has changed no longer counts."""
    if turn.state.venue.first_approvals.pop(what, None) is not None:
        turn.state.touch(turn.state.venue)

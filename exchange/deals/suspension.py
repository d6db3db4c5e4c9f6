"""What is owed under the licences of a right whose invalidity is decided, and not finally: it stands still until then.

Nothing falls overdue meanwhile. Whoever pays or reports all the same may; what was overdue before stays so, without
interest for this time. Once the right is void for good, what was not due before is never owed (Patent Law Art. 47).
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.deals import clocks, obligations
from exchange.rows import Licence, Right
from exchange.turn import Turn


def stop(turn: Turn, right: Right, licence: Licence) -> None:
    """The payment clocks of a licence that is suspended now stand still; what owes nothing more has left memory."""
    deal = turn.state.deals.get(licence.deal_id)
    if deal is None:
        return
    clocks.stop_payments(turn, deal)
    right.stopped_deals = (*(right.stopped_deals or ()), deal.id)
    turn.state.touch(right)


def lift(turn: Turn, right: Right) -> None:
    """The decision is final or gone: clocks run on with what they had left, or what they ran for is owed no more.

    A licence may have ended meanwhile, by its term or an outcome: what is owed under it has waited all the same.
    """
    if right.stopped_deals is UNSET:
        return
    for deal_id in right.stopped_deals:
        deal = turn.state.deals[deal_id]
        if right.status == "invalidated":
            obligations.lapse(turn, deal.id, "right_invalidated")
        clocks.resume_payments(turn, deal)
    right.stopped_deals = UNSET
    turn.state.touch(right)

"""The buyer rescinds: the office has refused the application that it bought, or what it has paid for does not come.

Nobody has defaulted: deposit, earnest money and price go back to the buyer, as after every unwinding without a fault.
Who finds that the seller has raises a dispute.
"""

from __future__ import annotations

from exchange.commands import RescindDeal
from exchange.deals.steps import deal_of, require_step
from exchange.deals.unwinding import unwind
from exchange.parties import active_actor
from exchange.rules import applications, disputes, performance
from exchange.rules import lots as rules_of_lots
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Handlers, Result, Turn

APPLICATION_REFUSED = "application_refused"
PERFORMANCE_OVERDUE = "performance_overdue"
"""What such deals are unwound for."""


def rescind_deal(turn: Turn, command: RescindDeal) -> Result:
    """The buyer alone may, while the deal is not with the office; a lot's other deals follow its own rules.

    A deal that is paid for, and neither filed nor delivered in time, is rescinded for that.

    Of an application Art. 23 lets it rescind until the registration, and a deal that is FILED is not registered. It
    waits for the office all the same: the transfer may still be entered there, by what was filed and if the application
    revives, and nobody may have both the right and its price. The office's refusal, which an application at its end
    brings, gives the buyer back the very same; until then no title passes by a confirmation
    (`settlement.confirm_registration`).
    """
    state = turn.state
    deal = deal_of(state, command.deal_id)
    buyer = active_actor(turn)
    if buyer.id != deal.buyer:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=buyer.id)
    disputes.deal_is_not_disputed(deal)
    right, ground = state.rights[deal.right_id], APPLICATION_REFUSED
    if (
        state.venue.engine >= performance.SINCE_ENGINE
        and deal.state == "FUNDED"
        and right.status != "refused"
    ):
        rules_of_lots.buyer_has_chosen(state.listings[deal.listing_id], deal)
        performance.performance_is_overdue(deal)
        ground = PERFORMANCE_OVERDUE
    else:
        applications.application_was_refused_before_the_transfer(right, deal)
    require_step(deal, "unwind")
    unwind(turn, deal, "unwind", ground)
    return {"deal_id": deal.id, "state": deal.state}


HANDLERS: Handlers = {RescindDeal: rescind_deal}

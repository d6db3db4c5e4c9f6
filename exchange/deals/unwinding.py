"""The way out of a deal before its terminal step: everything held for it goes back to the buyer."""

from __future__ import annotations

from exchange import keys
from exchange.commands import CancelDeal
from exchange.deals import acceptances, steps
from exchange.deals.agreement import deal_digest
from exchange.deals.release import close_deal, refund
from exchange.deals.steps import advance, deal_of
from exchange.events import DealCancelled
from exchange.key_checks import require_signatures
from exchange.money.lines import give_back
from exchange.parties import active_actor
from exchange.rows import Deal
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.terms.offer_terms import came_of
from exchange.turn import Result, Turn

CANCELLED = "party_cancelled"


def unwind(turn: Turn, deal: Deal, event: str, ground: str) -> None:
    """Take the deal's step to its unwinding and all that follows; `ground` is a code."""
    for what in steps.DEAL_DEADLINES:
        turn.state.clear_deadline(what, deal.id)
    deal.unwound_for = ground
    advance(turn, deal, event, ground)
    refund(turn, deal)
    give_back(turn, deal)
    advance(turn, deal, "refunded", ground)
    close_deal(turn, deal)
    acceptances.complete_withdrawal(turn, deal.listing_id)


def cancel_deal(turn: Turn, command: CancelDeal) -> Result:
    """A party ends an awarded deal that is not signed by both. Under a standing offer the buyer just does not sign."""
    state = turn.state
    deal = deal_of(state, command.deal_id)
    party = active_actor(turn)
    if party.id not in {deal.seller, deal.buyer}:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=party.id)
    require_cancellable(turn, deal)
    require_signatures(command.cancellation_signature)
    digest = deal_digest(deal, keys.counters(state, deal))
    if command.deal_digest != digest:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="cancel_deal", deal_digest=digest)
    key = deal.seller_key if party.id == deal.seller else deal.buyer_key
    keys.require_live(state, party.id, key)
    turn.emit(
        DealCancelled(
            deal_id=deal.id, cancelled_by=party.id, key=key, signature=command.cancellation_signature
        )
    )
    unwind(turn, deal, "unwind", CANCELLED)
    return {"deal_id": deal.id, "state": deal.state}


def cancelled_on_chain(turn: Turn, deal: Deal) -> None:
    """A party has cancelled it by its own message to the contract: no deal stands under its identifier there now."""
    require_cancellable(turn, deal)
    turn.emit(DealCancelled(deal_id=deal.id, cancelled_by="", key="", signature=""))
    unwind(turn, deal, "unwind", CANCELLED)


def require_cancellable(turn: Turn, deal: Deal) -> None:
    """What both have signed binds them whatever a chain does, and so does what was accepted under a standing offer.

    Raises:
        Refusal: WRONG-STATE.
    """
    # What was accepted under an offer is bound, whatever became of the offer since.
    offered = came_of(turn.state.offers.get(deal.listing_id), deal)
    if deal.state != "AWARDED" or offered or turn.state.venue.engine < keys.SINCE_ENGINE:
        refuse(
            rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="cancel_deal", under_an_offer=offered
        )

"""The way out of a deal before its terminal step: everything held for it goes back to the buyer."""

from __future__ import annotations

from msgspec import UNSET

from exchange import keys
from exchange.commands import CancelDeal
from exchange.deals import acceptances, lots, steps
from exchange.deals.agreement import deal_digest
from exchange.deals.default import note_default
from exchange.deals.release import close_deal, refund
from exchange.deals.steps import advance, deal_of
from exchange.events import DealCancelled
from exchange.key_checks import require_signatures
from exchange.listings.checks import deal_may_be_signed, licence_may_be_granted
from exchange.money.lines import give_back
from exchange.parties import active_actor
from exchange.rows import Deal
from exchange.rules import venue as rules
from exchange.rules.rule import Refusal, refuse
from exchange.terms.offer_terms import came_of
from exchange.turn import Result, Turn

CANCELLED = "party_cancelled"
_FUNDED = frozenset({"FUNDED", "FILED"})


def unwind(  # noqa: PLR0913 - how and why a deal ends
    turn: Turn, deal: Deal, event: str, ground: str, *, defaulted: str = "", decided: bool = False
) -> None:
    """Take the deal's step to its unwinding and all that follows; `ground` is a code, `defaulted` whose fault it is.

    Where the deal could not have been signed or performed by now, whoever asked, nobody has defaulted; unless it was
    `decided` who has, by whom the parties or the law have it decided. With a deal of a lot that is not funded all its
    others are unwound; after a funded one its buyer may rescind the others.
    """
    together = lots.bound(turn.state, deal)
    breaks_lot = bool(deal.lot) and steps.without_dispute(deal) in _FUNDED and ground != lots.RESCINDED
    if defaulted and not decided and any(_is_barred(turn, each) for each in together):
        defaulted = ""
    for each in together:
        if each is not deal and each.state == "DISPUTED":
            # It is unwound with the outcome of its dispute, whatever that is.
            dispute = steps.dispute_of(turn.state, each)
            dispute.ended_by, dispute.defaulted = ground, defaulted
            turn.state.touch(dispute)
        else:
            _unwind_one(turn, each, event if each is deal else "unwind", ground, defaulted)
    if breaks_lot:
        lots.fell(turn, deal)
    acceptances.complete_withdrawal(turn, deal.listing_id)


def _unwind_one(turn: Turn, deal: Deal, event: str, ground: str, defaulted: str) -> None:
    for what in steps.DEAL_DEADLINES:
        turn.state.clear_deadline(what, deal.id)
    deal.unwound_for, deal.disputed_from = ground, UNSET
    advance(turn, deal, event, ground)
    if defaulted:
        note_default(turn, deal, defaulted)
    refund(turn, deal)
    give_back(turn, deal)
    advance(turn, deal, "refunded", ground)
    close_deal(turn, deal)


def _is_barred(turn: Turn, deal: Deal) -> bool:
    try:
        if deal.deal_kind == "assignment":
            deal_may_be_signed(turn, deal)
        else:
            licence_may_be_granted(turn, deal)
    except Refusal:
        return True
    return False


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
    unwind(turn, deal, "unwind", CANCELLED, defaulted=party.id)
    return {"deal_id": deal.id, "state": deal.state}


def cancelled_on_chain(turn: Turn, deal: Deal, key: str) -> None:
    """A party has cancelled it by its own message to the contract: no deal stands under its identifier there now.

    `key` is the one that signed it, empty where an engine before version 3 was not told.
    """
    disputed = deal.state == "DISPUTED" and steps.without_dispute(deal) in steps.UNSIGNED
    if not disputed:
        require_cancellable(turn, deal)
    sides = {deal.seller_key.lower(): deal.seller, deal.buyer_key.lower(): deal.buyer}
    turn.emit(DealCancelled(deal_id=deal.id, cancelled_by="", key="", signature=""))
    defaulted = sides.get(key.lower(), "")
    if not disputed:
        unwind(turn, deal, "unwind", CANCELLED, defaulted=defaulted)
        return
    dispute = steps.dispute_of(turn.state, deal)
    dispute.ended_by, dispute.defaulted = CANCELLED, defaulted
    turn.state.touch(dispute)


def require_cancellable(turn: Turn, deal: Deal) -> None:
    """What both have signed binds them whatever a chain does, and so does what was accepted under a standing offer.

    Raises:
        Refusal: WRONG-STATE.
    """
    # What was accepted under an offer is bound, whatever became of the offer since.
    offered = came_of(turn.state.offers.get(deal.listing_id), deal)
    if deal.state not in steps.UNSIGNED or offered or turn.state.venue.engine < keys.SINCE_ENGINE:
        refuse(
            rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="cancel_deal", under_an_offer=offered
        )

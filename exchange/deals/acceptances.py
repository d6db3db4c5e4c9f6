"""Deals under a standing offer: who of them waits, how one leaves its offer, and how an offer comes to its end.

Of a deal under an offer the buyer alone signs. Nothing that ends the offer ends the deal: it leaves, and both sign it.
"""

from __future__ import annotations

from exchange.calendar import MS_PER_SECOND
from exchange.deals.steps import WORKING_DAYS_TO_SIGN
from exchange.events import DealLeftOffer, OfferEnded, OfferWithdrawing, OfferWithdrawn, SignaturesVoided
from exchange.key_checks import SHORTEST_LIFE_MS
from exchange.rows import Deal, Key, Offer
from exchange.rules import working_days
from exchange.state import State
from exchange.terms import offer_terms
from exchange.transitions import Table, take_step
from exchange.turn import Turn

OFFER_TRANSITIONS: Table = {
    ("", "sign"): "STANDING",
    ("ENDED", "sign"): "STANDING",
    ("STANDING", "withdraw_offer"): "WITHDRAWING",
    ("WITHDRAWING", "withdrawn"): "WITHDRAWN",
    ("STANDING", "end"): "ENDED",
    ("WITHDRAWING", "end"): "ENDED",
}
"""One that has ended may be signed anew; one that was withdrawn has taken its listing off."""
OPEN_TO_SIGNATURES = frozenset({"STANDING", "WITHDRAWING"})
"""States in which buyers who have accepted still sign under the offer."""


def offer_of(state: State, deal: Deal) -> Offer | None:
    """The offer that a deal stands under; None where both parties sign."""
    offer = state.offers.get(deal.listing_id)
    return offer if offer_terms.is_under(offer, deal) else None


def waiting(state: State, offer: Offer) -> tuple[str, ...]:
    """Deals whose buyers have accepted the offer and not signed yet."""
    return tuple(deal_id for deal_id in offer.deals if state.deals[deal_id].state == "AWARDED")


def leave(turn: Turn, deal: Deal, cause: str) -> None:
    """The offer counts no more for this deal: both sign it afresh, on the terms and the text that were accepted.

    The seller has a task from now on that it did not have, so that the clock for signing starts anew.
    """
    state = turn.state
    offer = state.offers[deal.listing_id]
    offer.deals = tuple(deal_id for deal_id in offer.deals if deal_id != deal.id)
    offer.left = (*offer.left, deal.id)
    state.touch(offer)
    deal.seller_signature = deal.buyer_signature = ""
    state.touch(deal)
    turn.emit(DealLeftOffer(deal_id=deal.id, listing_id=offer.id, cause=cause))
    turn.emit(SignaturesVoided(deal_id=deal.id))
    if deal.state == "AWARDED":
        due_ms = working_days.end_of(state.venue, turn.time_ms, WORKING_DAYS_TO_SIGN)
        state.set_deadline("sign_by", deal.id, due_ms)


def end(turn: Turn, offer: Offer, cause: str) -> None:
    """The offer counts no more, though nobody withdrew it; whoever waits under it leaves it."""
    take_step(OFFER_TRANSITIONS, offer, "end")
    turn.state.touch(offer)
    turn.emit(OfferEnded(listing_id=offer.id, cause=cause))
    for deal_id in waiting(turn.state, offer):
        leave(turn, turn.state.deals[deal_id], cause)


def end_if_expiring(turn: Turn, listing_id: str) -> None:
    """An offer whose listing was moved past its last seconds on the chain counts no more: nobody accepts under it."""
    offer = turn.state.offers.get(listing_id)
    if offer is None or offer.state != "STANDING":
        return
    if offer.expires_at_s * MS_PER_SECOND < turn.time_ms + SHORTEST_LIFE_MS:
        end(turn, offer, "expired")


def end_offers_of(turn: Turn, key: Key, cause: str) -> None:
    """A key or its counter has changed: no offer that it signed counts any more."""
    state = turn.state
    for listing_id in sorted(state.owned.ids(Offer.kind, key.party_id)):
        offer = state.offers[listing_id]
        if offer.seller_key == key.id and offer.state in OPEN_TO_SIGNATURES:
            end(turn, offer, cause)


def begin_withdrawal(turn: Turn, offer: Offer, signature: str) -> None:
    """Nobody accepts the offer any more; `signature` is empty where the chain has the withdrawal already."""
    take_step(OFFER_TRANSITIONS, offer, "withdraw_offer")
    offer.withdrawal = signature
    turn.state.touch(offer)
    turn.emit(OfferWithdrawing(listing_id=offer.id, waiting=waiting(turn.state, offer)))


def complete_withdrawal(turn: Turn, listing_id: str) -> None:
    """The withdrawal goes to the chain behind the last acceptance before it: asked whenever one waits no more."""
    offer = turn.state.offers.get(listing_id)
    if offer is None or offer.state != "WITHDRAWING" or waiting(turn.state, offer):
        return
    take_step(OFFER_TRANSITIONS, offer, "withdrawn")
    turn.state.touch(offer)
    turn.emit(OfferWithdrawn(listing_id=offer.id, signature=offer.withdrawal))

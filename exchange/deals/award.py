"""The award: a deal begins, with its terms sealed and its signing deadline set; and the end of its listing."""

from __future__ import annotations

from exchange.calendar import MS_PER_DAY, MS_PER_SECOND, end_of_working_day
from exchange.deals import steps
from exchange.listings import life
from exchange.rows import Bid, Deal, Listing, Offer, Party
from exchange.rules.effects import effect_of
from exchange.terms import deal_terms
from exchange.turn import Turn

WORKING_DAYS_TO_SIGN = 10
SIGNATURE_LIFE_MS = 90 * MS_PER_DAY
"""How long the contract accepts the signatures: far longer than the chain can be away."""


def open_deal(  # noqa: PLR0913 - what an award consists of
    turn: Turn,
    listing: Listing,
    buyer: Party,
    price: int,
    *,
    deposit: int,
    bid: Bid | None,
    offer: Offer | None = None,
    terms_salt: str = "",
) -> Deal:
    """A deal at `price` minor units of the listing's currency; `deposit` of the buyer's is already held for it.

    Under a standing offer it has the offer's terms and text, and the seller's signature is the offer's. `terms_salt` is
    of the terms that were accepted, where those are neither a bid's nor the acceptance's own.
    """
    state = turn.state
    venue = state.venue
    right = state.rights[listing.right_id]
    seller = state.parties[listing.seller]
    effect = effect_of(right.office, right.right_type)
    deal_id = state.next_id("D")
    deal = Deal(
        id=deal_id,
        deal_kind=listing.deal_kind,
        right_id=right.id,
        right_facts=deal_terms.facts_of(right),
        listing_id=listing.id,
        bid_id=bid.id if bid else None,
        seller=seller.id,
        buyer=buyer.id,
        seller_key=seller.key,
        buyer_key=buyer.key,
        currency=listing.currency,
        price=price,
        deposit=deposit,
        terms=listing.terms,
        terms_salt="",
        terms_commitment="",
        contract_commitment="",
        deadline_s=(turn.time_ms + SIGNATURE_LIFE_MS) // MS_PER_SECOND,
        awarded_ms=turn.time_ms,
        by_delivery=effect.passes == "delivered",
    )
    if offer is None:
        bid_salt = terms_salt or (bid.terms_salt if bid else turn.request.terms_salt)
        salt = deal_terms.deal_salt(listing.terms_salt, bid_salt, deal_id)
        deal_terms.seal(deal, seller, buyer, salt, simulated=venue.simulated)
    else:
        _take_over(deal, offer)
        offer.deals = (*offer.deals, deal.id)
        state.touch(offer)
    state.add(deal)
    steps.advance(turn, deal, "award", "award")
    listing.deals = (*listing.deals, deal.id)
    state.touch(listing)
    right.open_deals = (*right.open_deals, deal.id)
    state.touch(right)
    due_ms = end_of_working_day(turn.time_ms, WORKING_DAYS_TO_SIGN, venue.closed_days, venue.working_weekends)
    state.set_deadline("sign_by", deal.id, due_ms)
    return deal


def _take_over(deal: Deal, offer: Offer) -> None:
    deal.right_facts = offer.right_facts
    deal.seller_key, deal.seller_signature = offer.seller_key, offer.signature
    deal.terms_salt = offer.terms_salt
    deal.terms_commitment, deal.contract_commitment = offer.terms_commitment, offer.contract_commitment


def listing_may_end(turn: Turn, listing: Listing) -> None:
    """An awarded listing ends when its last deal has ended: sold if any settled, lapsed otherwise."""
    if listing.state != "AWARDED":
        return
    ends = [turn.state.deals[deal_id].state for deal_id in listing.deals]
    if all(end in steps.ENDED for end in ends):
        life.move(turn, listing, "settled" if "SETTLED" in ends else "fallen_through", "deals_ended")

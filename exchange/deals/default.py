"""What follows when a party does not do its part before a deal is performed: the deposit, and the next bidder.

A bid deposit 保证金 is lost to the seller; a price that was held at acceptance is no deposit and goes back. The award
is then offered to the next bidder, who is free to take it at the price of its own bid: a bid that was outbid binds
nobody any more (Auction Law Art. 36). If nobody takes it the listing has lapsed, and its seller may list the right
again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from exchange.affiliates import affiliates_of
from exchange.deals import earnest
from exchange.events import AwardOffered, DealDefaulted
from exchange.listings import bid_life, bidders, life
from exchange.money import holds
from exchange.rows import Deal, Listing
from exchange.rules import working_days
from exchange.rules.conflicts import STAFF_CHAINS_SINCE_ENGINE, has_colluded, is_staff
from exchange.sellers import sellers_of
from exchange.state import State
from exchange.terms.allocation import allocate
from exchange.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.rows import Bid

SINCE_ENGINE = 3
LEFT_SINCE_ENGINE = 5
"""Since this version whoever has left the listing is not offered the award."""
WORKING_DAYS_TO_TAKE = 5
MOST_RUNNERS_UP = 10


def note_default(turn: Turn, deal: Deal, party_id: str) -> None:
    """A party has defaulted on a deal that is about to be unwound.

    A buyer's deposit or earnest money goes to the seller; a seller owes double what earnest money it was paid.
    """
    listing = turn.state.listings[deal.listing_id]
    bound = deal.bid_id is not None or listing.terms.deposit > 0
    bound = bound or deal.reassigned_from is not UNSET or deal.earnest is not UNSET
    if turn.state.venue.engine < SINCE_ENGINE or not bound:
        return
    deal.defaulted = party_id
    forfeited, of_earnest = 0, UNSET if deal.earnest is UNSET else 0
    if party_id == deal.buyer:
        forfeited, of_earnest = _lose_one(turn, deal, min(deal.deposit, _bid_deposit(listing, deal)))
        # Of a lot's deals the first takes bid and standing with it.
        if deal.bid_id is not None and turn.state.bids[deal.bid_id].state != "FORFEIT":
            bid_life.change_bid(turn, turn.state.bids[deal.bid_id], "default", "default")
        if party_id in listing.bidders and listing.bidders[party_id].state != "FORFEITED":
            bidders.move(turn, listing, party_id, "forfeit")
    elif deal.earnest is not UNSET:
        of_earnest = earnest.owe_double(turn, deal)
    turn.state.touch(deal)
    turn.emit(DealDefaulted(deal_id=deal.id, party_id=party_id, forfeited=forfeited, earnest=of_earnest))


def _lose_one(turn: Turn, deal: Deal, deposit: int) -> tuple[int, int | UnsetType]:
    """A buyer loses its earnest money or its bid deposit, whichever is more, and not both: what of each it has lost.

    Civil Code Art. 588: where earnest money and damages are both agreed, the other side has one of them.
    """
    lies = earnest.lying(turn.state, deal)
    if lies and lies >= deposit:
        return 0, earnest.forfeit(turn, deal)
    _forfeit(turn, deal, deposit)
    return deposit, UNSET if deal.earnest is UNSET else 0


def _forfeit(turn: Turn, deal: Deal, amount: int) -> None:
    """So much of the deposit becomes the seller's, and the rest goes back, in one turn."""
    seller, held = (deal.seller, "available"), deal.deposit
    holds.post_part(
        turn, deal.id, deal.buyer, deal.currency, held, amount, seller, "deposit_forfeited", "refund"
    )
    deal.deposit = 0


def _bid_deposit(listing: Listing, deal: Deal) -> int:
    """What of the listing's bid deposit is this deal's: of a lot its part by the published shares."""
    if listing.lot is UNSET:
        return listing.terms.deposit
    parts = allocate(listing.terms.deposit, listing.lot)
    return parts[listing.right_ids.index(deal.right_id)]


def unsigned_party(deals: Sequence[Deal]) -> str:
    """Whose signatures alone are missing under a deal, or under the deals of a lot.

    Empty where each side's are: then nobody has kept the other waiting. Whoever undid the other's signature by a change
    of its own key, and has not signed since, has done so.
    """
    seller_signed = all(deal.seller_signature for deal in deals)
    buyer_signed = all(deal.buyer_signature for deal in deals)
    if buyer_signed and not seller_signed:
        return deals[0].seller
    if seller_signed and not buyer_signed:
        return deals[0].buyer
    voided = {deal.voided_by for deal in deals if deal.voided_by}
    return "" if buyer_signed or len(voided) != 1 else str(voided.pop())


def keep_runners_up(turn: Turn, listing: Listing, ranked: list[Bid]) -> None:
    """Keep who comes after the winner, the first of the bids: best first, each party once."""
    if turn.state.venue.engine < SINCE_ENGINE:
        return
    best: dict[str, str] = {}
    for bid in ranked:
        best.setdefault(bid.party_id, bid.id)
    listing.runners_up = tuple(best.values())[1 : MOST_RUNNERS_UP + 1]
    turn.state.touch(listing)


def passed_over(state: State, listing: Listing) -> set[str]:
    """Parties that take no award of a listing any more: whoever has defaulted on it, with its affiliates."""
    gone = {party for party, bidder in listing.bidders.items() if bidder.state == "FORFEITED"}
    deals = (state.deals[deal_id] for deal_id in listing.deals)
    gone |= {deal.buyer for deal in deals if deal.defaulted == deal.buyer}
    return affiliates_of(state.parties, gone)


def _is_of_the_venue(state: State, party_id: str, time_ms: int) -> bool:
    if state.venue.engine < STAFF_CHAINS_SINCE_ENGINE:
        return False
    return any(is_staff(state, each, time_ms) for each in affiliates_of(state.parties, {party_id}))


def offer_award(turn: Turn, listing: Listing, cause: str) -> bool:
    """Offer the award to the next bidder; False where there is none, or no seller may have it.

    Whoever is an affiliate of one that has defaulted is passed over: it would have the right at the lower price. So is
    whoever has left, and whoever has been found to be one of a seller's, one of the venue's, or to have colluded, which
    may not take it.
    """
    state = turn.state
    gone = passed_over(state, listing)
    gone |= affiliates_of(state.parties, [each.id for each in sellers_of(state, listing)])
    if state.venue.engine >= LEFT_SINCE_ENGINE:
        gone |= {party for party, bidder in listing.bidders.items() if bidder.state == "LEFT"}
    waiting = [
        state.bids[bid_id]
        for bid_id in (() if listing.runners_up is UNSET else listing.runners_up)
        if state.bids[bid_id].party_id not in gone
        and not has_colluded(state, listing, state.bids[bid_id].party_id, turn.time_ms)
        and not _is_of_the_venue(state, state.bids[bid_id].party_id, turn.time_ms)
    ]
    listing.runners_up = tuple(bid.id for bid in waiting)
    state.touch(listing)
    if not waiting or life.bar_to_award(turn, listing):
        return False
    bid = waiting[0]
    until_ms = working_days.end_of(state.venue, turn.time_ms, WORKING_DAYS_TO_TAKE)
    life.move(turn, listing, "default", cause)
    listing.award_offered_until_ms = until_ms
    state.set_deadline("award_offer", listing.id, until_ms)
    bidders.move(turn, listing, bid.party_id, "offer")
    turn.emit(AwardOffered(listing_id=listing.id, bid_id=bid.id, party_id=bid.party_id, until_ms=until_ms))
    return True

"""The award that is offered to the next bidder after a default: taken, declined, or left to lapse."""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import AcceptAward, DeclineAward
from exchange.deals import award
from exchange.deals.default import offer_award
from exchange.listings import bid_life, bidders, life
from exchange.listings.checks import buyer_may_take_part, licence_is_compatible
from exchange.money.accounts import require_available
from exchange.parties import active_actor
from exchange.rows import Bid, Deadline, Listing
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Handlers, Result, Turn


def accept_award(turn: Turn, command: AcceptAward) -> Result:
    """A deal at the price of its own bid; the bid deposit is held again."""
    listing = life.listing_of(turn.state, command.listing_id)
    bid = _offered(turn, listing)
    buyer = buyer_may_take_part(turn, listing)
    if life.is_barred(turn.state, listing):
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="award", barred=True)
    licence_is_compatible(turn, listing)
    require_available(turn.state, buyer.id, listing.currency, listing.terms.deposit)
    _end_offer(turn, listing)
    life.move(turn, listing, "award", "accept_award")
    bidders.come(turn, listing, buyer.id, "take")
    bid_life.change_bid(turn, bid, "take", "accept_award")
    deal = award.open_deal(turn, listing, buyer, bid.price, deposit=listing.terms.deposit, bid=bid)
    return {"deal_id": deal.id, "bid_id": bid.id, "state": deal.state}


def decline_award(turn: Turn, command: DeclineAward) -> Result:
    """It goes to the one after; nothing is lost by declining."""
    listing = life.listing_of(turn.state, command.listing_id)
    _offered(turn, listing)
    _pass_on(turn, listing, "decline_award")
    return {"listing_id": listing.id, "state": listing.state}


def award_offer(turn: Turn, deadline: Deadline) -> None:
    """Nobody took it in time."""
    _pass_on(turn, turn.state.listings[deadline.subject_id], "award_offer")


def _offered(turn: Turn, listing: Listing) -> Bid:
    """The acting party's bid to which the award is offered. Raises Refusal WRONG-STATE, NOT-PERMITTED."""
    if listing.state != "REOFFERED" or not listing.runners_up:
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="award")
    bid = turn.state.bids[listing.runners_up[0]]
    if bid.party_id != active_actor(turn).id:
        refuse(rules.NOT_PERMITTED, listing_id=listing.id)
    return bid


def _pass_on(turn: Turn, listing: Listing, cause: str) -> None:
    waiting = listing.runners_up
    if not waiting:
        turn.fault(f"the award of {listing.id} is offered to nobody")
    party_id = turn.state.bids[waiting[0]].party_id
    bidders.move(turn, listing, party_id, "pass")
    _end_offer(turn, listing)
    if not offer_award(turn, listing, cause):
        life.move(turn, listing, "nobody", cause)


def _end_offer(turn: Turn, listing: Listing) -> None:
    """The first of those that wait waits no more."""
    listing.runners_up = (listing.runners_up or ())[1:]
    listing.award_offered_until_ms = UNSET
    turn.state.clear_deadline("award_offer", listing.id)
    turn.state.touch(listing)


HANDLERS: Handlers = {AcceptAward: accept_award, DeclineAward: decline_award}
DEADLINES = {"award_offer": award_offer}

"""The assignment that gives a right back as an outcome or a rescission requires, drawn up by the engine."""

from __future__ import annotations

from exchange.commands import ListingTerms
from exchange.deals import award
from exchange.events import ListingChanged
from exchange.listings import life
from exchange.rows import Deal, Listing
from exchange.turn import Turn


def draw_up(turn: Turn, deal: Deal, price: int, cause: str) -> Deal:
    """From the deal's buyer to its seller, at `price` minor units: contract, money, filing and register of its own.

    Nobody bids: it has a listing of its own that is awarded at once, under which pledgees consent as under any other.
    """
    state = turn.state
    listing = Listing(
        id=state.next_id("L"),
        right_id=deal.right_id,
        seller=deal.buyer,
        mode="negotiated",
        deal_kind="assignment",
        currency=deal.currency,
        terms=ListingTerms(price=price, territory=deal.terms.territory, arbitration=deal.terms.arbitration),
        terms_salt=turn.request.terms_salt,
        closes_ms=turn.time_ms,
        opened_ms=turn.time_ms,
        accepted=1,
    )
    state.add(listing)
    right = state.rights[deal.right_id]
    right.open_listing = listing.id
    state.touch(right)
    turn.emit(ListingChanged(listing_id=listing.id, old="", new=listing.state, cause=cause))
    life.move(turn, listing, "order", cause)
    seller = state.parties[deal.seller]
    return award.open_deal(turn, listing, seller, price, deposit=0, bid=None, reverses=deal.id)

"""English auction 网络竞价: qualified bidders top one another in the open until nobody does.

Bidders register, are qualified and leave a deposit as in a competitive listing; bidding begins when registration
closes, even with one of them. Each bid must be above the highest by a step and supersedes it (Auction Law Art. 36: a
bid is irrevocable until a higher one). A bid shortly before the close moves it. The close is the fall of the hammer
(Art. 51), after which seller and buyer sign (Art. 52). Below the reserve nothing is sold; whether there is one is
announced before bidding begins (Art. 50).
Run without a licensed auctioneer it is called 网络竞价, never 拍卖 (Arts. 10 to 12).
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.calendar import MS_PER_MINUTE
from exchange.commands import BidTerms, ListingTerms, SubmitListing
from exchange.deals import default
from exchange.events import ClosePostponed
from exchange.listings import bid_life, life
from exchange.modes.competitive import Competitive, award_bid, enter_bid
from exchange.modes.mode import require_own_terms
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rows import Bid, Listing, Party
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Result, Turn

EXTENSION_MS = 5 * MS_PER_MINUTE
"""A bid in the last five minutes leaves five minutes to answer it."""
WINNER_FIRST_SINCE_ENGINE = 5


class English(Competitive):
    """The English auction: registration, deposits and qualification are those of the competitive mode."""

    def check(self, turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
        """As a competitive listing, with a step, and a reserve at or above the first bid where there is one."""
        require_own_terms(command, terms, "reserve")
        if terms.step == 0:
            refuse(rules.MALFORMED, field="step", mode="english")
        if terms.reserve is not UNSET and not terms.price <= terms.reserve <= LARGEST_AMOUNT:
            refuse(rules.MALFORMED, field="reserve", mode="english")
        self.check_registration(turn, command, terms)

    def place_bid(self, turn: Turn, listing: Listing, bidder: Party, terms: BidTerms) -> Result:
        """A higher bid supersedes the highest, which binds no more (Auction Law Art. 36), and may move the close."""
        standing = listing.bidders.get(bidder.id)
        if standing is None or standing.state != "QUALIFIED":
            refuse(rules.NOT_QUALIFIED, listing_id=listing.id, party_id=bidder.id)
        if listing.state != "BIDDING":
            refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="bid")
        highest = next(iter(life.live_bids(turn.state, listing)), None)
        if highest is not None and highest.party_id == bidder.id:
            refuse(rules.BID_STANDS, bid_id=highest.id)
        least = listing.terms.price if highest is None else highest.price + listing.terms.step
        if terms.price < least:
            refuse(rules.BID_BELOW_PRICE, listing_id=listing.id, least=least)
        if highest is not None:
            bid_life.change_bid(turn, highest, "outbid", "place_bid")
        result = enter_bid(turn, listing, bidder, terms)
        _leave_time_to_answer(turn, listing, result["bid_id"])
        return result

    def amend(self, turn: Turn, listing: Listing, bid: Bid, terms: BidTerms) -> Result:  # noqa: ARG002 - the interface
        """Whoever is outbid bids afresh; the highest bid binds as it is (Auction Law Art. 36)."""
        refuse(rules.BID_IRREVOCABLE, bid_id=bid.id)

    def withdraw(self, turn: Turn, listing: Listing, bid: Bid) -> Result:  # noqa: ARG002 - the interface
        """Irrevocable until a higher bid, and gone after it (Auction Law Art. 36)."""
        refuse(rules.BID_IRREVOCABLE, bid_id=bid.id)

    def registration_close(self, turn: Turn, listing: Listing) -> None:
        """Bidding begins with whoever is qualified by now; with nobody the listing lapses."""
        if self.qualified_at_close(turn, listing):
            life.move(turn, listing, "several_bidders", "registration_close")
        else:
            life.end_without_award(turn, listing, "nobody", "registration_close")

    def close(self, turn: Turn, listing: Listing) -> None:
        """The highest bid wins if it reaches the reserve: the close is the fall of the hammer (Auction Law Art. 51).

        Below the reserve the highest bid has no effect, and the auction ends (Art. 50). Nobody wins what a sanctioned
        party sells.
        """
        if life.is_sanctioned(turn, listing):
            life.end_without_award(turn, listing, "nobody", "sanctions")
            return
        highest = next(iter(life.live_bids(turn.state, listing)), None)
        reserve = listing.terms.reserve
        if highest is None or (reserve is not UNSET and highest.price < reserve):
            life.end_without_award(turn, listing, "nobody", "listing_close")
        else:
            default.keep_runners_up(turn, listing, _ranked(turn, listing, highest))
            award_bid(turn, listing, highest, "listing_close")

    def accept_bid(self, turn: Turn, listing: Listing, bid: Bid) -> Result:  # noqa: ARG002 - the interface
        """The close decides, not the seller."""
        refuse(rules.WRONG_STATE, listing_id=listing.id, mode=listing.mode, step="accept_bid")


def _ranked(turn: Turn, listing: Listing, winner: Bid) -> list[Bid]:
    """Every bid that nobody would have sold below, the winner and then the highest first.

    Where the highest bidder had to leave, bidding began again, and bids that it had outbid may be above the winner's.
    Before engine version 5 the first of those was passed over then, and the winner waited behind itself.
    """
    reserve = listing.terms.reserve
    bids = [turn.state.bids[bid_id] for bid_id in turn.state.bids_of.get(listing.id, ())]
    bids = [bid for bid in bids if bid.state in {"LIVE", "SUPERSEDED"}]
    first = turn.state.venue.engine >= WINNER_FIRST_SINCE_ENGINE
    return sorted(
        (bid for bid in bids if reserve is UNSET or bid.price >= reserve),
        key=lambda bid: (not (first and bid is winner), -bid.price),
    )


def _leave_time_to_answer(turn: Turn, listing: Listing, bid_id: str) -> None:
    closing = turn.state.deadlines.get(f"listing_close:{listing.id}")
    if closing is None:
        turn.fault(f"bidding on {listing.id} without a close")
    short_by_ms = turn.time_ms + EXTENSION_MS - closing.due_ms
    if short_by_ms > 0:
        life.move_clock(turn.state, closing, short_by_ms)
        turn.emit(ClosePostponed(listing_id=listing.id, bid_id=bid_id, closes_ms=listing.closes_ms))

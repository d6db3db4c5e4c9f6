"""Competitive listing 挂牌竞价: bidders register, are qualified and leave a deposit; then nobody, one, or several.

Nobody: the listing lapses. One: it negotiates at or above the listed price. Several: they bid until the close, and the
highest bid wins, the earliest among equals. Until registration closes a bid may be amended and withdrawn; afterwards it
is irrevocable and may only be raised.
"""

from __future__ import annotations

from exchange.commands import ListingTerms, SubmitListing
from exchange.deals import award
from exchange.events import BidAmended, BidPlaced
from exchange.listings import life
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import Bid, Bidder, Listing, Party
from exchange.turn import Result, Turn

HIGHEST_DEPOSIT_PERCENT = 30
OPEN_TO_BIDS = frozenset({"OPEN", "BIDDING", "NEGOTIATE"})


class Competitive:
    """The competitive mode."""

    def check(self, turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
        """Registration ends before the close; the deposit stays under the venue's cap; one buyer only."""
        registration = command.registration_closes_ms
        if registration is None or not turn.time_ms < registration < command.closes_ms:
            refuse(rules.MALFORMED, field="registration_closes_ms")
        if command.max_acceptances != 1 or command.announcement_number is not None:
            refuse(rules.MALFORMED, field="max_acceptances", most=1)
        if terms.deposit * 100 > terms.price * HIGHEST_DEPOSIT_PERCENT:
            refuse(rules.DEPOSIT_CAP, deposit_percent=HIGHEST_DEPOSIT_PERCENT)

    def opened(self, turn: Turn, listing: Listing) -> None:
        """Registration and close each have their time."""
        if listing.registration_closes_ms is None:
            turn.fault(f"competitive listing {listing.id} without a registration")
        turn.state.set_deadline("registration_close", listing.id, listing.registration_closes_ms)
        turn.state.set_deadline("listing_close", listing.id, listing.closes_ms)

    def place(
        self, turn: Turn, listing: Listing, bidder: Party, price: int, client_order_id: str | None
    ) -> Result:
        """A qualified bidder's first bid."""
        standing = listing.bidders.get(bidder.id)
        if standing is None or standing.state != "QUALIFIED":
            refuse(rules.NOT_QUALIFIED, listing_id=listing.id, party_id=bidder.id)
        if listing.state not in OPEN_TO_BIDS:
            refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="bid")
        _check_price(listing, price)
        book = turn.state.book(listing.id)
        if bidder.id in book.bid_by_party:
            refuse(rules.BID_STANDS, bid_id=book.bid_by_party[bidder.id])
        bid_id = turn.state.next_id("B")
        bid = Bid(
            id=bid_id,
            listing_id=listing.id,
            party_id=bidder.id,
            price=price,
            sequence=_sequence(bid_id),
            placed_ms=turn.time_ms,
            terms_salt=turn.request.terms_salt,
            client_order_id=client_order_id,
        )
        turn.state.add(bid)
        turn.emit(
            BidPlaced(
                bid_id=bid.id, listing_id=listing.id, party_id=bidder.id, price=price, sequence=bid.sequence
            )
        )
        return {"bid_id": bid.id, "listing_id": listing.id, "state": bid.state}

    def amend(self, turn: Turn, listing: Listing, bid: Bid, price: int) -> Result:
        """Another price; time priority starts anew."""
        if listing.state not in OPEN_TO_BIDS or bid.state != "LIVE":
            refuse(rules.WRONG_STATE, bid_id=bid.id, state=bid.state, step="amend")
        _check_price(listing, price)
        if listing.state != "OPEN" and price <= bid.price:
            refuse(rules.BID_IRREVOCABLE, bid_id=bid.id)
        old_price, bid.price = bid.price, price
        bid.sequence = _sequence(turn.state.next_id("B"))
        bid.terms_salt = turn.request.terms_salt
        turn.state.book(listing.id).replace(bid)
        turn.state.touch(bid)
        turn.emit(BidAmended(bid_id=bid.id, old_price=old_price, price=price, sequence=bid.sequence))
        return {"bid_id": bid.id, "state": bid.state}

    def withdraw(self, turn: Turn, listing: Listing, bid: Bid) -> Result:
        """Only while registration is open."""
        if bid.state != "LIVE":
            refuse(rules.WRONG_STATE, bid_id=bid.id, state=bid.state, step="withdraw")
        if listing.state != "OPEN":
            refuse(rules.BID_IRREVOCABLE, bid_id=bid.id)
        life.change_bid(turn, bid, "WITHDRAWN", "withdraw_bid")
        return {"bid_id": bid.id, "state": bid.state}

    def registration_close(self, turn: Turn, listing: Listing) -> None:
        """Nobody, one or several: the branch of the mode. Whoever is not qualified by now leaves."""
        for party_id, bidder in sorted(listing.bidders.items()):
            if bidder.state == "REGISTERED":
                life.release_deposit(turn, listing, party_id)
                life.change_bidder(turn, listing, party_id, Bidder(state="LEFT", deposit=0))
        qualified = [party_id for party_id, bidder in listing.bidders.items() if bidder.state == "QUALIFIED"]
        if not qualified:
            life.end_without_award(turn, listing, "nobody", "registration_close")
        else:
            event = "one_bidder" if len(qualified) == 1 else "several_bidders"
            life.move(turn, listing, event, "registration_close")

    def close(self, turn: Turn, listing: Listing) -> None:
        """The best bid wins; a negotiation that nobody concluded lapses."""
        ranked = life.live_bids(turn.state, listing)
        if listing.state == "BIDDING" and ranked:
            self.award(turn, listing, ranked[0], "listing_close")
        else:
            life.end_without_award(turn, listing, "nobody", "listing_close")

    def award(self, turn: Turn, listing: Listing, bid: Bid, cause: str) -> Result:
        """This bid wins: the others lose and get their deposits back."""
        life.move(turn, listing, "award", cause)
        life.change_bid(turn, bid, "WON", cause)
        for other in life.live_bids(turn.state, listing):
            life.change_bid(turn, other, "LOST", cause)
        life.release_deposits(turn, listing, winner=bid.party_id)
        buyer = turn.state.parties[bid.party_id]
        deposit = listing.bidders[buyer.id].deposit
        deal = award.open_deal(turn, listing, buyer, bid.price, deposit=deposit, bid=bid)
        return {"deal_id": deal.id, "bid_id": bid.id, "state": deal.state}


def _check_price(listing: Listing, price: int) -> None:
    above = price - listing.terms.price
    if above < 0 or (listing.terms.step and above % listing.terms.step):
        refuse(rules.BID_BELOW_PRICE, listing_id=listing.id)


def _sequence(bid_id: str) -> int:
    """The venue-wide arrival number: amended bids draw a new one, so no two bids ever share it."""
    return int(bid_id.rpartition("-")[2])

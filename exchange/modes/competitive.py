"""Competitive listing 挂牌竞价: bidders register, are qualified and leave a deposit; then nobody, one, or several.

Nobody: the listing lapses. One: it negotiates at or above the listed price. Several: they bid until the close, as the
listing says (`exchange.modes.bidding`), and the highest bid wins, the earliest among equals. Affiliates of one another
count as one. Until registration closes a bid may be amended and withdrawn; afterwards it is irrevocable and may only be
raised (after Auction Law Art. 36).
"""

from __future__ import annotations

from exchange.affiliates import BIDDERS_SINCE_ENGINE, independent
from exchange.commands import BidTerms, ListingTerms, SubmitListing
from exchange.deals import award, default
from exchange.events import BidAmended, BidPlaced
from exchange.listings import bid_life, bidders, life
from exchange.modes import bidding
from exchange.modes.mode import Mode, require_deposit_in_bounds
from exchange.rows import Bid, Listing, Party
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.transitions import require_step
from exchange.turn import Result, Turn

MOST_BIDDERS = 2_000
"""On one listing."""
DEPOSIT_SINCE_ENGINE = 5
"""Since then every listing with a registration holds a bid deposit."""
OPEN_TO_BIDS = frozenset({"OPEN", "BIDDING", "NEGOTIATE"})


class Competitive(Mode):
    """The competitive mode."""

    def check(self, turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
        """Registration ends before the close; the deposit stays under the venue's cap; one buyer only."""
        self.check_registration(turn, command, terms)
        bidding.check(turn, command, terms)

    def check_registration(self, turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
        """What every mode with a registration asks of its listings."""
        registration = command.registration_closes_ms
        if registration is None or not turn.time_ms < registration < command.closes_ms:
            refuse(rules.MALFORMED, field="registration_closes_ms")
        if command.max_acceptances != 1 or command.announcement_number is not None:
            refuse(rules.MALFORMED, field="max_acceptances", most=1)
        if terms.deposit == 0 and turn.state.venue.engine >= DEPOSIT_SINCE_ENGINE:
            refuse(rules.MALFORMED, field="deposit", mode=command.mode)
        require_deposit_in_bounds(terms)

    def opened(self, turn: Turn, listing: Listing) -> None:
        """Registration and close each have their time."""
        if listing.registration_closes_ms is None:
            turn.fault(f"competitive listing {listing.id} without a registration")
        turn.state.set_deadline("registration_close", listing.id, listing.registration_closes_ms)
        turn.state.set_deadline("listing_close", listing.id, listing.closes_ms)

    def register(self, turn: Turn, listing: Listing, buyer: Party) -> Result:
        """A buyer registers while registration is open; its deposit is held at once."""
        if listing.state != "OPEN":
            refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="register")
        standing = listing.bidders.get(buyer.id)
        bidders.require_step(listing, buyer.id, "register")
        if standing is None and len(listing.bidders) >= MOST_BIDDERS:
            refuse(rules.MALFORMED, field="bidders", most=MOST_BIDDERS)
        bidders.come(turn, listing, buyer.id, "register")
        return {"listing_id": listing.id, "party_id": buyer.id, "state": "REGISTERED"}

    def qualify(self, turn: Turn, listing: Listing, party_id: str) -> Result:
        """A registered, active bidder is qualified while registration is open."""
        standing = listing.bidders.get(party_id)
        if standing is None:
            refuse(rules.UNKNOWN_ID, kind="bidder", id=party_id)
        bidders.require_step(listing, party_id, "qualify")
        if listing.state != "OPEN":
            refuse(rules.WRONG_STATE, listing_id=listing.id, state=standing.state, step="qualify")
        bidder = turn.state.parties[party_id]
        if bidder.state != "ACTIVE":
            refuse(rules.PARTY_NOT_ACTIVE, party_id=bidder.id, state=bidder.state)
        bidders.move(turn, listing, party_id, "qualify", standing.deposit)
        return {"listing_id": listing.id, "party_id": party_id, "state": "QUALIFIED"}

    def leave(self, turn: Turn, listing: Listing, bidder: Party) -> Result:
        """A bidder leaves before registration closes: bid withdrawn, deposit back."""
        standing = listing.bidders.get(bidder.id)
        if standing is None or standing.state == "LEFT":
            refuse(rules.UNKNOWN_ID, kind="bidder", id=bidder.id)
        if not life.registration_is_open(listing):
            refuse(rules.BID_IRREVOCABLE, listing_id=listing.id)
        bid = life.standing_bid(turn.state, listing, bidder.id)
        if bid is not None:
            bid_life.change_bid(turn, bid, "withdraw", "leave_listing")
        bidders.leave(turn, listing, bidder.id)
        return {"listing_id": listing.id, "party_id": bidder.id, "state": "LEFT"}

    def place_bid(self, turn: Turn, listing: Listing, bidder: Party, terms: BidTerms) -> Result:
        """A qualified bidder's first bid."""
        price = terms.price
        standing = listing.bidders.get(bidder.id)
        if standing is None or standing.state != "QUALIFIED":
            refuse(rules.NOT_QUALIFIED, listing_id=listing.id, party_id=bidder.id)
        if listing.state not in OPEN_TO_BIDS:
            refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="bid")
        bidding.require_open(listing, "bid")
        _check_price(listing, price)
        book = turn.state.book(listing.id)
        if bidder.id in book.bid_by_party:
            refuse(rules.BID_STANDS, bid_id=book.bid_by_party[bidder.id])
        bidding.require_raise(turn, listing, bidder.id, price)
        bidding.note_raise(turn, listing)
        return enter_bid(turn, listing, bidder, terms)

    def amend(self, turn: Turn, listing: Listing, bid: Bid, terms: BidTerms) -> Result:
        """Another price; time priority starts anew."""
        price = terms.price
        require_step(bid_life.BID_TRANSITIONS, bid, "amend")
        if listing.state not in OPEN_TO_BIDS:
            refuse(rules.WRONG_STATE, bid_id=bid.id, state=bid.state, step="amend")
        _check_price(listing, price)
        is_sole = listing.terms.bidding == "once" and listing.state == "BIDDING"
        if is_sole or (listing.state != "OPEN" and price <= bid.price):
            refuse(rules.BID_IRREVOCABLE, bid_id=bid.id)
        bidding.require_raise(turn, listing, bid.party_id, price)
        bidding.note_raise(turn, listing)
        old_price, bid.price = bid.price, price
        bid.sequence = _sequence(turn.state.next_id("B"))
        bid.terms_salt = turn.request.terms_salt
        turn.state.book(listing.id).replace(bid)
        turn.state.touch(bid)
        turn.emit(BidAmended(bid_id=bid.id, old_price=old_price, price=price, sequence=bid.sequence))
        return {"bid_id": bid.id, "state": bid.state}

    def withdraw(self, turn: Turn, listing: Listing, bid: Bid) -> Result:
        """Only while registration is open."""
        require_step(bid_life.BID_TRANSITIONS, bid, "withdraw")
        if not life.registration_is_open(listing):
            refuse(rules.BID_IRREVOCABLE, bid_id=bid.id)
        bid_life.change_bid(turn, bid, "withdraw", "withdraw_bid")
        return {"bid_id": bid.id, "state": bid.state}

    def registration_close(self, turn: Turn, listing: Listing) -> None:
        """Nobody, one or several: the branch of the mode."""
        qualified = self.qualified_at_close(turn, listing)
        if not qualified:
            life.end_without_award(turn, listing, "nobody", "registration_close")
        else:
            alone = _independent_bidders(turn.state, qualified) == 1
            event = "one_bidder" if alone else "several_bidders"
            life.move(turn, listing, event, "registration_close")
            if not alone:
                bidding.begin(turn, listing)

    def qualified_at_close(self, turn: Turn, listing: Listing) -> list[str]:
        """The bidders that stay when registration closes; whoever is not qualified by now leaves."""
        for party_id, bidder in sorted(listing.bidders.items()):
            if bidder.state == "REGISTERED":
                bidders.leave(turn, listing, party_id)
        return [party_id for party_id, bidder in listing.bidders.items() if bidder.state == "QUALIFIED"]

    def close(self, turn: Turn, listing: Listing) -> None:
        """The best bid wins, unless another round begins; a negotiation that nobody concluded lapses.

        Nobody wins what a sanctioned party sells.
        """
        if listing.state == "BIDDING" and bidding.begin_another(turn, listing):
            return
        if life.is_sanctioned(turn, listing):
            life.end_without_award(turn, listing, "nobody", "sanctions")
            return
        ranked = life.live_bids(turn.state, listing)
        if listing.state == "BIDDING" and ranked:
            default.keep_runners_up(turn, listing, ranked)
            award_bid(turn, listing, ranked[0], "listing_close")
        else:
            life.end_without_award(turn, listing, "nobody", "listing_close")

    def accept_bid(self, turn: Turn, listing: Listing, bid: Bid) -> Result:
        """The seller takes the best bid of the negotiation: the only bidder's, or the best of affiliates."""
        if listing.state != "NEGOTIATE" or bid.state != "LIVE":
            refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="accept_bid")
        best = life.live_bids(turn.state, listing)[0]
        if bid is not best:
            refuse(rules.WRONG_STATE, listing_id=listing.id, best=best.id, step="accept_bid")
        return award_bid(turn, listing, bid, "accept_bid")


def enter_bid(turn: Turn, listing: Listing, bidder: Party, terms: BidTerms) -> Result:
    """A new bid stands."""
    bid_id = turn.state.next_id("B")
    bid = Bid(
        id=bid_id,
        listing_id=listing.id,
        party_id=bidder.id,
        price=terms.price,
        sequence=_sequence(bid_id),
        placed_ms=turn.time_ms,
        terms_salt=turn.request.terms_salt,
        client_order_id=terms.client_order_id,
    )
    turn.state.add(bid)
    turn.emit(
        BidPlaced(
            bid_id=bid.id, listing_id=listing.id, party_id=bidder.id, price=bid.price, sequence=bid.sequence
        )
    )
    return {"bid_id": bid.id, "listing_id": listing.id, "state": bid.state}


def award_bid(turn: Turn, listing: Listing, bid: Bid, cause: str) -> Result:
    """This bid wins: the others lose and get their deposits back."""
    life.move(turn, listing, "award", cause)
    bid_life.change_bid(turn, bid, "win", cause)
    for other in life.live_bids(turn.state, listing):
        bid_life.change_bid(turn, other, "lose", cause)
    bidders.release_deposits(turn, listing, winner=bid.party_id)
    buyer = turn.state.parties[bid.party_id]
    deposit = listing.bidders[buyer.id].deposit
    deal = award.open_deal(turn, listing, buyer, bid.price, deposit=deposit, bid=bid)
    return {"deal_id": deal.id, "bid_id": bid.id, "state": deal.state}


def _independent_bidders(state: State, party_ids: list[str]) -> int:
    """How many bidders there are when affiliates of one another count as one (after Auction Law Art. 37)."""
    if state.venue.engine >= BIDDERS_SINCE_ENGINE:
        return independent(state.parties, party_ids)
    left = set(party_ids)
    groups = 0
    while left:
        groups += 1
        group = {left.pop()}
        while group:
            affiliates = left & set(state.parties[group.pop()].affiliates)
            left -= affiliates
            group |= affiliates
    return groups


def _check_price(listing: Listing, price: int) -> None:
    above = price - listing.terms.price
    if above < 0 or (listing.terms.step and above % listing.terms.step):
        refuse(rules.BID_BELOW_PRICE, listing_id=listing.id)


def _sequence(bid_id: str) -> int:
    """The venue-wide arrival number: amended bids draw a new one, so no two bids ever share it."""
    return int(bid_id.rpartition("-")[2])

"""Sealed bids 密封报价: committed before the close, opened after it, and only then known to anybody.

Bidders register, are qualified and leave a deposit as in a competitive listing. Until the close a bid is its commitment
alone, and may be taken back. At the close the set freezes; its root and count go to the chain, and no bid is opened
before they are final there, so that none can be added, dropped or changed in the light of another. Who does not open
its bid in the window loses its deposit to the seller. The highest price wins, the earliest sealed among equals, and is
what the winner pays.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from exchange.affiliates import independent
from exchange.calendar import MS_PER_DAY
from exchange.commands import ListingTerms, RevealTerms, SubmitListing
from exchange.deals import default
from exchange.events import BidRevealed, BidSealed, SealedBidsFixed
from exchange.listings import bid_life, bidders, life
from exchange.listings.bid_commitment import HASH, SealedBid, commitment_of
from exchange.modes.competitive import Competitive, award_bid
from exchange.modes.mode import require_own_terms
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rows import Bid, Listing, Party, SealedSet
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.transitions import require_step
from exchange.turn import Result, Turn

SHORTEST_REVEAL_MS = MS_PER_DAY
LONGEST_REVEAL_MS = 30 * MS_PER_DAY
SEALING_MS = 10 * MS_PER_DAY
"""The chain has so long to make the set final; without that nothing can be opened, and the listing lapses."""
MOST_SEALED = 50
"""Of one bidder on one listing, whatever became of them."""
ROUND = 1
TAKES_BIDS = frozenset({"OPEN", "BIDDING"})


class Sealed(Competitive):
    """Sealed bids: registration, deposits and qualification are those of the competitive mode."""

    fewest = 1
    """Independent bidders at the close, below which no bid is opened, and whose bids must be valid when they are."""

    def check(self, turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
        """A deposit to lose, a window to open bids in, and no step: nobody tops what nobody sees."""
        require_own_terms(command, terms, "reveal_ms")
        self.check_sealed(turn, command, terms)

    def check_sealed(self, turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
        """What every mode with sealed bids asks of its listings."""
        reveal_ms = terms.reveal_ms
        if reveal_ms is UNSET or not SHORTEST_REVEAL_MS <= reveal_ms <= LONGEST_REVEAL_MS:
            refuse(rules.MALFORMED, field="reveal_ms", least=SHORTEST_REVEAL_MS, most=LONGEST_REVEAL_MS)
        if terms.deposit == 0 or terms.step:
            refuse(rules.MALFORMED, field="step" if terms.step else "deposit", mode=command.mode)
        self.check_registration(turn, command, terms)

    def registration_close(self, turn: Turn, listing: Listing) -> None:
        """Bids are sealed until the close, by whoever is qualified by now; with nobody the listing lapses."""
        if self.qualified_at_close(turn, listing):
            life.move(turn, listing, "several_bidders", "registration_close")
        else:
            life.end_without_award(turn, listing, "nobody", "registration_close")

    def place_bid(self, turn: Turn, listing: Listing, bidder: Party, terms: object) -> Result:  # noqa: ARG002 - the interface
        """A price in the open has no place here."""
        refuse(rules.WRONG_STATE, listing_id=listing.id, mode=listing.mode, step="place_bid")

    def amend(self, turn: Turn, listing: Listing, bid: Bid, terms: object) -> Result:  # noqa: ARG002 - the interface
        """A sealed bid is taken back and another sealed."""
        refuse(rules.WRONG_STATE, bid_id=bid.id, state=bid.state, step="amend")

    def accept_bid(self, turn: Turn, listing: Listing, bid: Bid) -> Result:  # noqa: ARG002 - the interface
        """The opening decides, not the seller."""
        refuse(rules.WRONG_STATE, listing_id=listing.id, mode=listing.mode, step="accept_bid")

    def seal(self, turn: Turn, listing: Listing, bidder: Party, commitment: str) -> Result:
        """A qualified bidder's sealed bid."""
        state = turn.state
        standing = listing.bidders.get(bidder.id)
        if standing is None or standing.state != "QUALIFIED":
            refuse(rules.NOT_QUALIFIED, listing_id=listing.id, party_id=bidder.id)
        if listing.state not in TAKES_BIDS:
            refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="seal_bid")
        if not HASH.fullmatch(commitment):
            refuse(rules.MALFORMED, field="commitment")
        stands = state.sealed_bids.get(listing.id, {}).get(bidder.id)
        if stands is not None:
            refuse(rules.BID_STANDS, bid_id=stands)
        tried = 0 if standing.sealed is UNSET else standing.sealed
        if tried >= MOST_SEALED:
            refuse(rules.MALFORMED, field="bids", most=MOST_SEALED)
        listing.bidders[bidder.id] = msgspec.structs.replace(standing, sealed=tried + 1)
        state.touch(listing)
        bid_id = state.next_id("B")
        bid = Bid(
            id=bid_id,
            listing_id=listing.id,
            party_id=bidder.id,
            price=0,
            sequence=int(bid_id.rpartition("-")[2]),
            placed_ms=turn.time_ms,
            terms_salt="",
            state="SEALED",
            commitment=commitment,
        )
        state.add(bid)
        turn.emit(
            BidSealed(
                bid_id=bid.id,
                listing_id=listing.id,
                party_id=bidder.id,
                commitment=commitment,
                sequence=bid.sequence,
            )
        )
        return {"bid_id": bid.id, "listing_id": listing.id, "state": bid.state}

    def withdraw(self, turn: Turn, listing: Listing, bid: Bid) -> Result:
        """Until the close: nobody knows what it said."""
        require_step(bid_life.BID_TRANSITIONS, bid, "withdraw")
        if listing.state not in TAKES_BIDS:
            refuse(rules.BID_IRREVOCABLE, bid_id=bid.id)
        bid_life.change_bid(turn, bid, "withdraw", "withdraw_bid")
        return {"bid_id": bid.id, "state": bid.state}

    def close(self, turn: Turn, listing: Listing) -> None:
        """The set freezes and goes to the chain; too few bids are not opened."""
        bids = life.sealed_bids(turn.state, listing)
        if independent(turn.state.parties, {bid.party_id for bid in bids}) < self.fewest:
            life.end_without_award(
                turn, listing, "nobody", "listing_close" if not bids else "fewer_than_three"
            )
            return
        commitments = tuple(sorted(bid.commitment for bid in bids if bid.commitment is not UNSET))
        turn.state.add(SealedSet(id=listing.id, round=ROUND, commitments=commitments, closed_ms=turn.time_ms))
        life.move(turn, listing, "fix", "listing_close")
        turn.emit(SealedBidsFixed(listing_id=listing.id, round=ROUND, count=len(commitments)))
        turn.state.set_deadline("sealing_by", listing.id, turn.time_ms + SEALING_MS)

    def reveal(self, turn: Turn, listing: Listing, bid: Bid, terms: RevealTerms) -> Result:
        """A bid is opened: what was sealed, and nothing else, counts."""
        if listing.state != "REVEALING" or bid.state != "SEALED":
            refuse(
                rules.WRONG_STATE,
                bid_id=bid.id,
                state=bid.state,
                listing_state=listing.state,
                step="reveal_bid",
            )
        self.check_revealed(terms)
        venue = turn.state.venue
        opened = SealedBid(
            listing=listing.id,
            round=ROUND,
            bidder=bid.party_id,
            price=terms.price,
            currency=listing.currency,
            proposal=terms.proposal,
            nonce=terms.nonce,
        )
        if commitment_of(venue.chain_id, venue.anchor, opened) != bid.commitment:
            refuse(rules.SEAL_DIFFERS, bid_id=bid.id)
        valid = terms.price >= listing.terms.price
        bid.price = terms.price
        bid.terms_salt = turn.request.terms_salt
        if terms.proposal:
            bid.proposal = terms.proposal
        turn.emit(BidRevealed(bid_id=bid.id, price=bid.price))
        bid_life.change_bid(turn, bid, "open" if valid else "open_below_least", "reveal_bid")
        # No state: an answer is public at once, and void says that the price is below the least.
        return {"bid_id": bid.id, "listing_id": listing.id}

    def check_revealed(self, terms: RevealTerms) -> None:
        """Raises Refusal MALFORMED for what no bid of this mode opens to."""
        if not 0 < terms.price <= LARGEST_AMOUNT:
            refuse(rules.MALFORMED, field="price")
        if not HASH.fullmatch(terms.nonce):
            refuse(rules.MALFORMED, field="nonce")
        if terms.proposal:
            refuse(rules.MALFORMED, field="proposal")

    def reveal_end(self, turn: Turn, listing: Listing) -> None:
        """What is still sealed is void and costs its bidder the deposit; the best of what was opened wins.

        Where the register or a list of sanctions bars a seller by now, nothing is awarded and nothing forfeited.
        """
        barred = life.bar_to_award(turn, listing)
        if barred:
            life.end_without_award(turn, listing, "nobody", barred)
            return
        bids = life.sealed_bids(turn.state, listing)
        for bid in bids:
            if bid.state == "SEALED":
                bid_life.change_bid(turn, bid, "stay_sealed", "not_revealed")
                bidders.forfeit_deposit(turn, listing, bid.party_id)
        revealed = [bid for bid in bids if bid.state == "REVEALED"]
        if revealed and independent(turn.state.parties, {bid.party_id for bid in revealed}) < self.fewest:
            life.end_without_award(turn, listing, "nobody", "fewer_than_three")
            return
        self.decide(turn, listing, revealed)

    def decide(self, turn: Turn, listing: Listing, revealed: list[Bid]) -> None:
        """All bids are on the table, in the order of their sealing."""
        award_best(turn, listing, sorted(revealed, key=lambda bid: (-bid.price, bid.sequence)), "reveal_end")


def award_best(turn: Turn, listing: Listing, ranked: list[Bid], cause: str) -> None:
    """The first of the bids wins and the others lose; without any the listing lapses."""
    if not ranked:
        life.end_without_award(turn, listing, "nobody", cause)
        return
    default.keep_runners_up(turn, listing, ranked)
    best, *others = ranked
    for bid in others:
        bid_life.change_bid(turn, bid, "lose", cause)
    award_bid(turn, listing, best, cause)

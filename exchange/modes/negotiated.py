"""Negotiation 协议: seller and buyer propose prices to one another until one is accepted.

A proposal is an offer in the sense of the Civil Code: it binds until its time, so it cannot be taken back (Art. 476);
it lapses then (Art. 478); a proposal in answer to one is a counter-offer and ends it (Art. 488); what is accepted is
accepted as it stands. A buyer begins, and leaves the listing's deposit while it negotiates.
"""

from __future__ import annotations

from exchange.calendar import MS_PER_DAY
from exchange.commands import ListingTerms, SubmitListing
from exchange.deals import award
from exchange.events import ProposalMade
from exchange.listings import bidders, compared, life, lots
from exchange.listings.checks import licence_is_compatible
from exchange.modes.mode import Mode, require_deposit_in_bounds, require_plain
from exchange.money import holds
from exchange.rows import Listing, Party, Proposal
from exchange.rows.proposals import Side
from exchange.rules import state_assets, transformation
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.sellers import sellers_of
from exchange.transitions import require_step
from exchange.turn import Result, Turn

MOST_PROPOSALS = 50
"""Between the seller and one buyer of a listing, in its whole life."""
MOST_BUYERS = 2_000
"""Of one listing."""
LONGEST_PROPOSAL_MS = 90 * MS_PER_DAY


class Negotiated(Mode):
    """The negotiated mode."""

    def check(self, turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:  # noqa: ARG002 - the interface
        """One buyer; a deposit within the venue's cap, or none. The listed price is where talks begin."""
        require_plain(command, terms, "deposit")
        require_deposit_in_bounds(terms)

    def opened(self, turn: Turn, listing: Listing) -> None:
        """The listing stands until its close."""
        turn.state.set_deadline("listing_close", listing.id, listing.closes_ms)

    def propose(  # noqa: PLR0913 - what a proposal consists of
        self, turn: Turn, listing: Listing, buyer: Party, made_by: Side, price: int, expires_ms: int
    ) -> Result:
        """The buyer's first price, or either side's counter-offer to the other's."""
        state = turn.state
        if listing.state != "OPEN":
            refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="propose")
        lots.require_price_for_all(listing, price)
        latest_ms = min(listing.closes_ms, turn.time_ms + LONGEST_PROPOSAL_MS)
        if not turn.time_ms < expires_ms <= latest_ms:
            refuse(rules.MALFORMED, field="expires_ms", most=latest_ms)
        by_buyer = state.proposals_of.get(listing.id, {})
        if buyer.id not in by_buyer and len(by_buyer) >= MOST_BUYERS:
            refuse(rules.MALFORMED, field="buyers", most=MOST_BUYERS)
        if len(by_buyer.get(buyer.id, ())) >= MOST_PROPOSALS:
            refuse(rules.MALFORMED, field="proposals", most=MOST_PROPOSALS)
        answered = life.live_proposal(state, listing, buyer.id)
        if answered is None and made_by == "seller":
            refuse(rules.WRONG_STATE, listing_id=listing.id, party_id=buyer.id, step="propose")
        if answered is not None and answered.made_by == made_by:
            refuse(rules.PROPOSAL_STANDS, proposal_id=answered.id)
        if answered is None:
            bidders.come(turn, listing, buyer.id, "negotiate")
        else:
            life.change_proposal(turn, answered, "counter", "make_proposal")
        proposal = Proposal(
            id=state.next_id("N"),
            listing_id=listing.id,
            buyer=buyer.id,
            made_by=made_by,
            price=price,
            terms_salt=turn.request.terms_salt,
            made_ms=turn.time_ms,
            expires_ms=expires_ms,
        )
        state.add(proposal)
        # A date that the two have named runs on through an outage of the venue.
        state.set_deadline("proposal_expiry", proposal.id, expires_ms, venue_clock=False)
        turn.emit(
            ProposalMade(
                proposal_id=proposal.id,
                listing_id=listing.id,
                buyer=buyer.id,
                made_by=made_by,
                price=price,
                expires_ms=expires_ms,
            )
        )
        return {"proposal_id": proposal.id, "listing_id": listing.id, "state": proposal.state}

    def accept_proposal(self, turn: Turn, listing: Listing, proposal: Proposal) -> Result:
        """A deal at the price proposed; every other negotiation ends."""
        state = turn.state
        require_step(life.PROPOSAL_TRANSITIONS, proposal, "accept")
        if listing.state != "OPEN":
            refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="accept_proposal")
        buyer = state.parties[proposal.buyer]
        if buyer.state != "ACTIVE":
            refuse(rules.PARTY_NOT_ACTIVE, party_id=buyer.id, state=buyer.state)
        for seller in sellers_of(state, listing):
            noticed = transformation.public_notice_ms(state.venue, seller, listing.mode)
            if noticed and proposal.price < listing.terms.price:
                days = transformation.PUBLIC_NOTICE_DAYS
                refuse(transformation.PUBLIC_NOTICE, listing_id=listing.id, days=days)
            for right, price in lots.priced_rights(state, listing, proposal.price):
                state_assets.price_is_backed(state, seller, right, price, listing.currency, turn.time_ms)
        licence_is_compatible(turn, listing)
        deposit = listing.bidders[buyer.id].deposit
        compared.tell(turn, listing)
        life.move(turn, listing, "award", "accept_proposal")
        life.change_proposal(turn, proposal, "accept", "accept_proposal")
        life.end_proposals(turn, listing, "accept_proposal")
        bidders.release_deposits(turn, listing, winner=buyer.id)
        deal = award.open_deal(
            turn, listing, buyer, proposal.price, deposit=deposit, bid=None, terms_salt=proposal.terms_salt
        )
        return {"deal_id": deal.id, "proposal_id": proposal.id, "state": deal.state}

    def end_proposal(self, turn: Turn, listing: Listing, proposal: Proposal, event: str, cause: str) -> None:
        """Refused or lapsed: the negotiation with this buyer ends, and its deposit goes back."""
        life.change_proposal(turn, proposal, event, cause)
        bidders.leave(turn, listing, proposal.buyer, holds.given_up(turn))

    def close(self, turn: Turn, listing: Listing) -> None:
        """Nobody agreed."""
        life.end_without_award(turn, listing, "nobody", "listing_close")

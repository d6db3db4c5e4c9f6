"""Commands about the proposals of a negotiation: who may make, accept and refuse which."""

from __future__ import annotations

from exchange.commands import AcceptProposal, MakeProposal, ProposalTerms, RefuseProposal
from exchange.listings import life
from exchange.listings.checks import buyer_may_take_part, seller_may_deal_with
from exchange.listings.floor import MODES
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import active_actor
from exchange.rows import Deadline, Listing, Proposal
from exchange.rows.proposals import Side
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.transitions import require_step
from exchange.turn import Handlers, Result, Turn


def make_proposal(turn: Turn, command: MakeProposal) -> Result:
    """A buyer, or the seller in answer to it, proposes a price."""
    listing = life.listing_of(turn.state, command.listing_id)
    terms = turn.request.terms
    if not isinstance(terms, ProposalTerms) or not 0 < terms.price <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="price")
    made_by: Side
    if active_actor(turn).id == listing.seller:
        buyer, made_by = turn.state.parties.get(command.buyer), "seller"
        if buyer is None:
            refuse(rules.UNKNOWN_ID, kind="party", id=command.buyer)
        seller_may_deal_with(turn, listing, buyer)
    else:
        buyer, made_by = buyer_may_take_part(turn, listing), "buyer"
        if command.buyer != buyer.id:
            refuse(rules.NOT_PERMITTED, listing_id=listing.id, party_id=command.buyer)
    mode = MODES[listing.mode]
    return mode.propose(turn, listing, buyer, made_by, terms.price, command.expires_ms)


def accept_proposal(turn: Turn, command: AcceptProposal) -> Result:
    """The side that a proposal was made to takes it as it is."""
    proposal, listing = _addressed(turn, command.proposal_id)
    if proposal.made_by == "seller":
        buyer_may_take_part(turn, listing)
    else:
        seller_may_deal_with(turn, listing, turn.state.parties[proposal.buyer])
    return MODES[listing.mode].accept_proposal(turn, listing, proposal)


def refuse_proposal(turn: Turn, command: RefuseProposal) -> Result:
    """The side that a proposal was made to refuses it."""
    proposal, listing = _addressed(turn, command.proposal_id)
    require_step(life.PROPOSAL_TRANSITIONS, proposal, "refuse")
    MODES[listing.mode].end_proposal(turn, listing, proposal, "refuse", "refuse_proposal")
    return {"proposal_id": proposal.id, "state": proposal.state}


def proposal_expiry(turn: Turn, deadline: Deadline) -> None:
    """Nobody answered in time: the proposal lapses (Civil Code Art. 478)."""
    proposal = turn.state.proposals[deadline.subject_id]
    listing = turn.state.listings[proposal.listing_id]
    MODES[listing.mode].end_proposal(turn, listing, proposal, "lapse", "proposal_expiry")


def _addressed(turn: Turn, proposal_id: str) -> tuple[Proposal, Listing]:
    """A proposal and its listing, if the acting party is the side that it was made to."""
    proposal = _proposal_of(turn.state, proposal_id)
    listing = turn.state.listings[proposal.listing_id]
    addressee = listing.seller if proposal.made_by == "buyer" else proposal.buyer
    if active_actor(turn).id != addressee:
        refuse(rules.NOT_PERMITTED, proposal_id=proposal.id)
    return proposal, listing


def _proposal_of(state: State, proposal_id: str) -> Proposal:
    proposal = state.proposals.get(proposal_id)
    if proposal is None:
        refuse(rules.UNKNOWN_ID, kind="proposal", id=proposal_id)
    return proposal


HANDLERS: Handlers = {
    MakeProposal: make_proposal,
    AcceptProposal: accept_proposal,
    RefuseProposal: refuse_proposal,
}
DEADLINES = {"proposal_expiry": proposal_expiry}

"""A listing's life: one transition table, opening and ending, and what the register does to it."""

from __future__ import annotations

from exchange.calendar import MS_PER_DAY
from exchange.events import BidChanged, BidderChanged, ListingChanged, ProposalChanged
from exchange.money.accounts import post, require_available
from exchange.rows import Bid, Bidder, Deadline, Listing, Proposal, Right
from exchange.rules import patent_law
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Turn

TRANSITIONS: dict[tuple[str, str], str] = {
    ("SUBMITTED", "approve"): "OPEN",
    ("SUBMITTED", "notice"): "PUBLICITY",
    ("SUBMITTED", "reject"): "REJECTED",
    ("SUBMITTED", "withdraw"): "WITHDRAWN",
    ("PUBLICITY", "open"): "OPEN",
    ("PUBLICITY", "withdraw"): "WITHDRAWN",
    ("PUBLICITY", "suspend"): "SUSPENDED",
    ("OPEN", "nobody"): "LAPSED",
    ("OPEN", "one_bidder"): "NEGOTIATE",
    ("OPEN", "several_bidders"): "BIDDING",
    ("OPEN", "withdraw"): "WITHDRAWN",
    ("OPEN", "suspend"): "SUSPENDED",
    ("OPEN", "award"): "AWARDED",
    ("NEGOTIATE", "award"): "AWARDED",
    ("NEGOTIATE", "nobody"): "LAPSED",
    ("NEGOTIATE", "withdraw"): "WITHDRAWN",
    ("NEGOTIATE", "suspend"): "SUSPENDED",
    ("BIDDING", "award"): "AWARDED",
    ("BIDDING", "nobody"): "LAPSED",
    ("BIDDING", "suspend"): "SUSPENDED",
    ("SUSPENDED", "resume_publicity"): "PUBLICITY",
    ("SUSPENDED", "resume_open"): "OPEN",
    ("SUSPENDED", "resume_negotiate"): "NEGOTIATE",
    ("SUSPENDED", "resume_bidding"): "BIDDING",
    ("SUSPENDED", "withdraw"): "WITHDRAWN",
    ("SUSPENDED", "nobody"): "LAPSED",
    ("SUSPENDED", "close"): "AWARDED",
    ("AWARDED", "settled"): "SOLD",
    ("AWARDED", "fallen_through"): "LAPSED",
}
"""(state, event) to next state; what is not here is refused with WRONG-STATE."""
PROPOSAL_TRANSITIONS: dict[tuple[str, str], str] = {
    ("LIVE", "accept"): "ACCEPTED",
    ("LIVE", "counter"): "COUNTERED",
    ("LIVE", "refuse"): "REFUSED",
    ("LIVE", "lapse"): "LAPSED",
}
"""The same for proposals of a negotiation."""
ENDED = frozenset({"SOLD", "LAPSED", "REJECTED", "WITHDRAWN"})
SUSPENDABLE = frozenset({"PUBLICITY", "OPEN", "NEGOTIATE", "BIDDING"})
WITH_BIDDERS = frozenset({"OPEN", "NEGOTIATE", "BIDDING", "SUSPENDED"})
VENUE_CLOCKS = ("registration_close", "listing_close")
LISTING_DEADLINES = ("notice_end", "price_drop", *VENUE_CLOCKS)
ARCHIVE_AFTER_MS = 120 * MS_PER_DAY
"""Longer than a deal that went well takes, with its three months for recordal; what takes longer stays."""


def listing_of(state: State, listing_id: str) -> Listing:
    """A listing by id. Raises Refusal UNKNOWN-ID."""
    listing = state.listings.get(listing_id)
    if listing is None:
        refuse(rules.UNKNOWN_ID, kind="listing", id=listing_id)
    return listing


def registration_is_open(listing: Listing) -> bool:
    """Whether bidders may still leave: registration runs, or would if the listing were not suspended."""
    return listing.state == "OPEN" or (listing.state == "SUSPENDED" and listing.suspended_from == "OPEN")


def move_clock(state: State, deadline: Deadline, by_ms: int) -> None:
    """A venue clock runs out later; a listing shows the times at which its clocks really run out."""
    due_ms = deadline.due_ms + by_ms
    state.set_deadline(deadline.what, deadline.subject_id, due_ms, venue_clock=deadline.venue_clock)
    if deadline.what == "registration_close":
        state.listings[deadline.subject_id].registration_closes_ms = due_ms
    elif deadline.what == "listing_close":
        state.listings[deadline.subject_id].closes_ms = due_ms
    else:
        return
    state.touch(state.listings[deadline.subject_id])


def require_step(listing: Listing, event: str) -> None:
    """Raises Refusal WRONG-STATE when the event does not follow from the listing's state."""
    if (listing.state, event) not in TRANSITIONS:
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step=event)


def move(turn: Turn, listing: Listing, event: str, cause: str) -> None:
    """Take a step of the table; an ended listing frees its right and is archived later."""
    require_step(listing, event)
    old, listing.state = listing.state, TRANSITIONS[listing.state, event]
    turn.state.touch(listing)
    turn.emit(ListingChanged(listing_id=listing.id, old=old, new=listing.state, cause=cause))
    if listing.state in ENDED or listing.state == "AWARDED":
        for what in LISTING_DEADLINES:
            turn.state.clear_deadline(what, listing.id)
    if listing.state in ENDED:
        right = turn.state.rights[listing.right_id]
        if right.open_listing == listing.id:
            right.open_listing = None
            turn.state.touch(right)
        turn.state.set_deadline("archive", listing.id, turn.time_ms + ARCHIVE_AFTER_MS)


def end_without_award(turn: Turn, listing: Listing, event: str, cause: str) -> None:
    """The listing ends with no deal: live bids and proposals lapse and every deposit goes back."""
    move(turn, listing, event, cause)
    end_proposals(turn, listing, cause)
    for bid in live_bids(turn.state, listing):
        change_bid(turn, bid, "LAPSED", cause)
    release_deposits(turn, listing, winner="")


def live_bids(state: State, listing: Listing) -> list[Bid]:
    """Live bids of a listing, best first: highest price, then earliest."""
    return [state.bids[bid_id] for bid_id in state.book(listing.id).ranking()]


def change_bid(turn: Turn, bid: Bid, new: str, cause: str) -> None:
    """Move a bid to a final state; it leaves its book."""
    old, bid.state = bid.state, new
    turn.state.book(bid.listing_id).remove(bid.id)
    turn.state.touch(bid)
    turn.emit(BidChanged(bid_id=bid.id, old=old, new=new, cause=cause))


def live_proposal(state: State, listing: Listing, buyer_id: str) -> Proposal | None:
    """What stands between the seller and this buyer of a negotiated listing."""
    ids = state.proposals_of.get(listing.id, {}).get(buyer_id)
    last = None if ids is None else state.proposals[ids[-1]]
    return last if last is not None and last.state == "LIVE" else None


def live_proposals(state: State, listing: Listing) -> list[Proposal]:
    """All that stand on a negotiated listing, by buyer."""
    buyers = sorted(state.proposals_of.get(listing.id, ()))
    return [proposal for each in buyers if (proposal := live_proposal(state, listing, each)) is not None]


def require_proposal_step(proposal: Proposal, event: str) -> None:
    """Raises Refusal WRONG-STATE when the event does not follow from the proposal's state."""
    if (proposal.state, event) not in PROPOSAL_TRANSITIONS:
        refuse(rules.WRONG_STATE, proposal_id=proposal.id, state=proposal.state, step=event)


def change_proposal(turn: Turn, proposal: Proposal, event: str, cause: str) -> None:
    """Take a step of the table: a proposal that lived has ended."""
    require_proposal_step(proposal, event)
    old, new = proposal.state, PROPOSAL_TRANSITIONS[proposal.state, event]
    proposal.state = new
    turn.state.clear_deadline("proposal_expiry", proposal.id)
    turn.state.touch(proposal)
    turn.emit(ProposalChanged(proposal_id=proposal.id, old=old, new=new, cause=cause))


def end_proposals(turn: Turn, listing: Listing, cause: str) -> None:
    """Every proposal that lives on a listing lapses."""
    for proposal in live_proposals(turn.state, listing):
        change_proposal(turn, proposal, "lapse", cause)


def change_bidder(turn: Turn, listing: Listing, party_id: str, bidder: Bidder) -> None:
    """Replace a bidder's standing on a listing."""
    old = listing.bidders.get(party_id)
    listing.bidders[party_id] = bidder
    turn.state.touch(listing)
    turn.emit(
        BidderChanged(
            listing_id=listing.id, party_id=party_id, old=old.state if old else "", new=bidder.state
        )
    )


def hold_deposit(turn: Turn, listing: Listing, party_id: str, state: str) -> None:
    """A bidder comes to a listing in this state, and the listing's deposit is held of it. Raises FUNDS-SHORT."""
    deposit, currency = listing.terms.deposit, listing.currency
    require_available(turn.state, party_id, currency, deposit)
    giving, holding = (party_id, "available"), (party_id, "deposit")
    post(turn, giving, holding, currency, deposit, listing.id, "bid_deposit")
    change_bidder(turn, listing, party_id, Bidder(state=state, deposit=deposit))


def release_deposits(turn: Turn, listing: Listing, winner: str) -> None:
    """Every bid deposit but the winner's goes back to its party at once (the venue's limit is 3 working days)."""
    for party_id, bidder in sorted(listing.bidders.items()):
        if party_id == winner or not bidder.deposit:
            continue
        release_deposit(turn, listing, party_id)


def release_deposit(turn: Turn, listing: Listing, party_id: str) -> None:
    """One bidder's deposit goes back to its available balance."""
    bidder = listing.bidders[party_id]
    currency = listing.currency
    post(
        turn,
        (party_id, "deposit"),
        (party_id, "available"),
        currency,
        bidder.deposit,
        listing.id,
        "deposit_return",
    )
    listing.bidders[party_id] = Bidder(state=bidder.state, deposit=0)
    turn.state.touch(listing)


def part_affiliates(turn: Turn, one_id: str, other_id: str) -> None:
    """Where one of two affiliates sells, the other leaves the listing: its bid lapses, its deposit goes back."""
    state = turn.state
    for listing in sorted(state.listings.values(), key=lambda row: row.id):
        bidder_id = {one_id: other_id, other_id: one_id}.get(listing.seller)
        standing = listing.bidders.get(bidder_id or "")
        if (
            bidder_id is None
            or standing is None
            or standing.state == "LEFT"
            or listing.state not in WITH_BIDDERS
        ):
            continue
        bid_id = state.book(listing.id).bid_by_party.get(bidder_id)
        if bid_id is not None:
            change_bid(turn, state.bids[bid_id], "LAPSED", "record_affiliation")
        proposal = live_proposal(state, listing, bidder_id)
        if proposal is not None:
            change_proposal(turn, proposal, "lapse", "record_affiliation")
        release_deposit(turn, listing, bidder_id)
        change_bidder(turn, listing, bidder_id, Bidder(state="LEFT", deposit=0))


def follow_the_register(turn: Turn, right: Right) -> None:
    """A freeze, the end of the right or another owner suspends its open listing; the same clear again lets it go on."""
    listing = turn.state.listings.get(right.open_listing or "")
    if listing is None:
        return
    in_the_way = (
        right.freeze != "none"
        or right.status in patent_law.ENDED
        or not patent_law.is_owner(right, turn.state.parties[listing.seller])
    )
    if in_the_way and listing.state in SUSPENDABLE:
        listing.suspended_from, listing.suspended_ms = listing.state, turn.time_ms
        move(turn, listing, "suspend", "register")
    elif not in_the_way and listing.state == "SUSPENDED":
        event = f"resume_{(listing.suspended_from or 'OPEN').lower()}"
        _give_time_back(turn, listing)
        listing.suspended_from = listing.suspended_ms = None
        move(turn, listing, event, "register")


def _give_time_back(turn: Turn, listing: Listing) -> None:
    """A listing that goes on has for its clocks the time for which it was suspended while they ran."""
    since_ms = max(listing.suspended_ms or turn.time_ms, listing.opened_ms or 0)
    for what in VENUE_CLOCKS:
        deadline = turn.state.deadlines.get(f"{what}:{listing.id}")
        if deadline is not None:
            move_clock(turn.state, deadline, turn.time_ms - since_ms)

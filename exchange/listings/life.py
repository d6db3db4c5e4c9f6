"""A listing's life: one transition table, opening and ending, and what the register does to it."""

from __future__ import annotations

from msgspec import UNSET

from exchange.calendar import MS_PER_DAY
from exchange.events import ListingChanged, ProposalChanged
from exchange.listings import bidders, notices, order_life, retention
from exchange.listings.bid_life import change_bid
from exchange.listings.objection_life import end_objections
from exchange.money import holds
from exchange.rows import Bid, Deadline, Listing, Proposal, Right
from exchange.rules import credit, invalidity, open_licences, patent_law, secrecy, sub_licences
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.sellers import sellers_of
from exchange.state import State
from exchange.transitions import Table, take_step
from exchange.turn import Turn

TRANSITIONS: Table = {
    ("SUBMITTED", "approve"): "OPEN",
    ("SUBMITTED", "notice"): "PUBLICITY",
    ("SUBMITTED", "order"): "AWARDED",
    ("SUBMITTED", "reject"): "REJECTED",
    ("SUBMITTED", "withdraw"): "WITHDRAWN",
    ("PUBLICITY", "open"): "OPEN",
    ("PUBLICITY", "withdraw"): "WITHDRAWN",
    ("PUBLICITY", "suspend"): "SUSPENDED",
    ("PUBLICITY", "object"): "HELD",
    ("HELD", "dismiss"): "PUBLICITY",
    ("HELD", "uphold"): "REJECTED",
    ("HELD", "withdraw"): "WITHDRAWN",
    ("OPEN", "nobody"): "LAPSED",
    ("OPEN", "one_bidder"): "NEGOTIATE",
    ("OPEN", "several_bidders"): "BIDDING",
    ("OPEN", "withdraw"): "WITHDRAWN",
    ("OPEN", "suspend"): "SUSPENDED",
    ("OPEN", "award"): "AWARDED",
    ("OPEN", "uncross"): "TRADING",
    ("TRADING", "award"): "AWARDED",
    ("TRADING", "nobody"): "LAPSED",
    ("TRADING", "withdraw"): "WITHDRAWN",
    ("TRADING", "suspend"): "SUSPENDED",
    ("NEGOTIATE", "award"): "AWARDED",
    ("NEGOTIATE", "nobody"): "LAPSED",
    ("NEGOTIATE", "withdraw"): "WITHDRAWN",
    ("NEGOTIATE", "suspend"): "SUSPENDED",
    ("BIDDING", "award"): "AWARDED",
    ("BIDDING", "nobody"): "LAPSED",
    ("BIDDING", "suspend"): "SUSPENDED",
    ("BIDDING", "fix"): "SEALED",
    ("SEALED", "fixed"): "REVEALING",
    ("SEALED", "nobody"): "LAPSED",
    ("REVEALING", "award"): "AWARDED",
    ("REVEALING", "nobody"): "LAPSED",
    ("REVEALING", "opened"): "EVALUATING",
    ("EVALUATING", "award"): "AWARDED",
    ("EVALUATING", "nobody"): "LAPSED",
    ("SUSPENDED", "resume_publicity"): "PUBLICITY",
    ("SUSPENDED", "resume_open"): "OPEN",
    ("SUSPENDED", "resume_trading"): "TRADING",
    ("SUSPENDED", "resume_negotiate"): "NEGOTIATE",
    ("SUSPENDED", "resume_bidding"): "BIDDING",
    ("SUSPENDED", "withdraw"): "WITHDRAWN",
    ("SUSPENDED", "nobody"): "LAPSED",
    ("SUSPENDED", "close"): "AWARDED",
    ("AWARDED", "settled"): "SOLD",
    ("AWARDED", "fallen_through"): "LAPSED",
    ("AWARDED", "default"): "REOFFERED",
    ("REOFFERED", "award"): "AWARDED",
    ("REOFFERED", "default"): "REOFFERED",
    ("REOFFERED", "nobody"): "LAPSED",
}
PROPOSAL_TRANSITIONS: Table = {
    ("LIVE", "accept"): "ACCEPTED",
    ("LIVE", "counter"): "COUNTERED",
    ("LIVE", "refuse"): "REFUSED",
    ("LIVE", "lapse"): "LAPSED",
}
ENDED = frozenset({"SOLD", "LAPSED", "REJECTED", "WITHDRAWN"})
SUSPENDABLE = frozenset({"PUBLICITY", "OPEN", "TRADING", "NEGOTIATE", "BIDDING"})
WITH_BIDDERS = frozenset({"OPEN", "NEGOTIATE", "BIDDING", "SUSPENDED", "SEALED", "REVEALING", "EVALUATING"})
VENUE_CLOCKS = ("call_end", "registration_close", "listing_close")
LISTING_DEADLINES = (
    *("notice_end", "price_drop", "sealing_by", "reveal_end", "evaluation_by", "award_offer", "lot_choice"),
    *VENUE_CLOCKS,
)
ARCHIVE_AFTER_MS = 120 * MS_PER_DAY
"""Longer than a deal that went well takes, with its three months for recordal; what takes longer stays."""
SANCTIONS_SINCE_ENGINE = 5
"""Since this version a close, and an award that goes to the next bidder, ask whether a seller is on such a list."""


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
    elif deadline.what == "reveal_end":
        state.listings[deadline.subject_id].reveal_closes_ms = due_ms
    elif deadline.what == "notice_end":
        notices.close_later(state, state.listings[deadline.subject_id], by_ms)
    elif deadline.what == "award_offer":
        state.listings[deadline.subject_id].award_offered_until_ms = due_ms
    elif deadline.what == "lot_choice":
        state.listings[deadline.subject_id].lot_choice_until_ms = due_ms
    else:
        return
    state.touch(state.listings[deadline.subject_id])


def move(turn: Turn, listing: Listing, event: str, cause: str) -> None:
    """Take a step of the table; an ended listing frees its rights and is archived later."""
    old = take_step(TRANSITIONS, listing, event)
    turn.state.touch(listing)
    turn.emit(ListingChanged(listing_id=listing.id, old=old, new=listing.state, cause=cause))
    if listing.state in ENDED or listing.state == "AWARDED":
        for what in LISTING_DEADLINES:
            turn.state.clear_deadline(what, listing.id)
        order_life.lapse_orders(turn, listing, cause)
    if listing.state in ENDED:
        _leave_its_place(turn.state, listing)
        listing.lot_choice_until_ms = UNSET
        retention.mandate_ended(turn, listing, was_accepted=old != "SUBMITTED")
        turn.state.set_deadline("archive", listing.id, turn.time_ms + ARCHIVE_AFTER_MS)


def take_its_place(state: State, listing: Listing) -> None:
    """A new listing is its rights' only one; of sub-licences, its head licence's: no owner waits for a licensee.

    An open licence has a place of its own, beside which ordinary licences are agreed on (Patent Law Art. 51(3)).
    """
    if listing.terms.head_licence is not UNSET:
        head = state.licences[listing.terms.head_licence]
        head.open_listing = listing.id
        state.touch(head)
        return
    beside = open_licences.stands_beside_others(state, listing.announcement_number)
    for right_id in listing.right_ids:
        right = state.rights[right_id]
        if beside:
            right.open_licence_listing = listing.id
        else:
            right.open_listing = listing.id
        state.touch(right)


def _leave_its_place(state: State, listing: Listing) -> None:
    head = sub_licences.head_of(state, listing.terms)
    if head is not None and head.open_listing == listing.id:
        head.open_listing = UNSET
        state.touch(head)
    for right_id in listing.right_ids:
        right = state.rights[right_id]
        if right.open_listing == listing.id:
            right.open_listing = _still_open(state, right)
            state.touch(right)
        if right.open_licence_listing == listing.id:
            right.open_licence_listing = UNSET
            state.touch(right)


def _still_open(state: State, right: Right) -> str | None:
    """The listing of a deal that is paid out yet, where one that was to give the right back has come to its end."""
    listings = (state.listings[state.deals[deal_id].listing_id] for deal_id in right.open_deals)
    owners = (
        listing.id
        for listing in listings
        if listing.terms.head_licence is UNSET and listing.state not in ENDED
    )
    return next((each for each in owners if each != right.open_licence_listing), None)


def end_without_award(turn: Turn, listing: Listing, event: str, cause: str) -> None:
    """The listing ends with no deal: live bids, proposals and orders lapse and every deposit goes back."""
    move(turn, listing, event, cause)
    end_proposals(turn, listing, cause)
    end_objections(turn, listing, cause)
    for bid in live_bids(turn.state, listing) + sealed_bids(turn.state, listing):
        change_bid(turn, bid, "lapse", cause)
    bidders.release_deposits(turn, listing, winner="", event=holds.given_up(turn))


def live_bids(state: State, listing: Listing) -> list[Bid]:
    """Live bids of a listing, best first: highest price, then earliest."""
    return [state.bids[bid_id] for bid_id in state.book(listing.id).ranking()]


def sealed_bids(state: State, listing: Listing) -> list[Bid]:
    """Bids of a listing that are sealed, or were opened and are not decided upon, in the order of their sealing."""
    if listing.id not in state.sealed_sets and listing.id not in state.sealed_bids:
        return []
    bids = [state.bids[bid_id] for bid_id in state.bids_of.get(listing.id, ())]
    return [bid for bid in bids if bid.state in {"SEALED", "REVEALED"}]


def standing_bid(state: State, listing: Listing, party_id: str) -> Bid | None:
    """A party's bid that has not ended, if there is one."""
    bid_id = state.book(listing.id).bid_by_party.get(party_id)
    if bid_id is not None:
        return state.bids[bid_id]
    return next((bid for bid in sealed_bids(state, listing) if bid.party_id == party_id), None)


def live_proposal(state: State, listing: Listing, buyer_id: str) -> Proposal | None:
    """What stands between the seller and this buyer of a negotiated listing."""
    ids = state.proposals_of.get(listing.id, {}).get(buyer_id)
    last = None if ids is None else state.proposals[ids[-1]]
    return last if last is not None and last.state == "LIVE" else None


def live_proposals(state: State, listing: Listing) -> list[Proposal]:
    """All that stand on a negotiated listing, by buyer."""
    buyers = sorted(state.proposals_of.get(listing.id, ()))
    return [proposal for each in buyers if (proposal := live_proposal(state, listing, each)) is not None]


def change_proposal(turn: Turn, proposal: Proposal, event: str, cause: str) -> None:
    """Take a step of the table: a proposal that lived has ended."""
    old = take_step(PROPOSAL_TRANSITIONS, proposal, event)
    turn.state.clear_deadline("proposal_expiry", proposal.id)
    turn.state.touch(proposal)
    turn.emit(ProposalChanged(proposal_id=proposal.id, old=old, new=proposal.state, cause=cause))


def end_proposals(turn: Turn, listing: Listing, cause: str) -> None:
    """Every proposal that lives on a listing lapses."""
    for proposal in live_proposals(turn.state, listing):
        change_proposal(turn, proposal, "lapse", cause)


def follow_the_register(turn: Turn, right: Right) -> None:
    """A freeze, the end of the right or another owner suspends its open listing; the same clear again lets it go on.

    So does a freeze or an end the listings of sub-licences, whoever owns the right.
    """
    heads = (turn.state.licences[each] for each in right.licences)
    own = (right.open_listing, right.open_licence_listing)
    for listing_id in (*own, *(head.open_listing for head in heads)):
        follow(turn, listing_id or "")


def follow(turn: Turn, listing_id: str) -> None:
    """Suspend an open listing whose seller may not dispose, or let it go on where it may again."""
    listing = turn.state.listings.get(listing_id)
    if listing is None:
        return
    in_the_way = is_barred(turn.state, listing)
    if in_the_way and listing.state in SUSPENDABLE:
        halt = turn.state.venue.trading_halt
        listing.suspended_from = listing.state
        # Its clocks stand still since the halt: what it had left then is what it has when both are over.
        listing.suspended_ms = turn.time_ms if halt is UNSET else halt.since_ms
        if listing.state == "PUBLICITY" and turn.state.venue.engine >= notices.STOPS_SINCE_ENGINE:
            notices.stop(turn, listing)
            turn.state.set_deadline(
                "listing_close", listing.id, listing.closes_ms
            )  # it lapses if it never goes on
        move(turn, listing, "suspend", "register")
    elif not in_the_way and listing.state == "SUSPENDED":
        event = f"resume_{(listing.suspended_from or 'OPEN').lower()}"
        if listing.notice_left_ms is not UNSET:
            turn.state.clear_deadline("listing_close", listing.id)
            notices.run_on(turn, listing)
        _give_time_back(turn, listing)
        if listing.suspended_from == "OPEN" and f"call_end:{listing.id}" not in turn.state.deadlines:
            begin_call(turn, listing)
        if listing.suspended_from == "OPEN" and f"price_drop:{listing.id}" not in turn.state.deadlines:
            begin_interval(turn, listing, turn.time_ms)
        listing.suspended_from = listing.suspended_ms = None
        move(turn, listing, event, "register")


def is_barred(state: State, listing: Listing) -> bool:
    """Whether the seller may not dispose: the right is frozen, ended, in doubt, to be kept secret, or another's.

    Of a sub-licence, whether its head has ended in place of the last.

    Of a lot, whether that is so of any of its rights.
    """
    seller, terms = state.parties[listing.seller], listing.terms
    head = sub_licences.head_of(state, terms)
    return any(
        patent_law.is_frozen(right)
        or right.status in patent_law.ENDED
        or invalidity.is_decided(right)
        or secrecy.is_secret(state, right)
        or not (patent_law.is_owner(right, seller) if terms.head_licence is UNSET else head is not None)
        for right in (state.rights[right_id] for right_id in listing.right_ids)
    )


def bar_to_award(turn: Turn, listing: Listing) -> str:
    """Why no deal may begin now with whoever sells it: `register`, `sanctions`, or empty."""
    if is_barred(turn.state, listing):
        return "register"
    return "sanctions" if is_sanctioned(turn, listing) else ""


def is_sanctioned(turn: Turn, listing: Listing) -> bool:
    """Whether a list of sanctions names one of those who sell it (Anti-Money Laundering Law Art. 40)."""
    state = turn.state
    return state.venue.engine >= SANCTIONS_SINCE_ENGINE and any(
        credit.is_sanctioned(state, each, turn.time_ms) for each in sellers_of(state, listing)
    )


def begin_call(turn: Turn, listing: Listing) -> None:
    """The call auction of a listing that has one begins now, for its whole length."""
    call_ms = listing.terms.call_ms
    if call_ms is not UNSET:
        turn.state.set_deadline("call_end", listing.id, turn.time_ms + call_ms)


def begin_interval(turn: Turn, listing: Listing, since_ms: int) -> None:
    """The price of a Dutch auction that has not fallen to its floor stands for one interval from `since_ms` on."""
    interval_ms = listing.terms.interval_ms
    if interval_ms is not UNSET and listing.current_price != listing.terms.floor:
        turn.state.set_deadline("price_drop", listing.id, since_ms + interval_ms)


def _give_time_back(turn: Turn, listing: Listing) -> None:
    """A listing that goes on has for its clocks the time for which it was suspended while they ran."""
    since_ms = max(listing.suspended_ms or turn.time_ms, listing.opened_ms or 0)
    for what in VENUE_CLOCKS:
        deadline = turn.state.deadlines.get(f"{what}:{listing.id}")
        if deadline is not None:
            move_clock(turn.state, deadline, turn.time_ms - since_ms)

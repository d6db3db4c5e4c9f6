"""Commands about listings and bids: submit, approve, withdraw, consent, register, qualify, bid, accept."""

from __future__ import annotations

import re

from exchange.bounds import require_moment, require_text
from exchange.calendar import MS_PER_DAY
from exchange.commands import (
    AcceptBid,
    AcceptPrice,
    AmendBid,
    ApproveListing,
    BidTerms,
    ConsentToDeal,
    LeaveListing,
    ListingTerms,
    PlaceBid,
    QualifyBidder,
    RegisterBidder,
    RejectListing,
    SubmitListing,
    WithdrawBid,
    WithdrawListing,
)
from exchange.deals.award import listing_may_end
from exchange.deals.steps import ENDED as DEAL_ENDED
from exchange.events import ListingChanged, PledgeeConsented
from exchange.listings import life
from exchange.listings.checks import buyer_may_take_part, listing_may_stand
from exchange.modes.competitive import Competitive
from exchange.modes.dutch import Dutch
from exchange.modes.english import English
from exchange.modes.mode import Mode
from exchange.modes.negotiated import Negotiated
from exchange.modes.posted import Posted
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import active_actor, with_role
from exchange.rights.register import right_of
from exchange.rows import Bid, Deadline, Deal, Listing
from exchange.rules import civil_code, patent_law, transformation
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.scope import TERRITORIES
from exchange.turn import Handlers, Result, Turn

MODES: dict[str, Mode] = {
    "posted": Posted(),
    "competitive": Competitive(),
    "negotiated": Negotiated(),
    "english": English(),
    "dutch": Dutch(),
}
SINCE_ENGINE = {"negotiated": 3, "english": 3, "dutch": 3}
"""Modes that an engine before this version does not know."""
LONGEST_LISTING_MS = 366 * MS_PER_DAY
MOST_TERRITORIES = 64
LONGEST_FIELD_OF_USE = 200
_ANNOUNCEMENT_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}", re.ASCII)


def submit_listing(turn: Turn, command: SubmitListing) -> Result:
    """A holder offers a right; everything that can be checked now is."""
    state = turn.state
    seller = with_role(active_actor(turn), "seller")
    right = right_of(state, command.right_id)
    terms = turn.request.terms
    if not isinstance(terms, ListingTerms):
        turn.fault("a listing without terms was authorised")
    if state.venue.engine < SINCE_ENGINE.get(command.mode, 0):
        refuse(rules.MALFORMED, field="mode", engine=state.venue.engine)
    _check_shape(turn, command, terms)
    listing_may_stand(turn, right, seller, command.deal_kind, terms)
    if right.open_listing is not None:
        refuse(rules.LISTING_EXISTS, right_id=right.id, in_the_way=right.open_listing)
    MODES[command.mode].check(turn, command, terms)
    listing = Listing(
        id=state.next_id("L"),
        right_id=right.id,
        seller=seller.id,
        mode=command.mode,
        deal_kind=command.deal_kind,
        currency=command.currency,
        terms=terms,
        terms_salt=turn.request.terms_salt,
        closes_ms=command.closes_ms,
        registration_closes_ms=command.registration_closes_ms,
        max_acceptances=command.max_acceptances,
        announcement_number=command.announcement_number,
    )
    state.add(listing)
    right.open_listing = listing.id
    state.touch(right)
    turn.emit(ListingChanged(listing_id=listing.id, old="", new="SUBMITTED", cause="submit_listing"))
    return {"listing_id": listing.id, "state": listing.state}


def approve_listing(turn: Turn, command: ApproveListing) -> Result:
    """The operator opens the listing, or starts the public notice that its seller owes."""
    listing = life.listing_of(turn.state, command.listing_id)
    seller = turn.state.parties[listing.seller]
    right = turn.state.rights[listing.right_id]
    life.require_step(listing, "approve")
    if seller.state != "ACTIVE":
        refuse(rules.PARTY_NOT_ACTIVE, party_id=seller.id, state=seller.state)
    first_clock_ms = listing.registration_closes_ms or listing.closes_ms
    if first_clock_ms <= turn.time_ms:
        refuse(
            rules.WRONG_STATE,
            listing_id=listing.id,
            state=listing.state,
            step="approve",
            over_since=first_clock_ms,
        )
    listing_may_stand(turn, right, seller, listing.deal_kind, listing.terms)
    if listing.announcement_number is not None:
        patent_law.open_licence_may_be_declared(turn.state, right, listing.terms)
        civil_code.pledgees_consent(turn.state, right, listing)
    notice_ms = transformation.public_notice_ms(seller, listing.mode)
    if notice_ms and turn.time_ms + notice_ms >= listing.closes_ms:
        refuse(transformation.PUBLIC_NOTICE, listing_id=listing.id, days=transformation.PUBLIC_NOTICE_DAYS)
    if notice_ms:
        life.move(turn, listing, "notice", "approve_listing")
        turn.state.set_deadline("notice_end", listing.id, turn.time_ms + notice_ms, venue_clock=False)
    else:
        _open(turn, listing, "approve", "approve_listing")
    return {"listing_id": listing.id, "state": listing.state}


def reject_listing(turn: Turn, command: RejectListing) -> Result:
    """The operator sends a submitted listing back."""
    listing = life.listing_of(turn.state, command.listing_id)
    life.move(turn, listing, "reject", "reject_listing")
    return {"listing_id": listing.id, "state": listing.state}


def withdraw_listing(turn: Turn, command: WithdrawListing) -> Result:
    """The seller takes its listing back while nothing has been accepted and no bid is irrevocable."""
    listing = life.listing_of(turn.state, command.listing_id)
    if listing.seller != active_actor(turn).id:
        refuse(rules.NOT_PERMITTED, listing_id=listing.id)
    offer = turn.state.offers.get(listing.id)
    if offer is not None and offer.state == "STANDING":
        refuse(rules.OFFER_STANDS, listing_id=listing.id)
    own = [each for each in life.live_proposals(turn.state, listing) if each.made_by == "seller"]
    if own:
        refuse(rules.PROPOSAL_STANDS, proposal_id=own[0].id)
    if listing.accepted or listing.suspended_from == "BIDDING":
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="withdraw")
    life.end_without_award(turn, listing, "withdraw", "withdraw_listing")
    return {"listing_id": listing.id, "state": listing.state}


def consent_to_deal(turn: Turn, command: ConsentToDeal) -> Result:
    """A pledgee whom the register names consents (Civil Code Art. 444)."""
    listing = life.listing_of(turn.state, command.listing_id)
    pledgee = with_role(active_actor(turn), "pledgee")
    right = turn.state.rights[listing.right_id]
    if pledgee.company_number not in {pledge.company_number for pledge in right.pledges}:
        refuse(rules.NOT_PERMITTED, listing_id=listing.id, party_id=pledgee.id)
    if listing.state in life.ENDED:
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="consent")
    listing.consents = tuple(sorted({*listing.consents, pledgee.id}))
    turn.state.touch(listing)
    turn.emit(PledgeeConsented(listing_id=listing.id, party_id=pledgee.id))
    return {"listing_id": listing.id, "party_id": pledgee.id}


def register_bidder(turn: Turn, command: RegisterBidder) -> Result:
    """A buyer registers for a listing; what its mode asks for is held at once."""
    listing = life.listing_of(turn.state, command.listing_id)
    buyer = buyer_may_take_part(turn, listing)
    return MODES[listing.mode].register(turn, listing, buyer)


def qualify_bidder(turn: Turn, command: QualifyBidder) -> Result:
    """The operator finds that a registered bidder may bid."""
    listing = life.listing_of(turn.state, command.listing_id)
    return MODES[listing.mode].qualify(turn, listing, command.party_id)


def leave_listing(turn: Turn, command: LeaveListing) -> Result:
    """A bidder leaves: bid withdrawn, deposit back."""
    listing = life.listing_of(turn.state, command.listing_id)
    return MODES[listing.mode].leave(turn, listing, active_actor(turn))


def place_bid(turn: Turn, command: PlaceBid) -> Result:
    """A bid."""
    listing = life.listing_of(turn.state, command.listing_id)
    bidder = buyer_may_take_part(turn, listing)
    return MODES[listing.mode].place_bid(turn, listing, bidder, _bid_terms(turn))


def accept_price(turn: Turn, command: AcceptPrice) -> Result:
    """The acceptance of a posted price."""
    listing = life.listing_of(turn.state, command.listing_id)
    buyer = buyer_may_take_part(turn, listing)
    return MODES[listing.mode].accept_price(turn, listing, buyer, _bid_terms(turn))


def amend_bid(turn: Turn, command: AmendBid) -> Result:
    """Another price for a bid of one's own, by a bidder that could bid afresh."""
    bid = _own_bid(turn, command.bid_id)
    listing = life.listing_of(turn.state, bid.listing_id)
    buyer_may_take_part(turn, listing)
    return MODES[listing.mode].amend(turn, listing, bid, _bid_terms(turn))


def withdraw_bid(turn: Turn, command: WithdrawBid) -> Result:
    """A bid of one's own is taken back."""
    bid = _own_bid(turn, command.bid_id)
    listing = life.listing_of(turn.state, bid.listing_id)
    return MODES[listing.mode].withdraw(turn, listing, bid)


def accept_bid(turn: Turn, command: AcceptBid) -> Result:
    """The seller accepts a bid."""
    bid = turn.state.bids.get(command.bid_id)
    if bid is None:
        refuse(rules.UNKNOWN_ID, kind="bid", id=command.bid_id)
    listing = life.listing_of(turn.state, bid.listing_id)
    if listing.seller != active_actor(turn).id:
        refuse(rules.NOT_PERMITTED, listing_id=listing.id)
    return MODES[listing.mode].accept_bid(turn, listing, bid)


def notice_end(turn: Turn, deadline: Deadline) -> None:
    """The public notice has ended without objection: the listing opens."""
    listing = turn.state.listings[deadline.subject_id]
    if listing.state == "PUBLICITY":
        _open(turn, listing, "open", "notice_end")
    else:
        listing.suspended_from = "OPEN"
        _start_clocks(turn, listing)


def registration_close(turn: Turn, deadline: Deadline) -> None:
    """Registration has ended; a suspended listing has no bidding and lapses."""
    listing = turn.state.listings[deadline.subject_id]
    if listing.state == "OPEN":
        MODES[listing.mode].registration_close(turn, listing)
    else:
        life.end_without_award(turn, listing, "nobody", "registration_close")


def listing_close(turn: Turn, deadline: Deadline) -> None:
    """The listing's time has ended; a suspended one lapses, deposits go back, and deals that it has run on."""
    listing = turn.state.listings[deadline.subject_id]
    if listing.state == "SUSPENDED" and listing.accepted:
        life.move(turn, listing, "close", "listing_close")
        listing_may_end(turn, listing)
    elif listing.state == "SUSPENDED":
        life.end_without_award(turn, listing, "nobody", "listing_close")
    else:
        MODES[listing.mode].close(turn, listing)


def price_drop(turn: Turn, deadline: Deadline) -> None:
    """The price of a Dutch auction falls."""
    listing = turn.state.listings[deadline.subject_id]
    MODES[listing.mode].price_drop(turn, listing, deadline.due_ms)


def archive(turn: Turn, deadline: Deadline) -> None:
    """A listing that has ended leaves memory with its bids and deals; the tables keep them.

    It stays while a deal of it is open or a licence of it lives unrecorded, since recordal needs them at any time.
    """
    state = turn.state
    listing = state.listings[deadline.subject_id]
    if any(_is_needed(state, state.deals[deal_id]) for deal_id in listing.deals):
        state.set_deadline("archive", listing.id, turn.time_ms + life.ARCHIVE_AFTER_MS)
        return
    for deal_id in listing.deals:
        state.archive(state.deals[deal_id])
    for bid_id in state.bids_of.get(listing.id, ()):
        state.archive(state.bids[bid_id])
    for ids in state.proposals_of.get(listing.id, {}).values():
        for proposal_id in ids:
            state.archive(state.proposals[proposal_id])
    if listing.id in state.offers:
        state.archive(state.offers[listing.id])
    state.archive(listing)


def _is_needed(state: State, deal: Deal) -> bool:
    licence = state.licences.get(deal.licence_id or "")
    return deal.state not in DEAL_ENDED or (
        licence is not None and not deal.by_delivery and not licence.recorded
    )


def _open(turn: Turn, listing: Listing, event: str, cause: str) -> None:
    life.move(turn, listing, event, cause)
    _start_clocks(turn, listing)


def _start_clocks(turn: Turn, listing: Listing) -> None:
    listing.opened_ms = turn.time_ms
    turn.state.touch(listing)
    MODES[listing.mode].opened(turn, listing)


def _check_shape(turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
    if not turn.time_ms < command.closes_ms <= turn.time_ms + LONGEST_LISTING_MS:
        refuse(rules.MALFORMED, field="closes_ms")
    if not 0 < terms.price <= LARGEST_AMOUNT or terms.deposit < 0 or not 0 <= terms.step <= terms.price:
        refuse(rules.MALFORMED, field="price, deposit or step")
    number = command.announcement_number
    if number is not None and not _ANNOUNCEMENT_NUMBER.fullmatch(number):
        refuse(rules.MALFORMED, field="announcement_number")
    require_text("field_of_use", terms.field_of_use.strip(), LONGEST_FIELD_OF_USE)
    if not 0 < len(terms.territory) <= MOST_TERRITORIES or not TERRITORIES.issuperset(terms.territory):
        refuse(rules.MALFORMED, field="territory", most=MOST_TERRITORIES)
    for field in ("starts_ms", "ends_ms"):
        if getattr(terms, field) is not None:
            require_moment(field, getattr(terms, field))
    if terms.ends_ms is not None and terms.ends_ms <= max(turn.time_ms, terms.starts_ms or 0):
        refuse(rules.MALFORMED, field="ends_ms")


def _bid_terms(turn: Turn) -> BidTerms:
    terms = turn.request.terms
    if not isinstance(terms, BidTerms) or not 0 < terms.price <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="price")
    if terms.client_order_id is not None:
        require_text("client_order_id", terms.client_order_id)
    return terms


def _own_bid(turn: Turn, bid_id: str) -> Bid:
    bid = turn.state.bids.get(bid_id)
    if bid is None:
        refuse(rules.UNKNOWN_ID, kind="bid", id=bid_id)
    if bid.party_id != active_actor(turn).id:
        refuse(rules.NOT_PERMITTED, bid_id=bid.id)
    return bid


HANDLERS: Handlers = {
    SubmitListing: submit_listing,
    ApproveListing: approve_listing,
    RejectListing: reject_listing,
    WithdrawListing: withdraw_listing,
    ConsentToDeal: consent_to_deal,
    RegisterBidder: register_bidder,
    QualifyBidder: qualify_bidder,
    LeaveListing: leave_listing,
    PlaceBid: place_bid,
    AmendBid: amend_bid,
    WithdrawBid: withdraw_bid,
    AcceptPrice: accept_price,
    AcceptBid: accept_bid,
}
DEADLINES = {
    "notice_end": notice_end,
    "registration_close": registration_close,
    "listing_close": listing_close,
    "price_drop": price_drop,
    "archive": archive,
}

"""Commands about listings and bids: submit, approve, withdraw, consent, register, qualify, bid, accept."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec import UNSET, UnsetType

from exchange.bounds import require_text
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
from exchange.deals import licences
from exchange.deals.award import close_behind_acceptances
from exchange.events import ListingChanged, PledgeeConsented
from exchange.listings import compared, life, lots, shape, undertakings
from exchange.listings.archiving import archive
from exchange.listings.checks import buyer_may_take_part, seller_may_deal_with
from exchange.listings.grounds import (
    approval_grounds,
    no_other_listing,
    offer_grounds,
    standing_grounds,
)
from exchange.listings.notices import notice_of
from exchange.listings.titles import Ground, meet
from exchange.modes.competitive import Competitive
from exchange.modes.continuous import Continuous
from exchange.modes.dutch import Dutch
from exchange.modes.english import English
from exchange.modes.mode import Mode
from exchange.modes.negotiated import Negotiated
from exchange.modes.posted import Posted, maximum_of
from exchange.modes.sealed import Sealed
from exchange.modes.tender import Tender
from exchange.money import fees
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import active_actor, with_role
from exchange.rights.catalogue import right_of
from exchange.rows import Bid, Deadline, Listing
from exchange.rules import auction_law, civil_code
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.consideration import has_price
from exchange.transitions import require_step
from exchange.turn import Handlers, Result, Turn

MODES: dict[str, Mode] = {
    "posted": Posted(),
    "competitive": Competitive(),
    "negotiated": Negotiated(),
    "english": English(),
    "dutch": Dutch(),
    "sealed": Sealed(),
    "tender": Tender(),
    "continuous": Continuous(),
}
SINCE_ENGINE = dict.fromkeys(("negotiated", "english", "dutch", "sealed", "tender", "continuous"), 3)
"""Modes that an engine before this version does not know."""
AUCTIONS_SINCE_ENGINE = OPEN_LICENCES_SINCE_ENGINE = 3


def submit_listing(turn: Turn, command: SubmitListing) -> Result:
    """A holder offers a right; everything that can be checked now is."""
    state = turn.state
    with_role(active_actor(turn), "seller")
    lots.require_well_formed(state, command)
    for right_id in offered_rights(command):
        right_of(state, right_id)
    terms = turn.request.terms
    if not isinstance(terms, ListingTerms):
        turn.fault("a listing without terms was authorised")
    meet(submission_grounds(turn, command, terms))
    listing = drawn_up(turn, command, terms, state.next_id("L"))
    state.add(listing)
    life.take_its_place(state, listing)
    turn.emit(ListingChanged(listing_id=listing.id, old="", new="SUBMITTED", cause="submit_listing"))
    compared.tell(turn, listing)
    return {"listing_id": listing.id, "state": listing.state}


def submission_grounds(turn: Turn, command: SubmitListing, terms: ListingTerms) -> Iterator[Ground]:
    """What bars the acting party from submitting this listing of rights that exist, in the order of asking."""
    state = turn.state
    seller = state.parties[turn.actor]
    rights = [state.rights[right_id] for right_id in offered_rights(command)]
    yield partial(_mode_is_known, state, command)
    yield partial(lots.require_well_formed, state, command)
    yield partial(shape.check_shape, turn, command, terms)
    yield partial(lots.check_terms, command, terms)
    yield from lots.are_of_one_place(rights)
    for right in rights:
        yield from standing_grounds(state, right, seller, command.deal_kind, terms, turn.time_ms)
        yield partial(no_other_listing, state, right, command, terms)
    yield from offer_grounds(state, drawn_up(turn, command, terms, ""), turn.time_ms)
    yield from undertakings.grounds(state, (seller,), rights, command.deal_kind, terms, turn.time_ms)
    yield partial(shape.auction_is_one, turn, command)
    yield partial(MODES[command.mode].check, turn, command, terms)


def drawn_up(turn: Turn, command: SubmitListing, terms: ListingTerms, listing_id: str) -> Listing:
    """The listing that a submission makes."""
    return Listing(
        id=listing_id,
        right_id=command.right_id,
        seller=turn.actor,
        mode=command.mode,
        deal_kind=command.deal_kind,
        currency=command.currency,
        terms=terms,
        terms_salt=turn.request.terms_salt,
        closes_ms=command.closes_ms,
        registration_closes_ms=command.registration_closes_ms,
        max_acceptances=maximum_of(turn.state, command),
        announcement_number=command.announcement_number,
        auction=command.auction,
        has_reserve=auction_law.has_reserve(command.mode, terms),
        lot=command.lot,
    )


def offered_rights(command: SubmitListing) -> tuple[str, ...]:
    """The ids of the rights that a submission offers: one, or all of a lot."""
    return (command.right_id,) if command.lot is UNSET else tuple(member.right_id for member in command.lot)


def approve_listing(turn: Turn, command: ApproveListing) -> Result:
    """The operator opens the listing, or starts the public notice that its seller owes.

    The answer is public: it announces whether an auction has a reserve before anybody bids (Auction Law Art. 50).
    """
    listing = life.listing_of(turn.state, command.listing_id)
    require_step(life.TRANSITIONS, listing, "approve")
    meet(approval_grounds(turn, listing))
    notice = notice_of(turn.state, listing, turn.time_ms)
    compared.tell(turn, listing, notice=True)
    if listing.auction is not UNSET:
        # Announced with the fees that were asked above, whatever schedule stands when the announcement ends.
        listing.fee_schedule = fees.in_force(turn.state, listing.currency)
    if notice is not None:
        life.move(turn, listing, "notice", "approve_listing")
        turn.state.set_deadline("notice_end", listing.id, notice.until_ms, venue_clock=False)
    else:
        _open(turn, listing, "approve", "approve_listing")
    licences.tell_the_licensor(turn, listing)
    announced = {} if listing.has_reserve is UNSET else {"reserve": "set" if listing.has_reserve else "none"}
    return {"listing_id": listing.id, "state": listing.state, **announced}


def reject_listing(turn: Turn, command: RejectListing) -> Result:
    """The operator sends a submitted listing back."""
    listing = life.listing_of(turn.state, command.listing_id)
    life.move(turn, listing, "reject", "reject_listing")
    return {"listing_id": listing.id, "state": listing.state}


def withdraw_listing(turn: Turn, command: WithdrawListing) -> Result:
    """The seller takes its listing back while nothing has been accepted and no bid is irrevocable.

    An open licence is withdrawn at any time: what was accepted before runs on, and nobody accepts any more.
    """
    listing = life.listing_of(turn.state, command.listing_id)
    if listing.seller != active_actor(turn).id:
        refuse(rules.NOT_PERMITTED, listing_id=listing.id)
    offer = turn.state.offers.get(listing.id)
    if offer is not None and offer.state == "STANDING":
        refuse(rules.OFFER_STANDS, listing_id=listing.id)
    own = [each for each in life.live_proposals(turn.state, listing) if each.made_by == "seller"]
    if own:
        refuse(rules.PROPOSAL_STANDS, proposal_id=own[0].id)
    if _is_an_open_licence_in_use(turn.state, listing):
        close_behind_acceptances(turn, listing, "withdraw_listing")
        return {"listing_id": listing.id, "state": listing.state}
    if listing.accepted or listing.suspended_from == "BIDDING":
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="withdraw")
    life.end_without_award(turn, listing, "withdraw", "withdraw_listing")
    return {"listing_id": listing.id, "state": listing.state}


def consent_to_deal(turn: Turn, command: ConsentToDeal) -> Result:
    """A pledgee whom the register names consents (Civil Code Art. 444), for all that it has in pledge of a lot."""
    listing = life.listing_of(turn.state, command.listing_id)
    pledgee = with_role(active_actor(turn), "pledgee")
    rights = lots.rights_of(turn.state, listing)
    if pledgee.company_number not in {pledge.company_number for right in rights for pledge in right.pledges}:
        refuse(rules.NOT_PERMITTED, listing_id=listing.id, party_id=pledgee.id)
    if listing.state in life.ENDED:
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="consent")
    listing.consents = tuple(sorted({*listing.consents, pledgee.id}))
    turn.state.touch(listing)
    stand: tuple[str, ...] | UnsetType = UNSET
    if turn.state.venue.engine >= civil_code.CONSENT_NAMES_PLEDGES_SINCE_ENGINE:
        stand = tuple(
            name for right in rights for name in civil_code.pledges_of(right, pledgee.company_number)
        )
        earlier = {} if listing.consented_pledges is UNSET else listing.consented_pledges
        listing.consented_pledges = earlier | {pledgee.id: stand}
    turn.emit(PledgeeConsented(listing_id=listing.id, party_id=pledgee.id, pledges=stand))
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
    least = 1 if has_price(listing.terms) else 0
    return MODES[listing.mode].accept_price(turn, listing, buyer, _bid_terms(turn, least))


def amend_bid(turn: Turn, command: AmendBid) -> Result:
    """Another price for a bid of one's own, by a bidder that could bid afresh."""
    bid = own_bid(turn, command.bid_id)
    listing = life.listing_of(turn.state, bid.listing_id)
    buyer_may_take_part(turn, listing)
    return MODES[listing.mode].amend(turn, listing, bid, _bid_terms(turn))


def withdraw_bid(turn: Turn, command: WithdrawBid) -> Result:
    """A bid of one's own is taken back."""
    bid = own_bid(turn, command.bid_id)
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
    seller_may_deal_with(turn, listing, turn.state.parties[bid.party_id])
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
        close_behind_acceptances(turn, listing, "listing_close")
    elif listing.state == "SUSPENDED":
        life.end_without_award(turn, listing, "nobody", "listing_close")
    else:
        MODES[listing.mode].close(turn, listing)


def price_drop(turn: Turn, deadline: Deadline) -> None:
    """The price of a Dutch auction falls."""
    listing = turn.state.listings[deadline.subject_id]
    MODES[listing.mode].price_drop(turn, listing, deadline.due_ms)


def _open(turn: Turn, listing: Listing, event: str, cause: str) -> None:
    life.move(turn, listing, event, cause)
    _start_clocks(turn, listing)


def _start_clocks(turn: Turn, listing: Listing) -> None:
    listing.opened_ms = turn.time_ms
    if listing.auction is UNSET:
        listing.fee_schedule = fees.in_force(turn.state, listing.currency)
    turn.state.touch(listing)
    MODES[listing.mode].opened(turn, listing)


def _is_an_open_licence_in_use(state: State, listing: Listing) -> bool:
    """Its declaration can be withdrawn; licences that were given before stand (Patent Law Art. 50(2))."""
    declared = listing.announcement_number is not None and state.venue.engine >= OPEN_LICENCES_SINCE_ENGINE
    return declared and listing.accepted > 0 and listing.state in {"OPEN", "SUSPENDED"}


def _mode_is_known(state: State, command: SubmitListing) -> None:
    if state.venue.engine < SINCE_ENGINE.get(command.mode, 0):
        refuse(rules.MALFORMED, field="mode", engine=state.venue.engine)
    if command.auction is not UNSET and state.venue.engine < AUCTIONS_SINCE_ENGINE:
        refuse(rules.MALFORMED, field="auction", engine=state.venue.engine)


def _bid_terms(turn: Turn, least: int = 1) -> BidTerms:
    terms = turn.request.terms
    if not isinstance(terms, BidTerms) or not least <= terms.price <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="price")
    if terms.client_order_id is not None:
        require_text("client_order_id", terms.client_order_id)
    return terms


def own_bid(turn: Turn, bid_id: str) -> Bid:
    """A bid of the acting party's. Raises Refusal UNKNOWN-ID, NOT-PERMITTED."""
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

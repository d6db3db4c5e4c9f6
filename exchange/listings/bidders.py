"""The bidders of a listing: one transition table, and the deposit that is held of each."""

from __future__ import annotations

import msgspec

from exchange.events import BidderChanged
from exchange.money import holds
from exchange.money.accounts import require_available
from exchange.rows import Bidder, Listing
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.transitions import Table
from exchange.turn import Turn

TRANSITIONS: Table = {
    ("", "register"): "REGISTERED",
    ("LEFT", "register"): "REGISTERED",
    ("REGISTERED", "qualify"): "QUALIFIED",
    ("REGISTERED", "leave"): "LEFT",
    ("QUALIFIED", "leave"): "LEFT",
    ("", "negotiate"): "NEGOTIATING",
    ("LEFT", "negotiate"): "NEGOTIATING",
    ("NEGOTIATING", "leave"): "LEFT",
    ("QUALIFIED", "offer"): "OFFERED",
    ("OFFERED", "take"): "QUALIFIED",
    ("OFFERED", "pass"): "QUALIFIED",
    ("QUALIFIED", "give_way"): "QUALIFIED",
    ("NEGOTIATING", "give_way"): "QUALIFIED",
    ("QUALIFIED", "forfeit"): "FORFEITED",
    ("NEGOTIATING", "forfeit"): "FORFEITED",
    ("LEFT", "forfeit"): "FORFEITED",
    ("LEFT", "offer"): "OFFERED",
}
"""`give_way`: to whoever exercises a first refusal, which one that has left may, and then forfeit; `pass`: of an award
that was offered, before engine version 5 to one that had left as well.
"""
GONE = frozenset({"LEFT", "FORFEITED"})
"""States of a bidder that takes no part any more."""
COUNT_SINCE_ENGINE = 5
"""Since this version a bidder's count of sealed bids outlives its leaving, and its deposit's return (§ 47)."""


def require_step(listing: Listing, party_id: str, event: str) -> None:
    """Raises Refusal WRONG-STATE when the event does not follow from the bidder's state on the listing."""
    state = _state_of(listing, party_id)
    if (state, event) not in TRANSITIONS:
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=state, step=event)


def move(turn: Turn, listing: Listing, party_id: str, event: str, deposit: int = 0) -> None:
    """A bidder takes a step of the table; `deposit` (minor units) is held of it from now on."""
    old, before = listing.bidders.get(party_id), _state_of(listing, party_id)
    new = TRANSITIONS.get((before, event))
    if new is None:
        turn.fault(f"{party_id} is {before or 'no bidder'} of {listing.id}: nothing follows from {event}")
    listing.bidders[party_id] = _counted(turn, old, Bidder(state=new, deposit=deposit))
    turn.state.touch(listing)
    turn.emit(BidderChanged(listing_id=listing.id, party_id=party_id, old=before, new=new))


def come(turn: Turn, listing: Listing, party_id: str, event: str) -> None:
    """A bidder takes a step with which the listing's deposit is held of it. Raises Refusal FUNDS-SHORT."""
    deposit, currency = listing.terms.deposit, listing.currency
    require_available(turn.state, party_id, currency, deposit)
    holds.hold_of_party(turn, listing.id, party_id, "bid_deposit", currency, deposit, "bid_deposit")
    move(turn, listing, party_id, event, deposit)


def leave(turn: Turn, listing: Listing, party_id: str, event: str = "void") -> None:
    """A bidder leaves, and its deposit goes back; `event` is what becomes of the hold."""
    release_deposit(turn, listing, party_id, event)
    move(turn, listing, party_id, "leave")


def release_deposits(turn: Turn, listing: Listing, winner: str, event: str = "void") -> None:
    """Every bid deposit but the winner's goes back to its party at once (the venue's limit is 3 working days)."""
    for party_id, bidder in sorted(listing.bidders.items()):
        if party_id != winner and bidder.deposit:
            release_deposit(turn, listing, party_id, event)


def release_deposit(turn: Turn, listing: Listing, party_id: str, event: str = "void") -> None:
    """One bidder's deposit goes back to its available balance."""
    bidder, currency = listing.bidders[party_id], listing.currency
    holds.give_back(turn, listing.id, party_id, currency, bidder.deposit, "deposit_return", event)
    listing.bidders[party_id] = _counted(turn, bidder, Bidder(state=bidder.state, deposit=0))
    turn.state.touch(listing)


def forfeit_deposit(turn: Turn, listing: Listing, party_id: str) -> None:
    """A bidder that breaks its word loses its deposit to the seller."""
    bidder, currency = listing.bidders[party_id], listing.currency
    seller, held = (listing.seller, "available"), bidder.deposit
    holds.post_part(turn, listing.id, party_id, currency, held, held, seller, "deposit_forfeited")
    move(turn, listing, party_id, "forfeit")


def _state_of(listing: Listing, party_id: str) -> str:
    bidder = listing.bidders.get(party_id)
    return "" if bidder is None else bidder.state


def _counted(turn: Turn, old: Bidder | None, new: Bidder) -> Bidder:
    """A bidder's new standing, with the count of the old: leaving and coming again begins no new one."""
    if old is None or turn.state.venue.engine < COUNT_SINCE_ENGINE:
        return new
    return msgspec.structs.replace(new, sealed=old.sealed)

"""Posted price 明码标价: whoever accepts and pays gets one, until all are taken or time ends.

Held at acceptance is what falls due as the deal takes effect: the price, its first part, or nothing.

An open licence 开放许可 is this mode with the office's announcement number.
"""

from __future__ import annotations

from exchange.commands import BidTerms, ListingTerms, SubmitListing
from exchange.deals import acceptances, award
from exchange.listings import life
from exchange.listings.checks import licence_is_compatible
from exchange.modes.mode import Mode, require_own_terms
from exchange.money import holds
from exchange.money.accounts import require_available
from exchange.rows import Listing, Party
from exchange.rules import open_licences
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.consideration import due_at_effect
from exchange.turn import Result, Turn

MOST_ACCEPTANCES = 1_000


def maximum_of(state: State, command: SubmitListing) -> int:
    """How often a listing can be accepted: a declared open licence by anybody, as often as this mode lets."""
    declared = command.announcement_number is not None and command.deal_kind == "ordinary_licence"
    if declared and command.mode == "posted" and state.venue.engine >= open_licences.ALL_SINCE_ENGINE:
        return MOST_ACCEPTANCES
    return command.max_acceptances


class Posted(Mode):
    """The posted-price mode."""

    def check(self, turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
        """No deposit, no step, no registration; only ordinary licences can be accepted more than once."""
        if terms.deposit or terms.step or command.registration_closes_ms is not None:
            refuse(rules.MALFORMED, field="deposit, step or registration_closes_ms", mode="posted")
        require_own_terms(command, terms)
        most = MOST_ACCEPTANCES if command.deal_kind == "ordinary_licence" else 1
        if not 1 <= command.max_acceptances <= most:
            refuse(rules.MALFORMED, field="max_acceptances", most=most)
        if command.announcement_number is not None:
            if command.deal_kind != "ordinary_licence":
                refuse(rules.MALFORMED, field="announcement_number", deal_kind=command.deal_kind)
            if command.max_acceptances not in {1, maximum_of(turn.state, command)}:
                refuse(rules.MALFORMED, field="max_acceptances", of_an_open_licence=MOST_ACCEPTANCES)
            right = turn.state.rights[command.right_id]
            open_licences.may_be_declared(turn.state, right, terms, command.currency, turn.time_ms)

    def opened(self, turn: Turn, listing: Listing) -> None:
        """The listing stands until its close."""
        turn.state.set_deadline("listing_close", listing.id, listing.closes_ms)

    def accept_price(self, turn: Turn, listing: Listing, buyer: Party, terms: BidTerms) -> Result:
        """An acceptance: what is due first is held, and a deal begins, under the standing offer if one stands."""
        price = terms.price
        if price != listing.terms.price:
            refuse(rules.PRICE_CHANGED, listing_id=listing.id)
        if listing.state != "OPEN":
            refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="accept_price")
        licence_is_compatible(turn, listing)
        right = turn.state.rights[listing.right_id]
        open_licences.is_announced(turn.state, right, listing, turn.time_ms)
        due = due_at_effect(listing.terms, price)
        require_available(turn.state, buyer.id, listing.currency, due)
        acceptances.end_if_expiring(turn, listing.id)
        holds.hold_of_party(turn, listing.id, buyer.id, "price", listing.currency, due, "hold")
        listing.accepted += 1
        turn.state.touch(listing)
        offer = turn.state.offers.get(listing.id)
        if offer is not None and offer.state != "STANDING":
            offer = None
        deal = award.open_deal(turn, listing, buyer, price, deposit=due, bid=None, offer=offer)
        if listing.accepted == listing.max_acceptances:
            life.move(turn, listing, "award", "accept_price")
        return {"deal_id": deal.id, "state": deal.state}

    def close(self, turn: Turn, listing: Listing) -> None:
        """Time has ended: awarded where somebody accepted, lapsed where nobody did."""
        if listing.accepted:
            award.close_behind_acceptances(turn, listing, "listing_close")
        else:
            life.end_without_award(turn, listing, "nobody", "listing_close")

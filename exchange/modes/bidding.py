"""How several bidders of a competitive listing bid: freely until the close, one price each, or in rising rounds.

`once`: each gives one price, which nobody else sees before the close and which is never raised. `rising`: every bid is
above the highest by a step, and by somebody else; each round in which somebody bids is followed by another, and the
round in which nobody does is the last. The first round ends at the listing's close, each further one `round_ms` later.
In both a bid is given once registration has closed, and binds until the result.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.calendar import MS_PER_DAY, MS_PER_MINUTE
from exchange.commands import ListingTerms, SubmitListing
from exchange.events import RoundBegun
from exchange.listings import life
from exchange.modes.mode import require_own_terms
from exchange.rows import Listing
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Turn

SINCE_ENGINE = 5
SHORTEST_ROUND_MS = 5 * MS_PER_MINUTE
LONGEST_ROUND_MS = 7 * MS_PER_DAY


def check(turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
    """Rounds have a length and a step, one price neither; before engine version 5 nobody chose. Raises MALFORMED."""
    chosen = ("bidding", "round_ms") if turn.state.venue.engine >= SINCE_ENGINE else ()
    require_own_terms(command, terms, *chosen)
    round_ms, rising = terms.round_ms, terms.bidding == "rising"
    if not rising and round_ms is not UNSET:
        refuse(rules.MALFORMED, field="round_ms", mode=command.mode)
    if rising and (round_ms is UNSET or not SHORTEST_ROUND_MS <= round_ms <= LONGEST_ROUND_MS):
        refuse(rules.MALFORMED, field="round_ms", least=SHORTEST_ROUND_MS, most=LONGEST_ROUND_MS)
    if terms.bidding is not UNSET and rising != (terms.step > 0):
        refuse(rules.MALFORMED, field="step", mode=command.mode)


def require_open(listing: Listing, step: str) -> None:
    """Raises Refusal WRONG-STATE for a bid while registration runs, where the listing says how several bid."""
    if listing.terms.bidding is not UNSET and listing.state == "OPEN":
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step=step)


def require_raise(turn: Turn, listing: Listing, party_id: str, price: int) -> None:
    """Raises Refusal for a bid in a round that is the highest bidder's own, or not a step above the highest."""
    if listing.terms.bidding != "rising" or listing.state != "BIDDING":
        return
    highest = next(iter(life.live_bids(turn.state, listing)), None)
    if highest is None:
        return
    if highest.party_id == party_id:
        refuse(rules.BID_STANDS, bid_id=highest.id)
    least = highest.price + listing.terms.step
    if price < least:
        refuse(rules.BID_BELOW_PRICE, listing_id=listing.id, least=least)


def begin(turn: Turn, listing: Listing) -> None:
    """Registration has closed and several bid: the first round begins."""
    if listing.terms.bidding == "rising":
        listing.round, listing.raised = 1, False
        turn.state.touch(listing)


def note_raise(turn: Turn, listing: Listing) -> None:
    """Somebody has bid: another round will follow this one."""
    if listing.raised is False and listing.state == "BIDDING":
        listing.raised = True
        turn.state.touch(listing)


def begin_another(turn: Turn, listing: Listing) -> bool:
    """A round has ended: another begins if somebody has bid in it. False where bidding is over."""
    round_ms = listing.terms.round_ms
    if listing.raised is not True or listing.round is UNSET or round_ms is UNSET:
        return False
    listing.round, listing.raised = listing.round + 1, False
    listing.closes_ms = turn.time_ms + round_ms
    turn.state.set_deadline("listing_close", listing.id, listing.closes_ms)
    turn.state.touch(listing)
    turn.emit(RoundBegun(listing_id=listing.id, round=listing.round, closes_ms=listing.closes_ms))
    return True

"""Commands about sealed bids and tenders, their clocks, and what the chain says of their set."""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import (
    RecordScores,
    ReportChainRecord,
    RevealBid,
    RevealTerms,
    ScoreTerms,
    SealBid,
)
from exchange.listings import life
from exchange.listings.checks import buyer_may_take_part
from exchange.listings.floor import MODES, own_bid
from exchange.rows import Deadline
from exchange.rules import venue as rules
from exchange.rules import working_days
from exchange.rules.rule import refuse
from exchange.transitions import require_step
from exchange.turn import Handlers, Result, Turn


def seal_bid(turn: Turn, command: SealBid) -> Result:
    """A sealed bid."""
    listing = life.listing_of(turn.state, command.listing_id)
    bidder = buyer_may_take_part(turn, listing)
    return MODES[listing.mode].seal(turn, listing, bidder, command.commitment)


def reveal_bid(turn: Turn, command: RevealBid) -> Result:
    """A sealed bid of one's own is opened: whoever sealed it may, whatever has happened to it since."""
    bid = own_bid(turn, command.bid_id)
    listing = life.listing_of(turn.state, bid.listing_id)
    terms = turn.request.terms
    if not isinstance(terms, RevealTerms):
        turn.fault("a bid was opened without terms")
    return MODES[listing.mode].reveal(turn, listing, bid, terms)


def record_scores(turn: Turn, command: RecordScores) -> Result:
    """The evaluation committee's sheets."""
    listing = life.listing_of(turn.state, command.listing_id)
    terms = turn.request.terms
    if not isinstance(terms, ScoreTerms):
        turn.fault("scores without sheets were authorised")
    return MODES[listing.mode].score(turn, listing, terms)


def reported(turn: Turn, command: ReportChainRecord) -> None:
    """Final, the set may be opened; refused, nobody could prove what it was, and the listing lapses.

    The window to open bids in takes in the next working day whole, however short the listing has it.
    """
    listing = life.listing_of(turn.state, command.subject_id)
    final = command.outcome == "final"
    require_step(life.TRANSITIONS, listing, "fixed" if final else "nobody")
    if listing.state != "SEALED":
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="sealed_set")
    if not final:
        life.end_without_award(turn, listing, "nobody", "chain_refused")
        return
    sealed_set, reveal_ms = turn.state.sealed_sets[listing.id], listing.terms.reveal_ms
    if reveal_ms is UNSET:
        turn.fault(f"{listing.id} has no window to open bids in")
    sealed_set.chain_transaction = command.transaction
    turn.state.touch(sealed_set)
    turn.state.clear_deadline("sealing_by", listing.id)
    next_day_ms = working_days.end_of(turn.state.venue, turn.time_ms, 1)
    listing.reveal_closes_ms = max(turn.time_ms + reveal_ms, next_day_ms)
    turn.state.set_deadline("reveal_end", listing.id, listing.reveal_closes_ms)
    life.move(turn, listing, "fixed", "report_chain_record")


def sealing_by(turn: Turn, deadline: Deadline) -> None:
    """The chain has not made the set final in time: nothing is opened, and every deposit goes back."""
    listing = turn.state.listings[deadline.subject_id]
    life.end_without_award(turn, listing, "nobody", "sealing_by")


def reveal_end(turn: Turn, deadline: Deadline) -> None:
    """The window to open bids in has ended."""
    listing = turn.state.listings[deadline.subject_id]
    MODES[listing.mode].reveal_end(turn, listing)


def evaluation_by(turn: Turn, deadline: Deadline) -> None:
    """The committee has not found in time: nothing is awarded, and every deposit goes back."""
    listing = turn.state.listings[deadline.subject_id]
    life.end_without_award(turn, listing, "nobody", "evaluation_by")


HANDLERS: Handlers = {SealBid: seal_bid, RevealBid: reveal_bid, RecordScores: record_scores}
DEADLINES = {"sealing_by": sealing_by, "reveal_end": reveal_end, "evaluation_by": evaluation_by}

"""The choice of a lot's buyer after one of its rights did not pass: to keep the others, or to rescind them."""

from __future__ import annotations

from exchange.commands import DecideLot
from exchange.deals import lots, performance, steps
from exchange.deals.unwinding import unwind
from exchange.events import LotDecided
from exchange.listings import life
from exchange.parties import active_actor
from exchange.rows import Deadline, Listing
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Handlers, Result, Turn


def decide_lot(turn: Turn, command: DecideLot) -> Result:
    """The buyer chooses, while its term runs."""
    state = turn.state
    listing = life.listing_of(state, command.listing_id)
    buyer = active_actor(turn)
    if not listing.lot_choice_until_ms:
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="decide_lot")
    last = state.deals[listing.deals[-1]]
    if last.buyer != buyer.id:
        refuse(rules.NOT_PERMITTED, listing_id=listing.id, party_id=buyer.id)
    left = lots.rescindable(state, last)
    _decided(turn, listing, command.decision, "decide_lot")
    for deal in left if command.decision == "rescind" else ():
        if deal.state == "DISPUTED":
            # It is unwound with the outcome of its dispute, whatever that is.
            dispute = steps.dispute_of(state, deal)
            dispute.ended_by = lots.RESCINDED
            state.touch(dispute)
        else:
            unwind(turn, deal, "unwind", lots.RESCINDED)
    return {"listing_id": listing.id, "decision": command.decision}


def lot_choice(turn: Turn, deadline: Deadline) -> None:
    """Whoever says nothing keeps what it has bought."""
    _decided(turn, turn.state.listings[deadline.subject_id], "keep", "lot_choice")


def _decided(turn: Turn, listing: Listing, decision: str, cause: str) -> None:
    lots.end_choice(turn, listing)
    last = turn.state.deals[listing.deals[-1]]
    for deal in lots.rescindable(turn.state, last) if decision == "keep" else ():
        performance.begins(turn, deal)
    turn.emit(LotDecided(listing_id=listing.id, party_id=last.buyer, decision=decision, cause=cause))


HANDLERS: Handlers = {DecideLot: decide_lot}
DEADLINES = {"lot_choice": lot_choice}

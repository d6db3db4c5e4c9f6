"""An objection's life: one transition table."""

from __future__ import annotations

from exchange.events import ObjectionChanged
from exchange.indexes import number_of
from exchange.rows import Listing, Objection
from exchange.state import State
from exchange.transitions import Table, take_step
from exchange.turn import Turn

OBJECTION_TRANSITIONS: Table = {
    ("STANDING", "uphold"): "UPHELD",
    ("STANDING", "dismiss"): "DISMISSED",
    ("STANDING", "withdraw"): "WITHDRAWN",
    ("STANDING", "lapse"): "LAPSED",
}


def change_objection(turn: Turn, objection: Objection, event: str, cause: str) -> None:
    """Take a step of the table."""
    old = take_step(OBJECTION_TRANSITIONS, objection, event)
    turn.state.touch(objection)
    turn.emit(
        ObjectionChanged(
            objection_id=objection.id,
            listing_id=objection.listing_id,
            party_id=objection.party_id,
            old=old,
            new=objection.state,
            cause=cause,
        )
    )


def standing_objections(state: State, listing: Listing) -> list[Objection]:
    """What stands against a listing, in the order of its making."""
    ids = sorted(state.objections_of.get(listing.id, ()), key=number_of)
    rows = [state.objections[each] for each in ids]
    return [row for row in rows if row.state == "STANDING"]


def end_objections(turn: Turn, listing: Listing, cause: str) -> None:
    """The listing has ended: what still stood against it has lapsed."""
    for objection in standing_objections(turn.state, listing):
        change_objection(turn, objection, "lapse", cause)

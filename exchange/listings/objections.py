"""Commands about objections 异议: a public notice stands still while one is undecided."""

from __future__ import annotations

from exchange.commands import DecideObjection, ObjectToListing, WithdrawObjection
from exchange.events import ObjectionMade
from exchange.listings import life, notices
from exchange.listings.objection_life import (
    change_objection,
    end_objections,
    standing_objections,
)
from exchange.parties import active_actor
from exchange.rows import Listing, Objection
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 3
MOST_OBJECTIONS = 200
"""To one listing."""
STATEMENT_LABEL = "statement"


def object_to_listing(turn: Turn, command: ObjectToListing) -> Result:
    """A party objects; the listing is held, and its notice stands still."""
    state = turn.state
    if state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=state.venue.engine)
    party = active_actor(turn)
    listing = life.listing_of(state, command.listing_id)
    if listing.state not in {"PUBLICITY", "HELD"}:
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="object")
    seller = state.parties[listing.seller]
    if party.company_number == seller.company_number:
        refuse(rules.NOT_PERMITTED, listing_id=listing.id, party_id=party.id)
    earlier = [state.objections[each] for each in state.objections_of.get(listing.id, ())]
    if any(each.party_id == party.id for each in earlier):
        refuse(rules.OBJECTION_MADE, listing_id=listing.id, party_id=party.id)
    if len(earlier) >= MOST_OBJECTIONS:
        refuse(rules.MALFORMED, field="objections", most=MOST_OBJECTIONS)
    if STATEMENT_LABEL not in command.erasable:
        refuse(rules.FACT_MISSING, fact=STATEMENT_LABEL, supplier="objector")
    objection = Objection(
        id=state.next_id("OBJ"),
        listing_id=listing.id,
        party_id=party.id,
        ground=command.ground,
        made_ms=turn.time_ms,
    )
    state.add(objection)
    turn.emit(
        ObjectionMade(
            objection_id=objection.id, listing_id=listing.id, party_id=party.id, ground=command.ground
        )
    )
    if listing.state == "PUBLICITY":
        _hold(turn, listing)
    return {"objection_id": objection.id, "listing_id": listing.id, "state": listing.state}


def withdraw_objection(turn: Turn, command: WithdrawObjection) -> Result:
    """A party takes its own objection back."""
    objection = _objection_of(turn, command.objection_id)
    if objection.party_id != active_actor(turn).id:
        refuse(rules.NOT_PERMITTED, objection_id=objection.id)
    change_objection(turn, objection, "withdraw", "withdraw_objection")
    _go_on(turn, turn.state.listings[objection.listing_id], "withdraw_objection")
    return {"objection_id": objection.id, "state": objection.state}


def decide_objection(turn: Turn, command: DecideObjection) -> Result:
    """Upheld, the listing is rejected; dismissed, its notice goes on once no other objection stands."""
    objection = _objection_of(turn, command.objection_id)
    listing = turn.state.listings[objection.listing_id]
    if command.decision == "upheld":
        change_objection(turn, objection, "uphold", "decide_objection")
        life.move(turn, listing, "uphold", "decide_objection")
        end_objections(turn, listing, "decide_objection")
    else:
        change_objection(turn, objection, "dismiss", "decide_objection")
        _go_on(turn, listing, "decide_objection")
    return {"objection_id": objection.id, "state": objection.state}


def _objection_of(turn: Turn, objection_id: str) -> Objection:
    objection = turn.state.objections.get(objection_id)
    if objection is None:
        refuse(rules.UNKNOWN_ID, kind="objection", id=objection_id)
    return objection


def _hold(turn: Turn, listing: Listing) -> None:
    notices.stop(turn, listing)
    life.move(turn, listing, "object", "object_to_listing")


def _go_on(turn: Turn, listing: Listing, cause: str) -> None:
    if standing_objections(turn.state, listing) or listing.state != "HELD":
        return
    notices.run_on(turn, listing)
    life.move(turn, listing, "dismiss", cause)
    life.follow_the_register(turn, turn.state.rights[listing.right_id])


HANDLERS: Handlers = {
    ObjectToListing: object_to_listing,
    WithdrawObjection: withdraw_objection,
    DecideObjection: decide_objection,
}

"""The deals of one lot: one for each right, with contract, signatures, chain record, filing and release of its own.

Until it is funded a lot stands or falls as one: all its deals are signed or none is, the buyer pays for all at once,
and what ends one ends all. From then on each goes its way. Where a right does not pass its deal alone is unwound and
gives its part of the price back; the buyer may then rescind the others, as far as they have neither passed nor are with
the office (after Civil Code Art. 632), within ten working days, or keep them.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.deals import steps
from exchange.events import LotBroken
from exchange.rows import Deal, Listing
from exchange.rules import working_days
from exchange.rules.lots import WORKING_DAYS_TO_CHOOSE
from exchange.state import State
from exchange.turn import Turn

WORKING_DAYS_HELD_UP = 5
"""For which a clock of a lot's deal begins anew while another of its deals is in dispute."""
RESCINDED = "lot_rescinded"


def fellows(state: State, deal: Deal) -> tuple[Deal, ...]:
    """Every deal that the same award made, in the order of the lot: the deal alone where it is of no lot."""
    if not deal.lot:
        return (deal,)
    here = (state.deals[each] for each in state.listings[deal.listing_id].deals)
    return tuple(each for each in here if each.lot and each.lot.id == deal.lot.id)


def bound(state: State, deal: Deal) -> tuple[Deal, ...]:
    """The deals that stand or fall with this one by now, itself among them."""
    if not _is_bound(deal):
        return (deal,)
    return tuple(each for each in fellows(state, deal) if _is_bound(each))


def _is_bound(deal: Deal) -> bool:
    """Whether a deal is not funded yet: it could still be unwound, and nothing of its price is in escrow."""
    return steps.undoable(deal) and steps.without_dispute(deal) != "FUNDED"


def held_up(state: State, deal: Deal) -> bool:
    """Whether a dispute over another deal of the lot keeps this one from going on."""
    return any(each.state == "DISPUTED" for each in bound(state, deal) if each is not deal)


def all_signed(deals: tuple[Deal, ...]) -> bool:
    """Whether every one of some deals has both signatures and waits for none."""
    return all(each.state != "DISPUTED" and each.seller_signature and each.buyer_signature for each in deals)


def all_to_be_funded(deals: tuple[Deal, ...], last: Deal) -> bool:
    """Whether every one of some deals can be paid for once `last`, which is about to take effect, can."""
    return all(
        each is last or (steps.without_dispute(each), "funded") in steps.table_of(each) for each in deals
    )


def fell(turn: Turn, deal: Deal) -> None:
    """A right of a funded lot does not pass: its buyer may choose what becomes of those that have not passed yet."""
    listing = turn.state.listings[deal.listing_id]
    if not rescindable(turn.state, deal):
        end_choice(turn, listing)
        return
    until_ms = working_days.end_of(turn.state.venue, turn.time_ms, WORKING_DAYS_TO_CHOOSE)
    listing.lot_choice_until_ms = until_ms
    turn.state.touch(listing)
    turn.state.set_deadline("lot_choice", listing.id, until_ms)
    turn.emit(LotBroken(listing_id=listing.id, deal_id=deal.id, until_ms=until_ms))


def rescindable(state: State, deal: Deal) -> tuple[Deal, ...]:
    """The deals of a lot whose rights have neither passed nor are with the office."""
    return tuple(each for each in fellows(state, deal) if steps.without_dispute(each) == "FUNDED")


def end_choice(turn: Turn, listing: Listing) -> None:
    """Nothing is to be chosen any more, if anything was."""
    if listing.lot_choice_until_ms is not UNSET:
        listing.lot_choice_until_ms = UNSET
        turn.state.touch(listing)
        turn.state.clear_deadline("lot_choice", listing.id)

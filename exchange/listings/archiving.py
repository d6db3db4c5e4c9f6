"""How a listing that has ended leaves memory, with all that hangs on it."""

from __future__ import annotations

from exchange.deals import obligations
from exchange.deals.steps import ENDED
from exchange.listings.life import ARCHIVE_AFTER_MS
from exchange.rows import Deadline, Deal
from exchange.state import State
from exchange.turn import Turn


def archive(turn: Turn, deadline: Deadline) -> None:
    """A listing that has ended leaves memory with its bids and deals; the tables keep them.

    It stays while a deal of it is open, something falls due under one, or a licence of it lives unrecorded, since
    recordal needs them at any time.
    """
    state = turn.state
    listing = state.listings[deadline.subject_id]
    if any(_is_needed(turn, state.deals[deal_id]) for deal_id in listing.deals):
        state.set_deadline("archive", listing.id, turn.time_ms + ARCHIVE_AFTER_MS)
        return
    for deal_id in listing.deals:
        _archive_deal(state, state.deals[deal_id])
    for bid_id in state.bids_of.get(listing.id, ()):
        state.archive(state.bids[bid_id])
    for objection_id in state.objections_of.get(listing.id, ()):
        state.archive(state.objections[objection_id])
    for ids in state.proposals_of.get(listing.id, {}).values():
        for proposal_id in ids:
            state.archive(state.proposals[proposal_id])
    if listing.id in state.offers:
        state.archive(state.offers[listing.id])
    if listing.id in state.sealed_sets:
        state.archive(state.sealed_sets[listing.id])
    state.archive(listing)


def _archive_deal(state: State, deal: Deal) -> None:
    for obligation_id in state.obligations_of.get(deal.id, ()):
        state.archive(state.obligations[obligation_id])
    for dispute_id in deal.disputes or ():
        state.archive(state.disputes[dispute_id])
    state.archive(deal)


def _is_needed(turn: Turn, deal: Deal) -> bool:
    licence = turn.state.licences.get(deal.licence_id or "")
    return (
        deal.state not in ENDED
        or obligations.is_needed(turn.state, deal, turn.time_ms)
        or (licence is not None and not deal.by_delivery and not licence.recorded)
    )

"""What follows when both sides of a deal have signed, and when they are to sign afresh."""

from __future__ import annotations

from exchange.calendar import MS_PER_SECOND
from exchange.deals import acceptances, exports
from exchange.deals.award import SIGNATURE_LIFE_MS
from exchange.deals.steps import advance
from exchange.events import SignaturesVoided
from exchange.rights.register import witness
from exchange.rows import Deal
from exchange.turn import Turn


def complete(turn: Turn, deal: Deal, cause: str) -> None:
    """The deal is SIGNED, and goes to the chain."""
    state = turn.state
    state.clear_deadline("sign_by", deal.id)
    if not deal.by_delivery:
        witness(turn, state.rights[deal.right_id])
    advance(turn, deal, "signed", cause)
    exports.signed(turn, deal)
    acceptances.complete_withdrawal(turn, deal.listing_id)


def ask_afresh(turn: Turn, deal: Deal) -> None:
    """What has been signed of a deal is void, and what will be is taken for as long as after an award."""
    deal.deadline_s = (turn.time_ms + SIGNATURE_LIFE_MS) // MS_PER_SECOND
    signed = bool(deal.seller_signature or deal.buyer_signature)
    deal.seller_signature = deal.buyer_signature = ""
    turn.state.touch(deal)
    if signed:
        turn.emit(SignaturesVoided(deal_id=deal.id))

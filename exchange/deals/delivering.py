"""What passes without a register: by a delivery record 交接验收单 that both parties name."""

from __future__ import annotations

import re

from exchange.commands import ConfirmDelivery
from exchange.deals import performance
from exchange.deals.release import release
from exchange.deals.steps import advance, deal_of, require_step
from exchange.events import DeliveryConfirmed
from exchange.listings.checks import right_may_pass
from exchange.parties import active_actor
from exchange.rules import exchanges
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Result, Turn

_DIGEST = re.compile(r"[0-9a-f]{64}")


def confirm_delivery(turn: Turn, command: ConfirmDelivery) -> Result:
    """Both parties name the same signed delivery record: the result has passed, and the price is released."""
    deal = deal_of(turn.state, command.deal_id)
    party = active_actor(turn)
    if party.id not in {deal.seller, deal.buyer}:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=party.id)
    require_step(deal, "delivered")
    right_may_pass(turn, deal)
    if not _DIGEST.fullmatch(command.delivery_digest):
        refuse(rules.MALFORMED, field="delivery_digest")
    if party.id == deal.seller:
        deal.seller_delivery = command.delivery_digest
    else:
        deal.buyer_delivery = command.delivery_digest
    turn.state.touch(deal)
    turn.emit(DeliveryConfirmed(deal_id=deal.id, party_id=party.id, delivery_digest=command.delivery_digest))
    if deal.seller_delivery == deal.buyer_delivery:
        deal.proof_digest = deal.seller_delivery
        right = turn.state.rights[deal.right_id]
        right.delivered_to = deal.buyer
        if turn.state.venue.engine >= exchanges.SINCE_ENGINE:
            right.bought_ms = turn.time_ms
        turn.state.touch(right)
        performance.has_come(turn, deal)
        advance(turn, deal, "delivered", "confirm_delivery")
        release(turn, deal)
    return {"deal_id": deal.id, "state": deal.state}

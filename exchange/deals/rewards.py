"""Inventors' rewards 奖酬: a seller records how it splits what a deal has brought it. The venue pays nobody by it."""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import RecordReward, RewardTerms
from exchange.deals.steps import deal_of
from exchange.events import RewardRecorded
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import active_actor
from exchange.rows import Deal
from exchange.rules import patent_law, transformation
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.consideration import BASIS_POINTS
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 3
MOST_CONTRIBUTORS = 64


def record_reward(turn: Turn, command: RecordReward) -> Result:
    """Each contributor's part of what the seller has received less its costs, rounded down."""
    engine = turn.state.venue.engine
    if engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=engine)
    deal = deal_of(turn.state, command.deal_id)
    seller = active_actor(turn)
    if seller.id != deal.seller:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=seller.id)
    terms = turn.request.terms
    if not isinstance(terms, RewardTerms):
        turn.fault("a reward without terms was authorised")
    received = _received(turn.state, deal)
    if not 0 <= terms.costs <= received:
        refuse(rules.MALFORMED, field="costs", most=received)
    shares = terms.shares
    if not 0 < len(shares) <= MOST_CONTRIBUTORS or min(shares) <= 0 or sum(shares) > BASIS_POINTS:
        refuse(rules.MALFORMED, field="shares", most=BASIS_POINTS)
    if terms.on_grant is not UNSET and not 0 <= terms.on_grant <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="on_grant", most=LARGEST_AMOUNT)
    transformation.contributors_have_their_half(turn.state.venue, seller, sum(shares))
    patent_law.inventors_were_rewarded(turn.state.rights[deal.right_id], terms.on_grant)
    net = received - terms.costs
    amounts = tuple(net * share // BASIS_POINTS for share in shares)
    turn.emit(
        RewardRecorded(
            deal_id=deal.id, party_id=seller.id, received=received, costs=terms.costs, amounts=amounts
        )
    )
    return {"deal_id": deal.id}


def _received(state: State, deal: Deal) -> int:
    """Minor units that the bank has paid to the seller under a deal so far."""
    released: list[str] = list(deal.payments)
    for obligation_id in state.obligations_of.get(deal.id, ()):
        released += state.obligations[obligation_id].payments
    payments = (state.payments[each] for each in released)
    return sum(each.amount for each in payments if each.party_id == deal.seller and each.state == "PAID")


HANDLERS: Handlers = {RecordReward: record_reward}

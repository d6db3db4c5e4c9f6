"""Remuneration 报酬 for use, and reward 奖励 on grant: an owner records how it splits what a deal has brought it.

The venue pays nobody by it. The command keeps the name `record_reward`, under which journals have it.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.calendar import is_venue_date, venue_date
from exchange.commands import Equity, RecordReward, RewardBasis, RewardTerms
from exchange.deals import release
from exchange.deals.steps import deal_of
from exchange.events import RewardRecorded
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import active_actor
from exchange.rows import Deal, Party, Right
from exchange.rules import patent_law, transformation
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.allocation import share_out
from exchange.terms.consideration import BASIS_POINTS, royalty_of
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 3
MOST_CONTRIBUTORS = 64
OF_A_LATER_RECORD = ("basis", "years", "ground", "on_grant_day")
"""Fields that engine version 5 has brought."""


def record_reward(turn: Turn, command: RecordReward) -> Result:
    """Each contributor's part of what the deal has brought who records it less costs, exact to the cent together.

    That is its seller or, since engine version 5, a co-owner that it pays. Before, each part was rounded down, and of
    what the bank had paid alone.
    """
    engine = turn.state.venue.engine
    if engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=engine)
    deal = deal_of(turn.state, command.deal_id)
    owner = active_actor(turn)
    exact = engine >= transformation.REWARD_SINCE_ENGINE
    if owner.id not in (transformation.owners_paid(turn.state, deal) if exact else (deal.seller,)):
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=owner.id)
    terms = turn.request.terms
    if not isinstance(terms, RewardTerms):
        turn.fault("a reward without terms was authorised")
    later = [field for field in OF_A_LATER_RECORD if getattr(terms, field) is not UNSET]
    if later and not exact:
        refuse(rules.MALFORMED, field=later[0], engine=engine)
    received = transformation.brought(turn.state, deal, owner.id) if exact else _paid(turn.state, deal)
    if not 0 <= terms.costs <= received:
        refuse(rules.MALFORMED, field="costs", most=received)
    _check_shares(turn.state, owner, terms)
    basis = _basis(deal, terms) if exact else "income"
    on_grant_late = _on_grant(turn, turn.state.rights[deal.right_id], terms, exact=exact)
    net = received - terms.costs
    amounts: tuple[int, ...] = ()
    if not exact:
        amounts = tuple(net * share // BASIS_POINTS for share in terms.shares)
    elif basis == "income" and terms.shares:
        # What is left of a cent is the contributors', so that no least is missed by it.
        amounts = share_out(-(-net * sum(terms.shares) // BASIS_POINTS), terms.shares)
    _check_least(turn.state, owner, terms, basis, amounts, net if exact else 0)
    turn.emit(
        RewardRecorded(
            deal_id=deal.id,
            party_id=owner.id,
            received=received,
            costs=terms.costs,
            amounts=amounts,
            basis=basis if exact else UNSET,
            ground=terms.ground,
            on_grant_late=on_grant_late,
        )
    )
    if exact:
        _cover(turn, deal, owner, received)
    return {"deal_id": deal.id}


def _cover(turn: Turn, deal: Deal, owner: Party, received: int) -> None:
    """The record covers what the deal has brought the owner; a deal that has waited for it alone is settled."""
    if owner.id == deal.seller:
        deal.rewarded = received
    else:
        deal.co_owners_rewarded = (deal.co_owners_rewarded or {}) | {owner.id: received}
    turn.state.touch(deal)
    if deal.settled_ms is None and _is_released(deal):
        release.settle_if_paid(turn, deal)


def _is_released(deal: Deal) -> bool:
    """Whether it has come to its end but for what it still has to pay: the right has passed or is licensed."""
    return deal.state in {"REGISTERED", "DELIVERED"} or (
        deal.state == "EFFECTIVE" and deal.licence_id is not None
    )


def _check_shares(state: State, seller: Party, terms: RewardTerms) -> None:
    """Shares are there, but where a ground says why not and no law sets a least."""
    shares = terms.shares
    none_needed = terms.ground == "not_made_here" or (
        terms.ground is not UNSET and not transformation.law_sets_the_least(state.venue, seller)
    )
    if not shares and none_needed:
        return
    if not 0 < len(shares) <= MOST_CONTRIBUTORS or min(shares) <= 0 or sum(shares) > BASIS_POINTS:
        refuse(rules.MALFORMED, field="shares", most=BASIS_POINTS)


def _basis(deal: Deal, terms: RewardTerms) -> RewardBasis:
    """Of what the shares are: of shares for a contribution as capital, of a profit where the licence is paid by it."""
    equity = isinstance(deal.terms.consideration, Equity)
    basis = terms.basis if terms.basis is not UNSET else "shares" if equity else "income"
    royalty = royalty_of(deal.terms)
    by_profit = royalty is not None and royalty.base == "profit"
    if (basis == "shares") != equity or (basis == "profit" and not by_profit):
        refuse(rules.MALFORMED, field="basis", value=basis)
    if (terms.years is not UNSET) != (basis == "profit"):
        refuse(rules.MALFORMED, field="years", basis=basis)
    return basis


def _check_least(  # noqa: PLR0913 - what the law compares
    state: State, seller: Party, terms: RewardTerms, basis: RewardBasis, amounts: tuple[int, ...], net: int
) -> None:
    if terms.ground == "not_made_here":
        return
    shares = sum(terms.shares)
    if basis == "profit" and terms.years is not UNSET:
        transformation.contributors_have_their_profit(state.venue, seller, shares, terms.years)
    else:
        of_income = basis == "income"
        transformation.contributors_have_their_half(
            state.venue, seller, shares, sum(amounts) if of_income else 0, net if of_income else 0
        )


def _on_grant(turn: Turn, right: Right, terms: RewardTerms, *, exact: bool) -> bool | UnsetType:
    """Check what the inventors were given at the grant; gives whether it came late, since engine version 5."""
    if terms.on_grant is not UNSET and not 0 <= terms.on_grant <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="on_grant", most=LARGEST_AMOUNT)
    patent_law.inventors_were_rewarded(right, terms.on_grant)
    if not exact or (terms.on_grant is UNSET and terms.on_grant_day is UNSET):
        return UNSET
    if terms.on_grant_day is UNSET or terms.on_grant is UNSET:
        fact = "on_grant_day" if terms.on_grant_day is UNSET else "on_grant"
        refuse(rules.FACT_MISSING, fact=fact, right_id=right.id, supplier="seller")
    today = venue_date(turn.time_ms).isoformat()
    if not is_venue_date(terms.on_grant_day) or not (right.grant_date or "") <= terms.on_grant_day <= today:
        refuse(rules.MALFORMED, field="on_grant_day")
    return patent_law.inventors_were_rewarded_late(right, terms.on_grant_day)


def _paid(state: State, deal: Deal) -> int:
    """Minor units that the bank has paid to the seller under a deal so far."""
    released: list[str] = list(deal.payments)
    for obligation_id in state.obligations_of.get(deal.id, ()):
        released += state.obligations[obligation_id].payments
    payments = (state.payments[each] for each in released)
    return sum(each.amount for each in payments if each.party_id == deal.seller and each.state == "PAID")


HANDLERS: Handlers = {RecordReward: record_reward}

"""Law on Promoting the Transformation of Scientific and Technological Achievements: public notice, remuneration.

The law sets no number of days (Art. 18); fifteen come from State Council document 国发〔2016〕16号, cited from memory.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.calendar import MS_PER_DAY
from exchange.commands import ModeName
from exchange.rows import Deal, Obligation, Party, Payment, Venue
from exchange.rules import profiles
from exchange.rules.rule import Rule, define, refuse
from exchange.state import State

PUBLIC_NOTICE_DAYS = 15
PUBLIC_NOTICE = define(
    Rule(
        code="CN-ACHIEVEMENTS-18",
        citation="Law on Promoting the Transformation of S&T Achievements, Art. 18; 国发〔2016〕16号 (15 days)",
        jurisdictions=("CN",),
        source="M",
        text="a university or state research body that sells at an agreed price publishes result and price for 15 days",
        text_zh="国家设立的研究开发机构、高等院校以协议定价转化成果的，应当公示成果名称和拟交易价格不少于十五日",
        cure="wait until the public notice has ended without objection",
        cure_zh="请等待公示期满且无异议",
        steps=("approve", "award"),
        bound_by=("seller",),
    )
)


REWARD_SINCE_ENGINE = 5
LEAST_REWARD = 5_000
"""Basis points of the net income from a transfer or a licence, or of the shares given for a contribution."""
LEAST_OF_PROFIT = 500
"""Basis points of the operating profit of each year."""
YEARS_OF_PROFIT = range(3, 6)
STATE_BODIES = frozenset({"university", "research_institute"})
REWARD = define(
    Rule(
        code="CN-ACHIEVEMENTS-45",
        citation="Law on Promoting the Transformation of S&T Achievements, Art. 45",
        jurisdictions=("CN",),
        source="L",
        text="the remuneration that a state research body or university gives those who made the result is at least "
        "half of the net income or of the shares, or 5 % of the profit of three to five years",
        text_zh="国家设立的研究开发机构、高等院校给予完成人的报酬，转让、许可的不低于净收入的百分之五十，作价投资的不低于"
        "所得股份的百分之五十，按利润提成的连续三至五年每年不低于百分之五",
        cure="raise the shares to the least that the law names",
        cure_zh="请将分配比例提高至法定下限以上",
        steps=("pay",),
        facts_from="undertaking",
        bound_by=("seller",),
    )
)
REWARD_ON_RECORD = define(
    Rule(
        code="CN-ACHIEVEMENTS-44",
        citation="Law on Promoting the Transformation of S&T Achievements, Arts. 44 and 45; IPX venue rules, § 111",
        jurisdictions=("CN",),
        source="L",
        text="what a result brings a state research body or university is paid to it once the remuneration of those "
        "who made it is on record",
        text_zh="国家设立的研究开发机构、高等院校录入成果完成人的报酬方案之前，不得向其支付成果收益",
        cure="have the party that is to be paid record the remuneration of this deal, with what it has brought since",
        cure_zh="请由收款的研究开发机构、高等院校录入该成交的报酬方案，其后又有收益的一并录入",
        steps=("pay",),
        facts_from="undertaking",
        bound_by=("seller",),
    )
)


def law_sets_the_least(venue: Venue, seller: Party) -> bool:
    """Whether Art. 45 binds a seller: others than state bodies agree as they like."""
    return seller.category in STATE_BODIES and profiles.binds(REWARD, venue, seller=seller)


def contributors_have_their_half(
    venue: Venue, seller: Party, shares: int, amounts: int = 0, net: int = 0
) -> None:
    """`shares` are the contributors' together, in basis points; `amounts` what they make of a net income (minor units).

    Raises:
        Refusal: CN-ACHIEVEMENTS-45.
    """
    if law_sets_the_least(venue, seller) and (shares < LEAST_REWARD or 2 * amounts < net):
        refuse(REWARD, party_id=seller.id, least=LEAST_REWARD)


def contributors_have_their_profit(venue: Venue, seller: Party, shares: int, years: int) -> None:
    """`shares` of each year's operating profit, in basis points, for so many years from the beginning of production.

    Raises:
        Refusal: CN-ACHIEVEMENTS-45.
    """
    if law_sets_the_least(venue, seller) and (shares < LEAST_OF_PROFIT or years not in YEARS_OF_PROFIT):
        refuse(REWARD, party_id=seller.id, least=LEAST_OF_PROFIT, years=YEARS_OF_PROFIT.start)


def brought(state: State, deal: Deal, party_id: str) -> int:
    """Minor units that a deal has brought its seller, or a co-owner, so far: paid or on its way.

    What went to pledgees is the seller's: it prepays the pledgor's debts.
    """
    if party_id != deal.seller:
        return sum(each.amount for each in _of_the_co_owners(state, deal) if each.party_id == party_id)
    own = sum(
        each.amount for each in _payments(state, deal) if each.party_id == party_id and each.line is UNSET
    )
    return own + sum(row.pledgee_share for row in _released(state, deal))


def owners_paid(state: State, deal: Deal) -> tuple[str, ...]:
    """Whom a deal pays for the right: its seller first, then the co-owners that have had a payment by it."""
    others = {each.party_id for each in _of_the_co_owners(state, deal)}
    return (deal.seller, *sorted(others - {deal.seller}))


def rewards_missing(state: State, deal: Deal) -> tuple[str, ...]:
    """Whom the law asks for remuneration of what a deal has brought it, and whose record does not cover it.

    A right that is given back, and what a licensee brings in by sub-licences, are no results of the seller's.
    """
    if state.venue.engine < REWARD_SINCE_ENGINE:
        return ()
    if deal.reverses is not UNSET or deal.terms.head_licence is not UNSET:
        return ()
    return tuple(
        each
        for each in owners_paid(state, deal)
        if law_sets_the_least(state.venue, state.parties[each]) and not _covered(state, deal, each)
    )


def _covered(state: State, deal: Deal, party_id: str) -> bool:
    of_co_owners: dict[str, int] = deal.co_owners_rewarded or {}
    rewarded = deal.rewarded if party_id == deal.seller else of_co_owners.get(party_id, UNSET)
    return rewarded is not UNSET and rewarded >= brought(state, deal, party_id)


def _released(state: State, deal: Deal) -> tuple[Deal | Obligation, ...]:
    return (deal, *(state.obligations[each] for each in state.obligations_of.get(deal.id, ())))


def _payments(state: State, deal: Deal) -> list[Payment]:
    return [state.payments[each] for row in _released(state, deal) for each in row.payments]


def _of_the_co_owners(state: State, deal: Deal) -> list[Payment]:
    return [each for each in _payments(state, deal) if each.line == "co_owner"]


def reward_is_on_record(state: State, payment: Payment) -> None:
    """Before the seller or a co-owner is paid, the remuneration of what it is paid for stands.

    Raises:
        Refusal: CN-ACHIEVEMENTS-44.
    """
    deal = state.deals.get(payment.deal_id or "")
    is_owners = payment.line == "co_owner" or (
        deal is not None and payment.line is UNSET and payment.party_id == deal.seller
    )
    if deal is not None and is_owners and payment.party_id in rewards_missing(state, deal):
        refuse(REWARD_ON_RECORD, payment_id=payment.id, deal_id=deal.id)


AGREED_PRICE = frozenset({"posted", "negotiated"})
"""Modes in which the parties agree on a price; in the others the market finds it."""


def public_notice_ms(venue: Venue, seller: Party, mode: ModeName) -> int:
    """How long (ms) a listing stands in public notice before it opens; 0 where the price is found in the market.

    Before engine version 3 universities elsewhere owed it too.
    """
    if venue.engine >= profiles.SINCE_ENGINE and not profiles.binds(PUBLIC_NOTICE, venue, seller=seller):
        return 0
    if seller.category in STATE_BODIES and mode in AGREED_PRICE:
        return PUBLIC_NOTICE_DAYS * MS_PER_DAY
    return 0

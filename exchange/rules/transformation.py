"""Law on Promoting the Transformation of Scientific and Technological Achievements: public notice of state units.

The law sets no number of days (Art. 18); fifteen come from State Council document 国发〔2016〕16号, cited from memory.
"""

from __future__ import annotations

from exchange.calendar import MS_PER_DAY
from exchange.commands import ModeName
from exchange.rows import Party, Venue
from exchange.rules import profiles
from exchange.rules.rule import Rule, define, refuse

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


LEAST_REWARD = 5_000
"""Basis points of the net income from a transfer or a licence."""
REWARD = define(
    Rule(
        code="CN-ACHIEVEMENTS-45",
        citation="Law on Promoting the Transformation of S&T Achievements, Art. 45",
        jurisdictions=("CN",),
        source="L",
        text="a state research body or university gives those who made the result at least half of the net income",
        text_zh="国家设立的研究开发机构、高等院校转让、许可科技成果的，给予完成人的奖酬不低于净收入的百分之五十",
        cure="raise the shares to half of the net income or more",
        cure_zh="请将分配比例提高至净收入的百分之五十以上",
        steps=("pay",),
        facts_from="undertaking",
        bound_by=("seller",),
    )
)


def contributors_have_their_half(venue: Venue, seller: Party, shares: int) -> None:
    """`shares` are the contributors' together, in basis points; others than state bodies agree as they like.

    Raises:
        Refusal: CN-ACHIEVEMENTS-45.
    """
    is_state_body = seller.category in {"university", "research_institute"}
    if is_state_body and profiles.binds(REWARD, venue, seller=seller) and shares < LEAST_REWARD:
        refuse(REWARD, party_id=seller.id, least=LEAST_REWARD)


AGREED_PRICE = frozenset({"posted", "negotiated"})
"""Modes in which the parties agree on a price; in the others the market finds it."""


def public_notice_ms(venue: Venue, seller: Party, mode: ModeName) -> int:
    """How long (ms) a listing stands in public notice before it opens; 0 where the price is found in the market.

    Before engine version 3 universities elsewhere owed it too.
    """
    if venue.engine >= profiles.SINCE_ENGINE and not profiles.binds(PUBLIC_NOTICE, venue, seller=seller):
        return 0
    if seller.category in {"university", "research_institute"} and mode in AGREED_PRICE:
        return PUBLIC_NOTICE_DAYS * MS_PER_DAY
    return 0

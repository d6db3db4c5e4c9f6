"""Law on Promoting the Transformation of Scientific and Technological Achievements: public notice of state units.

The law sets no number of days (Art. 18); fifteen come from State Council document 国发〔2016〕16号, cited from memory.
"""

from __future__ import annotations

from exchange.calendar import MS_PER_DAY
from exchange.commands import ModeName
from exchange.rows import Party
from exchange.rules.rule import Rule, define

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
    )
)


AGREED_PRICE = frozenset({"posted", "negotiated"})
"""Modes in which the parties agree on a price; in the others the market finds it."""


def public_notice_ms(seller: Party, mode: ModeName) -> int:
    """How long (ms) a listing stands in public notice before it opens; 0 where the price is found in the market."""
    if seller.category in {"university", "research_institute"} and mode in AGREED_PRICE:
        return PUBLIC_NOTICE_DAYS * MS_PER_DAY
    return 0

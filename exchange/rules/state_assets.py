"""Measures for the trading of state-owned assets of enterprises (Order 32, 2016) and their 2025 rules of operation."""

from __future__ import annotations

from exchange.rows import Party
from exchange.rules.rule import Rule, define, refuse

VENUE_NOT_DESIGNATED = define(
    Rule(
        code="VENUE-NOT-DESIGNATED",
        citation="Measures for the Supervision of State-owned Asset Transactions of Enterprises (Order 32, 2016)",
        jurisdictions=("CN",),
        source="W",
        text="a state-owned enterprise of the Mainland sells through a venue designated for state-owned assets only",
        text_zh="国有企业资产转让应当在依法确定的产权交易机构公开进行",
        cure="sell through a designated venue: no designation of this one is on record",
        cure_zh="请通过经确定的产权交易机构转让；本交易中心尚无相应资格的记录",
        status=403,
    )
)


def venue_is_designated(seller: Party) -> None:
    """The designation is a fact that nobody has supplied, so a Mainland state-owned enterprise is refused.

    Raises:
        Refusal: VENUE-NOT-DESIGNATED.
    """
    if seller.category == "state_enterprise" and seller.jurisdiction == "CN":
        refuse(VENUE_NOT_DESIGNATED, party_id=seller.id)

"""Company Law of the PRC (2023): rights contributed as capital, cited from memory."""

from __future__ import annotations

from exchange.commands import Equity
from exchange.rows import Listing, Party
from exchange.rules.rule import Rule, define, refuse

CONTRIBUTION = define(
    Rule(
        code="CN-COMPANY-LAW-48",
        citation="Company Law of the PRC (2023), Arts. 48 and 49 [M]",
        jurisdictions=("CN", "HK", "MO"),
        source="M",
        text="a right that is contributed as capital passes to the very company whose shares are given for it",
        text_zh="以知识产权作价出资的，权利应当转移至取得其股权的公司",
        cure="let the company that the listing names take part",
        cure_zh="请由挂牌所载公司参与",
        steps=("bid",),
        facts_from="undertaking",
    )
)


def contribution_is_to_its_company(listing: Listing, buyer: Party) -> None:
    """Of a contribution as capital 作价投资 the company itself is the buyer.

    Raises:
        Refusal: CN-COMPANY-LAW-48.
    """
    agreed = listing.terms.consideration
    if isinstance(agreed, Equity) and agreed.company_number != buyer.company_number:
        refuse(CONTRIBUTION, listing_id=listing.id)

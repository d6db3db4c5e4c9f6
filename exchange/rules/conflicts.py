"""Conflicts of interest: who may not bid on whose listing (Auction Law Arts. 22 and 30 by analogy; venue rules)."""

from __future__ import annotations

from exchange.rows import Listing, Party
from exchange.rules.rule import Rule, define, refuse

SELLER_MAY_NOT_BID = define(
    Rule(
        code="CN-AUCTION-LAW-30",
        citation="Auction Law of the PRC, Art. 30 (by analogy for listings; IPX venue rules, § 32)",
        jurisdictions=("CN", "HK", "MO"),
        source="L",
        text="a seller may not bid on what it sells, itself or through others",
        text_zh="出让方不得参与竞买自己挂牌的标的，也不得委托他人代为竞买",
        cure="none: the seller and companies with its number stay out of this listing",
        cure_zh="无法补正：出让方及同一企业不得参与该挂牌",
        status=403,
    )
)
AFFILIATE_MAY_NOT_BID = define(
    Rule(
        code="AFFILIATE-MAY-NOT-BID",
        citation="IPX venue rules, § 33, after Auction Law of the PRC, Arts. 30 and 37",
        jurisdictions=("CN", "HK", "MO"),
        source="L",
        text="an affiliate of the seller may not bid",
        text_zh="出让方的关联方不得参与竞买",
        cure="none while the affiliation stands; show the venue that it has ended",
        cure_zh="关联关系存续期间无法补正；请向交易中心证明其已终止",
        status=403,
    )
)


def bidder_is_independent(listing: Listing, seller: Party, bidder: Party, signer: str) -> None:
    """A bidder is neither the seller, nor the same company, nor its affiliate, and no agent of the seller signs for it.

    Raises:
        Refusal: CN-AUCTION-LAW-30, AFFILIATE-MAY-NOT-BID.
    """
    same_company = bidder.id == seller.id or bidder.company_number == seller.company_number
    if same_company or any(agent.key == signer for agent in seller.agents):
        refuse(SELLER_MAY_NOT_BID, listing_id=listing.id, party_id=bidder.id)
    if bidder.id in seller.affiliates:
        refuse(AFFILIATE_MAY_NOT_BID, listing_id=listing.id, party_id=bidder.id)

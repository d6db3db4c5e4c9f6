"""Conflicts of interest and collusion: who may not bid on whose listing.

Auction Law Arts. 22, 30 and 37 by analogy, and venue rules.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.affiliates import affiliates_of
from exchange.commands import ListingTerms
from exchange.rows import Listing, Party
from exchange.rules.lodged import lodged, stands
from exchange.rules.rule import EVERYWHERE, Rule, define, refuse
from exchange.rules.undertakings import answers_of
from exchange.sellers import sellers_of
from exchange.state import State
from exchange.terms.consideration import commissions_of

CHAINS_SINCE_ENGINE = 3
STAFF_CHAINS_SINCE_ENGINE = 5
"""Since this version affiliates of affiliates of staff count, and staff that is found after an award cannot sign."""

SELLER_MAY_NOT_BID = define(
    Rule(
        code="CN-AUCTION-LAW-30",
        citation="Auction Law of the PRC, Art. 30 (by analogy for listings; IPX venue rules, § 32)",
        jurisdictions=EVERYWHERE,
        source="L",
        text="a seller may not bid on what it sells, itself or through others",
        text_zh="出让方不得参与竞买自己挂牌的标的，也不得委托他人代为竞买",
        cure="none: the seller and companies with its number stay out of this listing",
        cure_zh="无法补正：出让方及同一企业不得参与该挂牌",
        status=403,
        steps=("bid", "award", "sign", "fund"),
    )
)
AFFILIATE_MAY_NOT_BID = define(
    Rule(
        code="AFFILIATE-MAY-NOT-BID",
        citation="IPX venue rules, § 33, after Auction Law of the PRC, Arts. 30 and 37",
        jurisdictions=EVERYWHERE,
        source="L",
        text="an affiliate of the seller, or of a co-owner that sells with it, may not bid",
        text_zh="出让方以及共同出让的共有人的关联方不得参与竞买",
        cure="none while the affiliation stands; show the venue that it has ended",
        cure_zh="关联关系存续期间无法补正；请向交易中心证明其已终止",
        status=403,
        steps=("bid", "award", "sign", "fund"),
        facts_from="venue_finding",
    )
)
STAFF_MAY_NOT_BID = define(
    Rule(
        code="CN-AUCTION-LAW-22",
        citation="Auction Law of the PRC, Art. 22 (by analogy for listings of every mode)",
        jurisdictions=EVERYWHERE,
        source="L",
        text="the venue and its staff do not bid, themselves or through their affiliates",
        text_zh="交易中心及其工作人员不得参与竞买，也不得通过其关联方参与竞买",
        cure="none while the party is, or is affiliated with, staff of the venue; have its leaving recorded",
        cure_zh="任职或者关联关系存续期间无法补正；请由运营者记录其离任文件",
        status=403,
        steps=("bid", "award", "sign", "fund"),
        facts_from="venue_finding",
    )
)
STAFF_MAY_NOT_SELL = define(
    Rule(
        code="STAFF-MAY-NOT-SELL",
        citation="IPX venue rules, § 116, after Auction Law of the PRC, Art. 23 [M]",
        jurisdictions=EVERYWHERE,
        source="V",
        text="the venue, its staff and their affiliates list nothing here",
        text_zh="交易中心及其工作人员、其关联方不得在本中心挂牌",
        cure="none while the seller is, or is affiliated with, staff of the venue; have its leaving recorded",
        cure_zh="任职或者关联关系存续期间无法补正；请由运营者记录其离任文件",
        status=403,
        steps=("list", "approve"),
        facts_from="undertaking",
    )
)
COLLUDED = define(
    Rule(
        code="CN-AUCTION-LAW-37",
        citation="Auction Law of the PRC, Arts. 37 and 65 (by analogy for listings of every mode)",
        jurisdictions=EVERYWHERE,
        source="L",
        text="whoever the venue has found to have colluded on a listing may neither bid on it nor be awarded it",
        text_zh="经交易中心认定就该挂牌恶意串通的，不得参与竞买，其成交不予签署",
        cure="none while the finding stands; have its withdrawal recorded",
        cure_zh="认定存续期间无法补正；请由运营者记录该认定已经撤销",
        status=403,
        steps=("bid", "award", "sign", "fund"),
        facts_from="venue_finding",
    )
)
"""Art. 37 was read, Art. 65 in an excerpt: by it such a sale is void where others are harmed, and damages are due."""


def bidder_is_not_of_the_venue(state: State, listing: Listing, bidder: Party, time_ms: int) -> None:
    """Neither the bidder nor an affiliate of it is on record as staff of the venue.

    Affiliates of affiliates count since engine version 5.

    Raises:
        Refusal: CN-AUCTION-LAW-22.
    """
    group = {bidder.id, *bidder.affiliates}
    if len(group) > 1 and state.venue.engine >= STAFF_CHAINS_SINCE_ENGINE:
        group = affiliates_of(state.parties, group)
    if any(is_staff(state, party_id, time_ms) for party_id in group):
        refuse(STAFF_MAY_NOT_BID, listing_id=listing.id, party_id=bidder.id)


def seller_is_not_of_the_venue(state: State, seller: Party, time_ms: int) -> None:
    """Neither the seller nor an affiliate of it is on record as staff of the venue; what is open already goes on.

    Raises:
        Refusal: STAFF-MAY-NOT-SELL.
    """
    group = affiliates_of(state.parties, {seller.id})
    if any(is_staff(state, party_id, time_ms) for party_id in group):
        refuse(STAFF_MAY_NOT_SELL, party_id=seller.id)


def seller_says_it_is_not_of_the_venue(state: State, seller: Party, terms: ListingTerms) -> None:
    """Raises Refusal STAFF-MAY-NOT-SELL by the seller's own word, unless its leaving is on record."""
    if answers_of(terms).venue_staff is True and lodged(state, "venue_staff_left", seller.id) is None:
        refuse(STAFF_MAY_NOT_SELL, party_id=seller.id, undertaking="venue_staff")


def is_staff(state: State, party_id: str, time_ms: int) -> bool:
    """Whether this very party is on record as staff of the venue."""
    return stands(state, "venue_staff", "venue_staff_left", party_id, time_ms)


def has_colluded(state: State, listing: Listing, party_id: str, time_ms: int) -> bool:
    """Whether a finding of the venue's stands that this party has colluded on this listing.

    That bidders are affiliates of one another is no finding, nor is what market surveillance suspects.
    """
    return stands(
        state, "collusion_finding", "collusion_finding_withdrawn", listing.id, time_ms, party_id=party_id
    )


def bidder_has_not_colluded(state: State, listing: Listing, bidder: Party, time_ms: int) -> None:
    """No finding of collusion stands against whoever bids, takes an award or signs.

    Raises:
        Refusal: CN-AUCTION-LAW-37.
    """
    if has_colluded(state, listing, bidder.id, time_ms):
        refuse(COLLUDED, listing_id=listing.id, party_id=bidder.id)


def bidder_is_independent(  # noqa: PLR0913 - who sells what to whom, and by whose hand
    state: State, listing: Listing, seller: Party, bidder: Party, signer: str, *, sells_too: bool = False
) -> None:
    """A bidder is neither the seller, its company, its affiliate, nor its agent, and none of its agents signs for it.

    Nor is it a co-owner that has consented, which sells with it, unless it `sells_too` and has kept its first refusal;
    nor an affiliate or agent of one. Affiliates of affiliates count since engine version 3.

    Raises:
        Refusal: CN-AUCTION-LAW-30, AFFILIATE-MAY-NOT-BID.
    """
    sellers = [each for each in sellers_of(state, listing) if not (sells_too and each.id == bidder.id)]
    same_company = bidder.id == seller.id or bidder.company_number == seller.company_number
    is_agent = any(each.party_id == bidder.id for each in commissions_of(listing.terms))
    consents = listing.co_owner_consents
    consented = consents is not UNSET and bidder.company_number in consents
    acts_for_one = any(agent.key == signer for each in sellers for agent in each.agents)
    if same_company or (consented and not sells_too) or is_agent or acts_for_one:
        refuse(SELLER_MAY_NOT_BID, listing_id=listing.id, party_id=bidder.id)
    if not bidder.affiliates:
        return
    barred = set(seller.affiliates)
    if state.venue.engine >= CHAINS_SINCE_ENGINE:
        barred = affiliates_of(state.parties, [each.id for each in sellers])
    if bidder.id in barred:
        refuse(AFFILIATE_MAY_NOT_BID, listing_id=listing.id, party_id=bidder.id)

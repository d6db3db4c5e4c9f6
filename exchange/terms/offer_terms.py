"""What a standing offer says: terms and contract sealed once for a listing, the buyer being whoever accepts.

A deal that was accepted under an offer has the offer's terms and text for good, also after it has left the offer and
both parties sign it: `terms_of` and `text_of` decide which ones a deal has, for everybody who opens its commitments.
"""

from __future__ import annotations

import hashlib

import msgspec

from exchange.commands import ListingTerms
from exchange.money.amount import Currency
from exchange.rows import Deal, Listing, Offer, Party, RightFacts
from exchange.terms import deal_terms
from exchange.terms.deal_terms import DEMO_MARK

Value = dict[str, str | int | bool | list[str] | None]


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """What is offered, as a listing and each deal of it have it alike."""

    listing_id: str
    right_id: str
    right_facts: RightFacts
    announcement_number: str | None
    seller: str
    currency: Currency
    price: int
    terms: ListingTerms


def offered_by(listing: Listing, right_facts: RightFacts) -> Offered:
    """What a listing's standing offer offers, with what it says of the right."""
    return Offered(
        listing_id=listing.id,
        right_id=listing.right_id,
        right_facts=right_facts,
        announcement_number=listing.announcement_number,
        seller=listing.seller,
        currency=listing.currency,
        price=listing.terms.price,
        terms=listing.terms,
    )


def offer_terms_salt(listing: Listing) -> bytes:
    """32 bytes from the listing's own salt: what opens an offer opens nothing else."""
    return hashlib.sha256(f"IPX offer salt {listing.id} {listing.terms_salt}".encode()).digest()


def offer_terms_value(offered: Offered) -> Value:
    """The offer's terms as canonical data: prices in minor units, times in ms UTC; no deal and no buyer in it."""
    return {
        "listing_id": offered.listing_id,
        "right_id": offered.right_id,
        "kind": "ordinary_licence",
        "seller": offered.seller,
        "currency": offered.currency,
        "price": offered.price,
        "territory": list(offered.terms.territory),
        "field_of_use": offered.terms.field_of_use,
        "starts_ms": offered.terms.starts_ms,
        "ends_ms": offered.terms.ends_ms,
        "may_sublicense": offered.terms.may_sublicense,
    }


def offer_text(offered: Offered, seller: Party, *, simulated: bool) -> str:
    """The Chinese contract of a licence for whoever accepts. Where the venue is simulated the first line says so.

    Civil Code Art. 473 (an offer, not an invitation), 476 (it may be revoked), 483 (the contract is formed by the
    acceptance). Patent Law Art. 50 and 51 speak of announced open licences alone.
    """
    lines = [DEMO_MARK] if simulated else []
    lines += [
        f"技术普通实施许可合同（要约） {offered.listing_id}",
        deal_terms.object_clause(offered.right_id, offered.right_facts),
        f"二、许可方：{seller.id}（{seller.company_number}）。",
        "三、被许可方：在要约有效期内以其密钥签名作出承诺的任何人；其身份以承诺所载密钥与成交编号为准。",
        deal_terms.price_clause(offered.price, offered.currency),
        *deal_terms.licence_clauses(offered.terms, offered.right_facts),
        "七、争议提交双方在挂牌文件中约定的仲裁机构或人民法院。",
        "八、本文件为要约，承诺生效时合同成立（民法典第四百七十三条、第四百八十三条）。",
        "九、许可方可以撤销要约，撤销前作出的承诺不受影响（民法典第四百七十六条）。",
    ]
    if offered.announcement_number is not None:
        lines.append(
            f"十、本要约为开放许可声明，公告号 {offered.announcement_number}（专利法第五十条、第五十一条）。"
        )
    return "\n".join(lines) + "\n"


def came_of(offer: Offer | None, deal: Deal) -> bool:
    """Whether a deal was accepted under a standing offer; `offer` is its listing's, if there is one."""
    return offer is not None and (deal.id in offer.deals or deal.id in offer.left)


def is_under(offer: Offer | None, deal: Deal) -> bool:
    """Whether a deal still stands under its listing's offer, if there is one, so that its buyer alone signs."""
    return offer is not None and deal.id in offer.deals


def terms_of(deal: Deal, offer: Offer | None) -> Value:
    """The terms to which a deal is committed; `offer` is its listing's, if there is one."""
    if offer is None or not came_of(offer, deal):
        return deal_terms.terms_value(deal)
    return offer_terms_value(_offered_in(deal, offer))


def text_of(deal: Deal, seller: Party, buyer: Party, offer: Offer | None, *, simulated: bool) -> str:
    """The text of the contract to which a deal is committed; `offer` is its listing's, if there is one."""
    if offer is None or not came_of(offer, deal):
        return deal_terms.contract_text(deal, seller, buyer, simulated=simulated)
    return offer_text(_offered_in(deal, offer), seller, simulated=simulated)


def _offered_in(deal: Deal, offer: Offer) -> Offered:
    """From the deal itself, since a later offer of the same listing may say otherwise of the right."""
    return Offered(
        listing_id=deal.listing_id,
        right_id=deal.right_id,
        right_facts=deal.right_facts,
        announcement_number=offer.announcement_number,
        seller=deal.seller,
        currency=deal.currency,
        price=deal.price,
        terms=deal.terms,
    )

"""What a standing offer says: terms and contract sealed once for a listing, the buyer being whoever accepts.

A deal that was accepted under an offer has the offer's terms and text for good, also after it has left the offer and
both parties sign it: `terms_of` and `text_of` decide which ones a deal has, for everybody who opens its commitments.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from exchange.commands import ListingTerms
from exchange.money.amount import Currency
from exchange.rows import Deal, Listing, Offer, Party, RightFacts
from exchange.rows.deals import ContractForm
from exchange.terms import contract as contracts
from exchange.terms import deal_terms, text
from exchange.terms.contract import ContractTerms, Language, Value
from exchange.terms.hash_set import HASH_SET_LABEL, hash_set
from exchange.terms.text import DEMO_MARK

EARLIER_LANGUAGE: Language = "zh-Hans"
"""Of contracts that stand in one language."""


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


def offer_openings(
    offered: Offered, seller: Party, form: ContractForm | UnsetType, *, simulated: bool
) -> tuple[Value, tuple[str, Any]]:
    """The terms of an offer, and the label and value that open its commitment to the contract, by its form."""
    if form is UNSET:
        words = offer_text(offered, seller, simulated=simulated)
        return offer_terms_value(offered), (deal_terms.CONTRACT_LABEL, words)
    contract = contract_offered(offered, seller, simulated=simulated)
    return contracts.value_of(contract), (HASH_SET_LABEL, hash_set(contract))


def came_of(offer: Offer | None, deal: Deal) -> bool:
    """Whether a deal was accepted under a standing offer; `offer` is its listing's, if there is one."""
    return offer is not None and (deal.id in offer.deals or deal.id in offer.left)


def is_under(offer: Offer | None, deal: Deal) -> bool:
    """Whether a deal still stands under its listing's offer, if there is one, so that its buyer alone signs."""
    return offer is not None and deal.id in offer.deals


def contract_of(
    deal: Deal, seller: Party, buyer: Party, offer: Offer | None, *, simulated: bool
) -> ContractTerms | None:
    """The terms of a deal whose contract stands in several languages; None of one that was made before.

    `offer` is its listing's, if there is one.
    """
    if not contracts.has_hash_set(deal):
        return None
    if offer is None or not came_of(offer, deal):
        return contracts.of_deal(deal, seller, buyer, simulated=simulated)
    return contract_offered(_offered_in(deal, offer), seller, simulated=simulated)


def contract_offered(offered: Offered, seller: Party, *, simulated: bool) -> ContractTerms:
    """The terms of a standing offer, in the form of today."""
    return contracts.of_offer(
        offered.listing_id,
        offered.right_id,
        offered.right_facts,
        offered.announcement_number,
        seller,
        offered.currency,
        offered.price,
        offered.terms,
        simulated=simulated,
    )


def terms_of(deal: Deal, seller: Party, buyer: Party, offer: Offer | None, *, simulated: bool) -> Value:
    """The terms to which a deal is committed; `offer` is its listing's, if there is one."""
    contract = contract_of(deal, seller, buyer, offer, simulated=simulated)
    if contract is not None:
        return contracts.value_of(contract)
    if offer is None or not came_of(offer, deal):
        return deal_terms.terms_value(deal)
    return offer_terms_value(_offered_in(deal, offer))


def texts_of(
    deal: Deal, seller: Party, buyer: Party, offer: Offer | None, *, simulated: bool
) -> dict[str, str]:
    """The texts of the contract to which a deal is committed, by language: of an older one the Chinese alone."""
    contract = contract_of(deal, seller, buyer, offer, simulated=simulated)
    if contract is not None:
        return text.texts(contract)
    if offer is None or not came_of(offer, deal):
        return {EARLIER_LANGUAGE: deal_terms.contract_text(deal, seller, buyer, simulated=simulated)}
    return {EARLIER_LANGUAGE: offer_text(_offered_in(deal, offer), seller, simulated=simulated)}


def text_of(deal: Deal, seller: Party, buyer: Party, offer: Offer | None, *, simulated: bool) -> str:
    """The text that prevails, which is filed with the office; `offer` is its listing's, if there is one."""
    contract = contract_of(deal, seller, buyer, offer, simulated=simulated)
    language = EARLIER_LANGUAGE if contract is None else contract.prevails
    return texts_of(deal, seller, buyer, offer, simulated=simulated)[language]


def contract_opening_of(
    deal: Deal, seller: Party, buyer: Party, offer: Offer | None, *, simulated: bool
) -> tuple[str, Any]:
    """Label and value that open a deal's commitment to its contract: a hash set, or an older one's text."""
    contract = contract_of(deal, seller, buyer, offer, simulated=simulated)
    if contract is not None:
        return HASH_SET_LABEL, hash_set(contract)
    return deal_terms.CONTRACT_LABEL, text_of(deal, seller, buyer, offer, simulated=simulated)


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

"""What a deal's parties sign: the register's typed data, its digest, and the same in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import UNSET

from api import register_messages
from api.deals.payment_words import in_words
from api.offers.words import of_acceptance
from exchange.calendar import MS_PER_SECOND, venue_date
from exchange.rules.effects import effect_said_of
from exchange.terms import offer_terms
from exchange.terms.hash_set import hash_set
from ledger.messages import OfferAcceptance
from ledger.offer_messages import offer_message
from ledger.signatures import Deal as DealMessage
from ledger.signatures import typed_data

if TYPE_CHECKING:
    from exchange.rows import Deal, Offer, Party
    from ledger.messages import RegisterMessage
    from ledger.signatures import Domain

SignedMessage: TypeAlias = DealMessage | OfferAcceptance
"""What is signed of a deal to make it."""

_KIND = {
    "assignment": ("an assignment of", "转让"),
    "exclusive_licence": ("an exclusive licence under", "独占实施许可"),
    "sole_licence": ("a sole licence under", "排他实施许可"),
    "ordinary_licence": ("a non-exclusive (ordinary) licence under", "普通实施许可"),
}


def document(  # noqa: PLR0913 - a deal, its two sides and where it counts
    domain: Domain,
    deal: Deal,
    offer: Offer | None,
    message: SignedMessage,
    sides: tuple[Party, Party],
    *,
    simulated: bool,
) -> dict[str, Any]:
    """The fields of `ToSign` that follow from the deal and from what is signed of it; `offer` is its listing's."""
    accepted = offer is not None and isinstance(message, OfferAcceptance)
    english, chinese = of_acceptance(deal) if accepted else words(deal)
    return {
        "deal_id": deal.id,
        "state": deal.state,
        **register_messages.shown(domain, message),
        "offer": typed_data(domain, offer_message(offer)) if offer is not None and accepted else None,
        "words": english,
        "words_zh": chinese,
        **contract_fields(deal, *sides, offer, simulated=simulated),
        "terms": offer_terms.terms_of(deal, *sides, offer, simulated=simulated),
        "salt": deal.terms_salt,
        "terms_commitment": deal.terms_commitment,
        "contract_commitment": deal.contract_commitment,
        "deadline_s": deal.deadline_s,
        "signed": [
            party_id
            for party_id, signature in (
                (deal.seller, deal.seller_signature),
                (deal.buyer, deal.buyer_signature),
            )
            if signature
        ],
    }


def contract_fields(
    deal: Deal, seller: Party, buyer: Party, offer: Offer | None, *, simulated: bool
) -> dict[str, Any]:
    """A deal's contract as it is shown: every text, which of them prevails, and their hash set."""
    contract = offer_terms.contract_of(deal, seller, buyer, offer, simulated=simulated)
    texts = offer_terms.texts_of(deal, seller, buyer, offer, simulated=simulated)
    prevails = offer_terms.EARLIER_LANGUAGE if contract is None else contract.prevails
    return {
        "contract_text": texts[prevails],
        "contract_texts": texts,
        "prevails": prevails,
        "hash_set": None if contract is None else hash_set(contract),
    }


def words(deal: Deal) -> tuple[str, str]:
    """What the signature means, in English and in Chinese."""
    english, chinese = _KIND[deal.deal_kind]
    price, price_zh = in_words(deal.terms, deal.price, deal.currency)
    until = venue_date(deal.deadline_s * MS_PER_SECOND).isoformat()
    what_moves, what_moves_zh = _effect(deal)
    if deal.lot is not UNSET:
        count = len(deal.lot.right_ids)
        what_moves += (
            f" It is one of {count} deals of a lot: it binds when all are signed, and all are paid at once."
        )
        what_moves_zh += f"本成交为打包成交的 {count} 项之一，全部签署后方具有约束力，价款一并支付。"
    in_english = (
        f"By signing you agree to deal {deal.id}: {deal.seller} gives {deal.buyer} {english} {deal.right_id} for "
        f"{price}. {what_moves} The register takes the signatures until {until}."
    )
    in_chinese = (
        f"签署即表示同意成交 {deal.id}：{deal.seller} 将 {deal.right_id} 以{chinese}方式给予 {deal.buyer}，"
        f"{price_zh}。{what_moves_zh}签名在 {until} 前可上链存证。"
    )
    return in_english, in_chinese


def _effect(deal: Deal) -> tuple[str, str]:
    effect = effect_said_of(deal.right_facts)
    if deal.deal_kind == "assignment":
        return effect.clause, effect.clause_zh
    return (
        f"The licence takes effect when what is due first is in escrow. {effect.licence_clause}".strip(),
        f"首期应付款项进入监管账户后许可生效。{effect.licence_clause_zh}",
    )


def check_signature(
    domain: Domain, deal: Deal, message: RegisterMessage, party_id: str, signature: str
) -> None:
    """Check a party's signature over what it signs of the deal, with its key of the deal, before it is sent on.

    Raises:
        Problem: SIGNATURE-MALFORMED, or SIGNATURE-WRONG with the digest and the recovered signer.
    """
    expected = deal.seller_key if party_id == deal.seller else deal.buyer_key
    register_messages.require_signed(domain, message, signature, expected)

"""The EIP-712 message of a deal: what its seller and its buyer sign for the register, or its buyer alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.identifiers import chain_key, deal_chain_id, deal_kind_number
from exchange.keys import SINCE_ENGINE
from exchange.terms.offer_terms import is_under
from ledger.messages import Deal as DealMessage
from ledger.messages import EarlierDeal, OfferAcceptance
from ledger.offer_messages import acceptance_message

if TYPE_CHECKING:
    from exchange.rows import Deal, Offer


def deal_message(deal: Deal, counters: tuple[int, int]) -> DealMessage:
    """Give what both parties sign; `counters` are those of the seller's and the buyer's key."""
    return DealMessage(
        right_id=chain_key("right", deal.right_id),
        deal_id=deal_chain_id(deal.id, deal.seller_key, deal.buyer_key),
        kind=deal_kind_number(deal.deal_kind, by_delivery=deal.by_delivery),
        seller=deal.seller_key,
        buyer=deal.buyer_key,
        terms=bytes.fromhex(deal.terms_commitment),
        contract_text=bytes.fromhex(deal.contract_commitment),
        deadline_s=deal.deadline_s,
        seller_counter=counters[0],
        buyer_counter=counters[1],
    )


def signed_message(
    deal: Deal, offer: Offer | None, counters: tuple[int, int]
) -> DealMessage | OfferAcceptance:
    """Give what is signed of a deal now: an acceptance by its buyer alone where it stands under its listing's offer."""
    if offer is not None and is_under(offer, deal):
        return acceptance_message(deal, offer, counters[1])
    return deal_message(deal, counters)


def message_under(
    engine: int, deal: Deal, offer: Offer | None, counters: tuple[int, int]
) -> DealMessage | EarlierDeal | OfferAcceptance:
    """Give what was signed of a deal under a version of the engine."""
    if engine >= SINCE_ENGINE:
        return signed_message(deal, offer, counters)
    return EarlierDeal(
        deal_id=chain_key("deal", deal.id),
        right_id=chain_key("right", deal.right_id),
        kind=deal_kind_number(deal.deal_kind, by_delivery=deal.by_delivery),
        seller=deal.seller_key,
        buyer=deal.buyer_key,
        terms=bytes.fromhex(deal.terms_commitment),
        contract_text=bytes.fromhex(deal.contract_commitment),
        deadline_s=deal.deadline_s,
    )

"""What parties sign of standing offers and of a deal's cancellation, made from the rows that it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.commands import CancelDeal, SignOffer, WithdrawOffer
from exchange.identifiers import chain_key, deal_chain_id
from ledger.messages import DealCancellation, OfferAcceptance, OfferWithdrawal, StandingOffer
from ledger.signatures import struct_hash

if TYPE_CHECKING:
    from exchange.rows import Deal, Offer
    from ledger.messages import Deal as DealMessage
    from ledger.messages import Hash

OFFER_COMMANDS = (SignOffer, WithdrawOffer, CancelDeal)
"""Commands that carry a party's message to the register about an offer or a deal, beside `SignAgreement`."""


def offer_message(offer: Offer) -> StandingOffer:
    """Give what the seller signs of an offer."""
    return StandingOffer(
        right_id=chain_key("right", offer.right_id),
        seller=offer.seller_key,
        terms=bytes.fromhex(offer.terms_commitment),
        contract_text=bytes.fromhex(offer.contract_commitment),
        term_s=offer.term_s,
        most=offer.most,
        expires_at_s=offer.expires_at_s,
        seller_counter=offer.counter,
        salt=bytes.fromhex(offer.salt),
    )


def offer_chain_id(offer: Offer) -> Hash:
    """Give an offer's identifier on the chain: the struct hash of what the seller signed."""
    return struct_hash(offer_message(offer))


def acceptance_message(deal: Deal, offer: Offer, buyer_counter: int) -> OfferAcceptance:
    """Give what the buyer of a deal under an offer signs; `buyer_counter` is that of its key."""
    return OfferAcceptance(
        right_id=chain_key("right", deal.right_id),
        deal_id=deal_chain_id(deal.id, deal.seller_key, deal.buyer_key),
        offer_id=offer_chain_id(offer),
        buyer=deal.buyer_key,
        deadline_s=deal.deadline_s,
        buyer_counter=buyer_counter,
    )


def withdrawal_message(offer: Offer) -> OfferWithdrawal:
    """Give what the seller signs to end an offer."""
    return OfferWithdrawal(offer=offer_chain_id(offer))


def cancellation_message(deal: DealMessage) -> DealCancellation:
    """Give what either party signs to end a deal that is not recorded; `deal` is what both sign to make it."""
    return DealCancellation(deal=struct_hash(deal))

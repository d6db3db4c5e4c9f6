"""What is recorded on the chain of standing offers, and of deals that a party cancelled before both had signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.events import DealCancelled, OfferSigned, OfferWithdrawn
from exchange.keys import counters
from exchange.offers import subject_of
from ledger.chain.records import (
    DealCancellationRecord,
    OfferAcceptanceRecord,
    OfferWithdrawalRecord,
    StandingOfferRecord,
)
from ledger.deal_messages import deal_message
from ledger.offer_messages import acceptance_message, offer_message
from ledger.outbox_row import OutboxRecord, queued

if TYPE_CHECKING:
    from exchange.events import AnyEvent
    from exchange.rows import Deal, Offer
    from exchange.state import State


def offer_records(entry: int, event: AnyEvent, state: State) -> list[OutboxRecord]:
    """What became of offers and of cancelled deals, for the contract; nothing of what it told the venue itself."""
    match event:
        case OfferSigned():
            offer = state.offers[event.listing_id]
            return [queued("offer", subject_of(offer), _offer(StandingOfferRecord, offer, offer.signature))]
        case OfferWithdrawn(signature=signature) if signature:
            offer = state.offers[event.listing_id]
            withdrawn = _offer(OfferWithdrawalRecord, offer, signature)
            return [queued("offer_withdrawal", subject_of(offer), withdrawn)]
        case DealCancelled(signature=signature) if signature:
            return [_cancellation(entry, event, state)]
        case _:
            return []


def acceptance_record(entry: int, deal: Deal, offer: Offer, buyer_counter: int) -> OutboxRecord:
    """A deal that the buyer alone signed, since it was accepted under an offer."""
    message = acceptance_message(deal, offer, buyer_counter)
    record = OfferAcceptanceRecord(
        right_id="0x" + message.right_id.hex(),
        deal_id="0x" + message.deal_id.hex(),
        offer_id="0x" + message.offer_id.hex(),
        buyer=message.buyer,
        deadline=message.deadline_s,
        buyer_counter=message.buyer_counter,
        signature=deal.buyer_signature,
    )
    return queued("deal", deal.id, record, entry)


def _offer(
    kind: type[StandingOfferRecord | OfferWithdrawalRecord], offer: Offer, signature: str
) -> StandingOfferRecord | OfferWithdrawalRecord:
    message = offer_message(offer)
    return kind(
        right_id="0x" + message.right_id.hex(),
        seller=message.seller,
        terms="0x" + message.terms.hex(),
        contract_text="0x" + message.contract_text.hex(),
        term_seconds=message.term_s,
        most=message.most,
        expires_at=message.expires_at_s,
        seller_counter=message.seller_counter,
        salt="0x" + message.salt.hex(),
        signature=signature,
    )


def _cancellation(entry: int, event: DealCancelled, state: State) -> OutboxRecord:
    deal = state.deals[event.deal_id]
    message = deal_message(deal, counters(state, deal))
    record = DealCancellationRecord(
        right_id="0x" + message.right_id.hex(),
        deal_id="0x" + message.deal_id.hex(),
        kind=message.kind,
        seller=message.seller,
        buyer=message.buyer,
        terms="0x" + message.terms.hex(),
        contract_text="0x" + message.contract_text.hex(),
        deadline=message.deadline_s,
        seller_counter=message.seller_counter,
        buyer_counter=message.buyer_counter,
        key=event.key,
        signature=event.signature,
    )
    return queued("deal_cancellation", deal.id, record, entry)

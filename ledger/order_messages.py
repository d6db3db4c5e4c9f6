"""What a party signs of its order, made from the row that keeps it, and the fill of two for the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.identifiers import chain_key, deal_chain_id
from ledger.chain.records import FillRecord
from ledger.messages import ORDER_SIDES, LicenceOrder
from ledger.outbox_row import OutboxRecord, queued

if TYPE_CHECKING:
    from exchange.commands import OrderSide
    from exchange.events import OrderSigned
    from exchange.rows import Deal, SignedOrder


def order_message(signed: SignedOrder | OrderSigned, right_id: str, side: OrderSide) -> LicenceOrder:
    """Give what the party of such an order signs."""
    return LicenceOrder(
        right_id=chain_key("right", right_id),
        trader=signed.key,
        side=ORDER_SIDES[side],
        terms=bytes.fromhex(signed.terms_commitment),
        limit=signed.limit,
        quantity=signed.quantity,
        expires_at_s=signed.expires_at_s,
        counter=signed.counter,
        salt=bytes.fromhex(signed.salt),
    )


def fill_record(entry: int, deal: Deal, ask: SignedOrder, bid: SignedOrder, register: str) -> OutboxRecord:
    """A deal that two signed orders made, for the contract; `register` is the one in whose domain they were signed."""
    return queued("deal", deal.id, fill_of(deal, ask, bid, register), entry)


def fill_of(deal: Deal, ask: SignedOrder, bid: SignedOrder, register: str) -> FillRecord:
    """The same as it is recorded. Both orders have one right and one set of terms: so the contract takes them."""
    quantity = deal.quantity if isinstance(deal.quantity, int) else 1
    return FillRecord(
        right_id="0x" + chain_key("right", deal.right_id).hex(),
        deal_id="0x" + deal_chain_id(deal.id, ask.key, bid.key).hex(),
        register=register,
        terms="0x" + ask.terms_commitment,
        seller=ask.key,
        buyer=bid.key,
        price=deal.price // quantity,
        quantity=quantity,
        ask_limit=ask.limit,
        ask_quantity=ask.quantity,
        ask_expires_at=ask.expires_at_s,
        ask_counter=ask.counter,
        ask_salt="0x" + ask.salt,
        bid_limit=bid.limit,
        bid_quantity=bid.quantity,
        bid_expires_at=bid.expires_at_s,
        bid_counter=bid.counter,
        bid_salt="0x" + bid.salt,
        seller_signature=ask.signature,
        buyer_signature=bid.signature,
    )

"""What both parties signed of a deal, as wallets show it, with their signatures and the standing of their keys.

Only what recovers to the key that it is said to be of is shown: a signature that an advanced counter has made void is
missing, and the bundle says so.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from ledger.chain.records import AnyRecord, DealRecord, FillRecord, OfferAcceptanceRecord
from ledger.deal_messages import signed_message
from ledger.messages import OfferAcceptance
from ledger.offer_messages import offer_chain_id, offer_message
from ledger.order_messages import order_message
from ledger.signatures import SignatureRefused, message_digest, normalised, recover, typed_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.rows import Deal, Key, Offer
    from ledger.messages import RegisterMessage
    from ledger.signatures import Domain


def signed(  # noqa: PLR0913 - a deal, what was signed of it, and by whom
    domain: Domain,
    deal: Deal,
    offer: Offer | None,
    record: dict[str, Any] | None,
    counters: tuple[int, int],
    keys: Sequence[Key],
) -> list[dict[str, Any]]:
    """Every signature that counts, the seller's first.

    `record` is what was queued for the chain when both had signed, which keeps the counters of that time; without it
    the counters of now are those under which the signatures count.
    """
    standing = {key.id.lower(): _standing(key) for key in keys}
    shown = []
    for role, party, address, message, signature in _messages(deal, offer, record, counters):
        if not signature or not _is_of(domain, message, signature, address):
            continue
        shown.append(
            {
                "role": role,
                "party": party,
                "signer": address.lower(),
                "typed_data": typed_data(domain, message),
                "digest": "0x" + message_digest(domain, message).hex(),
                "signature": normalised(signature),
                "key": standing.get(address.lower()),
            }
        )
    return shown


def base64_of(content: bytes | None) -> str | None:
    """Bytes as base64; None of none."""
    return None if content is None else base64.b64encode(bytes(content)).decode()


def _messages(
    deal: Deal, offer: Offer | None, record: dict[str, Any] | None, counters: tuple[int, int]
) -> list[tuple[str, str, str, RegisterMessage, str]]:
    """Role, party, address, what was signed, and the signature."""
    found = None if record is None else msgspec.convert(record, AnyRecord)
    message: RegisterMessage
    if isinstance(found, FillRecord) and isinstance(deal.orders, tuple):
        ask, bid = deal.orders
        return [
            ("seller", deal.seller, ask.key, order_message(ask, deal.right_id, "sell"), ask.signature),
            ("buyer", deal.buyer, bid.key, order_message(bid, deal.right_id, "buy"), bid.signature),
        ]
    if isinstance(found, DealRecord | OfferAcceptanceRecord):
        message = found.message()
    else:
        message = signed_message(deal, offer, counters)
    if isinstance(message, OfferAcceptance) and offer is not None:
        if message.offer_id != offer_chain_id(offer):  # a later offer of the listing stands in the row
            return [("buyer", deal.buyer, deal.buyer_key, message, deal.buyer_signature)]
        seller = ("seller", offer.seller, offer.seller_key, offer_message(offer), offer.signature)
        return [seller, ("buyer", deal.buyer, deal.buyer_key, message, deal.buyer_signature)]
    return [
        ("seller", deal.seller, deal.seller_key, message, deal.seller_signature),
        ("buyer", deal.buyer, deal.buyer_key, message, deal.buyer_signature),
    ]


def _is_of(domain: Domain, message: RegisterMessage, signature: str, address: str) -> bool:
    try:
        return recover(message_digest(domain, message), signature).lower() == address.lower()
    except SignatureRefused:
        return False


def _standing(key: Key) -> dict[str, Any]:
    return {
        "state": key.state,
        "counter": key.counter,
        "party_commitment": key.commitment,
        "authorisation": key.authorisation,
    }

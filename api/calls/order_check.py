"""Before an order is signed: what the venue shows of its listing must open its commitment, and be that listing's.

As with deals, what is signed is made from checked parts and the pinned domain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.calls.mismatch import require
from exchange.calendar import MS_PER_SECOND
from exchange.deals.award import SIGNATURE_LIFE_MS
from exchange.listings.order_signing import order_digest
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rows import SignedOrder
from exchange.sealed import commitment
from exchange.terms.order_terms import ORDER_TERMS_LABEL
from ledger.order_messages import order_message
from ledger.signatures import message_digest, sign

if TYPE_CHECKING:
    from api.orders.schemas import OrderTermsView
    from exchange.commands import OrderSide, OrderTerms
    from ledger.signatures import Domain, PrivateKey


def signed_terms(  # noqa: PLR0913 - what an order consists of
    terms: OrderTerms,
    shown: OrderTermsView,
    *,
    listing_id: str,
    side: OrderSide,
    expires_ms: int | None,
    salt: str,
    key: PrivateKey,
    domain: Domain,
) -> OrderTerms:
    """The terms of an order with its party's signature; `salt` (hex) is the order's own, kept by its amendments.

    Raises:
        DealMismatch: LISTING-ID, SIGNER, TERMS-COMMITMENT.
    """
    require(shown.listing_id == listing_id == shown.terms.get("listing_id"), "LISTING-ID")
    require(shown.key == key.address, "SIGNER")
    opened = commitment(ORDER_TERMS_LABEL, bytes.fromhex(shown.salt), shown.terms).hex()
    right_id = str(shown.terms.get("right_id", ""))
    require(opened == shown.terms_commitment and right_id == shown.right_id, "TERMS-COMMITMENT")
    until_s = shown.recorded_until_s
    if expires_ms is not None:
        until_s = (expires_ms + SIGNATURE_LIFE_MS) // MS_PER_SECOND
    widest = LARGEST_AMOUNT if side == "buy" else 0
    made = SignedOrder(
        key=key.address,
        terms_commitment=shown.terms_commitment,
        limit=widest if terms.limit is None else terms.limit,
        quantity=terms.quantity,
        expires_at_s=until_s,
        counter=shown.counter,
        salt=salt,
        signature="",
    )
    signature = sign(message_digest(domain, order_message(made, right_id, side)), key)
    return msgspec.structs.replace(
        terms, order_digest=order_digest(made, right_id, side), order_salt=salt, order_signature=signature
    )

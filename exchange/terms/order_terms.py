"""What an order of a continuous book is for: the terms of every licence on its listing, the price left to the fills.

Made from the listing alone, so that every order on it is signed over the same commitment, and a fill's two orders say
by it that they are on one listing and on the same terms.
"""

from __future__ import annotations

import hashlib

import msgspec
from msgspec import UNSET

from exchange.rows import Listing, Party
from exchange.sealed import commitment
from exchange.terms.contract import Value, scope_and_clauses

ORDER_TERMS_LABEL = "order-terms"


def order_terms_salt(listing: Listing) -> bytes:
    """32 bytes from the listing's own salt: what opens its orders' terms opens nothing else."""
    return hashlib.sha256(f"IPX order terms salt {listing.id} {listing.terms_salt}".encode()).digest()


def order_terms_value(listing: Listing, seller: Party) -> Value:
    """The terms as canonical data, times in ms UTC; whoever holds the filled order to buy is the licensee."""
    clauses = {name: value for name, value in scope_and_clauses(listing.terms).items() if value is not UNSET}
    value: Value = msgspec.to_builtins(clauses)
    return {
        **value,
        "listing_id": listing.id,
        "right_id": listing.right_id,
        "kind": listing.deal_kind,
        "seller": seller.id,
        "seller_number": seller.company_number,
        "currency": listing.currency,
    }


def order_terms_commitment(listing: Listing, seller: Party) -> str:
    """The salted commitment (hex) to them, which both orders of a fill carry."""
    salt = order_terms_salt(listing)
    return commitment(ORDER_TERMS_LABEL, salt, order_terms_value(listing, seller)).hex()

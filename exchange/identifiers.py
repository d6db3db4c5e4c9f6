"""The 32-byte keys under which the chain knows what the exchange knows by id.

Keys of rights, deals and licences are plain digests: an auditor who has the id finds the event. Ids of parties say
nothing of who they are.
"""

from __future__ import annotations

import hashlib
from typing import Literal

ChainKind = Literal["right", "deal", "licence", "party", "pledge", "freeze", "offer", "listing"]
DEAL_KIND_NUMBERS = {
    "assignment": 1,
    "exclusive_licence": 2,
    "sole_licence": 3,
    "ordinary_licence": 4,
}
"""The `kind` of a `Deal` on the chain; `DELIVERY_KIND_NUMBER` where no register exists."""
DELIVERY_KIND_NUMBER = 5


def chain_key(kind: ChainKind, row_id: str) -> bytes:
    """The 32-byte key of a row on the chain: SHA-256 over `IPX`, its kind and its id."""
    return hashlib.sha256(f"IPX {kind} {row_id}".encode()).digest()


DEAL_NUMBER_BYTES = 12


def deal_number(deal_id: str) -> bytes:
    """The last 12 bytes of a deal's key on the chain: its own part, whoever signs it."""
    return chain_key("deal", deal_id)[:DEAL_NUMBER_BYTES]


def deal_chain_id(deal_id: str, seller_key: str, buyer_key: str) -> bytes:
    """The 32-byte key of a deal on the chain: the last 10 bytes of each signing address, then 12 of the deal's own.

    The contract holds the addresses against the two that sign, so that nobody else can occupy a deal's key.
    """
    seller, buyer = (bytes.fromhex(key.removeprefix("0x"))[-10:] for key in (seller_key, buyer_key))
    return seller + buyer + deal_number(deal_id)


def deal_kind_number(deal_kind: str, *, by_delivery: bool) -> int:
    """The number of a kind of deal in the contract's `Deal` struct (uint8)."""
    if by_delivery and deal_kind == "assignment":
        return DELIVERY_KIND_NUMBER
    return DEAL_KIND_NUMBERS[deal_kind]

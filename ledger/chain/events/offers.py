"""Standing offers and what became of them."""

from __future__ import annotations

from ledger.chain.events.base import ChainEvent


class OfferMade(ChainEvent, frozen=True, kw_only=True):
    """An offer stands; its identifier is the EIP-712 hash of these members; times in Unix seconds."""

    indexed = (("right_id", "bytes32"), ("seller", "address"))
    data = (
        ("terms", "bytes32"),
        ("contract_text", "bytes32"),
        ("term_seconds", "uint64"),
        ("most", "uint32"),
        ("expires_at", "uint64"),
        ("seller_counter", "uint32"),
        ("salt", "bytes32"),
    )
    right_id: str
    seller: str
    terms: str
    contract_text: str
    term_seconds: int
    most: int
    expires_at: int
    seller_counter: int
    salt: str


class OfferAccepted(ChainEvent, frozen=True, kw_only=True):
    """An offer was accepted: a deal, ordinary licence, on the offer's terms; `deadline` in Unix seconds."""

    indexed = (("right_id", "bytes32"), ("deal_id", "bytes32"))
    data = (("offer_id", "bytes32"), ("buyer", "address"), ("deadline", "uint64"))
    right_id: str
    deal_id: str
    offer_id: str
    buyer: str
    deadline: int


class OfferWithdrawn(ChainEvent, frozen=True, kw_only=True):
    """The seller withdrew its offer; `accepted` acceptances recorded before stand."""

    indexed = (("right_id", "bytes32"), ("seller", "address"))
    data = (("offer_id", "bytes32"), ("accepted", "uint32"))
    right_id: str
    seller: str
    offer_id: str
    accepted: int

"""Fills of two signed orders."""

from __future__ import annotations

from ledger.chain.events.base import ChainEvent


class OrdersFilled(ChainEvent, frozen=True, kw_only=True):
    """Two signed orders have traded: a deal of ordinary licences, with what both orders say.

    Prices and limits in minor units for one licence, times in Unix seconds; `register` knows the keys.
    """

    indexed = (("right_id", "bytes32"), ("deal_id", "bytes32"))
    data = (
        ("register", "address"),
        ("terms", "bytes32"),
        ("seller", "address"),
        ("buyer", "address"),
        ("price", "uint64"),
        ("quantity", "uint32"),
        ("ask_limit", "uint64"),
        ("ask_quantity", "uint32"),
        ("ask_expires_at", "uint64"),
        ("ask_counter", "uint32"),
        ("ask_salt", "bytes32"),
        ("bid_limit", "uint64"),
        ("bid_quantity", "uint32"),
        ("bid_expires_at", "uint64"),
        ("bid_counter", "uint32"),
        ("bid_salt", "bytes32"),
    )
    right_id: str
    deal_id: str
    register: str
    terms: str
    seller: str
    buyer: str
    price: int
    quantity: int
    ask_limit: int
    ask_quantity: int
    ask_expires_at: int
    ask_counter: int
    ask_salt: str
    bid_limit: int
    bid_quantity: int
    bid_expires_at: int
    bid_counter: int
    bid_salt: str

"""Fills of two signed orders of a continuous book."""

from __future__ import annotations

from ledger.chain.records.base import Record, key_subjects


class FillRecord(Record, frozen=True, kw_only=True, tag="fill"):
    """A deal of ordinary licences that two signed orders made.

    Prices and limits in minor units for one licence, times in Unix seconds. `register` is the contract whose keys
    signed, in its domain; the signatures are over the seller's and the buyer's order, not over the fill.
    """

    contract = "FillRegister"
    function = "recordFills"
    types = (
        *("bytes32", "bytes32", "address", "bytes32", "address", "address", "uint64", "uint32"),
        *("uint64", "uint32", "uint64", "uint32", "bytes32"),
        *("uint64", "uint32", "uint64", "uint32", "bytes32"),
    )
    role = "settler"
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
    seller_signature: str
    buyer_signature: str

    @property
    def item_id(self) -> str:
        """The deal."""
        return self.deal_id

    def subjects(self) -> frozenset[str]:
        """Give the deal, the right and both keys: what an order was filled before comes before."""
        keys = (*key_subjects(self.seller), *key_subjects(self.buyer))
        return frozenset((self.deal_id, self.right_id, *keys))

"""What two parties agreed and how it ended."""

from __future__ import annotations

from ledger.chain.events.base import ChainEvent


class DealAgreed(ChainEvent, frozen=True, kw_only=True):
    """Two parties agreed on a deal, both signatures checked on chain; `deadline` in Unix seconds."""

    indexed = (("right_id", "bytes32"), ("deal_id", "bytes32"))
    data = (
        ("kind", "uint8"),
        ("seller", "address"),
        ("buyer", "address"),
        ("terms", "bytes32"),
        ("contract_text", "bytes32"),
        ("deadline", "uint64"),
    )
    right_id: str
    deal_id: str
    kind: int
    seller: str
    buyer: str
    terms: str
    contract_text: str
    deadline: int


class DealSettled(ChainEvent, frozen=True, kw_only=True):
    """A deal was paid out; states are numbers of the contract's `DealState`."""

    indexed = (("deal_id", "bytes32"),)
    data = (("previous_state", "uint8"), ("new_state", "uint8"))
    deal_id: str
    previous_state: int
    new_state: int


class DealUnwound(ChainEvent, frozen=True, kw_only=True):
    """A deal was undone before it took effect."""

    indexed = (("deal_id", "bytes32"), ("reason", "bytes32"))
    data = (("previous_state", "uint8"), ("new_state", "uint8"))
    deal_id: str
    reason: str
    previous_state: int
    new_state: int


class DealCancelled(ChainEvent, frozen=True, kw_only=True):
    """A party cancelled what it had signed before it was recorded; `deal` is the EIP-712 hash of the deal's struct."""

    indexed = (("right_id", "bytes32"), ("deal_id", "bytes32"))
    data = (("key", "address"), ("deal", "bytes32"))
    right_id: str
    deal_id: str
    key: str
    deal: str


class LicenceGranted(ChainEvent, frozen=True, kw_only=True):
    """A licence was granted; `head_id` is zero if no other licence is above it; times in Unix seconds."""

    indexed = (("licence_id", "bytes32"), ("right_id", "bytes32"))
    data = (
        ("deal_id", "bytes32"),
        ("head_id", "bytes32"),
        ("licensor", "bytes32"),
        ("licensee", "bytes32"),
        ("terms", "bytes32"),
        ("scope", "bytes32"),
        ("starts_at", "uint64"),
        ("ends_at", "uint64"),
        ("sublicensable", "bool"),
    )
    licence_id: str
    right_id: str
    deal_id: str
    head_id: str
    licensor: str
    licensee: str
    terms: str
    scope: str
    starts_at: int
    ends_at: int
    sublicensable: bool


class LicenceEnded(ChainEvent, frozen=True, kw_only=True):
    """A licence ended before its term was over; times in Unix seconds."""

    indexed = (("licence_id", "bytes32"), ("right_id", "bytes32"))
    data = (("ended_at", "uint64"), ("reason", "bytes32"), ("previous_ends_at", "uint64"))
    licence_id: str
    right_id: str
    ended_at: int
    reason: str
    previous_ends_at: int

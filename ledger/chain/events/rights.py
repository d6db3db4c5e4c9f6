"""What the public register said of rights, and corrections."""

from __future__ import annotations

from ledger.chain.events.base import ChainEvent


class RightRegistered(ChainEvent, frozen=True, kw_only=True):
    """A right was entered with its holder of record."""

    indexed = (("right_id", "bytes32"),)
    data = (("holder", "bytes32"), ("document", "bytes32"))
    right_id: str
    holder: str
    document: str


class RegistryConfirmed(ChainEvent, frozen=True, kw_only=True):
    """The public register confirmed a new holder of record."""

    indexed = (("right_id", "bytes32"), ("deal_id", "bytes32"))
    data = (("old_holder", "bytes32"), ("new_holder", "bytes32"), ("proof", "bytes32"))
    right_id: str
    deal_id: str
    old_holder: str
    new_holder: str
    proof: str


class Corrected(ChainEvent, frozen=True, kw_only=True):
    """The event numbered `corrected_seq` was wrong."""

    indexed = (("corrected_seq", "uint64"), ("correction_id", "bytes32"))
    data = (("old_value", "bytes32"), ("new_value", "bytes32"), ("ground", "bytes32"))
    corrected_seq: int
    correction_id: str
    old_value: str
    new_value: str
    ground: str

"""Pledges and freezes, with the number that stands on the right before and after."""

from __future__ import annotations

from ledger.chain.events.base import ChainEvent


class PledgeRegistered(ChainEvent, frozen=True, kw_only=True):
    """A pledge was registered."""

    indexed = (("right_id", "bytes32"), ("pledge_id", "bytes32"))
    data = (
        ("pledgor", "bytes32"),
        ("pledgee", "bytes32"),
        ("terms", "bytes32"),
        ("proof", "bytes32"),
        ("live_before", "uint24"),
        ("live_after", "uint24"),
    )
    right_id: str
    pledge_id: str
    pledgor: str
    pledgee: str
    terms: str
    proof: str
    live_before: int
    live_after: int


class PledgeDischarged(ChainEvent, frozen=True, kw_only=True):
    """A pledge was discharged."""

    indexed = (("right_id", "bytes32"), ("pledge_id", "bytes32"))
    data = (("proof", "bytes32"), ("live_before", "uint24"), ("live_after", "uint24"))
    right_id: str
    pledge_id: str
    proof: str
    live_before: int
    live_after: int


class RightFrozen(ChainEvent, frozen=True, kw_only=True):
    """A right was frozen."""

    indexed = (("right_id", "bytes32"), ("freeze_id", "bytes32"))
    data = (("ground", "bytes32"), ("live_before", "uint24"), ("live_after", "uint24"))
    right_id: str
    freeze_id: str
    ground: str
    live_before: int
    live_after: int


class RightReleased(ChainEvent, frozen=True, kw_only=True):
    """A freeze was released."""

    indexed = (("right_id", "bytes32"), ("freeze_id", "bytes32"))
    data = (("proof", "bytes32"), ("live_before", "uint24"), ("live_after", "uint24"))
    right_id: str
    freeze_id: str
    proof: str
    live_before: int
    live_after: int

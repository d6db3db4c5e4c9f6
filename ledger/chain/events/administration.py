"""The switch for new deals, the next version, sealed sets, and the journal's anchor."""

from __future__ import annotations

from ledger.chain.events.base import ChainEvent


class DealsPauseChanged(ChainEvent, frozen=True, kw_only=True):
    """New deals were stopped or allowed again."""

    indexed = (("account", "address"),)
    data = (("was_paused", "bool"), ("is_paused", "bool"))
    account: str
    was_paused: bool
    is_paused: bool


class VersionAnnounced(ChainEvent, frozen=True, kw_only=True):
    """The register goes on at another address."""

    indexed = (("new_version", "address"),)
    new_version: str


class SealedBidsFixed(ChainEvent, frozen=True, kw_only=True):
    """The sealed bids of a round are fixed; `closed_at` in Unix seconds."""

    indexed = (("listing_id", "bytes32"), ("round", "uint16"))
    data = (("root", "bytes32"), ("count", "uint64"), ("closed_at", "uint64"))
    listing_id: str
    round: int
    root: str
    count: int
    closed_at: int


class Anchored(ChainEvent, frozen=True, kw_only=True):
    """The journal's root at a size was anchored."""

    indexed = (("size", "uint64"),)
    data = (("previous_size", "uint64"), ("root", "bytes32"), ("previous_root", "bytes32"))
    size: int
    previous_size: int
    root: str
    previous_root: str


class AnchorKeyProposed(ChainEvent, frozen=True, kw_only=True):
    """The anchoring key named its successor."""

    indexed = (("key", "address"),)
    data = (("previous_proposal", "address"), ("proposal", "address"))
    key: str
    previous_proposal: str
    proposal: str


class AnchorKeyRotated(ChainEvent, frozen=True, kw_only=True):
    """Another key anchors from now on."""

    indexed = (("previous_key", "address"), ("new_key", "address"))
    previous_key: str
    new_key: str

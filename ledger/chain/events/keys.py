"""Parties' signing keys, and what the venue found of parties."""

from __future__ import annotations

from ledger.chain.events.base import ChainEvent


class KeyEnrolled(ChainEvent, frozen=True, kw_only=True):
    """A party's first key was bound; `attestor` recorded it, and so attests that the key is the party's."""

    indexed = (("party", "bytes32"), ("key", "address"))
    data = (("authorisation", "bytes32"), ("attestor", "address"))
    party: str
    key: str
    authorisation: str
    attestor: str


class KeyRotated(ChainEvent, frozen=True, kw_only=True):
    """A party's key was replaced by its own will."""

    indexed = (("party", "bytes32"), ("old_key", "address"))
    data = (("new_key", "address"), ("authorisation", "bytes32"))
    party: str
    old_key: str
    new_key: str
    authorisation: str


class KeyRevoked(ChainEvent, frozen=True, kw_only=True):
    """A key was revoked, by itself or by the guardian; `reason` is a code as bytes32."""

    indexed = (("party", "bytes32"), ("key", "address"))
    data = (("reason", "bytes32"), ("by_guardian", "bool"))
    party: str
    key: str
    reason: str
    by_guardian: bool


class CounterAdvanced(ChainEvent, frozen=True, kw_only=True):
    """Whatever the key signed under a lower counter and nobody recorded is cancelled."""

    indexed = (("party", "bytes32"), ("key", "address"))
    data = (("new_counter", "uint32"), ("old_counter", "uint32"))
    party: str
    key: str
    new_counter: int
    old_counter: int


class RecoveryProposed(ChainEvent, frozen=True, kw_only=True):
    """A recovery was proposed; `effective_at` in Unix seconds."""

    indexed = (("party", "bytes32"), ("new_key", "address"))
    data = (
        ("authorisation", "bytes32"),
        ("previous_proposal", "address"),
        ("effective_at", "uint64"),
        ("attestor", "address"),
    )
    party: str
    new_key: str
    authorisation: str
    previous_proposal: str
    effective_at: int
    attestor: str


class RecoveryVetoed(ChainEvent, frozen=True, kw_only=True):
    """The live key refused a recovery."""

    indexed = (("party", "bytes32"), ("new_key", "address"))
    data = (("key", "address"),)
    party: str
    new_key: str
    key: str


class KeyRecovered(ChainEvent, frozen=True, kw_only=True):
    """A recovery took effect; `ground` is zero if the wait ran its course."""

    indexed = (("party", "bytes32"), ("new_key", "address"))
    data = (("old_key", "address"), ("ground", "bytes32"))
    party: str
    new_key: str
    old_key: str
    ground: str


class StandingChanged(ChainEvent, frozen=True, kw_only=True):
    """The venue's finding on a party changed: 1 active, 2 suspended, 3 closed."""

    indexed = (("party", "bytes32"),)
    data = (("new_standing", "uint8"), ("reason", "bytes32"), ("old_standing", "uint8"))
    party: str
    new_standing: int
    reason: str
    old_standing: int

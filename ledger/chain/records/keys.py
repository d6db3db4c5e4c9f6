"""Parties' signing keys: bound, replaced, revoked, recovered; and what the venue found of a party.

A party stands here by its commitment on the chain (32 bytes). Whatever a party signs may be submitted by anyone; it
goes out under the settler's key, one message a call, and the contract reverts where it refuses.
"""

from __future__ import annotations

from typing import ClassVar

from ledger.chain.records.base import Form, Record, content_id, key_subjects


class _OfKey(Record, frozen=True, kw_only=True):
    """A message about a party's key that has no identifier but its content."""

    form: ClassVar[Form] = "message"
    role = "settler"
    party: str

    @property
    def item_id(self) -> str:
        """The hash of the whole: no item of a batch can be refused."""
        return content_id(self)


class KeyEnrolmentRecord(Record, frozen=True, kw_only=True, tag="key_enrolment"):
    """A party's first key, signed by it; `authorisation` commits to the letter, `deadline` in Unix seconds."""

    function = "enrolKeys"
    types = ("bytes32", "address", "bytes32", "uint64")
    role = "registrar"
    party: str
    key: str
    authorisation: str
    deadline: int
    signature: str

    @property
    def item_id(self) -> str:
        """The party."""
        return self.party

    def subjects(self) -> frozenset[str]:
        """Give the party and its key."""
        return frozenset((self.party, *key_subjects(self.key)))


class KeyRotationRecord(_OfKey, frozen=True, kw_only=True, tag="key_rotation"):
    """Another key in the place of a live one, signed by both; `deadline` in Unix seconds."""

    function = "rotateKey"
    types = ("bytes32", "address", "address", "bytes32", "uint64")
    old_key: str
    new_key: str
    authorisation: str
    deadline: int
    old_signature: str
    new_signature: str

    def subjects(self) -> frozenset[str]:
        """Give the party and both keys."""
        return frozenset((self.party, *key_subjects(self.old_key), *key_subjects(self.new_key)))


class KeyRevocationRecord(_OfKey, frozen=True, kw_only=True, tag="key_revocation"):
    """The end of a key, signed by it; `reason` is a code as bytes32, `deadline` in Unix seconds."""

    function = "revokeKey"
    types = ("bytes32", "address", "bytes32", "uint64")
    key: str
    reason: str
    deadline: int
    signature: str

    def subjects(self) -> frozenset[str]:
        """Give the party and the key."""
        return frozenset((self.party, *key_subjects(self.key)))


class CounterAdvanceRecord(_OfKey, frozen=True, kw_only=True, tag="counter_advance"):
    """A key's counter from now on, signed by it: cancels whatever it signed under a lower one."""

    function = "advanceCounter"
    types = ("bytes32", "address", "uint32", "uint64")
    key: str
    counter: int
    deadline: int
    signature: str

    def subjects(self) -> frozenset[str]:
        """Give the party and the key."""
        return frozenset((self.party, *key_subjects(self.key)))


class KeyRecoveryRecord(Record, frozen=True, kw_only=True, tag="key_recovery"):
    """A new key proposed for a party that lost its own, signed by the new one."""

    function = "proposeRecoveries"
    types = ("bytes32", "address", "bytes32", "uint64")
    role = "registrar"
    party: str
    new_key: str
    authorisation: str
    deadline: int
    signature: str

    @property
    def item_id(self) -> str:
        """The party."""
        return self.party

    def subjects(self) -> frozenset[str]:
        """Give the party and the new key."""
        return frozenset((self.party, *key_subjects(self.new_key)))


class RecoveryVetoRecord(_OfKey, frozen=True, kw_only=True, tag="recovery_veto"):
    """A live key's objection to a recovery, signed by it."""

    function = "vetoRecovery"
    types = ("bytes32", "address", "address", "uint64")
    new_key: str
    key: str
    deadline: int
    signature: str

    def subjects(self) -> frozenset[str]:
        """Give the party and both keys."""
        return frozenset((self.party, *key_subjects(self.new_key), *key_subjects(self.key)))


class RecoveryCompletionRecord(_OfKey, frozen=True, kw_only=True, tag="recovery_completion"):
    """A recovery takes effect after its wait. Sent before, it waits in the outbox."""

    function = "completeRecovery"
    form = "arguments"
    types = ("bytes32", "address")
    new_key: str

    def subjects(self) -> frozenset[str]:
        """Give the party and the new key."""
        return frozenset((self.party, *key_subjects(self.new_key)))


class StandingRecord(Record, frozen=True, kw_only=True, tag="standing"):
    """What the venue found of a party: 1 active, 2 suspended, 3 closed; `reason` is a code as bytes32."""

    function = "recordStandings"
    types = ("bytes32", "uint8", "bytes32")
    role = "registrar"
    party: str
    standing: int
    reason: str

    @property
    def item_id(self) -> str:
        """The party."""
        return self.party

    @property
    def record_id(self) -> str:
        """The hash of the whole: a party's standing changes more than once."""
        return content_id(self)

    def subjects(self) -> frozenset[str]:
        """Give the party."""
        return frozenset((self.party,))

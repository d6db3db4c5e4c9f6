"""What happened to the keys that sign for parties on the chain, and their recoveries."""

from __future__ import annotations

from exchange.events.event import Event


class KeyEnrolled(Event, frozen=True):
    """A key signs for a party on the chain from now on."""

    party_id: str
    key: str


class KeyRotated(Event, frozen=True):
    """Another key is the party's own. `old_signature` is empty where the chain has it already: nothing is recorded."""

    party_id: str
    old_key: str
    new_key: str
    old_signature: str


class KeyRevoked(Event, frozen=True):
    """A key has ended. `signature` is empty where the chain has it already: nothing is recorded."""

    party_id: str
    key: str
    reason: str
    deadline_s: int
    signature: str


class CounterAdvanced(Event, frozen=True):
    """What the key signed under a lower counter is cancelled. `signature` is empty where the chain has it already."""

    party_id: str
    key: str
    counter: int
    deadline_s: int
    signature: str


class DealKeyChosen(Event, frozen=True):
    deal_id: str
    party_id: str
    key: str


class RecoveryProposed(Event, frozen=True):
    """A new key is to take the place of a lost one, unless the live key vetoes that within a fortnight."""

    party_id: str
    new_key: str


class RecoveryVetoed(Event, frozen=True):
    """The live key has refused a recovery. `signature` is empty where the chain has it already: nothing is recorded."""

    party_id: str
    new_key: str
    key: str
    deadline_s: int
    signature: str


class RecoveryDue(Event, frozen=True):
    """The wait of a recovery has run its course: the chain is asked to let it take effect."""

    party_id: str
    new_key: str


class RecoveryChanged(Event, frozen=True):
    """A recovery moved from one state to another otherwise than by its proposal or a veto."""

    party_id: str
    new_key: str
    old: str
    new: str
    cause: str

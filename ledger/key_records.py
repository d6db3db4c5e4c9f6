"""What is recorded on the chain of parties' keys: bound, rotated, revoked, counters advanced, standing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.events import (
    CounterAdvanced,
    KeyEnrolled,
    KeyRevoked,
    KeyRotated,
    PartyApproved,
    PartyClosed,
    PartySuspended,
)
from ledger.chain.records import (
    CounterAdvanceRecord,
    KeyEnrolmentRecord,
    KeyRevocationRecord,
    KeyRotationRecord,
    Record,
    StandingRecord,
)
from ledger.outbox_row import OutboxRecord, code_word, queued

if TYPE_CHECKING:
    from exchange.events import AnyEvent
    from exchange.state import State
    from exchange.turn import Outcome

ACTIVE: Final = 1
SUSPENDED: Final = 2
CLOSED: Final = 3
"""A party's standing, as the contract numbers it."""
_STANDING_AFTER = {PartyApproved: ACTIVE, PartySuspended: SUSPENDED, PartyClosed: CLOSED}


def key_records(entry: int, event: AnyEvent, outcome: Outcome, state: State) -> list[OutboxRecord]:
    """What became of parties' keys, for the contract; nothing of what the contract itself told the venue."""
    record: Record
    match event:
        case KeyEnrolled():
            return [_enrolment(entry, event, state)]
        case PartyApproved() | PartySuspended() | PartyClosed():
            return _standings(entry, event, outcome, state)
        case KeyRotated(old_signature=signature) if signature:
            new = state.keys[event.new_key]
            record = KeyRotationRecord(
                party="0x" + new.commitment,
                old_key=event.old_key,
                new_key=new.id,
                authorisation="0x" + new.authorisation,
                deadline=new.deadline_s,
                old_signature=signature,
                new_signature=new.possession,
            )
            return [queued("key_rotation", event.old_key, record, entry)]
        case KeyRevoked(signature=signature) if signature:
            record = KeyRevocationRecord(
                party="0x" + state.keys[event.key].commitment,
                key=event.key,
                reason=code_word(event.reason),
                deadline=event.deadline_s,
                signature=signature,
            )
            return [queued("key_revocation", event.key, record, entry)]
        case CounterAdvanced(signature=signature) if signature:
            record = CounterAdvanceRecord(
                party="0x" + state.keys[event.key].commitment,
                key=event.key,
                counter=event.counter,
                deadline=event.deadline_s,
                signature=signature,
            )
            return [queued("counter", event.key, record, entry)]
        case _:
            return []


def _enrolment(entry: int, event: KeyEnrolled, state: State) -> OutboxRecord:
    key = state.keys[event.key]
    record = KeyEnrolmentRecord(
        party="0x" + key.commitment,
        key=key.id,
        authorisation="0x" + key.authorisation,
        deadline=key.deadline_s,
        signature=key.possession,
    )
    return queued("key", key.id, record, entry)


def _standings(
    entry: int, event: PartyApproved | PartySuspended | PartyClosed, outcome: Outcome, state: State
) -> list[OutboxRecord]:
    """What the venue found of a party, under each commitment that the chain knows it by.

    Active it is by enrolment.
    """
    enrolled = {each.key for each in outcome.events if isinstance(each, KeyEnrolled)}
    standing = _STANDING_AFTER[type(event)]
    return [
        queued(
            "standing",
            key.id,
            StandingRecord(party="0x" + key.commitment, standing=standing, reason=code_word("venue finding")),
            entry,
        )
        for key in state.keys.values()
        if key.party_id == event.party_id and key.state == "LIVE" and key.id not in enrolled
    ]

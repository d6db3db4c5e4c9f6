"""Record against event: which event a record becomes, and whether an event says what the record says.

Both name what they state by the same fields. What an event adds (numbers, states before and after) is not compared.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

from ledger.chain.events import (
    Anchored,
    ChainEvent,
    Corrected,
    DealAgreed,
    DealSettled,
    DealUnwound,
    LicenceEnded,
    LicenceGranted,
    PledgeDischarged,
    PledgeRegistered,
    RegistryConfirmed,
    RightFrozen,
    RightRegistered,
    RightReleased,
)
from ledger.chain.records import (
    ZERO_HASH,
    AnchorRecord,
    CorrectionRecord,
    DealRecord,
    FreezeRecord,
    LicenceEndedRecord,
    LicenceRecord,
    PledgeDischargedRecord,
    PledgeRecord,
    Record,
    RegistryConfirmationRecord,
    ReleaseRecord,
    RightRecord,
    SettledRecord,
    UnwoundRecord,
)

EVENT_OF: Final[dict[type[Record], type[ChainEvent]]] = {
    RightRecord: RightRegistered,
    DealRecord: DealAgreed,
    RegistryConfirmationRecord: RegistryConfirmed,
    LicenceRecord: LicenceGranted,
    LicenceEndedRecord: LicenceEnded,
    UnwoundRecord: DealUnwound,
    SettledRecord: DealSettled,
    PledgeRecord: PledgeRegistered,
    PledgeDischargedRecord: PledgeDischarged,
    FreezeRecord: RightFrozen,
    ReleaseRecord: RightReleased,
    CorrectionRecord: Corrected,
    AnchorRecord: Anchored,
}
"""The event that each type of record becomes."""
RECORD_OF: Final = {event: record for record, event in EVENT_OF.items()}
SHARED: Final[dict[type[Record], tuple[str, ...]]] = {
    record: tuple(name for name in record.__struct_fields__ if name in event.__struct_fields__)
    for record, event in EVENT_OF.items()
}
"""Fields that a record and its event both state."""
Key: TypeAlias = tuple[str, tuple[tuple[str, object], ...]]
"""An event's name, and the fields with the values that it is found by: there is one event for a key."""
_NOT_SHOWN = ("seq", "place")


def key_of(record: Record) -> Key:
    """Give what tells this record's event from every other: its name, and the fields that it is found by."""
    return _key(type(record), stated_by_record(record))


def key_of_event(event: ChainEvent) -> Key:
    """Give the same for an event that a record can become.

    Raises:
        KeyError: no record becomes such an event.
    """
    return _key(RECORD_OF[type(event)], stated_by_event(event))


def _key(kind: type[Record], stated: dict[str, object]) -> Key:
    """Everything that can be said but once is found by its identifier; what has none by all that it says."""
    shared = SHARED[kind]
    names: tuple[str, ...] = (shared[1 if kind is AnchorRecord else 0],)
    if kind is RegistryConfirmationRecord:
        names = shared if stated["deal_id"] == ZERO_HASH else ("deal_id",)
    return EVENT_OF[kind].__name__, tuple((name, stated[name]) for name in names)


def content_of(record: Record) -> Key:
    """Give the event that a record becomes, with everything that both state."""
    return EVENT_OF[type(record)].__name__, tuple(stated_by_record(record).items())


def content_of_event(event: ChainEvent) -> Key:
    """Give the same for an event that a record can become.

    Raises:
        KeyError: no record becomes such an event.
    """
    stated = stated_by_event(event)
    return type(event).__name__, tuple((name, stated[name]) for name in SHARED[RECORD_OF[type(event)]])


def stated_by_record(record: Record) -> dict[str, object]:
    """Give what a record states, by field, hashes and addresses in lower case."""
    return {name: plain(getattr(record, name)) for name in SHARED[type(record)]}


def stated_by_event(event: ChainEvent) -> dict[str, object]:
    """Give all fields of an event without its number and place, as they are kept and shown."""
    fields: dict[str, Any] = msgspec.to_builtins(event)
    return {name: plain(value) for name, value in fields.items() if name not in _NOT_SHOWN}


def says_the_same(record: Record, stated: dict[str, Any]) -> bool:
    """Whether an event that states this is exactly this record's."""
    return all(stated.get(name) == value for name, value in stated_by_record(record).items())


def plain(value: object) -> object:
    """Hashes and addresses in lower case, so that two ways of writing one are the same."""
    return value.lower() if isinstance(value, str) else value

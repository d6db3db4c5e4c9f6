"""Record against event: which event a record becomes, and whether an event says what the record says.

Both name what they state by the same fields. What an event adds (numbers, states before and after) is not compared.
"""

from __future__ import annotations

from typing import Any, Final

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
SHARED: Final[dict[type[Record], tuple[str, ...]]] = {
    record: tuple(name for name in record.__struct_fields__ if name in event.__struct_fields__)
    for record, event in EVENT_OF.items()
}
"""Fields that a record and its event both state."""
_NOT_SHOWN = ("seq", "place")


def event_name(record: Record) -> str:
    """Give the name of the event that a record becomes."""
    return EVENT_OF[type(record)].__name__


def key_of(record: Record) -> tuple[str, object]:
    """Give the field by which an event of this record's kind is found, and its value; there is one event for a key."""
    if isinstance(record, RegistryConfirmationRecord) and record.deal_id != ZERO_HASH:
        return "deal_id", record.deal_id.lower()
    name = SHARED[type(record)][1 if isinstance(record, AnchorRecord) else 0]
    return name, _plain(getattr(record, name))


def stated_by_record(record: Record) -> dict[str, object]:
    """Give what a record states, by field, hashes and addresses in lower case."""
    return {name: _plain(getattr(record, name)) for name in SHARED[type(record)]}


def stated_by_event(event: ChainEvent) -> dict[str, object]:
    """Give all fields of an event without its number and place, as they are kept and shown."""
    plain: dict[str, Any] = msgspec.to_builtins(event)
    return {name: _plain(value) for name, value in plain.items() if name not in _NOT_SHOWN}


def says_the_same(record: Record, stated: dict[str, Any]) -> bool:
    """Whether an event that states this is exactly this record's."""
    return all(stated.get(name) == value for name, value in stated_by_record(record).items())


def _plain(value: object) -> object:
    return value.lower() if isinstance(value, str) else value

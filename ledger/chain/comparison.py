"""Record against event: which event a record becomes, and whether an event says what the record says.

Both name what they state by the same fields, few excepted. What an event adds (numbers, states before and after) is not
compared.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

from ledger.chain import events as e
from ledger.chain import records as r
from ledger.chain.events import ChainEvent
from ledger.chain.records import ZERO_HASH, Record, RegistryConfirmationRecord

EVENT_OF: Final[dict[type[Record], type[ChainEvent]]] = {
    r.RightRecord: e.RightRegistered,
    r.DealRecord: e.DealAgreed,
    r.RegistryConfirmationRecord: e.RegistryConfirmed,
    r.LicenceRecord: e.LicenceGranted,
    r.LicenceEndedRecord: e.LicenceEnded,
    r.UnwoundRecord: e.DealUnwound,
    r.SettledRecord: e.DealSettled,
    r.DealCancellationRecord: e.DealCancelled,
    r.KeyEnrolmentRecord: e.KeyEnrolled,
    r.KeyRotationRecord: e.KeyRotated,
    r.KeyRevocationRecord: e.KeyRevoked,
    r.CounterAdvanceRecord: e.CounterAdvanced,
    r.KeyRecoveryRecord: e.RecoveryProposed,
    r.RecoveryVetoRecord: e.RecoveryVetoed,
    r.RecoveryCompletionRecord: e.KeyRecovered,
    r.StandingRecord: e.StandingChanged,
    r.StandingOfferRecord: e.OfferMade,
    r.OfferAcceptanceRecord: e.OfferAccepted,
    r.OfferWithdrawalRecord: e.OfferWithdrawn,
    r.FillRecord: e.OrdersFilled,
    r.SealedSetRecord: e.SealedBidsFixed,
    r.PledgeRecord: e.PledgeRegistered,
    r.PledgeDischargedRecord: e.PledgeDischarged,
    r.FreezeRecord: e.RightFrozen,
    r.ReleaseRecord: e.RightReleased,
    r.CorrectionRecord: e.Corrected,
    r.AnchorRecord: e.Anchored,
}
"""The event that each type of record becomes."""
RECORD_OF: Final = {event: record for record, event in EVENT_OF.items()}
_NAMED_OTHERWISE: Final[dict[tuple[type[Record], str], str]] = {
    (r.CounterAdvanceRecord, "new_counter"): "counter",
    (r.StandingRecord, "new_standing"): "standing",
}
"""What an event calls by another name than its record."""
_FOUND_BY: Final[dict[type[Record], tuple[str, ...]]] = {
    r.RightRecord: ("right_id",),
    r.DealRecord: ("deal_id",),
    r.LicenceRecord: ("licence_id",),
    r.LicenceEndedRecord: ("licence_id",),
    r.UnwoundRecord: ("deal_id",),
    r.SettledRecord: ("deal_id",),
    r.DealCancellationRecord: ("deal_id",),
    r.KeyEnrolmentRecord: ("key",),
    r.KeyRotationRecord: ("new_key",),
    r.KeyRevocationRecord: ("key",),
    r.CounterAdvanceRecord: ("key", "new_counter"),
    r.RecoveryCompletionRecord: ("new_key",),
    r.OfferAcceptanceRecord: ("deal_id",),
    r.OfferWithdrawalRecord: ("offer_id",),
    r.FillRecord: ("deal_id",),
    r.SealedSetRecord: ("listing_id", "round"),
    r.PledgeRecord: ("pledge_id",),
    r.PledgeDischargedRecord: ("pledge_id",),
    r.FreezeRecord: ("freeze_id",),
    r.ReleaseRecord: ("freeze_id",),
    r.CorrectionRecord: ("correction_id",),
    r.AnchorRecord: ("size",),
}
"""Everything that can be said but once is found by its identifier; what has none by all that it says."""
REPEATABLE: Final[frozenset[type[Record]]] = frozenset(
    (r.StandingRecord, r.KeyRecoveryRecord, r.RecoveryVetoRecord)
)
"""What can be said again in the same words: a party suspended twice for one reason, a recovery proposed again."""
OPEN_TO_ALL: Final[frozenset[type[Record]]] = frozenset(
    (
        r.KeyRotationRecord,
        r.KeyRevocationRecord,
        r.CounterAdvanceRecord,
        r.RecoveryVetoRecord,
        r.RecoveryCompletionRecord,
        r.OfferWithdrawalRecord,
        r.DealCancellationRecord,
    )
)
"""What a party (or the guardian) can put on the chain without the venue: such an event need not be the venue's."""
_NOT_COMPARED: Final[frozenset[tuple[type[Record], str]]] = frozenset(((r.DealCancellationRecord, "key"),))
"""Either party ends a deal for both: whoever comes second finds the other's event."""
SHARED: Final[dict[type[Record], tuple[str, ...]]] = {
    record: tuple(
        name
        for name in event.__struct_fields__
        if name not in {"seq", "place"}
        and (record, name) not in _NOT_COMPARED
        and hasattr(record, _NAMED_OTHERWISE.get((record, name), name))
    )
    for record, event in EVENT_OF.items()
}
"""Fields that a record and its event both state, by the event's names."""
Key: TypeAlias = tuple[str, tuple[tuple[str, object], ...]]
"""An event's name, and the fields with the values that it is found by: there is one event for a key, unless its kind
is `REPEATABLE`."""
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
    names = _FOUND_BY.get(kind, SHARED[kind])
    if kind is RegistryConfirmationRecord and stated["deal_id"] != ZERO_HASH:
        names = ("deal_id",)
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
    """Give what a record states, by the event's fields, hashes and addresses in lower case.

    Raises:
        ChainFault: `RECORD-MALFORMED` where what the event names cannot be made of the record.
    """
    kind = type(record)
    return {name: plain(getattr(record, _NAMED_OTHERWISE.get((kind, name), name))) for name in SHARED[kind]}


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

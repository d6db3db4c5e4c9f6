"""Who may see what of an entry: the venue everything, a party its own openings and the events that concern it.

Outsiders get the public part, which is what is hashed, anchored and proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from api.journal.schemas import EntryView, OpeningView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.auth import Caller
    from api.door import Door
    from api.reading import EntryRecord

_SUBJECTS = ("listing_id", "bid_id", "deal_id", "licence_id", "payment_id", "line_id", "subject_id")
_NAMES = ("party_id", "affiliate_id", "pledgee")


async def views(door: Door, caller: Caller, records: Sequence[EntryRecord]) -> list[EntryView]:
    """Entries as the caller may see them."""
    if caller.kind == "public":
        return [_public(record) for record in records]
    numbers = [record.entry for record in records if _own(caller, record)]
    parts = await door.reader.all_sealed_parts(numbers)
    by_entry: dict[int, dict[str, OpeningView]] = {}
    for (entry, label), opening in parts.items():
        by_entry.setdefault(entry, {})[label] = OpeningView(salt=opening.salt, value=opening.value)
    outcomes = {record.entry: msgspec.json.decode(record.outcome) for record in records}
    concerned = await _concerned(door, caller, outcomes.values())
    made = []
    for record in records:
        view = _public(record)
        outcome = outcomes[record.entry]
        if _own(caller, record):
            view.terms = _opening(record.terms_salt, record.terms)
            view.erasable = by_entry.get(record.entry, {})
            view.detail = outcome.get("detail") or {}
        if caller.staff:
            view.outcome = _opening(record.outcome_salt, record.outcome)
            view.events = outcome["events"]
        else:
            view.events = [event for event in outcome["events"] if _concerns(event, caller.actor, concerned)]
        made.append(view)
    return made


def _own(caller: Caller, record: EntryRecord) -> bool:
    """Whether the caller gave this command; an applicant has no party id yet, its answer names it."""
    if caller.staff or record.actor == caller.actor:
        return True
    return not record.actor and record.public["answer"].get("result", {}).get("party_id") == caller.actor


def _public(record: EntryRecord) -> EntryView:
    return EntryView(
        entry=record.entry,
        time_ms=record.time_ms,
        type=record.type,
        public=record.public,
        leaf_hash=record.leaf.hex(),
    )


def _opening(salt: bytes | None, value: bytes | None) -> OpeningView | None:
    if salt is None or value is None:
        return None
    return OpeningView(salt=salt.hex(), value=msgspec.json.decode(value))


async def _concerned(door: Door, caller: Caller, outcomes: Any) -> set[str]:  # noqa: ANN401 - decoded JSON
    """Which of the rows that these outcomes speak of are the caller's."""
    if caller.staff:
        return set()
    ids = {
        str(event[name])
        for outcome in outcomes
        for event in outcome["events"]
        for name in _SUBJECTS
        if event.get(name)
    }
    return await door.reader.involved(sorted(ids), caller.actor) if ids else set()


def _concerns(event: dict[str, Any], party_id: str, concerned: set[str]) -> bool:
    """Whether an event is about this party.

    Of a listing a seller sees its states and bidders, not the bids of others beyond what the book shows; a posting is
    seen by those whose account it moves.
    """
    if event["type"] == "posted":
        return any(str(event[side]).startswith(f"{party_id}/") for side in ("debit", "credit")) or (
            event["subject_id"] in concerned and str(event["subject_id"]).startswith(("D-", "PAY-"))
        )
    if any(event.get(name) == party_id for name in _NAMES):
        return True
    if any(event.get(name) for name in _NAMES):
        return event.get("listing_id") in concerned
    return any(event.get(name) in concerned for name in _SUBJECTS)

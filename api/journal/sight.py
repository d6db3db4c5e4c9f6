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
    from api.journal_reading import EntryRecord

_SUBJECTS = (
    "listing_id",
    "bid_id",
    "order_id",
    "deal_id",
    "licence_id",
    "payment_id",
    "line_id",
    "subject_id",
)
_NAMES = ("party_id", "affiliate_id", "pledgor", "pledgee", "holder")
_OF_THE_GIVER = frozenset({"order_placed", "reward_recorded", "evidence_lodged"})
"""Events that nobody sees but the party that they name."""


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
    sight = await _sight(door, caller, outcomes.values())
    hidden = await _hidden_openings(door, records)
    made = []
    for record in records:
        view = _public(record)
        outcome = outcomes[record.entry]
        if record.entry in hidden and record.actor != caller.actor:
            made.append(view)
            continue
        if _own(caller, record):
            view.terms = _opening(record.terms_salt, record.terms)
            view.erasable = by_entry.get(record.entry, {})
            view.detail = outcome.get("detail") or {}
        if caller.staff:
            view.outcome = _opening(record.outcome_salt, record.outcome)
            view.events = outcome["events"]
        else:
            view.events = [event for event in outcome["events"] if sight.sees(event)]
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


async def _hidden_openings(door: Door, records: Sequence[EntryRecord]) -> set[int]:
    """Entries that say a price which nobody but their giver reads now, not even the venue's staff.

    Openings of sealed bids: before the window has ended, every one; one that was refused never: it may say what a bid
    says that stays sealed. Bids of one price each: until the close.
    """
    openings = [record for record in records if record.type == "reveal_bid"]
    unopened = await door.reader.unopened(sorted({record.public["command"]["bid_id"] for record in openings}))
    placed = [record for record in records if record.type == "place_bid"]
    unseen = await door.reader.unseen(sorted({record.public["command"]["listing_id"] for record in placed}))
    return {record.entry for record in placed if record.public["command"]["listing_id"] in unseen} | {
        record.entry
        for record in openings
        if record.public["answer"]["status"] == "refused" or record.public["command"]["bid_id"] in unopened
    }


async def _sight(door: Door, caller: Caller, outcomes: Any) -> Sight:  # noqa: ANN401 - decoded JSON
    """What a caller may see of these outcomes' events."""
    if caller.staff:
        return Sight(caller.actor, set(), set())
    ids = {
        str(event[name])
        for outcome in outcomes
        for event in outcome["events"]
        for name in _SUBJECTS
        if event.get(name)
    }
    if not ids:
        return Sight(caller.actor, set(), set())
    concerned = await door.reader.involved(sorted(ids), caller.actor)
    return Sight(caller.actor, concerned, await door.reader.paid_under(sorted(ids), caller.actor))


class Sight(msgspec.Struct, frozen=True):
    """Which events a party sees: `concerned` are the rows that are its business, `pays_it` those that pay it.

    Of a listing a seller sees its states and bidders, not the bids of others beyond what the book shows, and of
    orders none but its own; a posting is seen by those whose account it moves, and what leaves an escrow to others by
    whom that escrow pays: a buyer is not told what its seller's agent earns.
    """

    party_id: str
    concerned: set[str]
    pays_it: set[str]

    def sees(self, event: dict[str, Any]) -> bool:
        """Whether an event is about this party."""
        if event["type"] == "posted":
            return self._sees_posting(event)
        if any(event.get(name) == self.party_id for name in _NAMES):
            return True
        if event["type"] in _OF_THE_GIVER:
            return False
        if any(event.get(name) for name in _NAMES):
            return bool({event.get("listing_id"), event.get("deal_id")} & self.concerned)
        return any(event.get(name) in self.concerned for name in _SUBJECTS)

    def _sees_posting(self, event: dict[str, Any]) -> bool:
        owners = {str(event[side]).partition("/")[0] for side in ("debit", "credit")}
        subject = str(event["subject_id"])
        if self.party_id in owners or subject in self.pays_it:
            return True
        payments = {owner for owner in owners if owner.startswith("PAY-")}
        if payments:
            return bool(payments & self.concerned)
        return subject in self.concerned and subject.startswith(("D-", "OB-", "PAY-"))

"""The history of one deal, right, party or deposit out of a replayed export, and how it stood at a time.

An entry belongs to it if it changed the subject's row, brought about an event that names the subject, or is an accepted
instruction of the party that is asked for; to a deposit of evidence also what held the entry that lodged it, or erased
of it. Refused entries change nothing and belong to nobody's history.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec

from ledger.audit.offline import Decided, OfflineRefused, Until
from ledger.audit.replay import Replay, ReplayedState
from ledger.journal import Accepted, type_of

if TYPE_CHECKING:
    from exchange.rows import Row
    from ledger.audit.entries import Opened

SubjectKind: TypeAlias = Literal["deal", "right", "party", "evidence"]
STATE_FIELD: dict[SubjectKind, str] = {
    "deal": "state",
    "right": "status",
    "party": "state",
    "evidence": "evidence_kind",
}
"""The field of its row that says where a subject stands; of a deposit, which stands for ever, what was lodged."""
_ON_ENTRIES = {"sealed_part_erased": "entry", "legal_hold_changed": "entries"}
"""Events that name an entry, and the field in which they do."""


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the row before and after an entry, as JSON has it; None where it was not there."""

    old: Any
    new: Any


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a history. `time_ms` in ms UTC; `actor` is a party, `venue` or nobody, `signer` an address."""

    entry: int
    time_ms: int
    command: str
    given_by: str
    actor: str
    signer: str
    states: tuple[tuple[str, str], ...]
    """Each move from one state to another, in order; the old one is empty where the subject begins."""
    fields: dict[str, FieldChange]
    events: tuple[dict[str, Any], ...]
    """Those that name the subject, as they are sealed in the journal."""


class SubjectHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A subject's entries in order, and its row after the last entry that counted."""

    kind: SubjectKind
    id: str
    as_of_entry: int
    as_of_ms: int
    """When that entry was decided, ms UTC."""
    state: str
    steps: tuple[Step, ...]
    row: dict[str, Any]


class _WatchedState(ReplayedState):
    """Keeps one row in sight, also after it has left memory for its table."""

    def __init__(self, kind: SubjectKind, subject_id: str) -> None:
        super().__init__()
        self._watched = (kind, subject_id)
        self.touched = False
        self.row: Row | None = None

    def _mark(self, row: Row, archived: Row | None) -> None:
        super()._mark(row, archived)
        if (row.kind, row.id) == self._watched:
            self.touched, self.row = True, row


def history_of(
    stream: IO[bytes], kind: SubjectKind, subject_id: str, until: Until | None = None
) -> SubjectHistory:
    """Replay an export up to a moment and tell what happened to one subject. Memory grows with the state and this.

    Raises:
        OfflineRefused: OFFLINE-EXPORT, OFFLINE-PUBLIC; OFFLINE-AT: nothing stands at that time, or the entry is not
            reached; OFFLINE-SUBJECT: there is no such subject by then.
        DecidedOtherwise: an entry on the way does not hold.
        OSError: the file cannot be read.
    """
    until = until or Until()
    state = _WatchedState(kind, subject_id)
    watch = _Watch(state, kind, subject_id)
    last: Opened | None = None
    for opened in Decided(stream, Replay(state), until):
        watch.take(opened)
        last = opened
    if last is None or (until.entry is not None and last.entry.entry < until.entry):
        code = "OFFLINE-AT"
        raise OfflineRefused(code, "" if last is None else f"the last entry is {last.entry.entry}")
    if state.row is None:
        code = "OFFLINE-SUBJECT"
        raise OfflineRefused(code, f"no {kind} {subject_id} by entry {last.entry.entry}")
    return SubjectHistory(
        kind=kind,
        id=subject_id,
        as_of_entry=last.entry.entry,
        as_of_ms=last.entry.time_ms,
        state=_stands(kind, watch.row),
        steps=tuple(watch.steps),
        row=watch.row,
    )


class _Watch:
    """What has been seen of one subject."""

    def __init__(self, state: _WatchedState, kind: SubjectKind, subject_id: str) -> None:
        self._state, self._kind, self._id = state, kind, subject_id
        self._named = re.compile(rf"(?:^|[/:]){re.escape(subject_id)}(?:$|[/:])")
        self._lodged_in: int | None = None
        """Of evidence: the entry that lodged it."""
        self.row: dict[str, Any] = {}
        self.steps: list[Step] = []

    def take(self, opened: Opened) -> None:
        """Take the entry that was just decided."""
        entry = opened.entry
        if not isinstance(entry.answer, Accepted):
            return
        events = self._events(opened)
        touched, self._state.touched = self._state.touched, False
        if not (touched or events or entry.actor == self._id):
            return
        before, self.row = self.row, _as_json(self._state.row) if touched else self.row
        if self._kind == "evidence" and not before:
            self._lodged_in = entry.entry
        if not (events or entry.actor == self._id or self.row != before):
            return  # it left memory for its table as it was
        self.steps.append(
            Step(
                entry=entry.entry,
                time_ms=entry.time_ms,
                command=type_of(entry.command),
                given_by=entry.command.given_by,
                actor=entry.actor,
                signer="" if entry.signature is None else entry.signature.signer,
                states=self._moves(before, events),
                fields={
                    name: FieldChange(old=before.get(name), new=self.row.get(name))
                    for name in {**before, **self.row}
                    if before.get(name) != self.row.get(name)
                },
                events=tuple(events),
            )
        )

    def _events(self, opened: Opened) -> list[dict[str, Any]]:
        outcome = opened.outcome or b""
        is_named = self._id.encode() in outcome
        on_entries = self._lodged_in is not None and any(each.encode() in outcome for each in _ON_ENTRIES)
        if not is_named and not on_entries:
            return []  # which is so for most entries, and spares reading them
        events = msgspec.json.decode(outcome)["events"]
        return [event for event in events if self._is_named_in(event) or self._is_on_its_entry(event)]

    def _is_on_its_entry(self, event: dict[str, Any]) -> bool:
        """Whether an event holds the entry that lodged this evidence, or erased a part of it."""
        named = event.get(_ON_ENTRIES.get(event["type"], ""))
        return self._lodged_in is not None and (
            self._lodged_in in named if isinstance(named, list) else self._lodged_in == named
        )

    def _is_named_in(self, value: Any) -> bool:  # noqa: ANN401 - whatever JSON holds
        """Whether an id stands in it, by itself or as a part of an account's or a deadline's name."""
        if isinstance(value, str):
            return self._named.search(value) is not None
        if isinstance(value, dict):
            return any(self._is_named_in(each) for pair in value.items() for each in pair)
        return isinstance(value, list) and any(self._is_named_in(each) for each in value)

    def _moves(self, before: dict[str, Any], events: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
        """A deal may take several steps in one entry, which its events tell; of others the row tells."""
        moves = tuple(
            (event["old"], event["new"])
            for event in events
            if event["type"] == "deal_changed" and event["deal_id"] == self._id
        )
        old, new = _stands(self._kind, before), _stands(self._kind, self.row)
        return moves or (((old, new),) if old != new else ())


def _stands(kind: SubjectKind, row: dict[str, Any]) -> str:
    return row.get(STATE_FIELD[kind]) or ""


def _as_json(row: Row | None) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(row))
    return made

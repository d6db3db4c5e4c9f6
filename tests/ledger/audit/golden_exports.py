"""Golden journals as exports that a test may cut, change or seal otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec

from exchange import canonical
from exchange.engine import Engine
from exchange.state import State
from ledger.audit.entries import open_entry
from ledger.audit.lines import EntryLine, SealLine, encode_line
from ledger.audit.replay import Replay
from ledger.journal import StoredEntry, request_of
from ledger.merkle import leaf_hash
from tests.golden.make_journal import FOLDER
from tests.ledger.audit.forging import lines_of


def golden(number: int) -> bytes:
    """A golden journal as it was written."""
    return (FOLDER / f"journal-{number}.jsonl").read_bytes()


def entries_of(data: bytes) -> list[EntryLine]:
    return [line for line in lines_of(data) if isinstance(line, EntryLine)]


def cut(data: bytes, entries: int) -> bytes:
    """The journal up to so many entries, with the seal that stands there, if one does."""
    kept = b""
    lines = lines_of(data)
    for line, following in pairwise([*lines, lines[-1]]):
        kept += encode_line(line)
        if isinstance(line, EntryLine) and line.entry == entries - 1:
            return kept + (encode_line(following) if isinstance(following, SealLine) else b"")
    raise AssertionError(entries)


def public_copy(data: bytes) -> bytes:
    """The same journal without its openings."""
    header, *rest = lines_of(data)
    made = encode_line(msgspec.structs.replace(header, kind="public"))
    for line in rest:
        bare: dict[str, Any] = (
            {"terms": None, "outcome": None, "erasable": {}} if isinstance(line, EntryLine) else {}
        )
        made += encode_line(msgspec.structs.replace(line, **bare))
    return made


def changed(data: bytes, entry: int, **values: Any) -> bytes:
    """The journal with other public values in one entry, its leaf hash made anew."""
    made = b""
    for line in lines_of(data):
        if isinstance(line, EntryLine) and line.entry == entry:
            public = canonical.encode(msgspec.json.decode(line.public) | values)
            made += encode_line(
                msgspec.structs.replace(line, public=msgspec.Raw(public), leaf=leaf_hash(public).hex())
            )
        else:
            made += encode_line(line)
    return made


@dataclass(frozen=True)
class Tables:
    """What the tables of a venue hold after each entry, as its sequencer writes them: rows by kind and id."""

    times_ms: list[int]
    after: list[dict[tuple[str, str], Any]]

    def ids(self, kind: str) -> list[str]:
        return [row_id for row_kind, row_id in self.after[-1] if row_kind == kind]


def tables_of(data: bytes) -> Tables:
    """Every row after every entry, also of those that have left memory; by the engine alone."""
    engine = Engine(State())
    table: dict[tuple[str, str], Any] = {}
    tables = Tables([], [])
    for line in entries_of(data):
        entry = open_entry(line, line.entry, "auditor").entry
        opened = {} if line.terms is None else _opening(line)
        stored = StoredEntry(
            entry=line.entry, public=bytes(line.public), leaf=bytes.fromhex(line.leaf), **opened
        )
        engine.apply(request_of(entry, stored))
        for change in engine.state.take_changes():
            if change.data is None:
                table.pop((change.kind, change.id), None)
            else:
                table[change.kind, change.id] = msgspec.json.decode(change.data)
        tables.times_ms.append(entry.time_ms)
        tables.after.append(dict(table))
    return tables


def _opening(line: EntryLine) -> dict[str, bytes]:
    assert line.terms is not None
    return {"terms": bytes(line.terms.value), "terms_salt": bytes.fromhex(line.terms.salt)}


def state_hash_after(data: bytes) -> str:
    replay = Replay()
    for line in entries_of(data):
        replay.step(open_entry(line, line.entry, "auditor"))
    return replay.state_hash()

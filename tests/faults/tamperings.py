"""Tamperings drawn at random: a kind of row, what is done to it, and how far everything else is made to fit.

Each says which entries the touched rows belong to, and how wide a place the audit may name at the most: the entry
itself where nothing was made to fit, the batch or the interval of two checkpoints where no key was at hand, the interval
between two anchors where everything was signed anew, and the entry again where an older export or a receipt is given.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any, Final, Literal

import msgspec

from exchange import canonical
from ledger.log.notes import Note, read_note
from tests.faults.rogue_hand import Hand, Row, Tables

Degree = Literal["none", "leaf", "tree", "everything"]
Evidence = Literal["none", "older", "receipt", "checkpoint"]
Place = tuple[int, int]
KEPT: Final[tuple[Evidence, ...]] = ("older", "receipt", "checkpoint")
"""What others may have kept of the venue's."""
_COLUMNS = ("public", "leaf", "terms", "terms_salt", "outcome", "outcome_salt")
_SEAL_COLUMNS = ("epoch", "batch_root", "tree_root", "time_ms", "signature", "count")
_LENGTHENED = frozenset({"count"})


@dataclass
class Touched:
    """What an operation has done: the entries whose rows it touched, and the widest place that may be named."""

    bad: Place
    widest: Place
    evidence: tuple[Evidence, ...] = ("none",)
    """One of these is drawn: without it nobody could know, or with it the place is narrower."""
    redecide: bool = True
    """Whether the engine decides again, or what was written instead of its word stays."""
    changed: Callable[[Tables], None] | None = None
    """What is done once everything is signed."""


@dataclass(frozen=True)
class Tampering:
    """One of the thousand."""

    name: str
    tables: Tables
    bad: Place
    widest: Place
    evidence: Evidence
    kept_size: int = 0
    """Of the checkpoint that somebody has kept."""


class Undone(Exception):
    """This draw changes nothing, or makes no history: no operator would try."""


class Draw:
    """Draws tamperings with what stands in the tables; the same ones for the same chances."""

    def __init__(self, standing: Tables, hand: Hand, anchored: tuple[int, ...]) -> None:
        self._standing, self._hand = standing, hand
        self._anchors = (0, *anchored)
        self.undone = 0

    def tampering(self, chance: Random, degree: Degree) -> Tampering:
        """The next one of this degree."""
        operations = NAIVE if degree == "none" else REFITTED
        while True:
            name = chance.choice(sorted(operations))
            tables = self._standing.copy()
            try:
                touched = operations[name](chance, tables, degree)
                self._refit(tables, touched, degree)
            except Exception:  # noqa: BLE001 - whatever an engine, or a decoder, makes of a history that makes none
                self.undone += 1
                continue
            if tables.rows == self._standing.rows:
                continue
            return self._finished(chance, f"{name}, {degree}", tables, touched, degree)

    def _refit(self, tables: Tables, touched: Touched, degree: Degree) -> None:
        if degree == "everything" and touched.redecide:
            before = [row["public"] for row in self._standing.journal]
            self._hand.decide_again(tables)
            if touched.changed is None and [row["public"] for row in tables.journal] == before:
                raise Undone
        if degree in {"tree", "everything"}:
            self._hand.refit_tree(tables, signed=degree == "everything")
        if touched.changed is not None:
            touched.changed(tables)

    def _finished(
        self, chance: Random, name: str, tables: Tables, touched: Touched, degree: Degree
    ) -> Tampering:
        first, widest = touched.bad[0], touched.widest
        choices = touched.evidence
        if degree == "everything" and choices == ("none",):
            # Behind the last anchor only what others have kept can tell.
            choices = ("none", "none", *KEPT) if first < self._anchors[-1] else KEPT
        evidence, kept_size = chance.choice(choices), 0
        if evidence == "checkpoint":
            sizes = [row["size"] for row in self._standing.checkpoints if row["size"] > first]
            kept_size = sizes[0] if touched.evidence != ("none",) else chance.choice(sizes)
        if degree == "everything" and touched.evidence == ("none",):
            widest = self._between(first, touched, evidence, kept_size)
        return Tampering(name, tables, touched.bad, widest, evidence, kept_size)

    def _between(self, first: int, touched: Touched, evidence: Evidence, kept_size: int) -> Place:
        """The interval between two anchors, or what evidence makes of it."""
        if evidence in {"older", "receipt"}:
            return touched.bad
        low = max(size for size in self._anchors if size <= first)
        ends = [size for size in (*self._anchors, kept_size) if size > first]
        return low, max(min(ends) - 1, touched.bad[1] if touched.widest == touched.bad else touched.widest[1])


# --- what is done to a row. Each gives what it has touched; `degree` says what is made to fit there and then.


def _flipped(chance: Random, data: bytes) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes((data[at] ^ (1 << chance.randrange(8)),)) + data[at + 1 :]


def _other(chance: Random, value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + chance.choice((-1, 1, 1_000))
    if isinstance(value, str):
        at = chance.randrange(max(1, len(value)))
        return value[:at] + chance.choice("0123456789abcdef") + value[at + 1 :]
    if isinstance(value, dict) and value:
        key = chance.choice(sorted(value))
        return value | {key: _other(chance, value[key])}
    if isinstance(value, list) and value:
        at = chance.randrange(len(value))
        return [*value[:at], _other(chance, value[at]), *value[at + 1 :]]
    return "otherwise"


def _number(chance: Random, tables: Tables) -> int:
    """Any entry but the first, which a root of trust fixes by itself."""
    return chance.randrange(1, len(tables.journal))


def _exactly(number: int) -> Touched:
    return Touched((number, number), (number, number))


# --- journal rows, nothing made to fit


def _edit_column(chance: Random, tables: Tables, _: Degree) -> Touched:
    number = chance.randrange(len(tables.journal))
    row, column = tables.journal[number], chance.choice(_COLUMNS)
    if row[column] is None:
        raise Undone
    row[column] = _flipped(chance, row[column])
    return _exactly(number)


def _delete_row(chance: Random, tables: Tables, _: Degree) -> Touched:
    number = chance.randrange(len(tables.journal))
    del tables.journal[number]
    if number == len(tables.journal):
        batch = tables.batches[-1]
        return Touched((number, number), (batch["first_entry"], number))
    return _exactly(number)


def _insert_row(chance: Random, tables: Tables, _: Degree) -> Touched:
    number = _number(chance, tables)
    inserted = copy.deepcopy(chance.choice(tables.journal))
    tables.shift(number, 1)
    tables.journal.insert(number, inserted | {"entry": number})
    return Touched((number, number), (number - 1, number))


def _swap_rows(chance: Random, tables: Tables, _: Degree) -> Touched:
    one, other = sorted(chance.sample(range(len(tables.journal)), 2))
    rows = tables.journal
    rows[one], rows[other] = rows[other] | {"entry": one}, rows[one] | {"entry": other}
    return _exactly(one)


def _truncate(chance: Random, tables: Tables, _: Degree) -> Touched:
    number = _number(chance, tables)
    first, end = tables.batch_of(number)[0], len(tables.journal)
    del tables.journal[number:]
    tables.rows["sealed_parts"] = [part for part in tables.parts if part["entry"] < number]
    return Touched((first, number), (min(first, _checkpoint_before(tables, number)), end - 1))


# --- sealed parts


def _open_parts(tables: Tables) -> list[Row]:
    return [part for part in tables.parts if part["salt"] is not None]


def _edit_part(chance: Random, tables: Tables, _: Degree) -> Touched:
    part, column = chance.choice(_open_parts(tables)), chance.choice(("salt", "value"))
    part[column] = _flipped(chance, part[column])
    return _exactly(part["entry"])


def _delete_part(chance: Random, tables: Tables, _: Degree) -> Touched:
    part = chance.choice(_open_parts(tables))
    if chance.random() < 0.5:
        tables.parts.remove(part)
    else:
        part |= {"salt": None, "value": None}
    return Touched((part["entry"],) * 2, (part["entry"],) * 2, ("older",))


def _insert_part(chance: Random, tables: Tables, _: Degree) -> Touched:
    part = copy.deepcopy(chance.choice(_open_parts(tables)))
    part |= {"entry": chance.randrange(len(tables.journal)), "label": chance.choice(("profile", "note"))}
    if any((each["entry"], each["label"]) == (part["entry"], part["label"]) for each in tables.parts):
        raise Undone
    tables.parts.append(part)
    return _exactly(part["entry"])


def _swap_parts(chance: Random, tables: Tables, _: Degree) -> Touched:
    one, other = sorted(chance.sample(_open_parts(tables), 2), key=lambda part: part["entry"])
    if one["entry"] == other["entry"] or (one["salt"], one["value"]) == (other["salt"], other["value"]):
        raise Undone
    for column in ("salt", "value"):
        one[column], other[column] = other[column], one[column]
    return _exactly(one["entry"])


# --- seals of batches


def _batch(chance: Random, tables: Tables) -> tuple[Row, Place]:
    batch = chance.choice(tables.batches)
    return batch, (batch["first_entry"], batch["first_entry"] + batch["count"] - 1)


def _edit_batch(chance: Random, tables: Tables, _: Degree) -> Touched:
    batch, place = _batch(chance, tables)
    column = chance.choice(_SEAL_COLUMNS)
    value = batch[column]
    batch[column] = _flipped(chance, value) if isinstance(value, bytes) else value + chance.choice((-1, 1))
    if column in _LENGTHENED:
        return Touched(place, (max(0, place[0] - 1), place[1] + 1))
    return Touched(place, place)


def _delete_batch(chance: Random, tables: Tables, _: Degree) -> Touched:
    number = chance.randrange(len(tables.batches))
    batch = tables.batches.pop(number)
    first, last = batch["first_entry"], batch["first_entry"] + batch["count"] - 1
    end = last
    if number < len(tables.batches):
        following = tables.batches[number]
        end = following["first_entry"] + following["count"] - 1
    return Touched((first, last), (_checkpoint_before(tables, first), end))


def _insert_batch(chance: Random, tables: Tables, _: Degree) -> Touched:
    batch, end = copy.deepcopy(chance.choice(tables.batches)), len(tables.journal)
    batch |= {"first_entry": end, "tree_size": end + batch["count"]}
    tables.batches.append(batch)
    return Touched((end, end + batch["count"]), (end, end + batch["count"]))


def _swap_batches(chance: Random, tables: Tables, _: Degree) -> Touched:
    one, other = sorted(chance.sample(range(len(tables.batches)), 2))
    rows = tables.batches
    for column in ("signature",) if chance.random() < 0.5 else ("batch_root", "tree_root", "signature"):
        rows[one][column], rows[other][column] = rows[other][column], rows[one][column]
    first = rows[one]["first_entry"]
    place = (first, first + rows[one]["count"] - 1)
    return Touched(place, place)


def _truncate_batches(chance: Random, tables: Tables, _: Degree) -> Touched:
    number = chance.randrange(1, len(tables.batches))
    first, end = tables.batches[number]["first_entry"], len(tables.journal)
    del tables.batches[number:]
    return Touched((first, end - 1), (_checkpoint_before(tables, first), end - 1))


# --- checkpoints


def _checkpoint_before(tables: Tables, size: int) -> int:
    return max((row["size"] for row in tables.checkpoints if row["size"] <= size), default=0)


def _of_checkpoint(tables: Tables, row: Row) -> Touched:
    """Its own row is behind its last entry; what it is of began behind the one before."""
    before = max((each["size"] for each in tables.checkpoints if each["size"] < row["size"]), default=0)
    return Touched((row["size"] - 1,) * 2, (min(before, row["size"] - 1), row["size"] - 1))


def _edit_note(chance: Random, tables: Tables, _: Degree) -> Touched:
    row = chance.choice(tables.checkpoints)
    note = read_note(row["note"])
    end = len(Note(note.text, note.signatures[:1]).to_bytes())
    row["note"] = _flipped(chance, row["note"][:end]) + row["note"][end:]
    return _of_checkpoint(tables, row)


def _delete_cosignature(chance: Random, tables: Tables, _: Degree) -> Touched:
    row = chance.choice([each for each in tables.checkpoints if len(read_note(each["note"]).signatures) > 1])
    note = read_note(row["note"])
    row["note"] = Note(note.text, note.signatures[:1]).to_bytes()
    return Touched((row["size"] - 1,) * 2, (row["size"] - 1,) * 2, ("older",))


def _edit_cosignature(chance: Random, tables: Tables, _: Degree) -> Touched:
    row = chance.choice([each for each in tables.checkpoints if len(read_note(each["note"]).signatures) > 1])
    note = read_note(row["note"])
    witness = note.signatures[1]
    forged = msgspec.structs.replace(witness, signature=_flipped(chance, witness.signature))
    row["note"] = Note(note.text, (note.signatures[0], forged)).to_bytes()
    return Touched((row["size"] - 1,) * 2, (row["size"] - 1,) * 2)


def _delete_checkpoint(chance: Random, tables: Tables, _: Degree) -> Touched:
    row = chance.choice(tables.checkpoints)
    tables.checkpoints.remove(row)
    # Where a close follows, its own entry is named already.
    return Touched((row["size"] - 1, row["size"]), (row["size"] - 1, row["size"]), ("older", "checkpoint"))


def _insert_checkpoint(chance: Random, tables: Tables, _: Degree) -> Touched:
    row = copy.deepcopy(chance.choice(tables.checkpoints))
    size = chance.randrange(1, len(tables.journal))
    if any(each["size"] == size for each in tables.checkpoints):
        raise Undone
    tables.checkpoints.append(row | {"size": size})
    tables.checkpoints.sort(key=lambda each: int(each["size"]))
    end = next(
        each["first_entry"] + each["count"]
        for each in tables.batches
        if size <= each["first_entry"] + each["count"]
    )
    before = _checkpoint_before(tables, size - 1)
    return Touched((size - 1, end - 1), (min(before, size - 1), max(end, row["size"]) - 1))


def _swap_notes(chance: Random, tables: Tables, _: Degree) -> Touched:
    one, other = sorted(chance.sample(tables.checkpoints, 2), key=lambda row: int(row["size"]))
    one["note"], other["note"] = other["note"], one["note"]
    first = _of_checkpoint(tables, one)
    return Touched((first.bad[0], other["size"] - 1), (first.widest[0], other["size"] - 1))


def _truncate_checkpoints(chance: Random, tables: Tables, _: Degree) -> Touched:
    number = chance.randrange(1, len(tables.checkpoints))
    first = tables.checkpoints[number]["size"] - 1
    del tables.checkpoints[number:]
    return Touched((first, first + 1), (first, first + 1), ("older", "checkpoint"))


def _edit_token(chance: Random, tables: Tables, _: Degree) -> Touched:
    row = chance.choice(tables.checkpoints)
    row["token"] = _flipped(chance, row["token"])
    return Touched((row["size"] - 1,) * 2, (row["size"] - 1,) * 2)


def _delete_token(chance: Random, tables: Tables, _: Degree) -> Touched:
    row = chance.choice(tables.checkpoints)
    row["token"] = None
    return Touched((row["size"] - 1,) * 2, (row["size"] - 1,) * 2, ("older",))


def _swap_tokens(chance: Random, tables: Tables, _: Degree) -> Touched:
    one, other = sorted(chance.sample(tables.checkpoints, 2), key=lambda row: int(row["size"]))
    one["token"], other["token"] = other["token"], one["token"]
    return Touched((one["size"] - 1,) * 2, (one["size"] - 1,) * 2)


NAIVE: Final[dict[str, Callable[[Random, Tables, Degree], Touched]]] = {
    "journal row edited": _edit_column,
    "journal row deleted": _delete_row,
    "journal row inserted": _insert_row,
    "journal rows swapped": _swap_rows,
    "journal truncated": _truncate,
    "sealed part edited": _edit_part,
    "sealed part deleted": _delete_part,
    "sealed part inserted": _insert_part,
    "sealed parts swapped": _swap_parts,
    "seal edited": _edit_batch,
    "seal deleted": _delete_batch,
    "seal inserted": _insert_batch,
    "seals swapped": _swap_batches,
    "seals truncated": _truncate_batches,
    "checkpoint edited": _edit_note,
    "checkpoint deleted": _delete_checkpoint,
    "checkpoint inserted": _insert_checkpoint,
    "checkpoints swapped": _swap_notes,
    "checkpoints truncated": _truncate_checkpoints,
    "cosignature edited": _edit_cosignature,
    "cosignature deleted": _delete_cosignature,
    "token edited": _edit_token,
    "token deleted": _delete_token,
    "tokens swapped": _swap_tokens,
}


# --- entries, with what was made to fit


def _near(tables: Tables, number: int, degree: Degree) -> Touched:
    """One entry was touched; without keys its batch's seal tells, or what contradicts it beside it."""
    if degree == "everything":
        return _exactly(number)
    first, last = tables.batch_of(number)
    return Touched((number, number), (max(0, first - 1), last + 1))


def _public(row: Row, **fields: Any) -> None:
    row["public"] = canonical.encode(msgspec.json.decode(row["public"]) | fields)


def _rewrite_command(chance: Random, tables: Tables, degree: Degree) -> Touched:
    number = _number(chance, tables)
    row = tables.journal[number]
    public = msgspec.json.decode(row["public"])
    name = chance.choice(("command", "command", "time_ms", "actor", "reference", "epoch", "signature"))
    if name == "command":
        fields = [key for key in public["command"] if key not in {"type", "erasable", "state_hash"}]
        if not fields:
            raise Undone
        field = chance.choice(sorted(fields))
        public["command"][field] = _other(chance, public["command"][field])
    else:
        public[name] = _other(chance, public[name])
    _public(row, **public)
    return _refitted(tables, number, degree)


def _rewrite_terms(chance: Random, tables: Tables, degree: Degree) -> Touched:
    number = chance.choice([row["entry"] for row in tables.journal if row["terms"] is not None])
    row = tables.journal[number]
    row["terms"] = canonical.encode(_other(chance, msgspec.json.decode(row["terms"])))
    return _refitted(tables, number, degree)


def _rewrite_salt(chance: Random, tables: Tables, degree: Degree) -> Touched:
    number = _number(chance, tables)
    row = tables.journal[number]
    column = chance.choice(("terms_salt", "outcome_salt"))
    if row[column] is None:
        raise Undone
    row[column] = _flipped(chance, row[column])
    return _refitted(tables, number, degree)


def _rewrite_outcome(chance: Random, tables: Tables, degree: Degree) -> Touched:
    """The operator's own word in the place of the engine's."""
    number = _number(chance, tables)
    row = tables.journal[number]
    row["outcome"] = canonical.encode(_other(chance, msgspec.json.decode(row["outcome"])))
    touched = _refitted(tables, number, degree)
    touched.redecide = False
    return touched


def _rewrite_answer(chance: Random, tables: Tables, degree: Degree) -> Touched:
    number = _number(chance, tables)
    row = tables.journal[number]
    public = msgspec.json.decode(row["public"])
    _public(row, answer=_other(chance, public["answer"]))
    touched = _refitted(tables, number, degree)
    touched.redecide = False
    return touched


def _rewrite_state_hash(chance: Random, tables: Tables, degree: Degree) -> Touched:
    number = chance.choice([row["entry"] for row in tables.journal if row["type"] == "record_state_hash"])
    row = tables.journal[number]
    command = msgspec.json.decode(row["public"])["command"]
    _public(row, command=command | {"state_hash": _flipped_hex(chance, command["state_hash"])})
    touched = _refitted(tables, number, degree)
    touched.redecide = False
    return touched


def _flipped_hex(chance: Random, text: str) -> str:
    return _flipped(chance, bytes.fromhex(text)).hex()


def _rewrite_part(chance: Random, tables: Tables, degree: Degree) -> Touched:
    part = chance.choice(_open_parts(tables))
    if chance.random() < 0.5:
        part["salt"] = _flipped(chance, part["salt"])
    else:
        part["value"] = canonical.encode(_other(chance, msgspec.json.decode(part["value"])))
    return _refitted(tables, part["entry"], degree)


def _refitted(tables: Tables, number: int, degree: Degree) -> Touched:
    row = tables.journal[number]
    Hand.refit_entry(row, [part for part in tables.parts if part["entry"] == number])
    return _near(tables, number, degree)


def _leave_out(chance: Random, tables: Tables, degree: Degree) -> Touched:
    """An entry that was never given, and all behind it one place further up."""
    number = _number(chance, tables)
    touched = _near(tables, number, degree)
    if degree != "everything" and number == tables.batch_of(number)[1]:  # its batch ends before it now
        touched = Touched((number - 1, number), touched.widest)
    del tables.journal[number]
    tables.rows["sealed_parts"] = [part for part in tables.parts if part["entry"] != number]
    tables.shift(number + 1, -1)
    _renumber(tables, number)
    if degree != "leaf":
        _resize(tables, number, -1)
    return touched


def _put_in(chance: Random, tables: Tables, degree: Degree) -> Touched:
    """An entry that nobody gave: another's copy, under a reference of its own where the operator could sign it."""
    number = _number(chance, tables)
    touched = _near(tables, number, degree)
    source = chance.choice(tables.journal[1:])
    inserted = copy.deepcopy(source)
    if chance.random() < 0.8 and msgspec.json.decode(source["public"])["reference"]:
        _public(inserted, reference=chance.randbytes(32).hex())
    parts = [copy.deepcopy(part) for part in tables.parts if part["entry"] == source["entry"]]
    tables.shift(number, 1)
    tables.journal.insert(number, inserted | {"entry": number})
    tables.parts.extend(part | {"entry": number} for part in parts)
    tables.parts.sort(key=lambda part: (part["entry"], part["label"]))
    _renumber(tables, number)
    if degree != "leaf":
        _resize(tables, number, 1)
    return touched


def _change_order(chance: Random, tables: Tables, degree: Degree) -> Touched:
    """Two entries that stand beside one another, in the other order."""
    number = chance.randrange(1, len(tables.journal) - 1)
    rows = tables.journal
    rows[number], rows[number + 1] = (
        rows[number + 1] | {"entry": number},
        rows[number] | {"entry": number + 1},
    )
    for part in tables.parts:
        part["entry"] = {number: number + 1, number + 1: number}.get(part["entry"], part["entry"])
    tables.parts.sort(key=lambda part: (part["entry"], part["label"]))
    _renumber(tables, number)
    touched = _near(tables, number, degree)
    touched.bad = (number, number + 1)
    if degree == "everything":
        touched.widest = touched.bad
    return touched


def _cut_off(chance: Random, tables: Tables, degree: Degree) -> Touched:
    """The journal ends earlier, and everything with it."""
    number, end = _number(chance, tables), len(tables.journal)
    first, _ = tables.batch_of(number)
    del tables.journal[number:]
    tables.rows["sealed_parts"] = [part for part in tables.parts if part["entry"] < number]
    tables.rows["batches"] = [batch for batch in tables.batches if batch["first_entry"] < number]
    last = tables.batches[-1]
    last["count"] = min(last["count"], number - last["first_entry"])
    tables.rows["checkpoints"] = [row for row in tables.checkpoints if row["size"] <= number]
    if degree == "everything":
        return Touched((number, number), (number, end - 1))
    if number == first:  # no batch is cut in two: what is left was a whole journal once
        return Touched((number, number), (number, end - 1), KEPT)
    return Touched((first, number), (first, end - 1))


def _renumber(tables: Tables, first: int) -> None:
    for row in tables.journal[first:]:
        _public(row, entry=row["entry"])
        Hand.refit_entry(row)


def _resize(tables: Tables, number: int, by: int) -> None:
    """The batch that an entry was put into, or left out of, and what lies behind it."""
    for batch in tables.batches:
        if batch["first_entry"] > number:
            batch["first_entry"] += by
        elif number < batch["first_entry"] + batch["count"]:
            batch["count"] += by
    tables.rows["batches"] = [batch for batch in tables.batches if batch["count"]]
    for row in tables.checkpoints:
        row["size"] += by * (row["size"] > number)
    # Where two come to be of one size, the one that nothing has touched stays.
    unique = {row["size"]: row for row in reversed(tables.checkpoints) if row["size"]}
    tables.rows["checkpoints"] = [unique[size] for size in sorted(unique)]


# --- seals that the venue's own key has signed anew


def _merge_batches(chance: Random, tables: Tables, degree: Degree) -> Touched:
    """Two batches as one: no entry is another, and yet other seals were handed out."""
    if degree != "everything":
        raise Undone
    number = chance.randrange(len(tables.batches) - 1)
    one, other = tables.batches[number : number + 2]
    place = (one["first_entry"], one["first_entry"] + one["count"] + other["count"] - 1)
    one["count"] += other["count"]
    tables.batches.remove(other)
    gone = [row for row in tables.checkpoints if row["size"] == other["first_entry"]]
    for row in gone:
        tables.checkpoints.remove(row)
    return Touched(place, place, ("older", "receipt"), redecide=False)


REFITTED: Final[dict[str, Callable[[Random, Tables, Degree], Touched]]] = {
    "command rewritten": _rewrite_command,
    "terms rewritten": _rewrite_terms,
    "salt rewritten": _rewrite_salt,
    "outcome rewritten": _rewrite_outcome,
    "answer rewritten": _rewrite_answer,
    "state hash rewritten": _rewrite_state_hash,
    "sealed part rewritten": _rewrite_part,
    "entry left out": _leave_out,
    "entry put in": _put_in,
    "entries in another order": _change_order,
    "journal cut off": _cut_off,
    "batches merged": _merge_batches,
}


def anchor_intervals(anchored: tuple[int, ...]) -> list[Place]:
    """The entries between two anchors."""
    return [(low, high - 1) for low, high in pairwise((0, *anchored))]

"""Tampering: a naive change is named by entry; a rewrite with every hash above it made anew is named by interval, and
by entry where a receipt or an older export is given.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from exchange import canonical
from exchange import commands as c
from exchange.sealed import commitment
from exchange.turn import EngineFault
from ledger.audit.report import Report
from ledger.audit.run import Evidence
from ledger.receipts import ReceiptRefused
from tests.ledger.audit.conftest import ANCHORED_AT, Auditor
from tests.ledger.audit.journal_maker import Stored, secret
from tests.ledger.audit.journal_writer import decided_again, write

NAIVE_EACH = 45
PARTS = ("framing", "leaf", "public", "terms", "outcome", "erasable", "end")
LINES = ("header", "seal")
MOVES = ("left out", "twice", "swapped")
MOVES_EACH = 20
REWRITES_EACH = 150
DROPPED = 50


def seeded(seed: str) -> random.Random:
    """The same chances in every run."""
    return random.Random(seed)  # noqa: S311 - chooses tamperings, guards nothing


def entry_spans(line: bytes, stored: Stored) -> dict[str, tuple[int, int]]:
    """Where the parts of an entry's line stand in it."""
    leaf = line.index(b'"leaf":"') + 8
    public = line.index(b'"public":') + 9
    terms = public + len(stored.public)
    outcome = line.index(b'"outcome":', line.index(b',"outcome":{"salt"', terms)) + 1
    erasable = line.rindex(b',"erasable":')
    return {
        "framing": (0, leaf - 8),
        "leaf": (leaf, leaf + 64),
        "public": (public, terms),
        "terms": (terms, outcome),
        "outcome": (outcome, erasable),
        "erasable": (erasable, len(line)),
        "end": (len(line) - 1, len(line)),
    }


def numbered_lines(auditor: Auditor) -> list[tuple[int, bytes, tuple[int, int]]]:
    """Offset, line, and first and last entry that it belongs to."""
    found, offset, entry, first = [], 0, 0, 0
    for line in auditor.journal.data.splitlines(keepends=True):
        if line.startswith(b'{"line":"entry"'):
            found.append((offset, line, (entry, entry)))
            entry += 1
        elif line.startswith(b'{"line":"seal"'):
            found.append((offset, line, (first, entry - 1)))
            first = entry
        else:
            found.append((offset, line, (0, 0)))
        offset += len(line)
    return found


def flipped(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes((data[at] ^ (1 << bit),)) + data[at + 1 :]


def place_of(report: Report) -> tuple[int, int]:
    """Entry or interval of the first bad finding."""
    assert not report.verified
    bad = report.first_bad
    assert bad is not None
    assert (bad.entry is None) != (bad.interval is None)
    return bad.interval or (bad.entry or 0, bad.entry or 0)


@pytest.mark.parametrize("part", PARTS)
def test_flipping_any_stored_bit_of_an_entry_names_that_entry(auditor: Auditor, part: str) -> None:
    chance = seeded(f"flip {part}")
    lines = [each for each in numbered_lines(auditor) if each[1].startswith(b'{"line":"entry"')]
    for _ in range(NAIVE_EACH):
        number = chance.randrange(len(lines))
        offset, line, _ = lines[number]
        start, end = entry_spans(line, auditor.scene.stored[number])[part]
        at, bit = offset + chance.randrange(start, end), chance.randrange(8)
        report = auditor.audit(flipped(auditor.journal.data, at, bit))
        assert place_of(report) == (number, number), (part, number, at, bit)


@pytest.mark.parametrize("kind", LINES)
def test_flipping_any_bit_of_header_or_seal_names_the_entries_it_belongs_to(
    auditor: Auditor, kind: str
) -> None:
    chance = seeded(f"flip {kind}")
    lines = [each for each in numbered_lines(auditor) if each[1].startswith(f'{{"line":"{kind}"'.encode())]
    for _ in range(NAIVE_EACH):
        offset, line, interval = chance.choice(lines)
        at, bit = offset + chance.randrange(len(line)), chance.randrange(8)
        report = auditor.audit(flipped(auditor.journal.data, at, bit))
        assert place_of(report) == interval, (at - offset, bit)


@pytest.mark.faults
def test_every_bit_of_one_entry_counts(auditor: Auditor) -> None:
    number, (offset, line, _) = next(
        (entry[0], (start, line, entry))
        for start, line, entry in numbered_lines(auditor)
        if b'"type":"tick"' in line
    )
    missed = [
        at
        for at in range(offset, offset + len(line), 3)
        if place_of(auditor.audit(flipped(auditor.journal.data, at, at % 8))) != (number, number)
    ]
    assert missed == []


@pytest.mark.parametrize("move", MOVES)
def test_lines_left_out_doubled_or_swapped_are_named(auditor: Auditor, move: str) -> None:
    chance = seeded(move)
    lines = [each[1] for each in numbered_lines(auditor)]
    entries = [at for at, line in enumerate(lines) if line.startswith(b'{"line":"entry"')]
    for _ in range(MOVES_EACH):
        which = chance.randrange(1, len(entries) - 1)
        at = entries[which]
        moved = {
            "left out": lines[:at] + lines[at + 1 :],
            "twice": lines[: at + 1] + lines[at:],
            "swapped": [*lines[:at], lines[entries[which + 1]], *lines[at + 1 :]],
        }[move]
        named = which + 1 if move == "twice" else which
        assert place_of(auditor.audit(b"".join(moved))) == (named, named)


# --- rewrites: the venue holds its receipt key and makes every hash, seal and commitment above the change anew


def anchored_interval(entry: int) -> tuple[int, int]:
    """The entries between the anchors on both sides of an entry."""
    sizes = (0, *ANCHORED_AT)
    return next((low, high - 1) for low, high in pairwise(sizes) if low <= entry < high)


def changed_value(chance: random.Random, value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + chance.choice((-1, 1, 1000))
    if isinstance(value, str):
        return value[:-1] + chance.choice("0123456789abcdef".replace(value[-1:] or "x", ""))
    if isinstance(value, dict) and value:
        key = chance.choice(sorted(value))
        return value | {key: changed_value(chance, value[key])}
    if isinstance(value, list) and value:
        at = chance.randrange(len(value))
        return [*value[:at], changed_value(chance, value[at]), *value[at + 1 :]]
    return "changed"


def rewrite_public(chance: random.Random, stored: Stored) -> Stored:
    public = changed_value(chance, msgspec.json.decode(stored.public))
    return replace(stored, public=canonical.encode(public))


def rewrite_outcome(chance: random.Random, stored: Stored) -> Stored:
    value = changed_value(chance, msgspec.json.decode(stored.outcome[1]))
    return with_opening(stored, "outcome", value)


def rewrite_terms(chance: random.Random, stored: Stored) -> Stored:
    if stored.terms is None:
        return rewrite_outcome(chance, stored)
    return with_opening(stored, "terms", changed_value(chance, msgspec.json.decode(stored.terms[1])))


def with_opening(stored: Stored, label: str, value: Any) -> Stored:
    salt = secret("forger")
    sealed = msgspec.json.decode(stored.public)["sealed"] | {label: commitment(label, salt, value).hex()}
    opening = (salt, canonical.encode(value))
    changed = stored.changed(sealed=sealed)
    return replace(changed, outcome=opening) if label == "outcome" else replace(changed, terms=opening)


REWRITES = (rewrite_public, rewrite_outcome, rewrite_terms)


def test_of_a_thousand_tamperings_half_make_every_hash_above_them_anew() -> None:
    rewritten = len(REWRITES) * REWRITES_EACH + DROPPED
    naive = (len(PARTS) + len(LINES) + 1) * NAIVE_EACH + len(MOVES) * MOVES_EACH
    assert rewritten >= 500
    assert naive + rewritten >= 1_000


@pytest.mark.parametrize("rewrite", REWRITES)
def test_a_rewritten_entry_is_named_by_entry_or_interval_whatever_was_made_anew(
    auditor: Auditor, rewrite: Callable[[random.Random, Stored], Stored]
) -> None:
    chance = seeded(rewrite.__name__)
    for _ in range(REWRITES_EACH):
        number = chance.randrange(ANCHORED_AT[-1])
        stored = list(auditor.scene.stored)
        stored[number] = rewrite(chance, stored[number])
        assert stored[number] != auditor.scene.stored[number]
        report = auditor.audit(write(stored, auditor.scene).data)
        first, last = place_of(report)
        low, high = anchored_interval(number)
        # What replay finds may be a consequence: then it lies behind, before the anchor that fails.
        assert first <= number <= last or low <= number <= first == last <= high


def forgeries(auditor: Auditor, count: int) -> list[tuple[int, list[Stored]]]:
    """Histories in which one command was never given, decided afresh: nothing in them contradicts itself."""
    chance = seeded("dropped")
    made: list[tuple[int, list[Stored]]] = []
    requests, originals = auditor.scene.requests, auditor.scene.stored
    for number in chance.sample(range(2, ANCHORED_AT[-1]), ANCHORED_AT[-1] - 2):
        try:
            stored = decided_again(
                auditor.scene,
                requests[:number] + requests[number + 1 :],
                originals[:number] + originals[number + 1 :],
            )
        except (EngineFault, ValueError, KeyError):
            continue  # without this entry the rest makes no history: no forger would try
        made.append((number, stored))
        if len(made) == count:
            break
    return made


def test_a_history_without_one_command_is_named_by_the_interval_between_two_anchors(auditor: Auditor) -> None:
    found = forgeries(auditor, DROPPED)
    assert len(found) == DROPPED
    for number, stored in found:
        report = auditor.audit(write(stored, auditor.scene).data)
        assert place_of(report)[0] in range(anchored_interval(number)[0], anchored_interval(number)[1] + 1)
        assert "AUDIT-ANCHOR" in {finding.code for finding in report.findings}


def test_with_an_older_export_the_entry_itself_is_named(auditor: Auditor) -> None:
    for number, stored in forgeries(auditor, 20):
        older = io.BytesIO(auditor.journal.data)
        report = auditor.audit(write(stored, auditor.scene).data, Evidence(older=older))
        assert place_of(report) == (number, number)
        assert report.first_bad is not None
        assert report.first_bad.code in {"AUDIT-OLDER", "AUDIT-STATE-HASH"}


def test_a_hidden_losing_bid_is_proven_by_its_receipt(auditor: Auditor) -> None:
    scene = auditor.scene
    losing = next(at for at, request in enumerate(scene.requests) if isinstance(request.command, c.PlaceBid))
    kept = [at for at in range(len(scene.stored)) if at != losing]
    stored = decided_again(scene, [scene.requests[at] for at in kept], [scene.stored[at] for at in kept])
    receipt = auditor.journal.receipts[losing]
    report = auditor.audit(write(stored, scene).data, Evidence(receipts=(receipt,)))
    assert place_of(report) == (losing, losing)
    assert "AUDIT-RECEIPT" in {finding.code for finding in report.findings}
    assert auditor.audit(auditor.journal.data, Evidence(receipts=(receipt,))).witnessed == 1


def test_every_receipt_and_the_same_export_stand_in_an_untouched_journal(auditor: Auditor) -> None:
    evidence = Evidence(receipts=auditor.journal.receipts, older=io.BytesIO(auditor.journal.data))
    report = auditor.audit(auditor.journal.data, evidence)
    assert report.verified
    assert report.witnessed == 2 * report.entries


def test_a_receipt_that_the_venue_did_not_sign_is_no_evidence(auditor: Auditor) -> None:
    receipt = msgspec.structs.replace(auditor.journal.receipts[3], signature="ab" * 64)
    with pytest.raises(ReceiptRefused, match="RECEIPT-SIGNATURE"):
        auditor.audit(auditor.journal.data, Evidence(receipts=(receipt,)))


def test_a_rewrite_after_the_last_anchor_is_named_with_an_older_export(auditor: Auditor) -> None:
    number = ANCHORED_AT[-1] + 1
    stored = list(auditor.scene.stored)
    stored[number] = with_opening(stored[number], "outcome", msgspec.json.decode(stored[number].outcome[1]))
    data = write(stored, auditor.scene).data
    unseen = auditor.audit(data)
    assert unseen.verified, "another salt alone changes nothing that anybody was promised"
    assert "AFTER-LAST-ANCHOR" in {each.code for each in unseen.not_checked}
    assert place_of(auditor.audit(data, Evidence(older=io.BytesIO(auditor.journal.data)))) == (number, number)


def test_a_public_export_with_a_flipped_bit_names_the_entry(auditor: Auditor) -> None:
    chance = seeded("public")
    lines = auditor.write("public").splitlines(keepends=True)
    entries = [at for at, line in enumerate(lines) if line.startswith(b'{"line":"entry"')]
    for _ in range(NAIVE_EACH):
        number = chance.randrange(len(entries))
        line = lines[entries[number]]
        changed = flipped(line, chance.randrange(len(line)), chance.randrange(8))
        report = auditor.audit(b"".join([*lines[: entries[number]], changed, *lines[entries[number] + 1 :]]))
        assert place_of(report) == (number, number)

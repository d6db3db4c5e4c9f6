"""Two exports of one journal: does the newer one extend the older one, entry for entry, seal and checkpoint alike?

Both files are read side by side, one line of each in memory. What they show of entries is compared by leaf hashes, so
that a public and an auditor's export may be held against one another, and a part that was erased meanwhile is none.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import IO

import msgspec

from ledger.audit.checkpoints import lost_since
from ledger.audit.exports import Export
from ledger.audit.findings import Finding, Findings, unsound
from ledger.audit.lines import SealLine
from ledger.log.checkpoints import origin_of
from ledger.log.notes import NoteRefused


class Consistency(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. Roots are RFC 6962 roots (hex) over all entries of each file."""

    consistent: bool
    chain_id: int
    anchor: str
    old_entries: int
    new_entries: int
    old_seals: int
    new_seals: int
    old_root: str
    new_root: str
    first_bad: Finding | None
    """The first entry, or the batch of the first seal, that the newer one has otherwise or not at all."""


def check_consistency(old: IO[bytes], new: IO[bytes]) -> Consistency:
    """Hold a newer export against an older one of the same journal; both are read to their ends, for their roots.

    Raises:
        Unsound: AUDIT-LINE, AUDIT-HEADER: one of them is no export, or they are of two venues.
        OSError: a file cannot be read.
    """
    older, newer = Export(old, "older export"), Export(new, "newer export")
    names = ("chain_id", "anchor", "register", "receipt_key")
    if any(getattr(older.header, name) != getattr(newer.header, name) for name in names):
        unsound("AUDIT-HEADER", "the two exports are of two venues, chains or keys")
    findings, batch = Findings(), 0
    for theirs, ours in zip_longest(older.lines(), newer.lines()):
        if theirs is None or findings.first is not None:
            continue  # what comes after the older one's end is new; after the first difference all differs
        if theirs != ours:
            _differs(theirs, ours, (older, newer), batch, findings)
        elif isinstance(theirs, SealLine):
            if lost := _lost(older, newer):
                found = f"of {older.tree.size} entries: {lost}"
                findings.add(
                    "AUDIT-OLDER-CHECKPOINT", found, interval=(batch, max(batch, older.tree.size - 1))
                )
            batch = older.tree.size
    return Consistency(
        consistent=findings.first is None,
        chain_id=older.header.chain_id,
        anchor=older.header.anchor,
        old_entries=older.tree.size,
        new_entries=newer.tree.size,
        old_seals=older.seals,
        new_seals=newer.seals,
        old_root=older.tree.root().hex(),
        new_root=newer.tree.root().hex(),
        first_bad=findings.first,
    )


def _lost(older: Export, newer: Export) -> str:
    """What the newer one lacks of the older one's checkpoint; cosignatures and tokens may have come."""
    if older.checkpoint is None:
        return ""
    header = older.header
    try:
        return lost_since(older.checkpoint, newer.checkpoint, origin_of(header.chain_id, header.anchor))
    except NoteRefused as refused:
        unsound("AUDIT-LINE", f"a checkpoint of {older.tree.size} entries: {refused.code}")


def _differs(
    theirs: bytes | SealLine,
    ours: bytes | SealLine | None,
    exports: tuple[Export, Export],
    batch: int,
    findings: Findings,
) -> None:
    """Say where the two part; `batch` is the first entry that no common seal has closed."""
    older, newer = exports
    if isinstance(theirs, bytes) and isinstance(ours, bytes):
        detail = f"it has leaf {theirs.hex()}, not {ours.hex()}"
        findings.add("AUDIT-OLDER", detail, entry=older.tree.size - 1)
    elif isinstance(theirs, bytes) and ours is None:
        findings.add("AUDIT-OLDER", "the newer export ends before", entry=newer.tree.size)
    else:
        # One has a seal where the other has another, none, or an entry: the batches are not the same.
        last = max(batch, min(older.tree.size, newer.tree.size) - 1)
        findings.add("AUDIT-OLDER-SEAL", _seals(theirs, ours), interval=(batch, last))


def _seals(theirs: bytes | SealLine, ours: bytes | SealLine | None) -> str:
    if not isinstance(theirs, SealLine):
        return "it has no seal there"
    if not isinstance(ours, SealLine):
        return "the newer export has no seal there"
    return f"it has tree root {theirs.seal.tree_root}, not {ours.seal.tree_root}"

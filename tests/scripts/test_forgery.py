"""The demonstration's forgeries of an export: what they change, and that the audit's own reader still reads them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ledger.audit.checkpoints import CheckpointCheck, Vouchers
from ledger.audit.entries import open_entry
from ledger.audit.findings import Findings
from ledger.audit.lines import CheckpointLine, EntryLine, Header, SealLine, encode_line, read_lines
from ledger.audit.tree import TreeCheck
from ledger.log.checkpoints import log_verifier, origin_of
from ledger.receipt_key import ReceiptKey
from scripts.demo.forgery import flip_one_byte, hidden, rewrite

GOLDEN = Path(__file__).parents[1] / "golden" / "journal-1.jsonl"


def test_one_bit_of_one_entry_is_changed_and_the_line_stays_a_line(tmp_path: Path) -> None:
    flipped = tmp_path / "flipped.jsonl"
    named = flip_one_byte(GOLDEN, flipped)
    before, after = GOLDEN.read_bytes(), flipped.read_bytes()
    changed = [place for place in range(len(before)) if before[place] != after[place]]
    assert len(before) == len(after)
    assert len(changed) == 1
    with GOLDEN.open("rb") as old, flipped.open("rb") as new:
        different = [
            line.entry
            for line, other in zip(read_lines(old), read_lines(new), strict=True)
            if isinstance(line, EntryLine) and line != other
        ]
    assert different == [named]


def test_a_tick_that_is_forged_in_has_the_checkpoint_before_it_that_a_tick_has(tmp_path: Path) -> None:
    """The forger knows the audit: seals and checkpoints of its history are as they would have been."""
    key = ReceiptKey(b"\x01" * 32)
    with GOLDEN.open("rb") as golden:
        header, *lines = read_lines(golden)
    assert isinstance(header, Header)
    ticks = [
        line.entry for line in lines if isinstance(line, EntryLine) and b'"type":"tick"' in bytes(line.public)
    ]
    seals = [line for line in lines if isinstance(line, SealLine) and line.seal.first_entry > max(ticks)]
    first, second = seals[:2]
    assert second.seal.count > 3
    entry = second.seal.first_entry + 2
    at = lines.index(first) + 1
    source, target = tmp_path / "source.jsonl", tmp_path / "target.jsonl"
    standing = CheckpointLine(note="what the forger signs again", token="AAAA")
    newer = [msgspec.structs.replace(header, format=2), *lines[:at], standing, *lines[at:]]
    source.write_bytes(b"".join(map(encode_line, newer)))
    rewrite(source, target, key, entry, hidden)
    findings = Findings()
    check = CheckpointCheck(
        log_verifier(origin_of(header.chain_id, header.anchor), key.public_key), Vouchers(), findings
    )
    tree = TreeCheck((), key.public_key, findings)
    with target.open("rb") as forged:
        for line in read_lines(forged):
            if isinstance(line, EntryLine):
                opened = open_entry(line, tree.size, "auditor")
                check.entry(opened.entry)
                tree.entry(opened.entry, opened.leaf)
            elif isinstance(line, SealLine):
                tree.seal(line)
            elif isinstance(line, CheckpointLine):
                check.line(line, tree)
    tree.finish(whole=True)
    assert {finding.code for finding in findings.all} == {"AUDIT-NOT-ANCHORED"}
    assert (check.checkpoints, check.closes) == (2, 1)

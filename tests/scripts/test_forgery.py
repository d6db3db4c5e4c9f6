"""The demonstration's forgeries of an export: what they change, and that the audit's own reader still reads them."""

from __future__ import annotations

from pathlib import Path

from ledger.audit.lines import EntryLine, read_lines
from scripts.demo.forgery import flip_one_byte

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

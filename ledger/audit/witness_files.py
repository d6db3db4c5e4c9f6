"""What others hold, from files: receipts, checkpoints, and the keys whose word counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from exchange.canonical import is_nested_too_deep
from ledger.audit.checkpoints import Vouchers
from ledger.audit.witnesses import MOST_RECEIPTS
from ledger.log.notes import LONGEST_NOTE, Verifier
from ledger.receipts import Receipt
from ledger.timestamp.verifying import LONGEST_CERTIFICATES

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes; ten thousand receipts take some twenty million."""


class EvidenceRefused(ValueError):
    """A file that holds no receipts. `code` is stable, `cure` says what to hand in."""

    def __init__(self, name: str, found: str) -> None:
        self.code = "AUDIT-RECEIPT-FILE"
        self.cure = (
            f"hand in receipts as the venue gave them: one, a JSON list, or one a line, up to {MOST_RECEIPTS}"
        )
        super().__init__(f"{self.code}: {name}: {found}; {self.cure}")


def read_vouchers(
    witnesses: Sequence[str], timestamp: str | Path | None, kept: Sequence[str | Path]
) -> Vouchers:
    """Witnesses by their verifier keys, the file of an authority's certificate, and files of checkpoints.

    Raises:
        NoteRefused: NOTE-KEY.
        OSError: a file cannot be read.
    """
    return Vouchers(
        witnesses=tuple(Verifier.from_text(each) for each in witnesses),
        timestamp=None if timestamp is None else _content(Path(timestamp), LONGEST_CERTIFICATES),
        kept=tuple(_content(Path(each), LONGEST_NOTE) for each in kept),
    )


def _content(path: Path, longest: int) -> bytes:
    with path.open("rb") as file:
        return file.read(longest + 1)


def read_receipts(path: Path) -> list[Receipt]:
    """Read receipts; whether they are genuine is for the audit.

    Raises:
        EvidenceRefused: the file holds anything else, or too much.
        OSError: the file cannot be read.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise EvidenceRefused(path.name, "too large")
    data = path.read_bytes().strip()
    if is_nested_too_deep(data):
        raise EvidenceRefused(path.name, "nested too deep")
    try:
        if data.startswith(b"["):
            receipts = msgspec.json.decode(data, type=list[Receipt])
        else:
            receipts = [msgspec.json.decode(line, type=Receipt) for line in _objects(data)]
    except msgspec.DecodeError as error:
        raise EvidenceRefused(path.name, str(error)) from error
    if len(receipts) > MOST_RECEIPTS:
        raise EvidenceRefused(path.name, "too many")
    return receipts


def _objects(data: bytes) -> list[bytes]:
    """One object over several lines, or one a line."""
    lines = [line for line in data.split(b"\n") if line.strip()]
    return (
        lines
        if all(line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}") for line in lines)
        else [data]
    )

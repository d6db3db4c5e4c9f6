"""What others have kept: receipts, and an older export. Each names an entry, or a batch, by itself.

Whoever leads the venue's keys can sign a rewritten history anew. What it has signed and handed out before stands
against it: entries by their leaf hashes, seals, checkpoints with what was cosigned and dated, sealed parts.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from ledger.audit.checkpoints import lost_since
from ledger.audit.exports import Export
from ledger.audit.findings import unsound
from ledger.audit.lines import SealLine
from ledger.log.checkpoints import origin_of
from ledger.log.notes import NoteRefused
from ledger.receipts import verify_receipt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet
    from typing import IO

    from ledger.audit.findings import Findings
    from ledger.audit.lines import CheckpointLine
    from ledger.receipts import BatchSeal, Receipt

MOST_RECEIPTS: Final = 10_000
"""That one audit takes."""


class Receipts:
    """Genuine receipts, each held against its entry and its batch's seal."""

    def __init__(self, receipts: tuple[Receipt, ...], receipt_key: bytes, findings: Findings) -> None:
        """Take them.

        Raises:
            ReceiptRefused: a receipt is not genuine, so it proves nothing.
        """
        self._findings = findings
        self._leaves: dict[int, list[str]] = {}
        self._seals: dict[int, BatchSeal] = {}
        """By the last entry of the batch."""
        for receipt in receipts:
            verify_receipt(receipt, receipt_key)
            self._leaves.setdefault(receipt.entry, []).append(receipt.leaf_hash)
            self._seals.setdefault(receipt.seal.tree_size - 1, receipt.seal)
        self.compared = 0
        """Receipts whose entry stands here unchanged."""

    def entry(self, number: int, leaf: bytes) -> None:
        """Hold an entry against them."""
        for stated in self._leaves.pop(number, ()):
            if stated == leaf.hex():
                self.compared += 1
            else:
                self._findings.add("AUDIT-RECEIPT", f"it has leaf {stated}", entry=number)

    def seal(self, line: SealLine, size: int) -> None:
        """Hold the seal that closes the first `size` entries against them."""
        stated = self._seals.pop(size - 1, None)
        if stated is not None and stated != line.seal:
            interval = (stated.first_entry, size - 1)
            self._findings.add("AUDIT-RECEIPT-SEAL", f"of {stated.count} entries", interval=interval)

    def finish(self, size: int) -> None:
        """The file has ended: whatever they have beyond is missing."""
        for number in sorted(self._leaves):
            self._findings.add("AUDIT-RECEIPT", f"the file ends at {size} entries", entry=number)
        for last, stated in sorted(self._seals.items()):
            if last < size:
                interval = (stated.first_entry, last)
                self._findings.add("AUDIT-RECEIPT-SEAL", "no batch ends there", interval=interval)


class OlderExport:
    """An older export of the same journal, read along with this one: this one may only have gained."""

    def __init__(
        self, stream: IO[bytes], venue: tuple[int, str], receipt_key: str, findings: Findings
    ) -> None:
        """Take an older export of the venue with this chain id and anchor.

        Raises:
            Unsound: AUDIT-LINE, AUDIT-HEADER: it is no export with entries, or another venue's.
        """
        self._export = Export(stream, "older export")
        header = self._export.header
        if (header.chain_id, header.anchor, header.receipt_key) != (*venue, receipt_key):
            unsound("AUDIT-HEADER", "the older export is of another venue, chain or key")
        self._log_name = origin_of(header.chain_id, header.anchor)
        lines = self._export.lines()
        self._lines: Iterator[bytes | SealLine] | None = chain((next(lines),), lines)
        self._findings = findings
        self._checkpoint: CheckpointLine | None = None
        """The one that must follow the seal taken last."""
        self._missing: set[tuple[int, str]] = set()
        self._batch = 0
        self._sealed_early: tuple[int, int] | None = None
        """Entries that this file has sealed where the older one's batch goes on."""
        self.compared = 0
        """Its entries that stand here unchanged."""

    def entry(self, number: int, leaf: bytes, opened: AbstractSet[str]) -> None:
        """Hold an entry against it; `opened` are the labels of the erasable parts that this file opens."""
        older = self._next(number)
        if older is None:
            return
        if isinstance(older, SealLine):
            self._part(
                "AUDIT-OLDER-SEAL",
                "it has a seal before this entry",
                (self._batch, max(self._batch, number - 1)),
            )
        elif older != leaf:
            # So too where a batch ends early for an entry that is gone: the entry says more than its seal.
            self._part("AUDIT-OLDER", f"it has leaf {older.hex()}", (number, number))
        elif self._sealed_early is not None:
            self._part("AUDIT-OLDER-SEAL", "its batch goes on there", self._sealed_early)
        else:
            self.compared += 1
            self._missing.update((number, label) for label in self._export.opened - opened)

    def seal(self, line: SealLine, size: int) -> None:
        """Hold the seal that closes the first `size` entries against it."""
        older = self._next(size)
        if older is None:
            return
        place = (self._batch, max(self._batch, size - 1))
        if isinstance(older, bytes):  # if the file ends here, what it lacks is that entry
            self._lines, self._sealed_early = chain((older,), self._lines or ()), place
            return
        if older != line:
            self._part("AUDIT-OLDER-SEAL", "", place)
            return
        self._batch = size
        self._checkpoint = self._export.checkpoint

    def checkpoint(self, line: CheckpointLine | None, size: int) -> None:
        """Hold the checkpoint behind the seal taken last against it; None where there is none."""
        older, self._checkpoint = self._checkpoint, None
        if older is None:
            return
        try:
            lost = lost_since(older, line, self._log_name)
        except NoteRefused as refused:
            lost = refused.code
        if lost:
            entry = max(0, size - 1)
            self._findings.add("AUDIT-OLDER-CHECKPOINT", f"of {size} entries: {lost}", entry=entry)

    def finish(self, size: int, erased: AbstractSet[tuple[int, str]]) -> None:
        """The file has ended; `erased` are the parts that its entries erased, by entry and label."""
        if self._next(size) is not None:
            self._part("AUDIT-OLDER", "the file ends before", (size, size))
        for entry, label in sorted(self._missing - erased):
            self._findings.add("AUDIT-OLDER-PART", label, entry=entry)

    def _next(self, size: int) -> bytes | SealLine | None:
        """What it has next; None once it has ended, or has parted from this one: what follows differs as well."""
        self.checkpoint(None, size)
        if self._lines is None:
            return None
        following = next(self._lines, None)
        if following is None:
            self._lines = None
        return following

    def _part(self, code: str, detail: str, interval: tuple[int, int]) -> None:
        self._lines = None
        self._findings.add(code, detail, interval=interval)

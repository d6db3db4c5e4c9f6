"""The journal's tree as it grows: held against seals and anchors.

A naive change shows at its own entry. A rewrite with every hash above it made anew does not; it shows at the next root
that stood elsewhere before: an anchor on the chain names the interval since the last good one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.merkle import Frontier, root
from ledger.receipts import ReceiptRefused, SignedSeal, verify_seal

if TYPE_CHECKING:
    from ledger.audit.findings import Findings
    from ledger.audit.lines import SealLine
    from ledger.journal import Entry

MAX_GROWTH = 1 << 20
"""Entries that one anchor may add, as the contract bounds it."""


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """An anchored root as the chain states it."""

    size: int
    previous_size: int
    root: bytes
    previous_root: bytes
    block: int


class TreeCheck:
    """Follows the entries; findings are taken down where they stand."""

    def __init__(self, anchors: tuple[Anchor, ...], receipt_key: bytes, findings: Findings) -> None:
        self._anchors = anchors
        self._receipt_key = receipt_key
        self._findings = findings
        self._frontier = Frontier()
        self._pending: list[bytes] = []
        self._pending_time_ms = 0
        self._pending_epoch = 0
        self._next_anchor = 0
        self._broken_anchor = False
        self._broken_seal = False
        self.anchored = 0
        """Entries below the last anchor that holds."""
        self.roots = 0
        """Anchored roots that were made again."""
        self.seals = 0

    @property
    def size(self) -> int:
        """Entries so far."""
        return self._frontier.size

    @property
    def root(self) -> bytes:
        """Over the entries so far."""
        return self._frontier.root()

    @property
    def unsealed(self) -> bool:
        """Whether entries stand there that no seal has closed yet."""
        return bool(self._pending)

    @property
    def batch(self) -> tuple[int, int]:
        """First and last of the entries that no seal has closed yet."""
        first = self.size - len(self._pending)
        return first, max(first, self.size - 1)

    def entry(self, entry: Entry, leaf: bytes) -> None:
        """Take the next entry."""
        if entry.epoch < self._pending_epoch:
            # Either this one was put back or the one before was put forward.
            interval = (max(0, entry.entry - 1), entry.entry)
            self._findings.add("AUDIT-EPOCH", f"{self._pending_epoch} to {entry.epoch}", interval=interval)
        self._frontier.append(leaf)
        self._pending.append(leaf)
        self._pending_time_ms, self._pending_epoch = entry.time_ms, entry.epoch
        if self._next_anchor < len(self._anchors) and self._anchors[self._next_anchor].size == self.size:
            self._anchor(self._anchors[self._next_anchor])
            self._next_anchor += 1

    def seal(self, line: SealLine) -> None:
        """Take the seal of the batch that ends here."""
        interval = self.batch
        pending, self._pending = self._pending, []
        self.seals += 1
        if self._broken_seal:
            return  # every seal after a bad one would only say so again
        seal = line.seal
        try:
            verify_seal(SignedSeal(seal=seal, signature=line.signature), self._receipt_key)
        except ReceiptRefused as error:
            self._broken_seal = True
            self._findings.add_root("AUDIT-SEAL", error.code, interval)
            return
        stated = (seal.first_entry, seal.count, seal.epoch, seal.time_ms, seal.batch_root, seal.tree_root)
        found = (
            interval[0],
            len(pending),
            self._pending_epoch,
            self._pending_time_ms,
            root(pending).hex(),
            self._frontier.root().hex(),
        )
        if stated != found:
            self._broken_seal = True
            if seal.first_entry == interval[0] and seal.count > len(pending):
                interval = (self.size, seal.tree_size - 1)  # those are not there at all
            self._findings.add_root("AUDIT-SEAL-ROOT", "", interval)

    def finish(self, *, whole: bool) -> None:
        """The file has ended; `whole` unless reading stopped before."""
        if not whole:
            return
        if self._pending:
            interval = (self.size - len(self._pending), self.size - 1)
            self._findings.add("AUDIT-UNSEALED", interval=interval)
        left = self._anchors[self._next_anchor :]
        if left and left[-1].size > self.size:
            self._findings.add(
                "AUDIT-TRUNCATED",
                f"{self.size} entries, {left[-1].size} anchored",
                interval=(self.size, left[-1].size - 1),
            )
        if not self._anchors:
            self._findings.add("AUDIT-NOT-ANCHORED", interval=(0, max(0, self.size - 1)))

    def _anchor(self, anchor: Anchor) -> None:
        if self._broken_anchor:
            return  # every root after a bad one differs as well
        if self._frontier.root() != anchor.root:
            self._broken_anchor = True
            found = f"anchored in block {anchor.block} at size {anchor.size}"
            self._findings.add_root("AUDIT-ANCHOR", found, (self.anchored, anchor.size - 1))
            return
        self.anchored = anchor.size
        self.roots += 1


def check_anchors(anchors: tuple[Anchor, ...], empty_root: bytes, findings: Findings) -> None:
    """Check that each anchor follows from the one before, and grows by no more than the contract lets it."""
    size, tree_root = 0, empty_root
    for anchor in anchors:
        follows = (anchor.previous_size, anchor.previous_root) == (size, tree_root)
        if not follows or not 0 < anchor.size - size <= MAX_GROWTH:
            findings.add("AUDIT-ANCHOR-GROWTH", f"size {anchor.size} after {size}")
            return
        size, tree_root = anchor.size, anchor.root

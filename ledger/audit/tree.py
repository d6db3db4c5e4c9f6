"""The journal's tree as it grows: held against seals, anchors, receipts and an older export.

A naive change shows at its own entry. A rewrite with every hash above it made anew does not; it shows at the next root
that stood elsewhere before: an anchor on the chain names the interval since the last good one, a receipt or an older
export names the entry.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import msgspec

from ledger.audit.exports import Export
from ledger.audit.findings import Findings, unsound
from ledger.merkle import Frontier, root
from ledger.receipts import Receipt, ReceiptRefused, SignedSeal, verify_receipt, verify_seal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from ledger.audit.lines import SealLine
    from ledger.journal import Entry

MAX_GROWTH = 1 << 20
"""Entries that one anchor may add, as the contract bounds it."""
MOST_RECEIPTS = 10_000


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
            self._findings.add("AUDIT-SEAL", error.code, interval=interval)
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
            self._findings.add("AUDIT-SEAL-ROOT", interval=interval)

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
            self._findings.add(
                "AUDIT-ANCHOR",
                f"anchored in block {anchor.block} at size {anchor.size}",
                interval=(self.anchored, anchor.size - 1),
            )
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


class Witnesses:
    """What others kept: receipts, and the leaves of an older export. Each names an entry by itself."""

    def __init__(
        self, receipts: list[Receipt], receipt_key: bytes, older: IO[bytes] | None, venue: tuple[int, str]
    ) -> None:
        """Take receipts and an older export of the venue with this chain id and anchor.

        Raises:
            ReceiptRefused: a receipt is not genuine, so it proves nothing.
            Unsound: AUDIT-LINE, AUDIT-HEADER: the older file is no export with entries, or another venue's.
        """
        self._receipts: dict[int, list[str]] = {}
        for receipt in receipts:
            verify_receipt(receipt, receipt_key)
            self._receipts.setdefault(receipt.entry, []).append(receipt.leaf_hash)
        self._older = None if older is None else _older_leaves(older, venue, receipt_key.hex())
        self._differs = False
        self.compared = 0
        """Receipts and older entries that stand here unchanged."""

    def entry(self, number: int, leaf: bytes, findings: Findings) -> None:
        """Hold an entry against them."""
        for stated in self._receipts.pop(number, ()):
            if stated == leaf.hex():
                self.compared += 1
            else:
                findings.add("AUDIT-RECEIPT", f"it has leaf {stated}", entry=number)
        if self._older is None or self._differs:
            return
        older = next(self._older, None)
        if older is None:
            self._older = None
        elif older != leaf:
            self._differs = True  # what follows differs as well
            findings.add("AUDIT-OLDER", f"it has leaf {older.hex()}", entry=number)
        else:
            self.compared += 1

    def finish(self, size: int, findings: Findings) -> None:
        """The file has ended: whatever they have beyond is missing."""
        for number in sorted(self._receipts):
            findings.add("AUDIT-RECEIPT", f"the file ends at {size} entries", entry=number)
        if self._older is not None and not self._differs and next(self._older, None) is not None:
            findings.add("AUDIT-OLDER", "the file ends before", entry=size)


def _older_leaves(stream: IO[bytes], venue: tuple[int, str], receipt_key: str) -> Iterator[bytes]:
    """The leaf hashes of an older export, made from its entries: an empty one would agree with everything.

    Raises:
        Unsound: AUDIT-LINE, AUDIT-HEADER, at once for its beginning and AUDIT-LINE later for the rest.
    """
    older = Export(stream, "older export")
    header = older.header
    if (header.chain_id, header.anchor, header.receipt_key) != (*venue, receipt_key):
        unsound("AUDIT-HEADER", "the older export is of another venue, chain or key")
    leaves = older.leaves()
    return chain((next(leaves),), leaves)

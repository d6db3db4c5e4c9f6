"""The Merkle tree of RFC 6962 over the journal: roots, inclusion paths and consistency paths.

SHA-256; a leaf is hashed behind 0x00 and a node behind 0x01 (RFC 6962, section 2.1), so that no node can pass
for a leaf. The journal only ever grows, so the writer needs no more than a `Frontier`: one hash for each
complete subtree, at most 64 of them. Whoever answers questions about old entries needs a `NodeSource` (a
`Tree`, or rows of a table).

What makes proofs raises `MerkleRefused` when asked for what does not exist; what checks them is in
`ledger.merkle_checks`.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Node = TypeVar("Node")
HASH_BYTES = 32
LARGEST_TREE = 2**63 - 1
"""Entries in one tree: what a signed 64-bit column of PostgreSQL holds."""
EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves (RFC 6962, section 2.1)."""

_SIZE_BYTES = 8
_CURES = {
    "merkle_hash": "give every hash as exactly 32 bytes",
    "merkle_index": "ask for an entry below the size of the tree",
    "merkle_size": "ask for sizes that the tree has reached, the smaller one first",
    "merkle_frontier": "restore a frontier from the bytes that one was stored as",
}


class MerkleRefused(ValueError):
    """A question about a tree that has no answer. `code` is stable; `cure` says what to ask instead."""

    def __init__(self, *, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.cure = _CURES[code]


class NodeSource(Protocol):
    """Where the hashes of complete subtrees are kept."""

    def node(self, level: int, index: int) -> bytes:
        """Give the root of the complete subtree at this place: level 0 holds the leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Hash an entry's bytes as a leaf: SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: all that appending and the root need, in O(log n) space."""

    __slots__ = ("_peaks", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._peaks: list[bytes] = []  # roots of complete subtrees, largest first: the bits of the size

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._size

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash.

        Raises:
            MerkleRefused: `merkle_hash` unless it has 32 bytes.
        """
        if len(leaf) != HASH_BYTES:
            raise MerkleRefused(code="merkle_hash")
        peaks = self._peaks
        size = self._size
        self._size = size + 1
        while size & 1:
            leaf = sha256(b"\x01" + peaks.pop() + leaf).digest()
            size >>= 1
        peaks.append(leaf)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order.

        Raises:
            MerkleRefused: `merkle_hash`; the leaves before the bad one have been added.
        """
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """Give the RFC 6962 root over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def copy(self) -> Frontier:
        """Give an independent frontier in the same place, e.g. to try a batch before its commit."""
        twin = Frontier()
        twin._size = self._size
        twin._peaks = self._peaks.copy()
        return twin

    def to_bytes(self) -> bytes:
        """Eight bytes of size, big-endian, then one hash for each bit set in it, the highest first."""
        return self._size.to_bytes(_SIZE_BYTES, "big") + b"".join(self._peaks)

    @classmethod
    def from_bytes(cls, data: bytes) -> Frontier:
        """Restore what `to_bytes` wrote.

        Raises:
            MerkleRefused: `merkle_frontier` if the length does not fit the size.
        """
        size = int.from_bytes(data[:_SIZE_BYTES], "big")
        hashes = data[_SIZE_BYTES:]
        complete = len(data) >= _SIZE_BYTES and len(hashes) == size.bit_count() * HASH_BYTES
        if not complete or size > LARGEST_TREE:
            raise MerkleRefused(code="merkle_frontier")
        frontier = cls()
        frontier._size = size
        frontier._peaks = [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]
        return frontier


class Tree:
    """All complete subtrees in memory, 64 bytes a leaf: answers every question about every earlier size."""

    __slots__ = ("_levels",)

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        self.extend(leaves)

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return len(self._levels[0]) // HASH_BYTES

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order.

        Raises:
            MerkleRefused: `merkle_hash` unless each has 32 bytes; nothing has been added then.
        """
        added = list(leaves)
        if any(len(leaf) != HASH_BYTES for leaf in added):
            raise MerkleRefused(code="merkle_hash")
        self._levels[0] += b"".join(added)
        level = 0
        while len(self._levels[level]) >= 2 * HASH_BYTES:
            if level + 1 == len(self._levels):
                self._levels.append(bytearray())
            below, above = self._levels[level], self._levels[level + 1]
            complete = len(below) // (2 * HASH_BYTES) * 2 * HASH_BYTES
            for start in range(2 * len(above), complete, 2 * HASH_BYTES):
                above += sha256(b"\x01" + below[start : start + 2 * HASH_BYTES]).digest()
            level += 1

    def node(self, level: int, index: int) -> bytes:
        """Give the root of a complete subtree; see `NodeSource`.

        Raises:
            MerkleRefused: `merkle_index` if the tree has no such complete subtree yet.
        """
        if not (0 <= level < len(self._levels) and 0 <= index < len(self._levels[level]) // HASH_BYTES):
            raise MerkleRefused(code="merkle_index")
        return bytes(self._levels[level][index * HASH_BYTES : (index + 1) * HASH_BYTES])

    def root(self, size: int | None = None) -> bytes:
        """Give the root over all leaves, or over the first `size` of them.

        Raises:
            MerkleRefused: `merkle_size` for a size that the tree has not reached.
        """
        return root_from(self, self._reached(self.size if size is None else size))

    def inclusion_path(self, index: int, size: int | None = None) -> list[bytes]:
        """See `inclusion_path`, for the whole tree or for its first `size` leaves.

        Raises:
            MerkleRefused: `merkle_size`, `merkle_index`.
        """
        return inclusion_path(self, index, self._reached(self.size if size is None else size))

    def consistency_path(self, first: int, second: int | None = None) -> list[bytes]:
        """See `consistency_path`, from the first `first` leaves to the whole tree or its first `second`.

        Raises:
            MerkleRefused: `merkle_size`.
        """
        return consistency_path(self, first, self._reached(self.size if second is None else second))

    def _reached(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise MerkleRefused(code="merkle_size")
        return size


def root(leaves: Sequence[bytes]) -> bytes:
    """Give the RFC 6962 root over these leaf hashes.

    Raises:
        MerkleRefused: `merkle_hash` unless each has 32 bytes.
    """
    return levels(leaves)[-1][0] if leaves else EMPTY_ROOT


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Every level of a small tree, leaves first, root last.

    A node without a right neighbour is carried up unchanged, which gives exactly the tree of RFC 6962.

    Raises:
        MerkleRefused: `merkle_hash` unless each leaf has 32 bytes.
    """
    if not {HASH_BYTES}.issuperset(map(len, leaves)):
        raise MerkleRefused(code="merkle_hash")
    level = list(leaves)
    all_levels = [level]
    while len(level) > 1:
        paired = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
        all_levels.append(level)
    return all_levels


def path_in(all_levels: Sequence[Sequence[Node]], index: int) -> list[Node]:
    """Give the inclusion path of one leaf, read off the `levels` of its tree, in whatever form, without any hashing.

    Raises:
        MerkleRefused: `merkle_index` if there is no such leaf.
    """
    if not 0 <= index < len(all_levels[0]):
        raise MerkleRefused(code="merkle_index")
    path = []
    for level in all_levels[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index >>= 1
    return path


def root_from(source: NodeSource, size: int) -> bytes:
    """Give the root over the first `size` leaves, from O(log n) complete subtrees.

    Raises:
        MerkleRefused: `merkle_size` for a size outside 0 to `LARGEST_TREE`.
    """
    if not 0 <= size <= LARGEST_TREE:
        raise MerkleRefused(code="merkle_size")
    return _range_root(source, 0, size) if size else EMPTY_ROOT


def inclusion_path(source: NodeSource, index: int, size: int) -> list[bytes]:
    """Give the path from leaf `index` to the root over the first `size` leaves (RFC 6962, section 2.1.1).

    The sibling next to the leaf comes first. O(log n) reads and hashes.

    Raises:
        MerkleRefused: `merkle_size`, or `merkle_index` for a leaf outside the tree.
    """
    if not 0 < size <= LARGEST_TREE:
        raise MerkleRefused(code="merkle_size")
    if not 0 <= index < size:
        raise MerkleRefused(code="merkle_index")
    path = []
    level, last = 0, size - 1
    while last:
        sibling = index ^ 1
        if sibling <= last:
            path.append(_range_root(source, sibling << level, min((sibling + 1) << level, size)))
        index >>= 1
        last >>= 1
        level += 1
    return path


def consistency_path(source: NodeSource, first: int, second: int) -> list[bytes]:
    """Show that the tree of `second` leaves begins with that of `first` (RFC 6962, section 2.1.2).

    Empty for equal sizes, and for `first` = 0, which every tree extends.

    Raises:
        MerkleRefused: `merkle_size` unless 0 <= first <= second <= `LARGEST_TREE`.
    """
    if not 0 <= first <= second <= LARGEST_TREE:
        raise MerkleRefused(code="merkle_size")
    if first == 0:
        return []
    start, end, whole = 0, second, True
    path: list[bytes] = []
    while first != end:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if first <= middle:
            path.append(_range_root(source, middle, end))
            end = middle
        else:
            path.append(_range_root(source, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range_root(source, start, end))
    path.reverse()
    return path


def _range_root(source: NodeSource, start: int, end: int) -> bytes:
    """Give the root over leaves `start` to `end`; `start` is a multiple of a power of two >= their count."""
    count = end - start
    node: bytes | None = None
    while count:
        level = (count & -count).bit_length() - 1
        end -= 1 << level
        left = source.node(level, end >> level)
        node = left if node is None else node_hash(left, node)
        count &= count - 1
    if node is None:
        raise MerkleRefused(code="merkle_size")
    return node

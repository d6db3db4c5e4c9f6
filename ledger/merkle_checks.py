"""Checks of inclusion and consistency paths in the journal's tree (RFC 9162, sections 2.1.3.2 and 2.1.4.2).

Proofs come from strangers: each check answers yes or no, whatever it is given, after at most 64 steps.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from ledger.merkle import EMPTY_ROOT, HASH_BYTES, LARGEST_TREE, node_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_PATH = 64
"""Hashes in a path; a tree of `LARGEST_TREE` leaves needs 63 for inclusion and 64 for consistency."""


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], tree_root: bytes) -> bool:
    """Whether the leaf hash stands at `index` under this root (RFC 9162, 2.1.3.2).

    Malformed input of any kind is a no. Take size and root together from one signed or anchored statement: a
    root alone does not fix the size, and a path may fit under neighbouring sizes.
    """
    if not (_is_place(index) and _is_place(size) and index < size and _are_hashes(path, leaf, tree_root)):
        return False
    last, node = size - 1, leaf
    for sibling in path:  # `node_hash` written out: an auditor checks many proofs
        if last == 0:
            return False
        if index & 1 or index == last:
            node = sha256(b"\x01" + sibling + node).digest()
            while not index & 1 and index:
                index >>= 1
                last >>= 1
        else:
            node = sha256(b"\x01" + node + sibling).digest()
        index >>= 1
        last >>= 1
    return last == 0 and node == tree_root


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the tree of `second` leaves extends that of `first` (RFC 9162, 2.1.4.2).

    Malformed input of any kind is a no.
    """
    if not (_is_place(first) and _is_place(second) and _are_hashes(path, first_root, second_root)):
        return False
    if first > second or (first == 0 and first_root != EMPTY_ROOT):
        return False
    if first == second:
        return not path and first_root == second_root
    if first == 0:
        return not path
    hashes = list(path)
    if first.bit_count() == 1:
        hashes.insert(0, first_root)  # the old tree is one complete subtree, which the path leaves out
    if not hashes:
        return False
    return _fold_consistency(first - 1, second - 1, hashes) == (first_root, second_root)


def _fold_consistency(place: int, last: int, hashes: list[bytes]) -> tuple[bytes, bytes] | None:
    """Rebuild both roots from a path: the loop of RFC 9162, 2.1.4.2, steps 4 to 6."""
    while place & 1:
        place >>= 1
        last >>= 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        place >>= 1
        last >>= 1
    return (old, new) if last == 0 else None


def _is_place(number: object) -> bool:
    return type(number) is int and 0 <= number <= LARGEST_TREE


def _are_hashes(path: Sequence[bytes], *others: bytes) -> bool:
    if not isinstance(path, list | tuple) or len(path) > LONGEST_PATH:
        return False
    return all(isinstance(item, bytes) and len(item) == HASH_BYTES for item in (*path, *others))

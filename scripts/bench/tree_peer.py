"""The RFC 6962 tree and the check of its proofs, beside `pymerkle`: the same entries, the same SHA-256, the same root.

The tree takes entries as they are committed, `BATCH` at a time. In each round both build the tree and both check as
many inclusion proofs; the order changes from round to round, and processor time is measured.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from ledger.merkle import Tree, leaf_hash
from ledger.merkle_checks import verify_inclusion

BATCH = 50
LEAVES = 65_536
CHECKS = 4_096
ENTRY_BYTES = 800
"""About what the public part of a bid's entry has."""


class TreesDiffer(Exception):
    """The two trees have other roots, or one refuses a proof of its own: no comparison means anything."""


@dataclass(frozen=True)
class TreeRatios:
    """How many times as fast as the peer; medians of the rounds' ratios."""

    peer: str
    leaves: int
    tree: float
    inclusion: float
    leaves_per_s: int
    checks_per_s: int


def measure_tree(rounds: int, tell: Callable[[str], None], leaves: int = LEAVES) -> TreeRatios:
    """Measure both in so many rounds.

    Raises:
        TreesDiffer: they do not agree.
    """
    peer: Any = importlib.import_module("pymerkle")
    entries = [hashlib.shake_256(number.to_bytes(8)).digest(ENTRY_BYTES) for number in range(leaves)]
    trees: list[float] = []
    checks: list[float] = []
    ours_s: list[tuple[float, float]] = []
    for number in range(rounds):
        tell(f"tree of {leaves} leaves, round {number + 1} of {rounds}")
        builders: list[Callable[[], Any]] = [lambda: _our_tree(entries), lambda: _their_tree(peer, entries)]
        built = _in_turn(builders, first=number % 2)
        (our_tree_s, our_tree), (their_tree_s, their_tree) = built
        root = our_tree.root()
        if their_tree.get_root() != root:
            raise TreesDiffer
        places = range(0, leaves, max(1, leaves // CHECKS))
        hashes = [leaf_hash(entries[place]) for place in places]
        our_paths = [our_tree.inclusion_path(place) for place in places]
        their_proofs = [their_tree.prove_inclusion(place + 1) for place in places]
        checkers: list[Callable[[], Any]] = [
            lambda: _check_ours(places, hashes, our_paths, leaves, root),  # noqa: B023 - called within the round
            lambda: _check_theirs(peer, places, hashes, their_proofs, leaves, root),  # noqa: B023 - as above
        ]
        (our_checks_s, _), (their_checks_s, _) = _in_turn(checkers, first=number % 2)
        trees.append(their_tree_s / our_tree_s)
        checks.append(their_checks_s / our_checks_s)
        ours_s.append((our_tree_s, our_checks_s / len(places)))
    return TreeRatios(
        peer=f"pymerkle {importlib.metadata.version('pymerkle')}",
        leaves=leaves,
        tree=round(median(trees), 2),
        inclusion=round(median(checks), 2),
        leaves_per_s=round(leaves / median(each[0] for each in ours_s)),
        checks_per_s=round(1 / median(each[1] for each in ours_s)),
    )


def _in_turn(plays: Sequence[Callable[[], Any]], first: int) -> list[tuple[float, Any]]:
    """Seconds of processor time of each, in the order given, and what each gave."""
    found: dict[int, tuple[float, Any]] = {}
    for place in (first, 1 - first):
        began = time.process_time_ns()
        result = plays[place]()
        found[place] = (max(time.process_time_ns() - began, 1) / 1e9, result)
    return [found[0], found[1]]


def _our_tree(entries: Sequence[bytes]) -> Tree:
    tree = Tree()
    for start in range(0, len(entries), BATCH):
        tree.extend([leaf_hash(entry) for entry in entries[start : start + BATCH]])
    return tree


def _their_tree(peer: Any, entries: Sequence[bytes]) -> Any:  # noqa: ANN401 - a package without types
    tree = peer.InmemoryTree(algorithm="sha256")
    for start in range(0, len(entries), BATCH):
        tree.append_entries(entries[start : start + BATCH])
    return tree


def _check_ours(
    places: Sequence[int], hashes: Sequence[bytes], paths: Sequence[list[bytes]], size: int, root: bytes
) -> None:
    for place, leaf, path in zip(places, hashes, paths, strict=True):
        if not verify_inclusion(leaf, place, size, path, root):
            raise TreesDiffer


def _check_theirs(  # noqa: PLR0913 - a package without types, and what it checks
    peer: Any,  # noqa: ANN401
    places: Sequence[int],
    hashes: Sequence[bytes],
    proofs: Sequence[Any],
    size: int,
    root: bytes,
) -> None:
    verify = peer.verify_inclusion
    try:
        for place, leaf, proof in zip(places, hashes, proofs, strict=True):
            verify(leaf, root, proof, index=place + 1, size=size)
    except peer.InvalidProof as error:
        raise TreesDiffer from error

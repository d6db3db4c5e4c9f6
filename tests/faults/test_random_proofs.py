"""Proofs drawn at random from trees beyond the sizes that are tried in full: each holds, and none with a bit changed."""

from __future__ import annotations

import random

import pytest

from ledger.merkle import Tree, leaf_hash
from ledger.merkle_checks import verify_consistency, verify_inclusion

pytestmark = pytest.mark.faults
LEAVES = 200_000
PROOFS = 50_000
"""Of inclusion, and as many of consistency."""
SIZES = 2_000
OLDER = 12
"""Of each size, how many smaller trees it is shown to extend, the next smaller and the first among them."""
TREE = Tree(leaf_hash(b"%d" % number) for number in range(LEAVES))


def with_a_bit_changed(dice: random.Random, hashes: list[bytes]) -> list[bytes]:
    place, bit = dice.randrange(len(hashes)), dice.randrange(256)
    changed = (int.from_bytes(hashes[place], "big") ^ 1 << bit).to_bytes(32, "big")
    return [*hashes[:place], changed, *hashes[place + 1 :]]


def test_no_inclusion_proof_with_a_changed_bit_holds() -> None:
    dice = random.Random(62)  # noqa: S311 - a test's dice
    for _ in range(PROOFS):
        size = dice.randrange(65, LEAVES + 1)
        index = dice.randrange(size)
        whole = [TREE.node(0, index), TREE.root(size), *TREE.inclusion_path(index, size)]
        assert verify_inclusion(whole[0], index, size, whole[2:], whole[1])
        leaf, root, *path = with_a_bit_changed(dice, whole)
        assert not verify_inclusion(leaf, index, size, path, root)


def test_no_consistency_proof_with_a_changed_bit_holds() -> None:
    dice = random.Random(9162)  # noqa: S311 - a test's dice
    for _ in range(PROOFS):
        second = dice.randrange(66, LEAVES + 1)
        first = dice.randrange(1, second)
        whole = [TREE.root(first), TREE.root(second), *TREE.consistency_path(first, second)]
        assert verify_consistency(first, second, whole[0], whole[1], whole[2:])
        old, new, *path = with_a_bit_changed(dice, whole)
        assert not verify_consistency(first, second, old, new, path)


def test_every_size_to_2_000_extends_smaller_ones() -> None:
    dice = random.Random(2_000)  # noqa: S311 - a test's dice
    roots = [TREE.root(size) for size in range(SIZES + 1)]
    for second in range(1, SIZES + 1):
        drawn = {dice.randrange(second + 1) for _ in range(OLDER)}
        for first in drawn | {0, 1, second - 1, second}:
            path = TREE.consistency_path(first, second)
            assert verify_consistency(first, second, roots[first], roots[second], path)
            if first != second and first:
                assert not verify_consistency(first, second, roots[first], roots[second - 1], path)

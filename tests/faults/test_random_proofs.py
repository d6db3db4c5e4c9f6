"""Proofs drawn at random from trees beyond the sizes that are tried in full: each holds, and none with a bit changed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations_with_replacement

import pytest

from ledger.merkle import Tree, leaf_hash
from ledger.merkle_checks import verify_consistency, verify_inclusion
from tests.faults.scale import SCALE, SEED

pytestmark = pytest.mark.faults
LEAVES = 200_000
PROOFS = 50_000
"""Of inclusion, and as many of consistency."""
SIZES = 2_000
OLDER = 12
"""Of each size, how many smaller trees are drawn that it is shown to extend, besides those that are always tried."""
TREE = Tree(leaf_hash(b"%d" % number) for number in range(LEAVES))


def with_a_bit_changed(dice: random.Random, hashes: list[bytes]) -> list[bytes]:
    place, bit = dice.randrange(len(hashes)), dice.randrange(256)
    changed = (int.from_bytes(hashes[place], "big") ^ 1 << bit).to_bytes(32, "big")
    return [*hashes[:place], changed, *hashes[place + 1 :]]


def test_no_inclusion_proof_with_a_changed_bit_holds() -> None:
    dice = random.Random(SEED + 62)  # noqa: S311 - a test's dice
    for _ in range(PROOFS):
        size = dice.randrange(65, LEAVES + 1)
        index = dice.randrange(size)
        whole = [TREE.node(0, index), TREE.root(size), *TREE.inclusion_path(index, size)]
        assert verify_inclusion(whole[0], index, size, whole[2:], whole[1])
        leaf, root, *path = with_a_bit_changed(dice, whole)
        assert not verify_inclusion(leaf, index, size, path, root)


def test_no_consistency_proof_with_a_changed_bit_holds() -> None:
    dice = random.Random(SEED + 9162)  # noqa: S311 - a test's dice
    for _ in range(PROOFS):
        second = dice.randrange(66, LEAVES + 1)
        first = dice.randrange(1, second)
        whole = [TREE.root(first), TREE.root(second), *TREE.consistency_path(first, second)]
        assert verify_consistency(first, second, whole[0], whole[1], whole[2:])
        old, new, *path = with_a_bit_changed(dice, whole)
        assert not verify_consistency(first, second, old, new, path)


def pairs() -> Iterator[tuple[int, int]]:
    """Sizes up to `SIZES`, the smaller first: all pairs with a scale over 1, else those of the test below."""
    if SCALE > 1:
        yield from combinations_with_replacement(range(SIZES + 1), 2)
        return
    dice = random.Random(SEED)  # noqa: S311 - a test's dice
    powers = [1 << exponent for exponent in range(SIZES.bit_length())]
    for size in range(1, SIZES + 1):
        smaller = {0, size - 1, size, *(power for power in powers if power < size)}
        for first in smaller | {dice.randrange(size + 1) for _ in range(OLDER)}:
            yield first, size
        yield from ((size, power) for power in powers if size < power <= SIZES)


def test_every_size_to_2_000_extends_smaller_ones() -> None:
    """In CI each size with the empty tree, the one before it, itself, every power of two below and above it up to 2,000,
    and a dozen that the seed draws; all 2,003,001 pairs with `IPX_FAULTS_SCALE=2`, as `make soak` has it. Each proof holds,
    and holds of no other new root.
    """
    roots = [TREE.root(size) for size in range(SIZES + 1)]
    for first, second in pairs():
        path = TREE.consistency_path(first, second)
        assert verify_consistency(first, second, roots[first], roots[second], path), (first, second)
        if 0 < first < second:
            assert not verify_consistency(first, second, roots[first], roots[second - 1], path), (
                first,
                second,
            )

"""Tiles: what C2SP's tlog-tiles says of their places, and the same proofs as from the whole tree."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.log.tiles import HIGHEST_LEVEL, WIDTH, Place, TiledTree, place_at, root_of, width_at
from ledger.merkle import (
    HASH_BYTES,
    LARGEST_TREE,
    MerkleRefused,
    Tree,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_from,
)

SIZE = 70_000
"""The example of C2SP's page."""
TREE = Tree(leaf_hash(b"%d" % number) for number in range(SIZE))


class NaiveTiles:
    """Tiles cut from a whole tree by the definition; counts what is read."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.read = 0

    def hashes(self, place: Place) -> bytes:
        self.read += 1
        width = width_at(place.level, place.number, self.size)
        assert 0 < place.width <= width
        first = place.number * WIDTH
        return b"".join(TREE.node(8 * place.level, first + each) for each in range(place.width))


def test_a_tree_of_70_000_entries_has_the_tiles_of_the_published_example() -> None:
    widths = [[width_at(level, number, SIZE) for number in range(275)] for level in range(4)]
    assert [row.count(WIDTH) for row in widths] == [273, 1, 0, 0]
    assert widths[0][273:] == [112, 0]
    assert widths[1][1:3] == [17, 0]
    assert widths[2][:2] == [1, 0]
    assert widths[3][0] == 0


def test_a_full_tile_is_one_hash_of_the_tile_above_it() -> None:
    tiles = NaiveTiles(SIZE)
    above = tiles.hashes(Place(1, 0))
    for number in (0, 1, 255):
        assert above[number * HASH_BYTES :][:HASH_BYTES] == root_of(tiles.hashes(Place(0, number)))


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, SIZE])
def test_proofs_out_of_tiles_are_those_of_the_whole_tree(size: int) -> None:
    dice = random.Random(size)  # noqa: S311 - a test's dice
    tree = TiledTree(NaiveTiles(size), size)
    assert root_from(tree, size) == TREE.root(size)
    for _ in range(20):
        index, first = dice.randrange(size), dice.randrange(size + 1)
        assert inclusion_path(tree, index, size) == TREE.inclusion_path(index, size)
        assert consistency_path(tree, first, size) == TREE.consistency_path(first, size)


def test_a_proof_reads_a_tile_for_each_level_and_one_more_for_each_edge() -> None:
    for index in (0, 35_000, SIZE - 1):
        tiles = NaiveTiles(SIZE)
        inclusion_path(TiledTree(tiles, SIZE), index, SIZE)
        assert tiles.read <= 6


def test_a_tree_of_tiles_has_no_subtree_beyond_its_size() -> None:
    tree = TiledTree(NaiveTiles(300), 300)
    for level, index in ((0, 300), (0, -1), (-1, 0), (8, 1), (9, 0), (63, 0)):
        with pytest.raises(MerkleRefused, match="merkle_index"):
            tree.node(level, index)


@pytest.mark.parametrize(
    ("place", "path"),
    [
        (Place(0, 0), "0/000"),
        (Place(0, 1_234_067), "0/x001/x234/067"),
        (Place(1, 1, 17), "1/001.p/17"),
        (Place(0, 1_000), "0/x001/000"),
        (Place(7, 0, 1), "7/000.p/1"),
    ],
)
def test_a_tiles_path_is_the_published_one(place: Place, path: str) -> None:
    assert place.to_path() == path
    assert place_at(path) == place


@given(st.integers(0, HIGHEST_LEVEL), st.integers(0, 10**12), st.integers(1, WIDTH))
def test_a_path_is_read_back_as_its_place(level: int, number: int, width: int) -> None:
    place = Place(level, number, width)
    if number << (8 * (level + 1)) <= LARGEST_TREE:
        assert place_at(place.to_path()) == place
    else:
        with pytest.raises(MerkleRefused):
            place_at(place.to_path())


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/0",
        "0/00",
        "8/000",
        "0/x000/001",
        "0/001.p/0",
        "0/001.p/256",
        "0/001.p/01",
        "00/000",
        "0/001/",
    ],
)
def test_what_is_no_path_of_a_tile_is_refused(path: str) -> None:
    with pytest.raises(MerkleRefused, match="merkle_index"):
        place_at(path)

"""The tree of the journal as tiles (C2SP tlog-tiles): 256 hashes a tile, each tile's root a hash of one above it.

A full tile never changes. Appending writes one tile for each 256 entries, and a proof reads as many tiles as the tree
is high, a few even for billions of entries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from ledger.merkle import HASH_BYTES, LARGEST_TREE, MerkleRefused, levels

if TYPE_CHECKING:
    from collections.abc import Sequence

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
"""Hashes in a full tile."""
HIGHEST_LEVEL: Final = 7
"""Of tiles: eight levels of tiles hold more than a signed 64-bit number of entries."""
_PATH = re.compile(r"([0-7])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_PER_ELEMENT: Final = 1_000


class Place(msgspec.Struct, frozen=True):
    """Which tile, and how many of its hashes (1 to 256)."""

    level: int
    number: int
    width: int = WIDTH

    def to_path(self) -> str:
        """As C2SP writes it, e.g. `0/x001/x234/067.p/8`."""
        elements = [f"{self.number % _PER_ELEMENT:03d}"]
        rest = self.number // _PER_ELEMENT
        while rest:
            elements.insert(0, f"x{rest % _PER_ELEMENT:03d}")
            rest //= _PER_ELEMENT
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{self.level}/{'/'.join(elements)}{partial}"


class TileSource(Protocol):
    """Where tiles are kept."""

    def hashes(self, place: Place) -> bytes:
        """The first `place.width` hashes of a tile, one after the other.

        Raises:
            MerkleRefused: `merkle_index` where it does not have so many.
        """


def place_at(path: str) -> Place:
    """Read a tile's path.

    Raises:
        MerkleRefused: `merkle_index` for what is none.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise MerkleRefused(code="merkle_index")
    number = int(match[2].replace("x", "").replace("/", ""))
    width = WIDTH if match[3] is None else int(match[3])
    place = Place(int(match[1]), number, width)
    if width > WIDTH or place.to_path() != path or number << (HEIGHT * (place.level + 1)) > LARGEST_TREE:
        raise MerkleRefused(code="merkle_index")
    return place


def width_at(level: int, number: int, size: int) -> int:
    """How many hashes a tile has (0 to 256) in a tree of so many entries."""
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - number * WIDTH))


def root_of(hashes: bytes) -> bytes:
    """The root over a tile's hashes, or a run of them: what a full tile contributes to the one above it."""
    return levels(split(hashes))[-1][0]


def split(hashes: bytes) -> list[bytes]:
    """A tile's hashes one by one."""
    return [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]


class TiledTree:
    """Roots of complete subtrees out of tiles, for the proofs of `ledger.merkle`; each tile is read once."""

    def __init__(self, source: TileSource, size: int) -> None:
        """Of the first `size` entries, all of which the source must have."""
        self._source = source
        self._size = size
        self._read: dict[tuple[int, int], Sequence[Sequence[bytes]]] = {}

    def node(self, level: int, index: int) -> bytes:
        """The root of a complete subtree; see `ledger.merkle.NodeSource`.

        Raises:
            MerkleRefused: `merkle_index` if the tree has no such subtree.
        """
        if level < 0 or index < 0 or (index + 1) << level > self._size:
            raise MerkleRefused(code="merkle_index")
        tile_level, height = divmod(level, HEIGHT)
        number, place = divmod(index << height, WIDTH)
        return self._levels(tile_level, number)[height][place >> height]

    def _levels(self, level: int, number: int) -> Sequence[Sequence[bytes]]:
        """Every level of a tile, as far as its subtrees are complete."""
        known = self._read.get((level, number))
        if known is None:
            place = Place(level, number, width_at(level, number, self._size))
            known = self._read[level, number] = levels(split(self._source.hashes(place)))
        return known

"""Proofs out of stored tiles: first which tiles a proof needs, then these in one question, then the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ledger.log.tiles import TiledTree
from ledger.merkle import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api.journal_reading import JournalReader
    from ledger.log.tiles import Place
    from ledger.merkle import NodeSource


Made = TypeVar("Made")


class _Wanted:
    """Notes which tiles are asked for; what they hold does not matter yet."""

    def __init__(self) -> None:
        self.places: list[Place] = []

    def hashes(self, place: Place) -> bytes:
        self.places.append(place)
        return bytes(place.width * HASH_BYTES)


class _Read:
    """Tiles that have been read."""

    def __init__(self, tiles: Mapping[tuple[int, int], bytes]) -> None:
        self._tiles = tiles

    def hashes(self, place: Place) -> bytes:
        return self._tiles[place.level, place.number]


async def proof(reader: JournalReader, size: int, make: Callable[[NodeSource], Made]) -> Made:
    """What `make` makes of the tree of the first `size` entries; it must ask for the same nodes each time.

    Raises:
        MerkleRefused: what `make` raises, and `merkle_index` where the log does not reach so far yet.
    """
    wanted = _Wanted()
    make(TiledTree(wanted, size))
    return make(TiledTree(_Read(await reader.tiles(wanted.places)), size))

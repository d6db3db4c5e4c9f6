"""Proofs out of stored tiles: first which tiles a proof needs, then these in one question, then the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ledger.log.proofs import Proof, write_proof
from ledger.log.tiles import TiledTree
from ledger.merkle import HASH_BYTES, MerkleRefused, inclusion_path

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


async def entry_proof(reader: JournalReader, number: int, *, stamped: bool = False) -> str | None:
    """The C2SP tlog-proof that an entry stands in the newest checkpoint; None where none reaches it.

    stamped: in the first one with a time-stamp token instead.
    """
    row = await (reader.stamped_checkpoint(number) if stamped else reader.checkpoint(number))
    record = await reader.entry(number)
    if row is None or record is None:
        return None
    size = int(row["size"])
    try:
        path = await proof(reader, size, lambda tree: inclusion_path(tree, number, size))
    except MerkleRefused:
        return None
    return write_proof(Proof(number, tuple(path), bytes(row["note"]), record.leaf)).decode()

"""The tiles in the database: written behind the sequencer, from the leaves that it has committed.

A tile of leaves is kept once it is full; what has come since stands in the journal itself. A tile above it grows by one
hash with each full tile under it, so that it is there as far as the tree is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ledger.log.tiles import HIGHEST_LEVEL, WIDTH, Place, root_of
from ledger.merkle import HASH_BYTES, MerkleRefused

if TYPE_CHECKING:
    from ledger.alone import Database

TILES_AT_ONCE: Final = 400
"""Tiles of leaves that one transaction writes: 102,400 entries."""
_NEXT = "SELECT coalesce(max(number) + 1, 0) AS number FROM tiles WHERE level = 0"
_LEAVES = """
SELECT count(*) AS count, string_agg(leaf, ''::bytea ORDER BY entry) AS hashes FROM journal
WHERE entry >= %s AND entry < %s
"""
_ADD_LEAVES = "INSERT INTO tiles (level, number, hashes) VALUES (0, %s, %s)"
_ADD_ABOVE = """
INSERT INTO tiles (level, number, hashes) VALUES (%s, %s, %s)
ON CONFLICT (level, number) DO UPDATE SET hashes = tiles.hashes || excluded.hashes
RETURNING hashes
"""
_READ = "SELECT substr(hashes, 1, %s) AS hashes FROM tiles WHERE level = %s AND number = %s"


class StoredTiles:
    """The tiles over one connection. `write` under `Work.LOG`; reading needs nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self) -> int:
        """Write the tiles that committed entries have filled, a bounded number; how many tiles of leaves there were.

        Raises:
            psycopg.Error: the database does not answer; nothing is half done.
        """
        database = self._database
        written = 0
        with database.transaction():
            row = database.execute(_NEXT).fetchone()
            first = 0 if row is None else int(row["number"])
            for number in range(first, first + TILES_AT_ONCE):
                leaves = database.execute(_LEAVES, (number * WIDTH, (number + 1) * WIDTH)).fetchone()
                if leaves is None or leaves["count"] < WIDTH:
                    break
                self._add(number, bytes(leaves["hashes"]))
                written += 1
        return written

    def hashes(self, place: Place) -> bytes:
        """See `ledger.log.tiles.TileSource`.

        Raises:
            MerkleRefused: `merkle_index` where the tile does not have so many hashes yet.
            psycopg.Error: the database does not answer.
        """
        length = place.width * HASH_BYTES
        row = self._database.execute(_READ, (length, place.level, place.number)).fetchone()
        if row is None and place.level == 0:
            first = place.number * WIDTH
            row = self._database.execute(_LEAVES, (first, first + place.width)).fetchone()
        hashes = b"" if row is None or row["hashes"] is None else bytes(row["hashes"])
        if not hashes or len(hashes) != length:
            raise MerkleRefused(code="merkle_index")
        return hashes

    def _add(self, number: int, hashes: bytes) -> None:
        """A full tile of leaves, and its root in the tile above, and so on where that is full now."""
        self._database.execute(_ADD_LEAVES, (number, hashes))
        for level in range(1, HIGHEST_LEVEL + 1):
            number, place = divmod(number, WIDTH)
            row = self._database.execute(_ADD_ABOVE, (level, number, root_of(hashes))).fetchone()
            hashes = b"" if row is None else bytes(row["hashes"])
            if len(hashes) != (place + 1) * HASH_BYTES:
                raise MerkleRefused(code="merkle_index")
            if place + 1 < WIDTH:
                return

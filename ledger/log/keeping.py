"""The public log is kept behind the sequencer: tiles are written, and its newest checkpoint is taken to the witnesses.

Before anybody is asked to cosign, the checkpoint's root is made again from the tiles and from the newest leaves: what
was changed there behind the sequencer's back is not carried any further. Older leaves are the audit's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from ledger.alone import wall_ms
from ledger.log.notes import read_note
from ledger.log.stored_tiles import StoredTiles
from ledger.log.tiles import TiledTree
from ledger.log.witnesses import WitnessFault
from ledger.merkle import MerkleRefused, root_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.alone import Database, Row
    from ledger.log.notes import Note
    from ledger.log.witnesses import WitnessClient

_NEWEST = "SELECT size, root, note, witnessed_ms FROM checkpoints ORDER BY size DESC LIMIT 1"
_KEEP = "UPDATE checkpoints SET note = %s, witnessed_ms = %s WHERE size = %s"
_log: Final = structlog.get_logger()


class LogDiffers(Exception):
    """The stored leaves do not give the root of a signed checkpoint: nothing is cosigned."""

    def __init__(self, size: int) -> None:
        self.code = "LOG-ROOT-DIFFERS"
        self.cure = "audit the journal: its rows were changed after they were written"
        super().__init__(f"{self.code}: {size} entries: {self.cure}")


class Kept(msgspec.Struct, kw_only=True):
    """What one run did: tiles of leaves written, the size of the newest checkpoint, and who has not cosigned it."""

    tiles: int = 0
    size: int = 0
    missing: tuple[str, ...] = ()


class LogKeeping:
    """Keeps the log. Run it under `Work.LOG`."""

    def __init__(self, database: Database, witnesses: Sequence[WitnessClient]) -> None:
        self._database = database
        self._witnesses = witnesses

    def run(self) -> Kept:
        """Write tiles, and have the newest checkpoint cosigned by everybody who has not done so.

        Raises:
            LogDiffers: the journal was changed behind the sequencer's back.
            WitnessFault: of the first witness that failed, after all were asked; run it again.
            psycopg.Error: the database does not answer.
        """
        tiles = StoredTiles(self._database)
        done = Kept(tiles=tiles.write())
        row = self._database.execute(_NEWEST).fetchone()
        if row is None:
            return done
        done.size = row["size"]
        if row["witnessed_ms"] is None:
            done.missing = self._witness(row, tiles)
        return done

    def _witness(self, row: Row, tiles: StoredTiles) -> tuple[str, ...]:
        size, note = int(row["size"]), read_note(bytes(row["note"]))
        tree = TiledTree(tiles, size)
        try:
            same = root_from(tree, size) == bytes(row["root"])
        except MerkleRefused:
            same = False
        if not same:
            raise LogDiffers(size)
        faults = []
        for witness in self._witnesses:
            if not _has_cosigned(witness, note):
                try:
                    note = note.with_lines([witness.cosign(note, size, tree)])
                except WitnessFault as fault:
                    faults.append(fault)
        missing = tuple(witness.name for witness in self._witnesses if not _has_cosigned(witness, note))
        witnessed_ms = wall_ms() if self._witnesses and not missing else None
        self._database.execute(_KEEP, (note.to_bytes(), witnessed_ms, size))
        for each in faults:
            if each.code in {"WITNESS-AHEAD", "WITNESS-REFUSED"}:
                _log.critical("alarm", code=each.code, reason=str(each), size=size)
        if faults:
            raise faults[0]
        return missing


def _has_cosigned(witness: WitnessClient, note: Note) -> bool:
    mine = (witness.verifier.name, witness.verifier.key_id)
    return any((line.name, line.key_id) == mine for line in note.signatures)

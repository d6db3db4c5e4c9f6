"""Before anything is written: does the journal extend all that the witnesses have cosigned of it?

A witness tells only by answering: it is shown a checkpoint of the journal as it stands, and cosigns it, or says how
much more it has seen. That cosignature is not kept; the next checkpoint has one of its own.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

import structlog

from ledger.alone import Elsewhere, Work, alone, open_database
from ledger.log.checkpoints import Checkpoint, sign_checkpoint
from ledger.log.stored_tiles import StoredTiles
from ledger.log.tiles import TiledTree
from ledger.log.witnesses import WitnessClient, WitnessFault
from ledger.merkle import MerkleRefused
from ledger.store.loading import StoreCorrupt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.log.endpoints import WitnessEndpoint
    from ledger.log.notes import Note
    from ledger.receipt_key import ReceiptKey

TILES_PATIENCE_S: Final = 10.0
"""How long a worker of ours may still be writing tiles."""
CODE: Final = "JOURNAL-BEHIND-WITNESS"
_log = structlog.get_logger()


def require_witnessed(
    database_url: str, checkpoint: Checkpoint, key: ReceiptKey, witnesses: Sequence[WitnessEndpoint]
) -> None:
    """Show every witness the journal as it stands; one that does not answer is an alarm, and no more.

    Raises:
        StoreCorrupt: JOURNAL-BEHIND-WITNESS, naming the entries that are gone or differ.
        psycopg.Error: the database does not answer.
    """
    if not witnesses:
        return
    note = sign_checkpoint(checkpoint, key)
    with open_database(database_url) as database:
        tiles = StoredTiles(database)
        try:
            with alone(database, Work.LOG, patience_s=TILES_PATIENCE_S):
                while tiles.write():
                    pass
        except Elsewhere:
            _log.warning("tiles are being written elsewhere")
        for endpoint in witnesses:
            with closing(WitnessClient(endpoint)) as witness:
                _show(witness, note, checkpoint.size, TiledTree(tiles, checkpoint.size))


def _show(witness: WitnessClient, note: Note, size: int, tree: TiledTree) -> None:
    try:
        witness.cosign(note, size, tree)
    except WitnessFault as fault:
        if fault.code == "WITNESS-AHEAD":
            found = f"entries {size} to {(fault.size or size + 1) - 1}, cosigned by {witness.name}, are gone"
            raise StoreCorrupt(CODE, found) from fault
        if fault.code == "WITNESS-REFUSED":
            found = f"entries up to {(fault.size or size) - 1} are not those cosigned by {witness.name}"
            raise StoreCorrupt(CODE, found) from fault
        _log.critical("alarm", code=fault.code, reason=str(fault))
    except MerkleRefused as error:
        _log.critical("alarm", code="WITNESS-NOT-ASKED", reason=error.code)

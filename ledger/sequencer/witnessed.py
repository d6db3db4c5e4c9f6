"""Before anything is written: does the journal extend all that the witnesses have cosigned of it?

A witness tells only by answering: it is shown a checkpoint of the journal as it stands, and cosigns it, or says how
much more it has seen. That cosignature is not kept; the next checkpoint has one of its own.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

import structlog

from ledger.alone import Elsewhere, Work, alone, open_database
from ledger.log.checkpoints import sign_checkpoint
from ledger.log.stored_tiles import StoredTiles
from ledger.log.tiles import TiledTree
from ledger.log.witnesses import WitnessClient, WitnessFault
from ledger.merkle import MerkleRefused
from ledger.store.loading import StoreCorrupt

if TYPE_CHECKING:
    from ledger.log.checkpoints import Checkpoint
    from ledger.log.endpoints import WitnessEndpoint
    from ledger.receipt_key import ReceiptKey

TILES_PATIENCE_S: Final = 10.0
"""How long a worker of ours may still be writing tiles."""
CODE: Final = "JOURNAL-BEHIND-WITNESS"
_log = structlog.get_logger()


class WitnessAhead(Exception):
    """A witness has cosigned more entries than it was shown; `size` is how many, if it said."""

    def __init__(self, witness: str, size: int | None) -> None:
        self.witness = witness
        self.size = size
        super().__init__(f"{witness} has {size} entries")

    def corrupt(self, entries: int) -> StoreCorrupt:
        """What it means for a journal of so many entries."""
        found = f"entries {entries} to {(self.size or entries + 1) - 1}, cosigned by {self.witness}, are gone"
        return StoreCorrupt(CODE, found)


def show(database_url: str, checkpoint: Checkpoint, key: ReceiptKey, endpoint: WitnessEndpoint) -> bool:
    """Show one witness the journal as it stands; whether it has answered. One that has not is an alarm.

    Raises:
        WitnessAhead: it has seen more.
        StoreCorrupt: JOURNAL-BEHIND-WITNESS, where what it has seen differs.
        psycopg.Error: the database does not answer.
    """
    note = sign_checkpoint(checkpoint, key)
    with open_database(database_url) as database, closing(WitnessClient(endpoint)) as witness:
        tiles = StoredTiles(database)
        try:
            with alone(database, Work.LOG, patience_s=TILES_PATIENCE_S):
                while tiles.write():
                    pass
        except Elsewhere:
            _log.warning("tiles are being written elsewhere")
        try:
            witness.cosign(note, checkpoint.size, TiledTree(tiles, checkpoint.size))
        except WitnessFault as fault:
            if fault.code == "WITNESS-AHEAD":
                raise WitnessAhead(witness.name, fault.size) from fault
            if fault.code == "WITNESS-REFUSED":
                found = f"entries up to {(fault.size or checkpoint.size) - 1} are not those cosigned by {witness.name}"
                raise StoreCorrupt(CODE, found) from fault
            _log.critical("alarm", code=fault.code, reason=str(fault))
            return False
        except MerkleRefused as error:
            _log.critical("alarm", code="WITNESS-NOT-ASKED", reason=error.code)
            return False
    return True

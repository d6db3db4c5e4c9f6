"""A sequencer with a state hash every 50 entries and a checkpoint every half second: small days have some of each."""

import sys

from ledger.sequencer import checkpoints, session
from ledger.sequencer.__main__ import main

session.ENTRIES_PER_STATE_HASH = 50
checkpoints.EVERY_MS = 500  # type: ignore[misc]  # Final for all but this

if __name__ == "__main__":
    sys.exit(main())

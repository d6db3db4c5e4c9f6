"""A sequencer that journals its running state hash every 50 entries instead of every 10,000; else it is the real one."""

import sys

from ledger.sequencer import session
from ledger.sequencer.__main__ import main

session.ENTRIES_PER_STATE_HASH = 50

if __name__ == "__main__":
    sys.exit(main())

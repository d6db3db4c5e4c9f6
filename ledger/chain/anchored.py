"""`python -m ledger.chain.anchored`: prints the journal's size and root as anchored last, as one JSON object.

A process of its own, so that the sequencer can ask at its start without keeping the chain's libraries for its life.
Reads IPX_CHAIN_URL and IPX_CHAIN_MANIFEST. Exit code 1, with the fault on standard error, if there is no answer.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec

from ledger.chain.client import ChainClient
from ledger.chain.errors import ChainFault
from ledger.chain.manifest import read_manifest
from ledger.chain.reads import AnchoredHead, anchored_head

TIMEOUT_S = 5.0


def main() -> int:
    """Ask, and give the exit code."""
    try:
        manifest = read_manifest(Path(os.environ["IPX_CHAIN_MANIFEST"]))
        if manifest is None or not manifest.complete:
            head = AnchoredHead(0, "")  # nothing is deployed, so nothing is anchored
        else:
            client = ChainClient(os.environ["IPX_CHAIN_URL"], TIMEOUT_S)
            head = anchored_head(client, manifest.address("JournalAnchor"))
    except ChainFault as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    sys.stdout.write(msgspec.json.encode(head).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

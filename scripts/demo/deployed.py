"""What was deployed of a venue, and how a venue of the demonstration is started."""

from __future__ import annotations

from pathlib import Path

import msgspec

from api.client import Trust
from exchange.commands import OpenVenue
from ledger.chain.manifest import read_manifest
from ledger.receipt_key import ReceiptKey
from scripts.demo.waiting import DemoFailed

SETTINGS = {"IPX_ANCHOR_SECONDS": "2", "IPX_TICK_SECONDS": "0.5"}
"""The demonstration's day is a minute, so its journal is anchored every two seconds."""


def deployed(data: Path, key: ReceiptKey) -> Trust:
    """What was deployed, from the files that were written then: no client and no audit takes the venue's word.

    Raises:
        DemoFailed: the deployment left no manifest.
    """
    manifest = read_manifest(data / "chain.json")
    genesis = msgspec.json.decode((data / "genesis.json").read_bytes(), type=OpenVenue)
    if manifest is None:
        message = "the deployment left no manifest"
        raise DemoFailed(message)
    return Trust(
        chain_id=manifest.chain_id,
        anchor=manifest.address("JournalAnchor"),
        register=manifest.address("Register"),
        receipt_key=key.public_key.hex(),
        bank=genesis.bank,
    )

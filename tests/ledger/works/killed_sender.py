"""A sender that SIGKILLs itself at a chosen moment; run as a process by the tests of the outbox.

The moments: `signed` (before anything was written down), `written` (before it was sent), `sent` (before the answer was
read), `second` (between two transactions of one wave).
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from ledger.alone import Work, alone, open_database
from ledger.chain.client import ChainClient
from ledger.chain.manifest import read_manifest
from ledger.chain.signer import LocalSigner, SignedTransaction, Transaction
from ledger.outbox import Outbox
from ledger.secp256k1 import PrivateKey

MOMENT = os.environ["MOMENT"]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DyingClient(ChainClient):
    """Dies around the sending."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._sent = 0

    def send_raw(self, raw: bytes) -> bytes:
        if MOMENT == "written" or (MOMENT == "second" and self._sent == 1):
            die()
        answer = super().send_raw(raw)
        self._sent += 1
        if MOMENT == "sent":
            die()
        return answer


class DyingSigner(LocalSigner):
    """Dies with a signature that nobody has seen."""

    def sign(self, transaction: Transaction) -> SignedTransaction:
        signed = super().sign(transaction)
        if MOMENT == "signed":
            die()
        return signed


def main() -> None:
    manifest = read_manifest(Path(os.environ["MANIFEST"]))
    if manifest is None:
        sys.exit("no manifest")
    signer = DyingSigner(PrivateKey.from_hex(os.environ["SENDER_KEY"]))
    with open_database(os.environ["DATABASE_URL"]) as database, alone(database, Work.OUTBOX):
        client = DyingClient(os.environ["CHAIN_URL"])
        Outbox(database, client, manifest, {"settler": signer, "registrar": signer}).run()


if __name__ == "__main__":
    main()

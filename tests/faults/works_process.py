"""Sender and indexer as processes that start at once: one that has imported everything forks whoever is asked for.

Reads lines `RUNS WORK DATABASE_URL CHAIN_URL`, forks a child that does the work so many times as the worker does it,
and tells its number; once the child has ended, its exit code (negative: the signal that ended it).
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from ledger.alone import Work, alone, open_database
from ledger.chain.client import ChainClient
from ledger.chain.manifest import read_manifest
from ledger.chain.signer import LocalSigner
from ledger.indexer import Indexer
from ledger.outbox import Outbox
from ledger.secp256k1 import PrivateKey

_PATIENCE_S = 10.0
"""How long the connection of one that was killed may keep its lock."""


def work(name: str, database_url: str, chain_url: str) -> None:
    """Do one run of a work."""
    manifest = read_manifest(Path(os.environ["MANIFEST"]))
    if manifest is None:
        sys.exit("no manifest")
    signer = LocalSigner(PrivateKey.from_hex(os.environ["SENDER_KEY"]))
    client = ChainClient(chain_url)
    which = Work.OUTBOX if name == "sender" else Work.INDEXER
    with open_database(database_url) as database, alone(database, which, patience_s=_PATIENCE_S):
        if name == "sender":
            Outbox(database, client, manifest, {"settler": signer, "registrar": signer}).run()
        else:
            Indexer(database, client, manifest).run()


def main() -> None:
    """Fork for every line."""
    for line in sys.stdin:
        name, database_url, chain_url = line.split()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                work(name, database_url, chain_url)
                code = 0
            except Exception:  # noqa: BLE001 - told, and the code says so
                traceback.print_exc()
            finally:
                os._exit(code)
        print(child, flush=True)  # noqa: T201 - whoever asked reads it
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()

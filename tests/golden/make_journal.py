"""Make a golden journal: `python -m tests.golden.make_journal NAME` writes NAME.jsonl and what must come of it, NAME.json.

Once committed, a golden journal is never made again: every later engine must replay it byte for byte.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from tests.ledger.audit.journal_maker import JournalScene, trading_day
from tests.ledger.audit.journal_writer import write

FOLDER = Path(__file__).parent


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What must come of a golden journal. Hashes as hex."""

    entries: int
    root: str
    state_hash: str
    deals: int
    transfers: int
    licences: int
    signatures: int
    attestations: int


def make(name: str) -> None:
    """Write the journal of a trading day and what must come of it.

    Raises:
        FileExistsError: there is one of this name.
    """
    scene = JournalScene()
    trading_day(scene)
    written = write(scene.stored, scene)
    expected = Expected(
        entries=len(scene.stored),
        root=written.roots[-1].hex(),
        state_hash=scene.state.state_hash(),
        deals=4,
        transfers=1,
        licences=1,
        signatures=sum(request.signer != "" for request in scene.requests),
        attestations=14,
    )
    with (FOLDER / f"{name}.jsonl").open("xb") as stream:
        stream.write(written.data)
    (FOLDER / f"{name}.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(expected), indent=2) + b"\n"
    )


if __name__ == "__main__":
    make(sys.argv[1])

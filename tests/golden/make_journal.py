"""Make a golden journal: `python -m tests.golden.make_journal NAME DAYS` writes NAME.jsonl and what must come of it, NAME.json.

Once committed, a golden journal is never made again: every later engine must replay it byte for byte.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from exchange.commands import (
    ConfirmRegistration,
    RecordRegisterCopy,
    RecordStatementLine,
    RefuseRegistration,
)
from exchange.events import DealChanged, HolderChanged, LicenceChanged
from tests.ledger.audit.claim_days import burdens_day, doubts_day, earnest_day, refusals_day
from tests.ledger.audit.evidence_days import evidence_day
from tests.ledger.audit.fifth_engine_days import owners_day, parts_day, rounds_day
from tests.ledger.audit.journal_days import floor_day, keys_day, offers_day, trading_day
from tests.ledger.audit.journal_maker import JournalScene
from tests.ledger.audit.journal_writer import write
from tests.ledger.audit.mode_days import auctions_day, later_payments_day, lots_day, sealing_day

FOLDER = Path(__file__).parent
ATTESTED = (RecordStatementLine, RecordRegisterCopy, ConfirmRegistration, RefuseRegistration)
"""What bank and office sign."""

SALES = (auctions_day, sealing_day, later_payments_day, lots_day)
DAYS: dict[str, tuple[str, tuple[Callable[[JournalScene], None], ...]]] = {
    "first": ("mainland", (trading_day, offers_day, keys_day)),
    "trading": (
        "mainland",
        (*SALES, refusals_day, earnest_day, burdens_day, doubts_day),
    ),
    "owners": ("mainland", (rounds_day, owners_day, parts_day)),
    "two-sided": ("hong-kong", (floor_day,)),
    "evidence": ("mainland", (trading_day, evidence_day)),
}
"""What a journal can be made of: the venue's profile and its days."""


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


def make(name: str, days: str) -> None:
    """Write the journal of some days and what must come of it.

    Raises:
        FileExistsError: there is one of this name.
    """
    profile, wanted = DAYS[days]
    scene = JournalScene(profile=profile)
    for day in wanted:
        day(scene)
    written = write(scene.stored, scene)
    events = [event for outcome in scene.outcomes for event in outcome.events]
    expected = Expected(
        entries=len(scene.stored),
        root=written.roots[-1].hex(),
        state_hash=scene.state.state_hash(),
        deals=sum(isinstance(event, DealChanged) and event.old == "" for event in events),
        transfers=sum(isinstance(event, HolderChanged) and bool(event.deal_id) for event in events),
        licences=sum(isinstance(event, LicenceChanged) and event.new == "GRANTED" for event in events),
        signatures=sum(request.signer != "" for request in scene.requests),
        attestations=sum(
            isinstance(request.command, ATTESTED) and outcome.refusal is None
            for request, outcome in zip(scene.requests, scene.outcomes, strict=True)
        ),
    )
    with (FOLDER / f"{name}.jsonl").open("xb") as stream:
        stream.write(written.data)
    (FOLDER / f"{name}.json").write_bytes(
        msgspec.json.format(msgspec.json.encode(expected), indent=2) + b"\n"
    )


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2])

"""Who lodged a digest, and who first: every deposit of it in an auditor's export, each entry decided again."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import msgspec

from exchange.commands import EvidenceTerms
from ledger.audit.offline import Decided, OfflineRefused, Until
from ledger.audit.replay import Replay
from ledger.journal import Accepted

if TYPE_CHECKING:
    from ledger.audit.entries import Opened


class Deposit(msgspec.Struct, frozen=True, kw_only=True):
    """One deposit as its entry has it. `time_ms` in ms UTC, digests as hex."""

    evidence_id: str
    entry: int
    time_ms: int
    party_id: str
    kind: str
    sha256: str
    sm3: str | None
    subject_id: str


class Lodging(msgspec.Struct, frozen=True, kw_only=True):
    """Every deposit of a digest up to an entry, the first one first."""

    sha256: str
    as_of_entry: int
    as_of_ms: int
    deposits: tuple[Deposit, ...]


def deposits_of(stream: IO[bytes], sha256: str, until: Until | None = None) -> Lodging:
    """Replay an export up to a moment and find every deposit of a digest (hex).

    Raises:
        OfflineRefused: OFFLINE-EXPORT, OFFLINE-PUBLIC; OFFLINE-AT: nothing stands at that time, or the entry is not
            reached.
        DecidedOtherwise: an entry on the way does not hold.
        OSError: the file cannot be read.
    """
    until = until or Until()
    last: Opened | None = None
    found = []
    for opened in Decided(stream, Replay(), until):
        last = opened
        if isinstance(opened.terms, EvidenceTerms) and opened.terms.sha256 == sha256:
            found += _deposit(opened, opened.terms)
    if last is None or (until.entry is not None and last.entry.entry < until.entry):
        code = "OFFLINE-AT"
        raise OfflineRefused(code, "" if last is None else f"the last entry is {last.entry.entry}")
    return Lodging(
        sha256=sha256, as_of_entry=last.entry.entry, as_of_ms=last.entry.time_ms, deposits=tuple(found)
    )


def _deposit(opened: Opened, terms: EvidenceTerms) -> list[Deposit]:
    """The deposit that an entry made; none where it was refused."""
    entry = opened.entry
    if not isinstance(entry.answer, Accepted):
        return []
    return [
        Deposit(
            evidence_id=entry.answer.result["evidence_id"],
            entry=entry.entry,
            time_ms=entry.time_ms,
            party_id=entry.actor,
            kind=terms.kind,
            sha256=terms.sha256,
            sm3=terms.sm3,
            subject_id=terms.subject_id,
        )
    ]

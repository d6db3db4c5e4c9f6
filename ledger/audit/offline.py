"""Replay without a chain: an auditor's export alone, decided again entry by entry.

This says what the rules make of the entries, not whether they are the ones that the venue acknowledged: seals, anchors,
receipts and givers' signatures are the audit's own work, against the chain. The root in the answer may be held against
a checkpoint.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import msgspec

from ledger.audit.entries import open_entry
from ledger.audit.findings import Finding, Findings, Unsound
from ledger.audit.lines import CheckpointLine, EntryLine, Header, LineRefused, SealLine, read_lines
from ledger.audit.replay import Replay
from ledger.audit.tally import Tally
from ledger.merkle import Frontier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.audit.entries import Opened

_CURES = {
    "OFFLINE-EXPORT": "give an export of a journal, with its header and first entry",
    "OFFLINE-PUBLIC": "give an auditor's export: a public one has no openings, which replay needs",
    "OFFLINE-AT": "give a time or an entry that the export reaches",
    "OFFLINE-SUBJECT": "give an id that the journal has by then",
}


class OfflineRefused(Exception):
    """There can be no answer. `code` is stable, `cure` says what to do."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(": ".join(filter(None, (code, detail))) + f"; {_CURES[code]}")
        self.code = code
        self.cure = _CURES[code]


class DecidedOtherwise(Exception):
    """The first entry that does not hold."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.code}: {finding.detail}")
        self.finding = finding


class Until(msgspec.Struct, frozen=True, kw_only=True):
    """As of when: after this entry, or after every entry of this time (ms UTC) and before; else the journal's end."""

    entry: int | None = None
    time_ms: int | None = None

    def is_before(self, entry: int, time_ms: int) -> bool:
        """Whether the entry of this number and time no longer counts."""
        return (self.entry is not None and self.entry < entry) or (
            self.time_ms is not None and self.time_ms < time_ms
        )


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay came to; figures count the entries before the first that does not hold. Hashes as hex."""

    decided_alike: bool
    chain_id: int
    anchor: str
    replayed: int
    time_ms: int | None
    """Of the last entry, ms UTC."""
    root: str
    """RFC 6962, over the entries replayed."""
    state_hash: str | None
    """Of the state after the last entry; None where one was decided otherwise."""
    state_hashes: int
    rights: int
    parties: int
    listings: int
    bids: int
    deals: int
    transfers: int
    licences: int
    deal_signatures: int
    approvals: int
    first_bad: Finding | None


class Decided:
    """An auditor's export under replay: iterate to decide its entries, one in memory at a time."""

    def __init__(self, stream: IO[bytes], replay: Replay, until: Until | None = None) -> None:
        """Read the header; entries are decided until that moment, or to the end.

        Raises:
            OfflineRefused: OFFLINE-EXPORT, OFFLINE-PUBLIC.
        """
        self._lines, self._replay = read_lines(stream), replay
        self._until = until or Until()
        self.header = self._header()

    def _header(self) -> Header:
        try:
            header = next(self._lines, None)
        except LineRefused as error:
            code = "OFFLINE-EXPORT"
            raise OfflineRefused(code, str(error)) from error
        if not isinstance(header, Header):
            code = "OFFLINE-EXPORT"
            raise OfflineRefused(code)
        if header.kind != "auditor":
            code = "OFFLINE-PUBLIC"
            raise OfflineRefused(code)
        return header

    def __iter__(self) -> Iterator[Opened]:
        """Each entry once it has been decided as the journal says.

        Raises:
            DecidedOtherwise: this entry was not, or is none; nothing follows.
            OSError: the file cannot be read.
        """
        findings, number = Findings(), 0
        try:
            for line in self._lines:
                if isinstance(line, EntryLine):
                    opened = open_entry(line, number, self.header.kind)
                    if self._until.is_before(number, opened.entry.time_ms):
                        return
                    self._replay.step(opened)
                    number += 1
                    yield opened
                elif not isinstance(line, SealLine | CheckpointLine):
                    findings.add("AUDIT-LINE", "a line out of its place", entry=number)
                    break
        except LineRefused as error:
            findings.add("AUDIT-LINE", str(error), entry=number)
        except Unsound as found:
            # A state that differs went another way somewhere since it was last seen to agree.
            first = number - found.entries_before
            if found.code == "AUDIT-STATE-HASH":
                first = self._replay.agreed_before
            findings.add(found.code, found.detail, interval=(first, number))
        if findings.first is not None:
            raise DecidedOtherwise(findings.first)


def replay_export(stream: IO[bytes]) -> Replayed:
    """Decide a whole export again. Memory grows with the venue's state, not with its entries.

    Raises:
        OfflineRefused: OFFLINE-EXPORT, OFFLINE-PUBLIC.
        OSError: the file cannot be read.
    """
    replay, tally, tree = Replay(), Tally(), Frontier()
    decided = Decided(stream, replay)
    time_ms, first_bad = None, None
    try:
        for opened in decided:
            tally.add(opened.entry)
            tree.append(opened.leaf)
            time_ms = opened.entry.time_ms
    except DecidedOtherwise as otherwise:
        first_bad = otherwise.finding
    if first_bad is None and not replay.entries:
        code = "OFFLINE-EXPORT"
        raise OfflineRefused(code, "it has no entry")
    return Replayed(
        decided_alike=first_bad is None,
        chain_id=decided.header.chain_id,
        anchor=decided.header.anchor,
        replayed=replay.entries,
        time_ms=time_ms,
        root=tree.root().hex(),
        state_hash=replay.state_hash() if first_bad is None else None,
        state_hashes=replay.state_hashes,
        rights=tally.rights,
        parties=tally.parties,
        listings=tally.listings,
        bids=tally.bids,
        deals=replay.deals,
        transfers=replay.transfers,
        licences=replay.licences,
        deal_signatures=replay.deal_signatures,
        approvals=replay.approvals,
        first_bad=first_bad,
    )

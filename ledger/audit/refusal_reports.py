"""What the service reported that a contract had refused: the refusal must stand on the chain.

A refusal holds up settlement and asks both parties for fresh signatures, so a venue must not be able to invent one.
What goes many in a call leaves an `ItemRefused`. What goes alone reverts, which leaves no event: such a report is
counted, and cannot be checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.chain.comparison import RECORD_OF, key_of, key_of_event
from ledger.chain.events import ItemRefused
from ledger.outbox_row import REPORTED_AS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchange.commands import ReportChainRecord
    from ledger.audit.findings import Findings
    from ledger.chain.events import ChainEvent
    from ledger.chain.records import Record

_GOES_ALONE = ("message", "arguments")


class _Report(msgspec.Struct, frozen=True, kw_only=True):
    entry: int
    command: ReportChainRecord
    records: tuple[Record, ...]
    """What had been queued about its subject by then."""


class RefusalReports:
    """The accepted reports of refusals, and the records that each can be about, in the journal's order."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], list[Record]] = {}
        self._reports: list[_Report] = []

    def add_record(self, kind: str, subject_id: str, record: Record) -> None:
        """Take down what was queued; `kind` is the outbox's."""
        self._records.setdefault((REPORTED_AS.get(kind, kind), subject_id), []).append(record)

    def add(self, entry: int, command: ReportChainRecord) -> None:
        """Take a report down."""
        records = tuple(self._records.get((command.record, command.subject_id), ()))
        self._reports.append(_Report(entry=entry, command=command, records=records))

    def check(self, events: Sequence[ChainEvent], block: int, findings: Findings) -> tuple[int, int]:
        """Look for each, read at `block`; gives how many were reported in later blocks, and how many leave no event."""
        if not self._reports:
            return 0, 0
        refused = {(event.id, event.error) for event in events if isinstance(event, ItemRefused)}
        standing = {key_of_event(event) for event in events if type(event) in RECORD_OF}
        beyond = unseen = 0
        for report in self._reports:
            command, records = report.command, report.records
            if any((each.item_id.lower(), command.error) in refused for each in records):
                continue
            # Refused in final blocks that the chain then lost, and recorded afterwards.
            if any(key_of(each) in standing for each in records):
                continue
            if command.transaction == "" and any(each.form in _GOES_ALONE for each in records):
                unseen += 1
            elif command.block > block:
                beyond += 1
            else:
                detail = f"{command.record} {command.subject_id}: {command.error}"
                findings.add("AUDIT-CHAIN-REFUSAL", detail, entry=report.entry)
        return beyond, unseen

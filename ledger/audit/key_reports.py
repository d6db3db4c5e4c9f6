"""What the service reported of keys and recoveries that changed on the chain without the venue: it must stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.chain.events import CounterAdvanced, KeyRecovered, KeyRevoked, KeyRotated, RecoveryVetoed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exchange.commands import ReportKey
    from ledger.audit.findings import Findings
    from ledger.chain.events import ChainEvent

_Said = tuple[str, str, str, int]
"""What happened, to which key (lower case), which other key it names if any, and the counter after it."""


class _Report(msgspec.Struct, frozen=True, kw_only=True):
    entry: int
    said: _Said
    transaction: str
    block: int


class KeyReports:
    """The accepted reports, in the journal's order."""

    def __init__(self) -> None:
        self._reports: list[_Report] = []

    def add(self, entry: int, command: ReportKey) -> None:
        """Take one down."""
        said = (command.event, command.key.lower(), command.new_key.lower(), command.counter)
        self._reports.append(
            _Report(entry=entry, said=said, transaction=command.transaction, block=command.block)
        )

    def check(self, events: Iterable[ChainEvent], block: int, findings: Findings) -> int:
        """Look for the event of each, read at `block`; gives how many were reported in later blocks."""
        stands = {_said_by(event) for event in events} if self._reports else set()
        beyond = 0
        for report in self._reports:
            if report.said in stands:
                continue
            if report.block > block:
                beyond += 1
            else:
                detail = f"{report.said[0]} {report.said[1]}, transaction {report.transaction}"
                findings.add("AUDIT-CHAIN-MISSING", detail, entry=report.entry)
        return beyond


def _said_by(event: ChainEvent) -> _Said | None:
    match event:
        case KeyRevoked():
            return "revoked", event.key, "", 0
        case KeyRotated():
            return "rotated", event.old_key, event.new_key, 0
        case KeyRecovered():
            return "recovered", event.old_key, event.new_key, 0
        case CounterAdvanced():
            return "advanced", event.key, "", event.new_counter
        case RecoveryVetoed():
            return "vetoed", event.key, event.new_key, 0
        case _:
            return None

"""What the forgeries share."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from exchange import canonical
from exchange import commands as c
from exchange.sealed import commitment
from ledger.audit.lines import read_lines
from ledger.audit.report import Report
from tests.ledger.audit.journal_maker import JournalScene, Stored

Forge = Callable[[list[Stored], JournalScene], int]
"""Changes entries in place; gives the one that must be named."""


def assert_only(report: Report, code: str, entry: int | None) -> None:
    """The finding is there, it is the first, and no other check has seen the forgery."""
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.entry) == (code, entry), report.findings
    assert {finding.code for finding in report.findings} == {code}
    assert not report.verified


def place(scene: JournalScene, command: type[c.Command], which: int = 0, accepted: bool = True) -> int:
    """The entry of a command."""
    found = [
        number
        for number, request in enumerate(scene.requests)
        if isinstance(request.command, command) and (scene.outcomes[number].refusal is None) == accepted
    ]
    return found[which]


def value_of(part: tuple[bytes, bytes]) -> Any:
    return msgspec.json.decode(part[1])


def resealed(stored: Stored, label: str, value: Any) -> Stored:
    """The entry with another outcome or other terms under a fresh commitment."""
    part = stored.outcome if label == "outcome" else stored.terms
    assert part is not None
    sealed = msgspec.json.decode(stored.public)["sealed"] | {label: commitment(label, part[0], value).hex()}
    changed = stored.changed(sealed=sealed)
    opening = (part[0], canonical.encode(value))
    return replace(changed, outcome=opening) if label == "outcome" else replace(changed, terms=opening)


def lines_of(data: bytes) -> list[Any]:
    return list(read_lines(io.BytesIO(data)))

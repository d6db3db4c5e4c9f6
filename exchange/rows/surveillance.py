"""What market surveillance looks into."""

from __future__ import annotations

from typing import ClassVar

from exchange.commands import CaseOutcome
from exchange.rows.row import Row


class SurveillanceCase(Row):
    """A suspicion that an operator looks into: OPEN, then CLOSED, when it leaves memory. No rule reads it."""

    kind: ClassVar[str] = "surveillance_case"
    subjects: tuple[str, ...]
    """Ids of parties, listings and deals."""
    opened_ms: int
    state: str = "OPEN"
    outcome: CaseOutcome | None = None
    closed_ms: int | None = None

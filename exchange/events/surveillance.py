"""What happened to cases of market surveillance."""

from __future__ import annotations

from exchange.events.event import Event


class SurveillanceCaseChanged(Event, frozen=True):
    case_id: str
    subjects: tuple[str, ...]
    old: str
    new: str
    outcome: str

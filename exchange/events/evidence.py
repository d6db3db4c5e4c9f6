"""What happened at the evidence desk, and to legal holds."""

from __future__ import annotations

from exchange.events.event import Event


class EvidenceLodged(Event, frozen=True):
    evidence_id: str
    party_id: str
    subject_id: str


class LegalHoldChanged(Event, frozen=True):
    """A hold was placed on these entries, or lifted from them."""

    hold_id: str
    entries: tuple[int, ...]
    ground: str
    old: str
    new: str

"""What happened to documents on record and to objections."""

from __future__ import annotations

from exchange.events.event import Event


class DocumentRecorded(Event, frozen=True):
    """A document is on record; `document` is its kind."""

    document_id: str
    document: str
    subject_id: str
    party_id: str
    digest: str


class ObjectionMade(Event, frozen=True):
    objection_id: str
    listing_id: str
    party_id: str
    ground: str


class ObjectionChanged(Event, frozen=True):
    objection_id: str
    listing_id: str
    party_id: str
    old: str
    new: str
    cause: str

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


class ExportPapersVoided(Event, frozen=True):
    """A right's export class or a deal's contract has changed: what was recorded of its export counts no more."""

    deal_id: str
    cause: str


class LetterOverdue(Event, frozen=True):
    """The authority has not decided in time on a letter of intent for an export to a party.

    `listing_id`: where the right is listed now, else empty.
    """

    document_id: str
    right_id: str
    party_id: str
    listing_id: str


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

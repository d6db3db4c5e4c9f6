"""What happened to parties and their agents."""

from __future__ import annotations

from exchange.events.event import Event


class PartyApplied(Event, frozen=True):
    party_id: str
    key: str


class PartyVerified(Event, frozen=True):
    """Papers of these kinds are on record."""

    party_id: str
    papers: tuple[str, ...]


class PartyApproved(Event, frozen=True):
    party_id: str


class PartySuspended(Event, frozen=True):
    party_id: str


class PartyClosed(Event, frozen=True):
    party_id: str


class AffiliationRecorded(Event, frozen=True):
    party_id: str
    affiliate_id: str


class AffiliationEnded(Event, frozen=True):
    party_id: str
    affiliate_id: str


class AgentAppointed(Event, frozen=True):
    party_id: str
    key: str
    until_ms: int


class AgentDismissed(Event, frozen=True):
    party_id: str
    key: str


class ApiKeyIssued(Event, frozen=True):
    party_id: str

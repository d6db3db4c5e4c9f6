"""What happened to technology needs."""

from __future__ import annotations

from exchange.events.event import Event


class NeedPosted(Event, frozen=True):
    need_id: str
    party_id: str
    until_ms: int


class NeedAmended(Event, frozen=True):
    need_id: str
    party_id: str
    until_ms: int


class NeedChanged(Event, frozen=True):
    """A need has ended; `cause` is the command or deadline that did it."""

    need_id: str
    party_id: str
    old: str
    new: str
    cause: str

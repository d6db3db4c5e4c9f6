"""What happened to the venue itself: versions, clock, calendar, chain, erasures, deadlines."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.events.event import Event


class VenueOpened(Event, frozen=True):
    chain_id: int
    profile: str


class VersionActivated(Event, frozen=True):
    schema: int
    engine: int
    rulebook: int


class OutageRecorded(Event, frozen=True):
    since_ms: int
    until_ms: int
    moved: tuple[str, ...]


class ClockJumped(Event, frozen=True):
    to_ms: int


class CalendarSet(Event, frozen=True):
    closed_days: int
    place: str | UnsetType = UNSET


class ChainRecovered(Event, frozen=True):
    ground: str
    halted_for: str
    agreed_block: int


class TradingAuthorised(Event, frozen=True):
    """What lets the venue trade continuously has been recorded; `document` is its salted commitment (hex)."""

    ground: str
    document: str


class TradingAuthorisationWithdrawn(Event, frozen=True):
    """From now on this venue matches no orders."""


class TradingHalted(Event, frozen=True):
    """Two operators have halted trading; nothing but a resumption by two ends it."""

    halt_id: str
    ground: str
    operators: tuple[str, str]


class TradingResumed(Event, frozen=True):
    """Trading goes on; the clocks that stood still since then, by their ids, run on with what they had left."""

    halt_id: str
    since_ms: int
    operators: tuple[str, str]
    moved: tuple[str, ...]


class StateHashRecorded(Event, frozen=True):
    state_hash: str


class SealedPartErased(Event, frozen=True):
    entry: int
    label: str
    ground: str


class DeadlineFired(Event, frozen=True):
    deadline_id: str
    due_ms: int

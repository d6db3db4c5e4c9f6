"""What happened to exchange rates."""

from __future__ import annotations

from exchange.events.event import Event


class ExchangeRateRecorded(Event, frozen=True):
    rate_id: str
    base: str
    quote: str
    as_of: str


class ExchangeRateUsed(Event, frozen=True):
    """A rule has compared an amount of a listing with one of another currency; `rule` is its code."""

    rate_id: str
    listing_id: str
    rule: str

"""What happened to disputes over deals."""

from __future__ import annotations

from exchange.events.event import Event


class DisputeChanged(Event, frozen=True):
    """A dispute was raised (`old` empty) or has ended."""

    dispute_id: str
    deal_id: str
    old: str
    new: str
    cause: str


class DisputedDealMoved(Event, frozen=True):
    """Chain or office have answered meanwhile: the deal goes on from `new` when its dispute has ended.

    `new` is UNWINDING where what was answered ends it.
    """

    deal_id: str
    old: str
    new: str
    cause: str

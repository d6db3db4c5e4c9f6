"""What happened to the venue's fees."""

from __future__ import annotations

from exchange.events.event import Event


class FeeScheduleSet(Event, frozen=True):
    """Listings in this currency open under another schedule from now on."""

    fee_schedule_id: str
    currency: str

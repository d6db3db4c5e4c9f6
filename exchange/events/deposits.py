"""What happened to deposits."""

from __future__ import annotations

from exchange.events.event import Event


class DepositChanged(Event, frozen=True):
    """A deposit was made (`old` empty), or is paid out."""

    deposit_id: str
    deal_id: str
    old: str
    new: str
    cause: str

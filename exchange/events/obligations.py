"""What happened to payments that fall due after a deal took effect."""

from __future__ import annotations

from exchange.events.event import Event


class ObligationChanged(Event, frozen=True):
    """An obligation moved from one state to another; `old` is empty for a new one. OVERDUE is a default."""

    obligation_id: str
    deal_id: str
    old: str
    new: str
    cause: str


class RoyaltyReported(Event, frozen=True):
    """The licensee has reported a period; `amount` (minor units) is its royalty."""

    obligation_id: str
    deal_id: str
    amount: int


class InspectionChanged(Event, frozen=True):
    """An inspection of the books was called or closed; `amount` (minor units) is what it has added."""

    obligation_id: str
    deal_id: str
    old: str
    new: str
    cause: str
    amount: int


class InstalmentsDemanded(Event, frozen=True):
    """The seller has demanded what is overdue; the buyer has until `until_ms`."""

    deal_id: str
    until_ms: int


class RemedyChosen(Event, frozen=True):
    """All instalments are due now, or the deal is rescinded; `reverse_deal` gives an assigned right back."""

    deal_id: str
    remedy: str
    reverse_deal: str

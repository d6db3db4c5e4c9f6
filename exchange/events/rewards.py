"""What a seller has recorded of inventors' rewards."""

from __future__ import annotations

from exchange.events.event import Event


class RewardRecorded(Event, frozen=True):
    """A seller's calculation, no payment: what it has `received` so far, and each contributor's part of the rest.

    Amounts in minor units of the deal's currency, each rounded down; what is left over stays with the seller.
    """

    deal_id: str
    party_id: str
    """The seller, who alone sees it beside the venue."""
    received: int
    costs: int
    amounts: tuple[int, ...]

"""What an owner has recorded of remuneration and reward."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.commands import RewardBasis, RewardGround
from exchange.events.event import Event


class RewardRecorded(Event, frozen=True):
    """An owner's calculation, no payment: what it has `received` so far, and each contributor's part of the rest.

    Amounts in minor units of the deal's currency. Since engine version 5 they are the contributors' part to the cent;
    before, each was rounded down.
    """

    deal_id: str
    party_id: str
    """Whose record it is, who alone sees it beside the venue."""
    received: int
    costs: int
    amounts: tuple[int, ...]
    """None where the remuneration is a part of shares or of a later profit, or is fixed elsewhere."""
    basis: RewardBasis | UnsetType = UNSET
    ground: RewardGround | UnsetType = UNSET
    on_grant_late: bool | UnsetType = UNSET
    """Whether the inventors were rewarded later than three months after the grant (Implementing Rules, Art. 93)."""

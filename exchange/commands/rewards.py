"""The command about inventors' rewards: a calculation on record, no payment."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from exchange.commands.command import Command, Terms


class RewardTerms(Terms, frozen=True):
    """How a seller splits what a deal has brought it among those who made the result.

    costs: what it deducts first, in minor units of the deal's currency. shares: basis points of the rest, one for each
    contributor in the order of the erasable part that names them. on_grant: what the unit has given the inventors when
    the patent was granted 奖励, in minor units of CNY; left out where an agreement or its own rules fix it otherwise.
    """

    costs: int
    shares: tuple[int, ...]
    on_grant: int | UnsetType = UNSET


class RecordReward(Command, frozen=True):
    """The seller records the reward 奖酬 of a deal's contributors. Erasable: `contributors`, who they are."""

    terms_type: ClassVar[type[Terms] | None] = RewardTerms
    deal_id: str

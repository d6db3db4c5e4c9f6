"""The command about what those who made a result are given: a calculation on record, no payment."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

from exchange.commands.command import Command, Terms

RewardBasis = Literal["income", "shares", "profit"]
"""Of what contributors have their part: the net income, shares given for a contribution as capital, a yearly profit."""
RewardGround = Literal["agreement", "unit_rules", "not_made_here"]
"""Where the remuneration is fixed elsewhere, or why nobody of the seller's has one."""


class RewardTerms(Terms, frozen=True):
    """How a seller splits what a deal has brought it among those who made the result.

    costs: what it deducts first, in minor units of the deal's currency. shares: basis points of the rest, one for each
    contributor in the order of the erasable part that names them. on_grant: what the unit has given the inventors when
    the patent was granted 奖励, in minor units of CNY; left out where an agreement or its own rules fix it otherwise.

    Since engine version 5: basis: `income` where nothing is said. years: for how many a part of the profit is given.
    ground: the remuneration is fixed by an agreement or the unit's rules, or the result was made elsewhere; shares may
    be left out then, unless a law sets a least. on_grant_day: on which the inventors were given `on_grant` (ISO).
    """

    costs: int
    shares: tuple[int, ...]
    on_grant: int | UnsetType = UNSET
    basis: RewardBasis | UnsetType = UNSET
    years: int | UnsetType = UNSET
    ground: RewardGround | UnsetType = UNSET
    on_grant_day: str | UnsetType = UNSET


class RecordReward(Command, frozen=True):
    """The seller records the remuneration 报酬 of a deal's contributors. Erasable: `contributors`, who they are."""

    terms_type: ClassVar[type[Terms] | None] = RewardTerms
    deal_id: str

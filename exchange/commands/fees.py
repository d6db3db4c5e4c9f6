"""Commands about the venue's fees."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from exchange.commands.command import Command, GivenBy
from exchange.money.amount import Currency


class FeeBand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a price lies above `above` (minor units) bears so many basis points, up to the next band."""

    above: int
    basis_points: int


class SetFeeSchedule(Command, frozen=True):
    """The fees of deals from listings in this currency that open from now on. Erasable: `reason`.

    minimum, maximum: of one deal together, in minor units; a fee never takes more than what is paid.
    """

    given_by: ClassVar[GivenBy] = "operator"
    currency: Currency
    bands: tuple[FeeBand, ...]
    minimum: int = 0
    maximum: int | None = None

"""Commands about exchange rates."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.commands.command import Command, GivenBy
from exchange.money.amount import Currency

RateSource = Literal["cfets_central_parity", "hkma", "amcm"]
"""Who has published it: the central parity 人民币汇率中间价 of CFETS, the Hong Kong or the Macau monetary authority."""


class RecordExchangeRate(Command, frozen=True):
    """A published rate: one unit of `base` is numerator/denominator units of `quote`. Erasable: `reason`.

    `as_of`: the ISO date that it was published for. Rules compare amounts by it; no money is converted.
    """

    given_by: ClassVar[GivenBy] = "operator"
    base: Currency
    quote: Currency
    numerator: int
    denominator: int
    as_of: str
    source: RateSource

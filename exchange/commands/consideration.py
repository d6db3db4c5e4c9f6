"""What is paid for a right or a licence beside a lump sum, and the clauses that go with it: data alone, no rules.

Civil Code Art. 846: one payment in total, one payment in instalments, a royalty, or a royalty with an entry fee; the
royalty is a share of the product's price, of the new output value and profit, or of the sales, at a fixed, a yearly
rising or a yearly falling rate.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

RoyaltyBase = Literal["net_sales", "added_output", "profit", "product_price"]
"""净销售额, 新增产值, 利润, price of the licensed product."""
ReportingPeriod = Literal["quarter", "half_year", "year"]
Improvements = Literal["licensor", "licensee", "shared"]
"""Whose improvements are; where nothing is said each side's are its own (Civil Code Art. 875)."""
Institution = Literal["SCIA", "CIETAC", "GZAC", "HKIAC", "WTCMAC"]
Seat = Literal["shenzhen", "guangzhou", "beijing", "hong_kong", "macau"]


class Instalment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part of the price: its share in basis points, due so many days after the deal takes effect."""

    share: int
    due_days: int


class Royalty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A running royalty 提成支付.

    rates: basis points of the base, one for each contract year, the last for all that follow. floor, ceiling: least and
    most of one period, in minor units of the listing's currency. report_days: from the period's end to the report;
    pay_days: from there to the payment.
    """

    base: RoyaltyBase
    rates: tuple[int, ...]
    period: ReportingPeriod
    report_days: int
    pay_days: int
    floor: int | None = None
    ceiling: int | None = None


class _Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """One way of paying."""


class Instalments(_Kind, frozen=True, tag="instalments"):
    """The price in parts 一次总算、分期支付."""

    parts: tuple[Instalment, ...]


class RunningRoyalty(_Kind, frozen=True, tag="royalty"):
    """A royalty and no price."""

    royalty: Royalty


class EntryFeeAndRoyalty(_Kind, frozen=True, tag="entry_fee_and_royalty"):
    """The price as entry fee 入门费, and a royalty."""

    royalty: Royalty


class Equity(_Kind, frozen=True, tag="equity"):
    """Contribution as capital 作价投资: the price is the value of the contribution; shares are given, no money.

    company_number: of the company whose shares are given; basis_points: of all its shares.
    """

    company_number: str
    basis_points: int


Consideration: TypeAlias = Instalments | RunningRoyalty | EntryFeeAndRoyalty | Equity
"""A lump sum where nothing is said."""


class Commission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the seller's agent earns of each payment 佣金: out of the seller's part, in basis points of the payment."""

    party_id: str
    basis_points: int


class Withholding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tax that the buyer withholds and pays over 代扣代缴, as the two have agreed; the venue computes no tax by law.

    name: a code. rate: basis points of the taxed part; base: that part in basis points of each payment.
    """

    name: str
    rate: int
    base: int = 10_000


class LateInterest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On what is paid late. daily_rate: hundredths of a basis point a day; most: basis points of the amount."""

    daily_rate: int
    most: int


class Arbitration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who arbitrates, and at which seat; the court or body that the parties agree on where nothing is said."""

    institution: Institution
    seat: Seat

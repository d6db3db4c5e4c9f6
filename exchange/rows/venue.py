"""The venue's own row, and what happens by itself at a time."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from exchange.rows.row import Row


class TradingAuthorisation(msgspec.Struct, frozen=True, kw_only=True):
    """What lets the venue trade continuously: its ground, and the salted commitment (hex) to the document."""

    ground: str
    document: str
    recorded_ms: int


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """A place's working days: Monday to Friday less closed days, plus weekend days worked; ISO dates."""

    closed_days: tuple[str, ...] = ()
    working_weekends: tuple[str, ...] = ()


class TradingHalt(msgspec.Struct, frozen=True, kw_only=True):
    """Trading stands still since `since_ms`: why, and the addresses of the two operators who signed for it."""

    id: str
    ground: str
    since_ms: int
    operators: tuple[str, str]


class Venue(Row):
    """The venue itself, one row: what it was opened with, versions in force, counters of ids, halted currencies."""

    kind: ClassVar[str] = "venue"
    profile: str
    chain_id: int
    register: str
    anchor: str
    operators: tuple[str, ...]
    service: str
    bank: str
    office: str
    receipt_key: str
    fee_basis_points: int
    simulated: bool
    schema: int = 1
    engine: int = 1
    rulebook: int = 1
    clock_offset_ms: int = 0
    closed_days: tuple[str, ...] = ()
    working_weekends: tuple[str, ...] = ()
    halted_currencies: tuple[str, ...] = ()
    bank_balances: dict[str, int] = {}
    """By currency: the bank's balance after the last statement line (minor units)."""
    first_approvals: dict[str, str] = {}
    """What one operator has approved and a second must approve too: subject to the first one's address."""
    counters: dict[str, int] = {}
    calendars: dict[str, Calendar] | UnsetType = UNSET
    """By place, such as `HK`: those of other places than the venue's own, whose days stand above."""
    trading_authorisation: TradingAuthorisation | UnsetType = UNSET
    """For the continuous mode; without it that mode is off."""
    trading_halt: TradingHalt | UnsetType = UNSET
    """While trading stands still; since engine version 4."""


TRADING_CLOCKS = frozenset(
    {
        *("registration_close", "listing_close", "call_end", "price_drop"),
        *("sealing_by", "reveal_end", "evaluation_by", "award_offer"),
    }
)
"""Venue clocks of the market itself: they stand still with it. What is agreed has others, and those run on."""


class Deadline(Row):
    """Something that happens by itself at `due_ms`. Id `what:subject`. Venue clocks are moved by an outage.

    `stopped_ms`: since when it stands still, for a halt of trading; then nothing happens at `due_ms`.
    """

    kind: ClassVar[str] = "deadline"
    what: str
    subject_id: str
    due_ms: int
    venue_clock: bool = True
    stopped_ms: int | UnsetType = UNSET

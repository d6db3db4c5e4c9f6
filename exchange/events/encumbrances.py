"""What happened to freezes that the venue was told of, and to pledges drawn up here."""

from __future__ import annotations

from typing import Literal

from exchange.events.event import Event


class FreezeNoticeChanged(Event, frozen=True):
    """A freeze was recorded (`old` empty), extended, lifted or cleared by the register, or has ended by itself."""

    freeze_id: str
    right_id: str
    old: str
    new: str
    cause: str
    until_ms: int


class PledgeConsented(Event, frozen=True):
    """A co-owner consents to a pledge, or, as the pledgor too, to its change; `holder` as in `CoOwnerConsented`."""

    pledge_id: str
    pledgor: str
    pledgee: str
    holder: str


class PledgeFilingDecided(Event, frozen=True):
    """The office has decided on what was handed in for a pledge; `reason_code` is its ground of refusal."""

    pledge_id: str
    filing_id: str
    right_id: str
    outcome: Literal["confirmed", "refused"]
    reason_code: str


class PledgeContractChanged(Event, frozen=True):
    """A pledge drawn up here moved from one state to another; `old` is empty for a new one."""

    pledge_id: str
    pledgor: str
    pledgee: str
    old: str
    new: str
    cause: str

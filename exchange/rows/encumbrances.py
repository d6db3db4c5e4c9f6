"""Freezes that the venue was told of, and pledges drawn up here."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from exchange.commands import FreezeGround, PledgeTerms
from exchange.money.amount import Currency
from exchange.rows.row import Row


class Freeze(Row):
    """A freeze by notice or order: DISPUTE or PRESERVATION, then RELEASED or EXPIRED. Times in ms UTC."""

    kind: ClassVar[str] = "freeze"
    right_id: str
    ground: FreezeGround
    document_digest: str
    """Of the last notice or order."""
    reference: str
    """The salted commitment (hex) to its number."""
    since_ms: int
    until_ms: int
    told_ms: int
    """When the venue recorded it or its extension: a register copy after that says whether it stands."""
    state: str = ""


class PledgeContract(Row):
    """A pledge drawn up here. Amounts in minor units of the terms' currency, times in ms UTC.

    States: DRAWN_UP, CONTRACT, FILED, REGISTERED, CHANGING, CHANGED, DISCHARGING, DISCHARGED, ENFORCED, CANCELLED.
    """

    kind: ClassVar[str] = "pledge_contract"
    pledgor: str
    pledgee: str
    rights: tuple[str, ...]
    terms: PledgeTerms
    terms_salt: str
    contract: str
    """The salted commitment (hex) to its text."""
    drawn_up_ms: int
    state: str = ""
    filing_id: str = ""
    package_digest: str = ""
    filings: dict[str, str] = {}
    """Handed in through the adapter for what is asked now: each with `confirmed`, `refused`, or nothing yet."""
    refused_for: str = ""
    """The ground of the office's last refusal, until something is filed again."""
    office_due_ms: int | None = None
    """The end of the third working day after the filing, by which the office decides."""
    stood: str | UnsetType = UNSET
    """The state in which a change or a discharge was asked for, which a refusal gives back."""
    asked_ms: int | None = None
    """Since when a change or a discharge is asked of the register."""
    change: PledgeTerms | None = None
    """The terms that a change is to bring."""
    changed_on: tuple[str, ...] = ()
    """Rights on which the register shows the change already."""
    numbers: dict[str, int] = {}
    """For each right on which the register shows it, which pledge it is of all ever seen there."""
    document_digest: str = ""
    """Of the office's last refusal, or of what it was enforced by."""
    co_owner_consents: tuple[str, ...] | UnsetType = UNSET
    """Company numbers of the co-owners that have consented to it; of them and the pledgor, to a change."""


class PledgeReceipts(Row):
    """What deals have brought a registered pledge, on all the rights that it stands on. Since engine version 5.

    `pledge`: its contract's id where it was drawn up here, else its office and pledgee's company number with the
    register's number of it, or, of a copy that carries none, what it is called in the right's timeline.
    """

    kind: ClassVar[str] = "pledge_receipts"
    pledge: str
    rights: tuple[str, ...] = ()
    """On which the register shows it."""
    received: dict[Currency, int] = {}
    """Minor units by currency, what was deposited for it included."""

"""Licences and the salts of their scopes."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from exchange.commands import DealKind
from exchange.rows.row import Row


class LicenceScope(Row):
    """The salt (hex) of the commitments to the scopes of a right's licences: equal scopes are equal on the chain."""

    kind: ClassVar[str] = "licence_scope"
    salt: str


class Licence(Row):
    """A licence: GRANTED, then RECORDED or OVERDUE beside it, EXPIRED, ENDED with its right, or TERMINATED.

    SUSPENDED while a decision that declares its right invalid is not final.
    """

    kind: ClassVar[str] = "licence"
    right_id: str
    deal_id: str
    licensor: str
    licensee: str
    licence_kind: DealKind
    territory: tuple[str, ...]
    field_of_use: str
    starts_ms: int
    ends_ms: int
    granted_until_ms: int
    """The end that it was granted with; `ends_ms` may have come before it since."""
    state: str = "GRANTED"
    recordal_due_ms: int = 0
    recorded: bool = False
    may_sublicense: bool | UnsetType = UNSET
    """Whether its contract lets its licensee license others; said of those granted since engine version 3."""
    head_licence: str | UnsetType = UNSET
    """Of a sub-licence: the licence under which it was granted, and with which it ends."""
    open_listing: str | UnsetType = UNSET
    """The open listing of a sub-licence under it."""
    suspended_from: str | UnsetType = UNSET
    """While it is SUSPENDED, the state to which it goes back."""

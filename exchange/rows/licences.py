"""Licences and the salts of their scopes."""

from __future__ import annotations

from typing import ClassVar

from exchange.commands import DealKind
from exchange.rows.row import Row


class LicenceScope(Row):
    """The salt (hex) of the commitments to the scopes of a right's licences: equal scopes are equal on the chain."""

    kind: ClassVar[str] = "licence_scope"
    salt: str


class Licence(Row):
    """A licence: GRANTED, then RECORDED or OVERDUE beside it, EXPIRED or ENDED."""

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

"""Parties, their keys and recoveries."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from exchange.commands import Category, Jurisdiction, Paper, Role
from exchange.rows.row import Row

APPROVED = frozenset({"ACTIVE", "SUSPENDED"})
"""States of a party whose company number is its own: it has been approved, and has not left."""


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """A mandate: the agent's key, what it may do, and until when (ms UTC)."""

    key: str
    scope: tuple[str, ...]
    until_ms: int


class Party(Row):
    """A company: APPLIED, VERIFIED, ACTIVE, SUSPENDED or CLOSED.

    `key` is the address of the key that the company itself holds.
    """

    kind: ClassVar[str] = "party"
    roles: tuple[Role, ...]
    jurisdiction: Jurisdiction
    category: Category
    company_number: str
    """As it tells one company from another: in Hong Kong without what a certificate adds to it."""
    key: str
    authorisation_letter: str = ""
    """The salted commitment (hex) to the letter 授权委托书 that binds the key."""
    state: str = "APPLIED"
    agents: tuple[Agent, ...] = ()
    affiliates: tuple[str, ...] = ()
    api_key_sha256: str = ""
    papers: tuple[Paper, ...] | UnsetType = UNSET
    """On record, one of a kind, by kind; since engine version 5."""


class Key(Row):
    """A key that signs for a party on the chain: WAITING for approval, LIVE, REFUSED by it, REPLACED or REVOKED.

    `id` is its address. What it signs counts under `counter` alone: whoever advances that cancels the rest.
    """

    kind: ClassVar[str] = "key"
    party_id: str
    commitment: str
    """By which the chain knows the party (hex): the salted commitment to its company number."""
    authorisation: str
    """The salted commitment (hex) to the letter 授权委托书 that binds the key."""
    deadline_s: int
    possession: str
    state: str = "WAITING"
    counter: int = 0


class Recovery(Row):
    """A new key proposed for a party that lost its own; `id` is the new key's address.

    PROPOSED; then REPLACED by another proposal, VETOED by the live key, ENDED by its rotation, REFUSED by the chain, or
    COMPLETED, which the chain alone can say.
    """

    kind: ClassVar[str] = "recovery"
    party_id: str
    authorisation: str
    """The salted commitment (hex) to the papers that show who asks."""
    deadline_s: int
    possession: str
    """The new key's signature over the register's `KeyRecovery`."""
    proposed_ms: int
    replaces: str = ""
    """The proposal in whose place this one stands: that one stands again if the chain refuses this."""
    completes_ms: int | None = None
    """When the venue has it take effect; none while its record is not final on the chain."""
    block: int = 0
    """Of its record on the chain, once that is final."""
    state: str = "PROPOSED"

"""Documents on record, and objections to a public notice."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from exchange.commands import DealKind, DocumentKind, ObjectionGround
from exchange.money.amount import Currency
from exchange.rows.row import Row


class Document(Row):
    """A document that the operator has put on record; the last of its kind on a subject counts. None is changed."""

    kind: ClassVar[str] = "document"
    document: DocumentKind
    subject_id: str
    party_id: str
    digest: str
    recorded_ms: int
    valid_until_ms: int | None
    amount: int | None
    currency: Currency | None
    holders: tuple[str, ...]
    announcement_number: str | UnsetType = UNSET
    alone: tuple[DealKind, ...] | UnsetType = UNSET
    co_owners: tuple[str, ...] | UnsetType = UNSET
    """Of a co-owners' agreement: the company numbers of those whom the register named when it was recorded."""


class Objection(Row):
    """What a party has against a listing in public notice: STANDING until UPHELD, DISMISSED, WITHDRAWN or LAPSED."""

    kind: ClassVar[str] = "objection"
    listing_id: str
    party_id: str
    ground: ObjectionGround
    made_ms: int
    state: str = "STANDING"

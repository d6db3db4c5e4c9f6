"""What happened to rights, as imported and as the register says."""

from __future__ import annotations

from exchange.events.event import Event


class RightImported(Event, frozen=True):
    right_id: str


class RightCorrected(Event, frozen=True):
    """An import has replaced or filled in facts of a known right."""

    right_id: str
    fields: tuple[str, ...]


class RegisterCopyRecorded(Event, frozen=True):
    right_id: str
    status: str
    holders: tuple[str, ...]
    """Party ids or company numbers as the register has them."""


class FamilyTied(Event, frozen=True):
    """These are the members of a family now."""

    family_id: str
    right_ids: tuple[str, ...]


class HoldingRecorded(Event, frozen=True):
    """The venue has found who holds a right that no register keeps: party ids or company numbers."""

    right_id: str
    holders: tuple[str, ...]


class HolderChanged(Event, frozen=True):
    """The holder of record changed on the register's proof, and on nothing else.

    deal_id: empty where no deal of this venue is behind it; then `proof_digest` is the register copy's.
    """

    right_id: str
    deal_id: str
    old_holders: tuple[str, ...]
    new_holders: tuple[str, ...]
    proof_digest: str


class PledgeSeen(Event, frozen=True):
    """The register shows a pledge, the `number`-th ever seen on this right, or shows it no longer."""

    right_id: str
    pledgee: str
    registered: bool
    number: int


class FreezeSeen(Event, frozen=True):
    """The register's freeze changed; numbers count the freezes ever seen on this right, 0 where none stands."""

    right_id: str
    old: str
    new: str
    old_number: int
    new_number: int


class ExportClassified(Event, frozen=True):
    right_id: str
    export_class: str

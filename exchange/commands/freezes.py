"""Commands about freezes that the venue has been told of before, or beyond, what a register copy shows."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.commands.command import Command, GivenBy

FreezeGround = Literal["dispute", "preservation"]
"""An ownership dispute (Implementing Rules Art. 103), or preservation that a court has ordered (Art. 104)."""


class RecordFreeze(Command, frozen=True):
    """A notice of CNIPA or an order of a court has frozen a right since `since_ms`: it blocks at once.

    until_ms: of a court's order, the end that it names; a dispute's freeze ends by itself one year after it began.
    document_digest: SHA-256 (hex) of the notice or order.

    Erasable: `reference`, its number, which must be there; `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    right_id: str
    ground: FreezeGround
    document_digest: str
    since_ms: int
    until_ms: int | None = None


class ExtendFreeze(Command, frozen=True):
    """A freeze lasts longer, to `until_ms`, by another notice or order. Erasable: `reference`, `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    freeze_id: str
    until_ms: int
    document_digest: str


class LiftFreeze(Command, frozen=True):
    """A freeze was lifted by the notice or order that the digest is of. Erasable: `reference`, `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    freeze_id: str
    document_digest: str

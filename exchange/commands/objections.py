"""Commands about objections 异议 to a listing in public notice."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.commands.command import Command, GivenBy

ObjectionGround = Literal["title", "price", "procedure", "secrecy", "other"]
"""权属, 价格, 程序, 保密, 其他."""


class ObjectToListing(Command, frozen=True):
    """A verified party objects to a listing while it is in public notice. Erasable: `statement`."""

    listing_id: str
    ground: ObjectionGround


class WithdrawObjection(Command, frozen=True):
    """A party takes its objection back."""

    objection_id: str


class DecideObjection(Command, frozen=True):
    """The operator has decided on an objection. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    objection_id: str
    decision: Literal["upheld", "dismissed"]

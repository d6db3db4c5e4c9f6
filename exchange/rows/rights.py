"""Rights as catalogued and as their registers say."""

from __future__ import annotations

from typing import ClassVar

from exchange.commands import Achievement, ExportClass, Holder, Pledge, RegisterStatus, RightType
from exchange.rows.row import Row


class Right(Row):
    """A right as catalogued, and what its last register copy says. Holders change only on the register's proof."""

    kind: ClassVar[str] = "right"
    office: str
    right_type: RightType
    filing_date: str | None
    grant_date: str | None = None
    publication_number: str | None = None
    achievement: Achievement | None = None
    description_hash: str = ""
    """Of a result: the salted commitment (hex) to its sealed description."""
    status: RegisterStatus | None = None
    holder_of_record: tuple[Holder, ...] = ()
    register_as_of_ms: int | None = None
    delivered_to: str | None = None
    """The party to which a signed delivery record has passed a result that has no register."""
    expiry_date: str | None = None
    in_fee_grace: bool = False
    pledges: tuple[Pledge, ...] = ()
    pledge_numbers: tuple[int, ...] = ()
    """For each of `pledges`, which one it is of all ever seen on this right; no number comes again."""
    pledges_seen: int = 0
    pledge_receipts: dict[str, int] = {}
    """Minor units that deals have brought each registered pledge so far, by its `receipts_key`."""
    freeze: str = "none"
    freezes_seen: int = 0
    """How many freezes were ever seen on this right; the one that stands is the last."""
    witnessed_holders: tuple[str, ...] = ()
    """The holders (company numbers, sorted) that the chain has this right with; empty while it has no record of it."""
    export_class: ExportClass = "unclassified"
    open_listing: str | None = None
    open_deals: tuple[str, ...] = ()
    """Deals on this right that are awarded and not yet at their end."""
    licences: tuple[str, ...] = ()
    """Live licences on this right."""

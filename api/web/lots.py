"""The rights of a lot as its listing's page shows them: with title, share, and part of the price that is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import UNSET

from exchange.terms.allocation import allocate
from exchange.terms.text.figures import fine_percent

if TYPE_CHECKING:
    from api.web.reading import PageReader
    from exchange.rows import Listing


class LotLine(NamedTuple):
    """One right of a lot; `part` in minor units."""

    right_id: str
    title: str
    share: str
    part: int


async def lot_lines(reader: PageReader, row: Listing) -> list[LotLine]:
    """Every right of a lot, in its order; none of a listing of one right."""
    if row.lot is UNSET:
        return []
    titles = await reader.titles(row.right_ids)
    parts = allocate(row.current_price or row.terms.price, row.lot)
    return [
        LotLine(member.right_id, titles.get(member.right_id, ""), fine_percent(member.share), part)
        for member, part in zip(row.lot, parts, strict=True)
    ]

"""The papers of a deal for the office, out of the read tables: made by the function that the engine checks them by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import problems
from exchange.listings.co_owners import consents_of
from exchange.rows import Listing, Offer, Party, Right
from exchange.state import State
from exchange.terms import filing_package

if TYPE_CHECKING:
    from api.door import Door
    from exchange.rows import Deal


async def papers_of(door: Door, deal: Deal) -> dict[str, str]:
    """The papers by the office's names for them, as text; see `exchange.terms.filing_package`.

    Raises:
        Problem: UNKNOWN-ID.
    """
    reader = door.reader
    listing, right = await reader.row(Listing, deal.listing_id), await reader.row(Right, deal.right_id)
    if listing is None or right is None:
        raise problems.unknown_id(deal.id, "deal")
    co_owners = await reader.enrolled_as(consents_of(listing.row))
    parties = sorted({deal.seller, deal.buyer, *listing.row.consents, *co_owners})
    state = State()
    state.time_ms = await door.now_ms()
    state.add(await door.fresh_venue())
    for stored in (
        listing,
        right,
        await reader.row(Offer, deal.listing_id),
        *await reader.rows(Party, parties),
    ):
        if stored is not None:
            state.add(stored.row)
    for document in await reader.documents_on([deal.id]):
        state.add(document)
    return filing_package.papers_of(state, deal)

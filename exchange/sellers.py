"""Who sells a listed right: its seller, and with it the co-owners that have consented.

What the law asks of a seller it asks of each of them. A state body, or whoever is bound by export control, is none the
less so because another owner has put the right up for sale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

if TYPE_CHECKING:
    from exchange.rows import Listing, Party
    from exchange.state import State


def sellers_of(state: State, listing: Listing) -> tuple[Party, ...]:
    """The seller first, then the consenting co-owners that are parties here, by company number."""
    seller = state.parties[listing.seller]
    consents = listing.co_owner_consents
    if consents is UNSET:
        return (seller,)
    ids = (state.party_by_number.get(number) for number in consents)
    return (seller, *(state.parties[each] for each in ids if each is not None and each != seller.id))

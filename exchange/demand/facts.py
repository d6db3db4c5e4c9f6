"""What matching compares, taken from the rows: of a listing and of a need what everybody may see, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import UNSET

from exchange.commands.consideration import EntryFeeAndRoyalty, RunningRoyalty
from exchange.demand.matching import Offered, Wanted
from exchange.rights.classes import symbols_among
from exchange.rows import Listing, Need, Right
from exchange.rules.effects import EFFECTS
from exchange.terms.scope import WORLD, ipc_symbols

MATCHED_LISTINGS: Final = ("PUBLICITY", "OPEN", "TRADING")
"""States of listings that somebody new can still answer."""


def offered_by(listing: Listing, rights: Sequence[Right], titles: Sequence[str]) -> Offered:
    """A listing of a right, or of all those of a lot; titles as the public is shown them, empty once erased."""
    return Offered(
        id=listing.id,
        party=listing.seller,
        classes=tuple(dict.fromkeys(symbol for right in rights for symbol in classes_of(right))),
        text="\n".join(titles),
        territories=_territories(listing, rights[0]),
        kind=listing.deal_kind,
        currency=listing.currency,
        price=_compared_price(listing),
    )


def wanted_by(need: Need, title: str, description: str) -> Wanted:
    """A need without its terms; title and description as the public is shown them."""
    return Wanted(
        id=need.id,
        party=need.buyer,
        classes=need.classes,
        text=f"{title}\n{description}",
        territories=need.territories,
        kinds=need.kinds,
        currency=need.currency,
    )


def shown_price(listing: Listing) -> int:
    """The price that everybody sees, minor units: of a Dutch auction that of the moment."""
    return listing.terms.price if listing.current_price is UNSET else listing.current_price


def _compared_price(listing: Listing) -> int | None:
    """What a budget is held against; None where a royalty is paid, which no fee beside it says the sum of."""
    by_royalty = isinstance(listing.terms.consideration, RunningRoyalty | EntryFeeAndRoyalty)
    return None if by_royalty else shown_price(listing)


def classes_of(right: Right) -> tuple[str, ...]:
    """The symbols that a right was imported with; of a result without any, its technical field."""
    if right.classes is not UNSET:
        return right.classes
    if right.achievement is None:
        return ()
    return symbols_among(sorted(ipc_symbols(right.achievement.field)))


def _territories(listing: Listing, right: Right) -> tuple[str, ...]:
    """Where the licence would hold, or the right that is to be assigned; those of a lot are of one place."""
    if listing.deal_kind != "assignment":
        return listing.terms.territory
    effect = EFFECTS.get((right.office, right.right_type))
    return (WORLD if effect is None or effect.territory is None else effect.territory,)

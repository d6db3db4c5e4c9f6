"""Several rights listed as one lot: one price, one book, one award; the rules ask of every right what they ask of one.

Its seller publishes with the listing by which shares the price is that of each right (`exchange.terms.allocation`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from msgspec import UNSET

from exchange.commands import ListingTerms, SubmitListing
from exchange.rows import Listing, Right
from exchange.rules import lots as rules_of_lots
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.allocation import WHOLE, allocate

if TYPE_CHECKING:
    from exchange.listings.titles import Ground

SINCE_ENGINE = 3
FEWEST_MEMBERS, MOST_MEMBERS = 2, 50


def require_well_formed(state: State, command: SubmitListing) -> None:
    """What the members of a lot must look like, before any of them is looked up. Raises Refusal MALFORMED."""
    lot = command.lot
    if lot is UNSET:
        return
    if state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="lot", engine=state.venue.engine)
    if not FEWEST_MEMBERS <= len(lot) <= MOST_MEMBERS:
        refuse(rules.MALFORMED, field="lot", least=FEWEST_MEMBERS, most=MOST_MEMBERS)
    members = {member.right_id for member in lot}
    if len(members) < len(lot) or lot[0].right_id != command.right_id:
        refuse(rules.MALFORMED, field="lot", right_id=command.right_id)
    if min(member.share for member in lot) <= 0 or sum(member.share for member in lot) != WHOLE:
        refuse(rules.MALFORMED, field="share", whole=WHOLE)


def check_terms(command: SubmitListing, terms: ListingTerms) -> None:
    """A lot goes to one buyer for one payment, of which each right has something. Raises Refusal MALFORMED."""
    lot = command.lot
    if lot is UNSET:
        return
    if command.mode == "continuous" or command.announcement_number is not None:
        refuse(rules.MALFORMED, field="lot", mode=command.mode)
    if command.max_acceptances != 1:
        refuse(rules.MALFORMED, field="max_acceptances", most=1)
    for field in ("consideration", "earnest"):
        if getattr(terms, field) is not UNSET:
            refuse(rules.MALFORMED, field=field)
    require_price_for_all(command, least_price(terms))


def least_price(terms: ListingTerms) -> int:
    """The least (minor units) that a listing asks for: what a Dutch auction falls to, or its price."""
    return terms.price if terms.floor is UNSET else terms.floor


def require_price_for_all(listing: Listing | SubmitListing, price: int) -> None:
    """Raises Refusal MALFORMED where a price leaves a right of the lot without a minor unit of its own."""
    if listing.lot is UNSET:
        return
    smallest = min(member.share for member in listing.lot)
    if price * smallest < WHOLE:
        refuse(rules.MALFORMED, field="price", least=-(-WHOLE // smallest))


def are_of_one_place(rights: list[Right]) -> Iterator[Ground]:
    """What bars rights from being one lot."""
    for right in rights[1:]:
        yield partial(rules_of_lots.rights_are_of_one_place, rights[0], right)


def rights_of(state: State, listing: Listing) -> list[Right]:
    """The rights that a listing offers: one, or all of a lot."""
    return [state.rights[right_id] for right_id in listing.right_ids]


def priced_rights(state: State, listing: Listing, price: int) -> list[tuple[Right, int]]:
    """The same, each with its part of a price (minor units)."""
    parts = (price,) if listing.lot is UNSET else allocate(price, listing.lot)
    return list(zip(rights_of(state, listing), parts, strict=True))

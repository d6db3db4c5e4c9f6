"""By what title a seller disposes: as the owner of record with its co-owners, or of a sub-licence as licensee."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from msgspec import UNSET

from exchange.commands import DealKind, ListingTerms
from exchange.listings import co_owners
from exchange.rows import Deal, Listing, Party, Right
from exchange.rules import patent_law, sub_licences
from exchange.state import State

Ground = Callable[[], None]


def meet(grounds: Iterable[Ground]) -> None:
    """Ask every ground in its order.

    Raises:
        Refusal: the first that there is.
    """
    for ground in grounds:
        ground()


def of_a_submission(  # noqa: PLR0913 - what is offered, and by whom
    state: State, right: Right, seller: Party, kind: DealKind, terms: ListingTerms, time_ms: int
) -> Iterator[Ground]:
    """What bars a seller that submits a listing.

    Refusal: CN-LICENCE-RECORDAL-12-2, RIGHT-TYPE-NOT-OPEN; of a sub-licence CN-TECHNOLOGY-CONTRACTS-25-2,
    CN-PATENT-LAW-12, HEAD-LICENCE-NOT-IN-FORCE, SUB-LICENCE-BEYOND-HEAD, FACT-MISSING.
    """
    if terms.head_licence is UNSET:
        yield partial(patent_law.seller_is_registered_owner, right, seller)
        yield partial(co_owners.may_be_submitted, state, right, kind)
        return
    yield partial(sub_licences.kind_is_ordinary, kind, terms)
    yield partial(sub_licences.contract_lets_the_licensee, state, seller, terms)
    yield from _under_a_head(state, right, terms, time_ms)


def of_a_listing(state: State, right: Right, listing: Listing, time_ms: int) -> Iterator[Ground]:
    """What bars the seller of a listing from disposing of one of its rights.

    Refusal: CN-LICENCE-RECORDAL-12-2, a co-owners' rule (`effects`); of a sub-licence HEAD-LICENCE-NOT-IN-FORCE,
    SUB-LICENCE-BEYOND-HEAD, FACT-MISSING.
    """
    seller = state.parties[listing.seller]
    if listing.terms.head_licence is UNSET:
        yield partial(patent_law.seller_is_registered_owner, right, seller)
        yield partial(co_owners.agree_to_listing, state, right, seller, listing, time_ms)
        return
    yield from _under_a_head(state, right, listing.terms, time_ms)


def of_a_deal(state: State, right: Right, deal: Deal, time_ms: int) -> Iterator[Ground]:
    """The same of a deal's seller, whose co-owners must be those that its contract names."""
    if deal.terms.head_licence is UNSET:
        yield partial(patent_law.seller_is_registered_owner, right, state.parties[deal.seller])
        yield partial(co_owners.agree_to_deal, state, deal, time_ms)
        return
    yield from _under_a_head(state, right, deal.terms, time_ms)


def _under_a_head(state: State, right: Right, terms: ListingTerms, time_ms: int) -> Iterator[Ground]:
    yield partial(sub_licences.head_is_in_force, state, right, terms, time_ms)
    yield partial(sub_licences.lies_within_its_head, state, right, terms)

"""The seller's undertaking 承诺书 as a listing's grounds: what it does not answer, and what its answers bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec import UNSET

from exchange.commands import DealKind, ListingTerms
from exchange.listings.titles import Ground
from exchange.rows import Party, Right
from exchange.rules import conflicts, exchanges, open_licences, secrecy, undertakings
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State


def require_well_formed(state: State, terms: ListingTerms) -> None:
    """Raises Refusal MALFORMED where no seller can answer so, or the engine asks for no undertaking yet."""
    if terms.undertaking is UNSET:
        return
    if state.venue.engine < undertakings.SINCE_ENGINE:
        refuse(rules.MALFORMED, field="undertaking", engine=state.venue.engine)
    holders = terms.undertaking.holders
    if holders is UNSET:
        return
    if terms.undertaking.nominee is not True or not 0 < holders <= undertakings.MOST_HELD_FOR:
        refuse(rules.MALFORMED, field="undertaking.holders", most=undertakings.MOST_HELD_FOR)


def grounds(  # noqa: PLR0913 - who offers what, and what it says of it
    state: State,
    sellers: Sequence[Party],
    rights: Sequence[Right],
    kind: DealKind,
    terms: ListingTerms,
    time_ms: int,
) -> Iterator[Ground]:
    """What is not answered, and what the answers bar; `sellers`: whoever lists first, whose word it is.

    A finding of the venue's stands over an answer: it bars by the same rule, or lets pass what the answer bars.

    Refusal: FACT-MISSING, STAFF-MAY-NOT-SELL, CN-PATENT-LAW-4, CN-PATENT-LAW-51, CN-SC-2011-38-HOLDERS.
    """
    if state.venue.engine < undertakings.SINCE_ENGINE:
        return
    seller = sellers[0]
    for question in undertakings.ASKED_OF_ALL:
        yield partial(undertakings.answer_is_given, seller, terms, question)
    yield partial(undertakings.holders_are_told, state, seller, terms, time_ms)
    for each in sellers:
        yield partial(conflicts.seller_is_not_of_the_venue, state, each, time_ms)
    yield partial(conflicts.seller_says_it_is_not_of_the_venue, state, seller, terms)
    for right in rights:
        if terms.head_licence is UNSET:
            yield partial(undertakings.co_owners_agreement_is_known, state, right, terms, time_ms)
        yield partial(secrecy.seller_calls_it_no_secret, state, right, terms)
        yield partial(open_licences.seller_knows_of_none_elsewhere, state, right, kind, terms)
        for each in sellers:
            told = undertakings.answers_of(terms).holders if each is seller else UNSET
            yield partial(exchanges.seller_holds_for_few, state, right, each, kind, told, time_ms)

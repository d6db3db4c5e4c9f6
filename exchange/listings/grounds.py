"""The grounds on which a listing can be refused, each by itself: the engine stops at the first, a check names them all.

A ground is a call that raises `Refusal` or does nothing. It reads the state and changes none.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec import UNSET, UnsetType

from exchange.commands import DealKind, ListingTerms, SubmitListing
from exchange.listings import lots, titles, undertakings
from exchange.listings.notices import notice_of
from exchange.listings.titles import Ground
from exchange.rows import Listing, Party, Right
from exchange.rules import (
    auction_law,
    civil_code,
    continuous_trading,
    credit,
    effects,
    exchanges,
    first_refusal,
    invalidity,
    licence_recordal,
    open_licences,
    patent_law,
    secrecy,
    state_assets,
    sub_licences,
    trademark_law,
    transformation,
)
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.sellers import sellers_of
from exchange.state import State
from exchange.turn import Turn


def standing_grounds(  # noqa: PLR0913 - what a listing consists of
    state: State,
    right: Right,
    seller: Party,
    deal_kind: DealKind,
    terms: ListingTerms,
    time_ms: int,
    listing: Listing | None = None,
) -> Iterator[Ground]:
    """What bars a listing from standing at all, where it is submitted already `listing`.

    Without a register copy nothing else can be decided on the right.

    Refusal: CN-GEOGRAPHICAL-INDICATION-NOT-TRADED, CN-ANTI-MONEY-LAUNDERING-40, DISHONEST-DEBTOR,
    VENUE-NOT-DESIGNATED, CN-PATENT-LAW-4, FACT-MISSING, CN-PATENT-LAW-44, INVALIDITY-DECIDED, CN-PATENT-RULES-103,
    CN-LICENCE-RECORDAL-12-2, RIGHT-TYPE-NOT-OPEN, a co-owners' rule (`effects`), or of a sub-licence CN-PATENT-LAW-12,
    CN-TECHNOLOGY-CONTRACTS-25-2, HEAD-LICENCE-NOT-IN-FORCE, SUB-LICENCE-BEYOND-HEAD; CN-TRADEMARK-LAW-42,
    LISTING-EXISTS, CN-CIVIL-CODE-845 and -850, CN-LICENCE-RECORDAL-12-3, TERRITORY-OUTSIDE-RIGHT, CN-CIVIL-CODE-865,
    CN-PATENT-LAW-51, CN-TECHNOLOGY-CONTRACTS-25.
    """
    yield partial(effects.right_can_be_owned, right)
    for each in (seller,) if listing is None else sellers_of(state, listing):
        yield partial(credit.party_is_not_sanctioned, state, each, time_ms)
        yield partial(credit.party_is_no_dishonest_debtor, state, each, time_ms)
        yield partial(state_assets.venue_is_designated, state, each, time_ms)
    yield partial(secrecy.right_is_not_secret, state, right)
    yield partial(patent_law.register_copy_is_known, right)
    if right.status is None:
        return
    yield partial(patent_law.filing_date_is_known, right)
    yield partial(patent_law.grant_is_dated, state.venue, right, deal_kind)
    yield partial(patent_law.registered_licences_are_known, state, right)
    yield partial(patent_law.right_is_alive, right, time_ms)
    yield partial(invalidity.no_decision_stands, right)
    yield partial(patent_law.right_is_not_frozen, right)
    if listing is None:
        yield from titles.of_a_submission(state, right, seller, deal_kind, terms, time_ms)
    else:
        yield from titles.of_a_listing(state, right, listing, time_ms)
    yield partial(trademark_law.similar_marks_go_together, right, deal_kind)
    yield partial(_no_deal_leaves_no_room, state, right, deal_kind, terms)
    yield partial(civil_code.contract_can_name_the_term, state.venue, right, deal_kind)
    yield partial(civil_code.title_is_on_record, state.venue, right)
    if deal_kind != "assignment":
        yield partial(civil_code.improvements_are_not_taken, state.venue, right, seller, terms)
        yield partial(licence_recordal.contract_can_be_complete, state.venue, right, deal_kind)
        yield partial(patent_law.licence_holds_where_the_right_does, right, terms)
        yield partial(patent_law.licence_ends_with_the_right, right, terms)
        yield partial(open_licences.no_open_licence_is_declared, state, right, deal_kind, time_ms)
        yield partial(patent_law.licences_are_compatible, state, right, deal_kind, terms, time_ms)


def offer_grounds(state: State, listing: Listing, time_ms: int) -> Iterator[Ground]:
    """What bars the way in which a listing offers its right, or each right of its lot.

    Refusal: CN-SC-2011-38-UNITS, CN-SC-2011-38-RESALE, CN-AUCTION-LAW-11, CN-AUCTION-LAW-56,
    CN-STATE-ASSETS-ONE-PAYMENT, CN-CIVIL-CODE-586, CN-STATE-ASSETS-APPRAISAL, FACT-MISSING.
    """
    venue, terms, kind = state.venue, listing.terms, listing.deal_kind
    yield partial(civil_code.earnest_is_within_the_cap, terms)
    for right, least in lots.priced_rights(state, listing, lots.least_price(terms)):
        for seller in sellers_of(state, listing):
            yield partial(exchanges.right_is_not_split, venue, right, seller, kind, listing.max_acceptances)
            yield partial(exchanges.resale_has_waited, venue, right, seller, kind, time_ms)
            yield partial(auction_law.auctioneer_is_licensed, state, right, seller, listing.auction, time_ms)
            yield partial(auction_law.commission_is_within_the_cap, state, right, seller, listing)
            yield partial(state_assets.price_is_paid_at_once, venue, seller, right, kind, terms)
            # Whoever owns none of it is refused for that already, and learns not by trying how it was appraised.
            if terms.head_licence is UNSET and patent_law.is_owner(right, seller):
                yield partial(
                    state_assets.price_is_backed, state, seller, right, least, listing.currency, time_ms
                )


def approval_grounds(turn: Turn, listing: Listing) -> Iterator[Ground]:
    """What bars the operator from opening a submitted listing, or from starting its public notice."""
    state = turn.state
    rights, seller = lots.rights_of(state, listing), state.parties[listing.seller]
    kind, terms = listing.deal_kind, listing.terms
    yield partial(_seller_is_active, seller)
    yield partial(_clocks_are_ahead, listing, turn.time_ms)
    yield from lots.are_of_one_place(rights)
    for right in rights:
        yield from standing_grounds(state, right, seller, kind, terms, turn.time_ms, listing)
    yield from offer_grounds(state, listing, turn.time_ms)
    yield from undertakings.grounds(state, sellers_of(state, listing), rights, kind, terms, turn.time_ms)
    for right in rights:
        yield partial(first_refusal.service_is_known, state.venue, right, seller, kind)
        if listing.lot is not UNSET:
            # Nobody can take one right of a lot on terms that are equal, so that all must have waived before.
            yield partial(first_refusal.refusal_is_met, state, listing, right, turn.time_ms)
    if listing.mode == "continuous":
        yield partial(continuous_trading.venue_is_authorised, state.venue)
    if listing.announcement_number is not None:
        right, currency, time_ms = rights[0], listing.currency, turn.time_ms
        yield partial(open_licences.is_announced, state, right, listing, time_ms)
        yield partial(open_licences.may_be_declared, state, right, listing.terms, currency, time_ms)
        yield partial(civil_code.pledgees_consent, state, right, listing)
    yield partial(_notice_ends_in_time, turn, listing)


def no_other_listing(state: State, right: Right, command: SubmitListing, terms: ListingTerms) -> None:
    """Raises Refusal LISTING-EXISTS where the right is listed already, or sub-licences under the same head are.

    Ordinary licences stand beside an open one (Patent Law Art. 51(3)).
    """
    head = sub_licences.head_of(state, terms)
    in_the_way = _listings_in_the_way(state, right, command) if head is None else (head.open_listing,)
    for listing_id in in_the_way:
        if listing_id:
            refuse(rules.LISTING_EXISTS, right_id=right.id, in_the_way=listing_id)


def _listings_in_the_way(
    state: State, right: Right, command: SubmitListing
) -> tuple[str | UnsetType | None, ...]:
    if open_licences.stands_beside_others(state, command.announcement_number):
        other = state.listings.get(right.open_listing or "")
        is_ordinary = other is not None and other.deal_kind == "ordinary_licence"
        return right.open_licence_listing, None if is_ordinary else right.open_listing
    if command.deal_kind == "ordinary_licence":
        return (right.open_listing,)
    return right.open_listing, right.open_licence_listing


def _no_deal_leaves_no_room(state: State, right: Right, deal_kind: DealKind, terms: ListingTerms) -> None:
    """An assignment and another deal of its owner's do not go together; a licensee's sub-licences go on beside it."""
    if terms.head_licence is not UNSET:
        return
    for deal_id in right.open_deals:
        deal = state.deals[deal_id]
        if deal.terms.head_licence is not UNSET:
            continue
        if deal_kind == "assignment" or deal.deal_kind == "assignment":
            refuse(rules.LISTING_EXISTS, right_id=right.id, in_the_way=deal_id)


def _seller_is_active(seller: Party) -> None:
    if seller.state != "ACTIVE":
        refuse(rules.PARTY_NOT_ACTIVE, party_id=seller.id, state=seller.state)


def _clocks_are_ahead(listing: Listing, time_ms: int) -> None:
    first_clock_ms = listing.registration_closes_ms or listing.closes_ms
    if first_clock_ms <= time_ms:
        refuse(
            rules.WRONG_STATE,
            listing_id=listing.id,
            state=listing.state,
            step="approve",
            over_since=first_clock_ms,
        )


def _notice_ends_in_time(turn: Turn, listing: Listing) -> None:
    notice = notice_of(turn.state, listing, turn.time_ms)
    if notice is None or notice.until_ms < (listing.registration_closes_ms or listing.closes_ms):
        return
    if notice.rule is transformation.PUBLIC_NOTICE:
        refuse(notice.rule, listing_id=listing.id, days=transformation.PUBLIC_NOTICE_DAYS)
    refuse(notice.rule, listing_id=listing.id, until_ms=notice.until_ms)

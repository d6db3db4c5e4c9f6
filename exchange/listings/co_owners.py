"""Co-owners of a listed right: each consents by a command of its own, or by a paper that the venue lodges.

Whoever consents disposes with the seller: neither it nor its affiliates may buy, those that had bid leave, and it has
its share of what the listing brings.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from exchange.affiliates import affiliates_of
from exchange.commands import ConsentToListing, CoOwnerConsentTerms, DealKind, LodgeCoOwnerConsent
from exchange.events import CoOwnerConsented
from exchange.listings import life, lots, parting
from exchange.parties import active_actor, consent_is_lodged_for
from exchange.rights.register import holder_names
from exchange.rows import Deal, Listing, Party, Right
from exchange.rules import effects, first_refusal, open_licences, undertakings
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 3


def consent_to_listing(turn: Turn, command: ConsentToListing) -> Result:
    """A co-owner that the register names consents. Raises Refusal UNKNOWN-ID, MALFORMED, NOT-PERMITTED, WRONG-STATE."""
    listing = life.listing_of(turn.state, command.listing_id)
    return _consent(turn, listing, active_actor(turn).company_number, keeps=command.keeps_refusal)


def lodge_co_owner_consent(turn: Turn, command: LodgeCoOwnerConsent) -> Result:
    """The venue lodges the written consent, sealed, of a co-owner that cannot sign here: who can, says so itself.

    Raises:
        Refusal: UNKNOWN-ID, MALFORMED, NOT-PERMITTED, WRONG-STATE; FACT-MISSING without the paper.
    """
    listing = life.listing_of(turn.state, command.listing_id)
    terms = turn.request.terms
    if not isinstance(terms, CoOwnerConsentTerms):
        turn.fault("a consent of nobody was authorised")
    consent_is_lodged_for(turn.state, command, terms.company_number, listing_id=listing.id)
    return _consent(turn, listing, terms.company_number, keeps=terms.keeps_refusal)


def _consent(turn: Turn, listing: Listing, company_number: str, *, keeps: bool | UnsetType) -> Result:
    """A consent waives a first refusal that it does not keep, and may be given anew until the listing has awarded."""
    state = turn.state
    if state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=state.venue.engine)
    seller = state.parties[listing.seller]
    others = {
        holder.company_number
        for right in lots.rights_of(state, listing)
        if right.delivered_to is None
        for holder in right.holder_of_record
    }
    is_owners = listing.terms.head_licence is UNSET
    if company_number not in others - {seller.company_number} or not is_owners:
        refuse(rules.NOT_PERMITTED, listing_id=listing.id)
    if listing.state in life.ENDED:
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="consent")
    kept = _kept(state, seller, listing, company_number, keeps=keeps)
    listing.co_owner_consents = tuple(sorted({*consents_of(listing), company_number}))
    listing.refusals_kept = kept
    state.index_consents(listing)
    state.touch(listing)
    holder = holder_names(state, (company_number,))[0]
    turn.emit(CoOwnerConsented(listing_id=listing.id, holder=holder))
    party_id = state.party_by_number.get(company_number)
    ended: list[str] = []
    for each in () if party_id is None else sorted(affiliates_of(state.parties, {party_id})):
        ended += parting.part_bidder(turn, listing, each, "co_owner_consented")
    return parting.answered(turn, {"listing_id": listing.id, "state": listing.state}, ended)


def _kept(
    state: State,
    seller: Party,
    listing: Listing,
    company_number: str,
    *,
    keeps: bool | UnsetType,
) -> tuple[str, ...] | UnsetType:
    """Who keeps a first refusal after this consent; of a lot, or of others than Art. 860 speaks of, there is none.

    Raises:
        Refusal: MALFORMED, WRONG-STATE after an award.
    """
    before = set(listing.refusals_kept or ())
    after = before | {company_number} if keeps is True else before - {company_number}
    if after == before:
        return listing.refusals_kept
    rule, right = first_refusal.OF_CO_DEVELOPERS, state.rights[listing.right_id]
    concerned = first_refusal.concerns(rule, state.venue, right, seller, listing.deal_kind)
    if keeps is True and (listing.lot is not UNSET or not concerned):
        refuse(rules.MALFORMED, field="keeps_refusal", right_id=right.id)
    if listing.deals:
        refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="consent")
    return tuple(sorted(after)) or UNSET


def consents_of(listing: Listing) -> tuple[str, ...]:
    """The company numbers of the co-owners that have consented to a listing."""
    return () if listing.co_owner_consents is UNSET else listing.co_owner_consents


def may_be_submitted(state: State, right: Right, deal_kind: DealKind) -> None:
    """Nobody can have consented to a listing before it stands: since engine version 3 its approval asks for consents.

    Raises:
        Refusal: RIGHT-TYPE-NOT-OPEN; before version 3 a co-owners' rule (`effects`).
    """
    if state.venue.engine < SINCE_ENGINE:
        effects.co_owners_agree(state.venue, right, deal_kind)
    effects.effect_of(right.office, right.right_type)


def agree_to_listing(state: State, right: Right, seller: Party, listing: Listing, time_ms: int) -> None:
    """All co-owners that must have consented to a listing. Raises Refusal under a co-owners' rule (`effects`)."""
    consenting = frozenset({seller.company_number, *consents_of(listing)})
    effects.co_owners_agree(
        state.venue,
        right,
        listing.deal_kind,
        consenting,
        is_open_licence=_is_an_open_licence(state, listing),
        agreed_alone=undertakings.agreed_alone(state, right, time_ms),
    )


def agree_to_deal(state: State, deal: Deal, time_ms: int) -> None:
    """All co-owners that must have consented to a deal, and they are those whom its contract names.

    Raises:
        Refusal: under a co-owners' rule (`effects`).
    """
    right, seller = state.rights[deal.right_id], state.parties[deal.seller]
    named = () if deal.right_facts.co_owners is UNSET else deal.right_facts.co_owners
    listing = state.listings.get(deal.listing_id)
    consenting: set[str] = set()
    if set(named) == set(right.holder_of_record):
        consented = (
            {holder.company_number for holder in named} if listing is None else set(consents_of(listing))
        )
        consenting = {seller.company_number} | consented
    effects.co_owners_agree(
        state.venue,
        right,
        deal.deal_kind,
        frozenset(consenting),
        is_open_licence=listing is not None and _is_an_open_licence(state, listing),
        agreed_alone=undertakings.agreed_alone(state, right, time_ms),
    )


def _is_an_open_licence(state: State, listing: Listing) -> bool:
    """Engines before version 5 let one co-owner declare an open licence like any ordinary one."""
    return listing.announcement_number is not None and state.venue.engine >= open_licences.ALL_SINCE_ENGINE


HANDLERS: Handlers = {ConsentToListing: consent_to_listing, LodgeCoOwnerConsent: lodge_co_owner_consent}

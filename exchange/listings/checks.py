"""The rules that a listing and its bidders meet, in the order in which they are asked."""

from __future__ import annotations

from exchange.commands import DealKind, ListingTerms
from exchange.parties import active_actor, with_role
from exchange.rows import Deal, Listing, Party, Right
from exchange.rules import civil_code, conflicts, effects, export_control, patent_law, state_assets
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Turn


def listing_may_stand(
    turn: Turn, right: Right, seller: Party, deal_kind: DealKind, terms: ListingTerms
) -> None:
    """The refusal grounds that bind a listing.

    Raises:
        Refusal: VENUE-NOT-DESIGNATED, FACT-MISSING, CN-PATENT-LAW-44, CN-PATENT-RULES-103,
            CN-LICENCE-RECORDAL-12-2, RIGHT-TYPE-NOT-OPEN, a co-owners' rule (`effects`), LISTING-EXISTS,
            TERRITORY-OUTSIDE-RIGHT, CN-CIVIL-CODE-865, CN-TECHNOLOGY-CONTRACTS-25.
    """
    state_assets.venue_is_designated(seller)
    patent_law.register_copy_is_known(right)
    patent_law.filing_date_is_known(right)
    patent_law.right_is_alive(right, turn.time_ms)
    patent_law.right_is_not_frozen(right)
    patent_law.seller_is_registered_owner(right, seller)
    effects.co_owners_agree(right, deal_kind)
    for deal_id in right.open_deals:
        if deal_kind == "assignment" or turn.state.deals[deal_id].deal_kind == "assignment":
            refuse(rules.LISTING_EXISTS, right_id=right.id, in_the_way=deal_id)
    if deal_kind != "assignment":
        patent_law.licence_holds_where_the_right_does(right, terms)
        patent_law.licence_ends_with_the_right(right, terms)
        patent_law.licences_are_compatible(turn.state, right, deal_kind, terms, turn.time_ms)


def licence_is_compatible(turn: Turn, listing: Listing) -> None:
    """A licence under this listing agrees with all that live. Raises Refusal CN-TECHNOLOGY-CONTRACTS-25."""
    if listing.deal_kind == "assignment":
        return
    right = turn.state.rights[listing.right_id]
    patent_law.licences_are_compatible(
        turn.state, right, listing.deal_kind, listing.terms, turn.time_ms, apart_from_listing=listing.id
    )


def buyer_may_take_part(turn: Turn, listing: Listing) -> Party:
    """The acting party, if it may buy from this listing.

    Raises:
        Refusal: ROLE-REQUIRED, CN-AUCTION-LAW-30, AFFILIATE-MAY-NOT-BID, CN-TECHNOLOGY-EXPORT-29 and -30,
            CN-PATENT-LAW-44, PARTY-NOT-ACTIVE.
    """
    state = turn.state
    buyer = active_actor(turn)
    seller = state.parties[listing.seller]
    right = state.rights[listing.right_id]
    conflicts.bidder_is_independent(listing, seller, buyer, turn.request.signer)
    with_role(buyer, "buyer")
    export_control.may_leave_the_mainland(right, buyer)
    patent_law.right_is_alive(right, turn.time_ms)
    if seller.state != "ACTIVE":
        refuse(rules.PARTY_NOT_ACTIVE, party_id=seller.id, state=seller.state)
    return buyer


def seller_may_dispose(turn: Turn, deal: Deal) -> None:
    """The right lives, and the register names the seller: asked at every step that leads to title or money.

    Raises:
        Refusal: CN-PATENT-LAW-44, CN-LICENCE-RECORDAL-12-2, a co-owners' rule (`effects`).
    """
    right = turn.state.rights[deal.right_id]
    patent_law.right_is_alive(right, turn.time_ms)
    patent_law.seller_is_registered_owner(right, turn.state.parties[deal.seller])
    effects.co_owners_agree(right, deal.deal_kind)


def deal_may_be_signed(turn: Turn, deal: Deal) -> None:
    """What may have changed since the award and bars the parties from signing.

    Raises:
        Refusal: CN-PATENT-LAW-44, CN-LICENCE-RECORDAL-12-2, a co-owners' rule (`effects`), CN-PATENT-RULES-103,
            CN-TECHNOLOGY-EXPORT-29 and -30, CN-CIVIL-CODE-444.
    """
    state = turn.state
    right = state.rights[deal.right_id]
    seller_may_dispose(turn, deal)
    patent_law.right_is_not_frozen(right)
    export_control.may_leave_the_mainland(right, state.parties[deal.buyer])
    civil_code.pledgees_consent(state, right, state.listings[deal.listing_id])


def offer_may_be_signed(turn: Turn, listing: Listing) -> None:
    """What may have changed since the listing was opened and bars its seller from signing for whoever accepts.

    Raises:
        Refusal: CN-PATENT-LAW-44, CN-LICENCE-RECORDAL-12-2, a co-owners' rule (`effects`), CN-PATENT-RULES-103,
            CN-CIVIL-CODE-444, CN-CIVIL-CODE-865.
    """
    state = turn.state
    right = state.rights[listing.right_id]
    patent_law.right_is_alive(right, turn.time_ms)
    patent_law.seller_is_registered_owner(right, state.parties[listing.seller])
    effects.co_owners_agree(right, listing.deal_kind)
    patent_law.right_is_not_frozen(right)
    civil_code.pledgees_consent(state, right, listing)
    patent_law.licence_ends_with_the_right(right, listing.terms)


def licence_may_be_granted(turn: Turn, deal: Deal) -> None:
    """What may have changed since the award and bars a licence from coming into being: what bars signing, and its term.

    Raises:
        Refusal: as `deal_may_be_signed`; CN-CIVIL-CODE-865, CN-TECHNOLOGY-CONTRACTS-25, WRONG-STATE when its term is
            over.
    """
    state = turn.state
    right = state.rights[deal.right_id]
    deal_may_be_signed(turn, deal)
    patent_law.licence_ends_with_the_right(right, deal.terms)
    if deal.terms.ends_ms is not None and deal.terms.ends_ms <= turn.time_ms:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="funded", term_over=True)
    patent_law.licences_are_compatible(
        state, right, deal.deal_kind, deal.terms, turn.time_ms, apart_from_listing=deal.listing_id
    )

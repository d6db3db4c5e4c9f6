"""The rules that a listing and its bidders meet, in the order in which they are asked."""

from __future__ import annotations

from exchange.commands import DealKind, ListingTerms
from exchange.parties import active_actor, with_role
from exchange.rules import conflicts, export_control, patent_law
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import Listing, Party, Right
from exchange.turn import Turn


def listing_may_stand(
    turn: Turn, right: Right, seller: Party, deal_kind: DealKind, terms: ListingTerms
) -> None:
    """The refusal grounds that bind a listing.

    Raises:
        Refusal: FACT-MISSING, CN-PATENT-LAW-44, CN-PATENT-RULES-103, CN-LICENCE-RECORDAL-12-2, CN-PATENT-LAW-14,
            LISTING-EXISTS, CN-CIVIL-CODE-865, CN-TECHNOLOGY-CONTRACTS-25.
    """
    patent_law.register_copy_is_known(right)
    patent_law.right_is_alive(right, turn.time_ms)
    patent_law.right_is_not_frozen(right)
    patent_law.seller_is_registered_owner(right, seller)
    patent_law.co_owners_agree(right, deal_kind)
    for deal_id in right.open_deals:
        if deal_kind == "assignment" or turn.state.deals[deal_id].deal_kind == "assignment":
            refuse(rules.LISTING_EXISTS, right_id=right.id, in_the_way=deal_id)
    if deal_kind != "assignment":
        patent_law.licence_ends_with_the_right(right, terms)
        patent_law.licences_are_compatible(turn.state, right, deal_kind, terms, turn.time_ms)


def buyer_may_take_part(turn: Turn, listing: Listing) -> Party:
    """The acting party, if it may buy from this listing.

    Raises:
        Refusal: ROLE-REQUIRED, CN-AUCTION-LAW-30, AFFILIATE-MAY-NOT-BID, CN-TECHNOLOGY-EXPORT-29 and -30.
    """
    state = turn.state
    buyer = active_actor(turn)
    conflicts.bidder_is_independent(listing, state.parties[listing.seller], buyer)
    with_role(buyer, "buyer")
    export_control.may_leave_the_mainland(state.rights[listing.right_id], buyer)
    return buyer

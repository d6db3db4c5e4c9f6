"""How bidders leave listings that they may not buy from any more: a step of the venue's, and no fault of theirs.

Who leaves takes its bid with it. A sealed one that ends so is named in the answer, which is public: everybody can hold
what was acknowledged against the set that stands on the chain.
"""

from __future__ import annotations

from collections.abc import Collection

from exchange.affiliates import affiliates_of
from exchange.indexes import number_of
from exchange.listings import bidders, life, order_life
from exchange.listings.bid_life import change_bid
from exchange.rows import Listing
from exchange.rules import conflicts
from exchange.sellers import sellers_of
from exchange.state import State
from exchange.turn import Result, Turn

ENDED_BIDS_SINCE_ENGINE = 5
"""Since this version an answer names the sealed bids that ended with it."""


def part_group(turn: Turn, party_id: str, cause: str) -> list[str]:
    """A party and its affiliates leave what one of them sells, and everything once one of them is staff of the venue.

    What any of them sells itself goes on. Gives the sealed bids that ended. Since engine version 5
    (`conflicts.STAFF_CHAINS_SINCE_ENGINE`).
    """
    state = turn.state
    group = affiliates_of(state.parties, {party_id})
    if any(conflicts.is_staff(state, each, turn.time_ms) for each in group):
        return leave_every_listing(turn, group, cause)
    sold = {listing_id for each in group for listing_id in _sold_by(state, each)}
    ended: list[str] = []
    for listing in [state.listings[listing_id] for listing_id in sorted(sold, key=number_of)]:
        for bidder_id in sorted(group - {each.id for each in sellers_of(state, listing)}):
            ended += part_bidder(turn, listing, bidder_id, cause)
    return ended


def _sold_by(state: State, party_id: str) -> set[str]:
    """Listings of a party's, and those of others that it has consented to as a co-owner."""
    number = state.parties[party_id].company_number
    consented = state.consented.get(number, set()) if state.party_by_number.get(number) == party_id else set()
    return consented.union(state.owned.ids(Listing.kind, party_id))


def part_affiliates(turn: Turn, one_id: str, other_id: str) -> list[str]:
    """Where one of several affiliates sells, the others leave the listing; gives the sealed bids that ended.

    Before engine version 3 the affiliates of affiliates stayed, before version 5 those of co-owners that sell as well.
    """
    state = turn.state
    if state.venue.engine >= conflicts.STAFF_CHAINS_SINCE_ENGINE:
        return part_group(turn, one_id, "record_affiliation")
    group = {one_id, other_id}
    if state.venue.engine >= conflicts.CHAINS_SINCE_ENGINE:
        group = affiliates_of(state.parties, group)
    sold = {listing_id for each in group for listing_id in state.owned.ids(Listing.kind, each)}
    ended: list[str] = []
    for listing in [state.listings[listing_id] for listing_id in sorted(sold)]:
        for bidder_id in sorted(group - {listing.seller}):
            ended += part_bidder(turn, listing, bidder_id, "record_affiliation")
    return ended


def leave_every_listing(turn: Turn, party_ids: Collection[str], cause: str) -> list[str]:
    """Parties that may not bid any more leave what they take part in; gives the sealed bids that ended."""
    ended: list[str] = []
    for listing_id in sorted(turn.state.listings, key=number_of):
        listing = turn.state.listings[listing_id]
        for party_id in sorted(party_ids):
            if listing.seller != party_id:
                ended += part_bidder(turn, listing, party_id, cause)
    return ended


def part_bidder(turn: Turn, listing: Listing, bidder_id: str, cause: str) -> list[str]:
    """Who may not buy any more leaves a listing that is not awarded: its bid lapses, its deposit goes back.

    Gives the bid, if it was sealed.
    """
    order_life.lapse_orders(turn, listing, cause, bidder_id)
    standing = listing.bidders.get(bidder_id)
    if standing is None or standing.state in bidders.GONE or listing.state not in life.WITH_BIDDERS:
        return []
    bid = life.standing_bid(turn.state, listing, bidder_id)
    sealed = [bid.id] if bid is not None and bid.state == "SEALED" else []
    if bid is not None:
        change_bid(turn, bid, "lapse", cause)
    proposal = life.live_proposal(turn.state, listing, bidder_id)
    if proposal is not None:
        life.change_proposal(turn, proposal, "lapse", cause)
    bidders.leave(turn, listing, bidder_id)
    return sealed


def answered(turn: Turn, result: Result, ended: list[str]) -> Result:
    """The answer, with the sealed bids that ended by their ids, a comma between them."""
    if not ended or turn.state.venue.engine < ENDED_BIDS_SINCE_ENGINE:
        return result
    return result | {"ended_bids": ",".join(ended)}

"""The public notice that a listing owes before it opens: the longest that any rule asks of it."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import UNSET

from exchange.rows import Listing
from exchange.rules import auction_law, profiles, state_assets, transformation
from exchange.rules.rule import Rule
from exchange.sellers import sellers_of
from exchange.state import State


class Notice(NamedTuple):
    """Until when (ms UTC) a notice that begins now stands, and the rule that asks for it."""

    until_ms: int
    rule: Rule


def notice_of(state: State, listing: Listing, time_ms: int) -> Notice | None:
    """The notice that a listing owes if it begins now; None where it may open at once."""
    # The rights of a lot are of one place, so that one of them speaks for all.
    venue, sellers = state.venue, sellers_of(state, listing)
    right, terms = state.rights[listing.right_id], listing.terms
    owed = []
    for seller in sellers:
        days_ms = transformation.public_notice_ms(venue, seller, listing.mode)
        if days_ms:
            owed.append(Notice(time_ms + days_ms, transformation.PUBLIC_NOTICE))
        until_ms = state_assets.notice_until_ms(state, seller, terms.price, listing.currency, time_ms)
        if until_ms:
            owed.append(Notice(until_ms, state_assets.NOTICE))
    is_bound = any(profiles.binds(auction_law.AUCTION_NOTICE, venue, right, seller) for seller in sellers)
    until_ms = auction_law.announcement_until_ms(listing.auction if is_bound else UNSET, time_ms)
    if until_ms:
        owed.append(Notice(until_ms, auction_law.AUCTION_NOTICE))
    return max(owed, key=lambda notice: notice.until_ms, default=None)

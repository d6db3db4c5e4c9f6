"""The public notice that a listing owes before it opens: the longest that any rule asks, and when it stands still.

It does while an objection is undecided, and since engine version 5 while the listing is suspended: nobody could object.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import UNSET

from exchange.rows import Listing
from exchange.rules import auction_law, profiles, state_assets, transformation
from exchange.rules.rule import Rule
from exchange.sellers import sellers_of
from exchange.state import State
from exchange.turn import Turn

STOPS_SINCE_ENGINE = 5
"""Since this version a suspension stops a notice, and an outage moves one that would have ended in it."""


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


def stop(turn: Turn, listing: Listing) -> None:
    """A notice stands still from now on."""
    notice = turn.state.deadlines[f"notice_end:{listing.id}"]
    listing.held_ms, listing.notice_left_ms = turn.time_ms, max(notice.due_ms - turn.time_ms, 0)
    turn.state.clear_deadline("notice_end", listing.id)
    turn.state.touch(listing)


def run_on(turn: Turn, listing: Listing) -> None:
    """The notice has the rest of its days, and the listing closes as much later as it stood still."""
    held_ms, left_ms = listing.held_ms, listing.notice_left_ms
    if held_ms is UNSET or left_ms is UNSET:
        turn.fault(f"{listing.id} was held without its time")
    listing.held_ms = listing.notice_left_ms = UNSET
    close_later(turn.state, listing, turn.time_ms - held_ms)
    turn.state.set_deadline("notice_end", listing.id, turn.time_ms + left_ms, venue_clock=False)


def close_later(state: State, listing: Listing, by_ms: int) -> None:
    """A listing that has not opened closes so much later, and so does its registration."""
    listing.closes_ms += by_ms
    if listing.registration_closes_ms is not None:
        listing.registration_closes_ms += by_ms
    state.touch(listing)

"""Which entries belong to the records of an auction, of which nothing is erased while they are kept.

An entry belongs to an auction when its command, the terms of it or its answer names the listing, or what hangs on it: a
bid, a deal, an objection, a dispute and so on. Accepted commands with erasable parts alone leave a row, which leaves
memory when the time of `exchange.listings.retention` is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from exchange.listings.life import ENDED
from exchange.rows import KeptRecord
from exchange.rules import auction_law

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange.state import State
    from exchange.turn import Result, Turn

SINCE_ENGINE = 3
HANG_ON_A_LISTING = ("bid", "deal", "objection", "order", "proposal")
HANG_ON_A_DEAL = ("deposit", "dispute", "filing", "licence", "obligation", "payment")
"""Kinds of rows that name a listing, and a deal."""


def keep(turn: Turn, result: Result) -> None:
    """The entry of an accepted command is one of an auction's records, where it belongs to one that keeps them.

    Raises:
        EngineFault: nobody has said which entry it is, so that its parts could be erased.
    """
    state = turn.state
    if not turn.request.command.erasable or state.venue.engine < SINCE_ENGINE:
        return
    listing_id = next((each for each in _listings_of(turn, result) if _is_recorded(state, each)), None)
    if listing_id is None:
        return
    if turn.request.entry is None:
        turn.fault(f"a record of auction {listing_id} without the number of its entry")
    state.add(KeptRecord(id=str(turn.request.entry), listing_id=listing_id))


def _is_recorded(state: State, listing_id: str) -> bool:
    """Whether it is an auction that keeps records of what happens now: until it has ended, and for its time after."""
    if f"{auction_law.RETENTION_END}:{listing_id}" in state.deadlines:
        return True
    listing = state.listings.get(listing_id)
    if listing is None or listing.auction is UNSET or listing.state in ENDED:
        return False
    return auction_law.keeps_records(state, listing)


def _listings_of(turn: Turn, result: Result) -> Iterator[str]:
    """The listings that an accepted command names, or on which something hangs that it names; and what is none."""
    rows = turn.state.rows
    for name in _names(turn, result):
        row = next((rows[kind][name] for kind in HANG_ON_A_DEAL if name in rows[kind]), None)
        deal_id = name if row is None else row.deal_id
        row = next((rows[kind][deal_id] for kind in HANG_ON_A_LISTING if deal_id in rows[kind]), None)
        yield name if row is None else row.listing_id


def _names(turn: Turn, result: Result) -> Iterator[str]:
    for part in (turn.request.command, turn.request.terms):
        if part is not None:
            fields = (getattr(part, name) for name in part.__struct_fields__)
            yield from (value for value in fields if isinstance(value, str))
    yield from result.values()

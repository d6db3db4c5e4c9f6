"""How long the records of an auction 拍卖资料 are kept: five years at least from the end of its mandate.

Auction Law Art. 54. What belongs to them: `exchange.listings.auction_records`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from exchange.calendar import add_months
from exchange.rules import auction_law

if TYPE_CHECKING:
    from exchange.rows import Deadline, Listing
    from exchange.state import State
    from exchange.turn import Turn

MONTHS = 60


def mandate_ended(turn: Turn, listing: Listing, *, was_accepted: bool) -> None:
    """The five years begin; what the venue was never mandated with is kept no longer."""
    if listing.auction is UNSET or not auction_law.keeps_records(turn.state, listing):
        return
    if was_accepted:
        due_ms = add_months(turn.time_ms, MONTHS)
        turn.state.set_deadline(auction_law.RETENTION_END, listing.id, due_ms, venue_clock=False)
    else:
        _let_go(turn.state, listing.id)


def retention_end(turn: Turn, deadline: Deadline) -> None:
    """The five years are over: nothing stands in the way of an erasure any more."""
    _let_go(turn.state, deadline.subject_id)


def _let_go(state: State, listing_id: str) -> None:
    for record_id in sorted(state.records_of.get(listing_id, ()), key=int):
        state.archive(state.kept_records[record_id])


DEADLINES = {auction_law.RETENTION_END: retention_end}

"""A bid's life: one transition table. Each mode says when an event comes to pass; this says what it makes of a bid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.events import BidChanged
from exchange.transitions import Table, take_step

if TYPE_CHECKING:
    from exchange.rows import Bid
    from exchange.turn import Turn

BID_TRANSITIONS: Table = {
    ("LIVE", "amend"): "LIVE",
    ("LIVE", "withdraw"): "WITHDRAWN",
    ("LIVE", "outbid"): "SUPERSEDED",
    ("LIVE", "win"): "WON",
    ("LIVE", "lose"): "LOST",
    ("LIVE", "lapse"): "LAPSED",
    ("SEALED", "withdraw"): "WITHDRAWN",
    ("SEALED", "open"): "REVEALED",
    ("SEALED", "open_below_least"): "VOID",
    ("SEALED", "stay_sealed"): "VOID",
    ("SEALED", "lapse"): "LAPSED",
    ("REVEALED", "win"): "WON",
    ("REVEALED", "lose"): "LOST",
    ("REVEALED", "lapse"): "LAPSED",
    ("SUPERSEDED", "take"): "WON",
    ("LOST", "take"): "WON",
    ("WON", "default"): "FORFEIT",
    ("WON", "give_way"): "LOST",
}
"""A new bid is LIVE or SEALED. `take` is the next bidder's, after a default; `give_way` is to a first refusal."""


def change_bid(turn: Turn, bid: Bid, event: str, cause: str) -> None:
    """Take a step of the table that ends a bid's standing in its book. Raises Refusal WRONG-STATE."""
    old = take_step(BID_TRANSITIONS, bid, event)
    turn.state.leave_book(bid, old)
    turn.emit(BidChanged(bid_id=bid.id, old=old, new=bid.state, cause=cause))

"""What the pages tell of a listing's or a deal's changes is looked for among every command that can change one."""

from __future__ import annotations

from api.web.reading import CHANGING_TYPES
from exchange.events import DealChanged, ListingChanged
from ledger.journal import type_of
from tests.exchange.test_offer_days import OfferDay
from tests.exchange.watched_day import WatchedDay, WatchedFloor


def test_every_command_that_moved_a_listing_or_a_deal_on_days_of_chance_is_looked_for() -> None:
    moving: set[str] = set()
    days: tuple[WatchedDay | OfferDay | WatchedFloor, ...] = (
        *map(WatchedDay, range(6)),
        *map(OfferDay, range(12)),
        *map(WatchedFloor, range(6)),
    )
    for day in days:
        for _ in range(120):
            day.step()
        moving |= {
            type_of(request.command)
            for request, outcome in zip(day.requests, day.outcomes, strict=True)
            if any(isinstance(event, ListingChanged | DealChanged) for event in outcome.events)
        }
    assert {"sign_agreement", "withdraw_offer", "cancel_deal", "place_order"} <= moving
    assert moving <= set(CHANGING_TYPES)

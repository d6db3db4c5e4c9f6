"""Dutch auction 降价竞价: the price falls step by step until the first buyer takes it.

A buyer names the highest price that it would pay and has the right at the price of that moment, so that a price that
falls between looking and accepting costs nobody anything. What of the price is due first is held at acceptance. A
suspended listing's price stands still.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.calendar import MS_PER_DAY, MS_PER_MINUTE
from exchange.commands import BidTerms, ListingTerms, SubmitListing
from exchange.deals import award
from exchange.events import PriceDropped
from exchange.listings import life
from exchange.listings.checks import licence_is_compatible
from exchange.modes.mode import Mode, require_plain
from exchange.money import holds
from exchange.money.accounts import require_available
from exchange.rows import Listing, Party
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.terms.consideration import due_at_effect
from exchange.turn import Result, Turn

SHORTEST_INTERVAL_MS = MS_PER_MINUTE
LONGEST_INTERVAL_MS = 30 * MS_PER_DAY
MOST_DROPS = 1_000


class Dutch(Mode):
    """The Dutch auction."""

    def check(self, turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:  # noqa: ARG002 - the interface
        """First price, step, interval and floor; at most so many drops as a reader can follow."""
        require_plain(command, terms, "step", "floor", "interval_ms")
        if terms.floor is UNSET or not 0 < terms.floor < terms.price:
            refuse(rules.MALFORMED, field="floor", mode="dutch")
        interval_ms = terms.interval_ms
        if interval_ms is UNSET or not SHORTEST_INTERVAL_MS <= interval_ms <= LONGEST_INTERVAL_MS:
            refuse(rules.MALFORMED, field="interval_ms", least=SHORTEST_INTERVAL_MS, most=LONGEST_INTERVAL_MS)
        if terms.step == 0 or terms.price - terms.floor > terms.step * MOST_DROPS:
            refuse(rules.MALFORMED, field="step", most_drops=MOST_DROPS)

    def opened(self, turn: Turn, listing: Listing) -> None:
        """The first price stands for one interval."""
        listing.current_price = listing.terms.price
        turn.state.touch(listing)
        turn.state.set_deadline("listing_close", listing.id, listing.closes_ms)
        life.begin_interval(turn, listing, turn.time_ms)

    def price_drop(self, turn: Turn, listing: Listing, due_ms: int) -> None:
        """The price falls by a step, at most to the floor; of a suspended listing it waits until that goes on."""
        old_price, floor = _price(turn, listing), listing.terms.floor
        if listing.state != "OPEN" or floor is UNSET:
            return
        listing.current_price = max(floor, old_price - listing.terms.step)
        turn.state.touch(listing)
        turn.emit(PriceDropped(listing_id=listing.id, old_price=old_price, price=listing.current_price))
        # From when it was due, so that a late tick makes nothing later.
        life.begin_interval(turn, listing, due_ms)

    def accept_price(self, turn: Turn, listing: Listing, buyer: Party, terms: BidTerms) -> Result:
        """The first buyer whose price reaches the current one has it at the current one (Auction Law Art. 51)."""
        if listing.state != "OPEN":
            refuse(rules.WRONG_STATE, listing_id=listing.id, state=listing.state, step="accept_price")
        price = _price(turn, listing)
        if terms.price < price:
            refuse(rules.PRICE_CHANGED, listing_id=listing.id)
        licence_is_compatible(turn, listing)
        due = due_at_effect(listing.terms, price)
        require_available(turn.state, buyer.id, listing.currency, due)
        holds.hold_of_party(turn, listing.id, buyer.id, "price", listing.currency, due, "hold")
        listing.accepted += 1
        turn.state.touch(listing)
        deal = award.open_deal(turn, listing, buyer, price, deposit=due, bid=None)
        life.move(turn, listing, "award", "accept_price")
        return {"deal_id": deal.id, "state": deal.state}

    def close(self, turn: Turn, listing: Listing) -> None:
        """Nobody took it."""
        life.end_without_award(turn, listing, "nobody", "listing_close")


def _price(turn: Turn, listing: Listing) -> int:
    price = listing.current_price
    if price is UNSET:
        turn.fault(f"Dutch listing {listing.id} without a price")
    return price

"""The interface of every trading mode."""

from __future__ import annotations

from typing import Protocol

from exchange.commands import ListingTerms, SubmitListing
from exchange.state import Listing, Party
from exchange.turn import Result, Turn


class Mode(Protocol):
    """How a listing in this mode is checked, opened, bid on and closed. A step that a mode does not have is refused."""

    def check(self, turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
        """Check a new listing's own terms. Raises Refusal MALFORMED and the mode's own rules."""

    def opened(self, turn: Turn, listing: Listing) -> None:
        """The listing has just opened: set its deadlines."""

    def place(
        self, turn: Turn, listing: Listing, bidder: Party, price: int, client_order_id: str | None
    ) -> Result:
        """A bid, or the acceptance of a posted price (minor units of the listing's currency)."""

    def registration_close(self, turn: Turn, listing: Listing) -> None:
        """Registration has ended."""

    def close(self, turn: Turn, listing: Listing) -> None:
        """The listing's time has ended."""

"""The interface of every trading mode."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NoReturn

from exchange.commands import BidTerms, ListingTerms, SubmitListing
from exchange.rows import Bid, Listing, Party
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Result, Turn


class Mode(ABC):
    """How price and buyer are found. Each step on a listing's floor asks its mode's method of the same name.

    The floor has checked by then who acts: a buyer may take part, a bid is the acting bidder's own, or for `accept_bid`
    one of the acting seller's listing. The mode checks the listing's state and its own rules. A step that a mode does
    not have is refused with WRONG-STATE, which is what stands here. Amounts are minor units of the listing's currency.
    """

    @abstractmethod
    def check(self, turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
        """SubmitListing: the listing's own terms. Raises Refusal MALFORMED and the mode's own rules."""

    @abstractmethod
    def opened(self, turn: Turn, listing: Listing) -> None:
        """ApproveListing, or the end of the public notice: set the listing's clocks."""

    @abstractmethod
    def close(self, turn: Turn, listing: Listing) -> None:
        """The clock `listing_close`: the listing's time has ended."""

    def registration_close(self, turn: Turn, listing: Listing) -> None:
        """The clock `registration_close`, for a mode whose `opened` has set it."""
        turn.fault(f"registration of {listing.mode} listing {listing.id} closed")

    def register(self, turn: Turn, listing: Listing, buyer: Party) -> Result:  # noqa: ARG002 - the interface
        """RegisterBidder: a buyer registers, with what the mode holds of it."""
        _has_no(listing, "register")

    def qualify(self, turn: Turn, listing: Listing, party_id: str) -> Result:  # noqa: ARG002 - the interface
        """QualifyBidder: the operator finds that a registered bidder may bid."""
        _has_no(listing, "qualify")

    def leave(self, turn: Turn, listing: Listing, bidder: Party) -> Result:  # noqa: ARG002 - the interface
        """LeaveListing: a bidder takes itself, its bid and its deposit out."""
        _has_no(listing, "leave")

    def place_bid(self, turn: Turn, listing: Listing, bidder: Party, terms: BidTerms) -> Result:  # noqa: ARG002 - the interface
        """PlaceBid: a bid."""
        _has_no(listing, "place_bid")

    def accept_price(self, turn: Turn, listing: Listing, buyer: Party, terms: BidTerms) -> Result:  # noqa: ARG002 - the interface
        """AcceptPrice: the acceptance of a posted price."""
        _has_no(listing, "accept_price")

    def amend(self, turn: Turn, listing: Listing, bid: Bid, terms: BidTerms) -> Result:  # noqa: ARG002 - the interface
        """AmendBid: another price for a bid."""
        _has_no(listing, "amend")

    def withdraw(self, turn: Turn, listing: Listing, bid: Bid) -> Result:  # noqa: ARG002 - the interface
        """WithdrawBid: a bid is taken back."""
        _has_no(listing, "withdraw")

    def accept_bid(self, turn: Turn, listing: Listing, bid: Bid) -> Result:  # noqa: ARG002 - the interface
        """AcceptBid: the seller takes a bid."""
        _has_no(listing, "accept_bid")


def _has_no(listing: Listing, step: str) -> NoReturn:
    refuse(rules.WRONG_STATE, listing_id=listing.id, mode=listing.mode, step=step)

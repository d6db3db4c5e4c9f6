"""The interface of every trading mode."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NoReturn

from msgspec import UNSET

from exchange.commands import (
    BidTerms,
    ListingTerms,
    OrderTerms,
    PlaceOrder,
    RevealTerms,
    ScoreTerms,
    SubmitListing,
)
from exchange.rows import Bid, Listing, Order, Party, Proposal
from exchange.rows.proposals import Side
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Result, Turn

_OF_SOME_MODES = (
    *("reserve", "floor", "interval_ms", "reveal_ms", "criteria", "call_ms"),
    *("bidding", "round_ms"),
)
HIGHEST_DEPOSIT_PERCENT = 30
"""Of the listed price: a bid deposit 保证金."""


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

    def price_drop(self, turn: Turn, listing: Listing, due_ms: int) -> None:  # noqa: ARG002 - the interface
        """The clock `price_drop`, for a mode whose `opened` has set it; it was due at `due_ms`."""
        turn.fault(f"the price of {listing.mode} listing {listing.id} dropped")

    def propose(  # noqa: PLR0913 - what a proposal consists of
        self,
        turn: Turn,  # noqa: ARG002 - the interface
        listing: Listing,
        buyer: Party,  # noqa: ARG002 - the interface
        made_by: Side,  # noqa: ARG002 - the interface
        price: int,  # noqa: ARG002 - the interface
        expires_ms: int,  # noqa: ARG002 - the interface
    ) -> Result:
        """MakeProposal: a price, by a buyer or by the seller in answer to one."""
        _has_no(listing, "propose")

    def accept_proposal(self, turn: Turn, listing: Listing, proposal: Proposal) -> Result:  # noqa: ARG002 - the interface
        """AcceptProposal: the other side takes a proposal as it is."""
        _has_no(listing, "accept_proposal")

    def end_proposal(self, turn: Turn, listing: Listing, proposal: Proposal, event: str, cause: str) -> None:  # noqa: ARG002 - the interface
        """RefuseProposal, or the clock `proposal_expiry`: a live proposal ends without a deal."""
        turn.fault(f"proposal {proposal.id} on {listing.mode} listing {listing.id}")

    def seal(self, turn: Turn, listing: Listing, bidder: Party, commitment: str) -> Result:  # noqa: ARG002 - the interface
        """SealBid: a bid of which only its commitment is known."""
        _has_no(listing, "seal_bid")

    def reveal(self, turn: Turn, listing: Listing, bid: Bid, terms: RevealTerms) -> Result:  # noqa: ARG002 - the interface
        """RevealBid: a sealed bid is opened."""
        _has_no(listing, "reveal_bid")

    def score(self, turn: Turn, listing: Listing, terms: ScoreTerms) -> Result:  # noqa: ARG002 - the interface
        """RecordScores: the evaluation committee has scored the tenders."""
        _has_no(listing, "record_scores")

    def reveal_end(self, turn: Turn, listing: Listing) -> None:
        """The clock `reveal_end`: whatever is still sealed stays so."""
        turn.fault(f"the opening of {listing.mode} listing {listing.id} ended")

    def place_order(
        self,
        turn: Turn,  # noqa: ARG002 - the interface
        listing: Listing,
        party: Party,  # noqa: ARG002 - the interface
        command: PlaceOrder,  # noqa: ARG002 - the interface
        terms: OrderTerms,  # noqa: ARG002 - the interface
    ) -> Result:
        """PlaceOrder: an order for a two-sided book."""
        _has_no(listing, "place_order")

    def amend_order(self, turn: Turn, listing: Listing, order: Order, terms: OrderTerms) -> Result:  # noqa: ARG002 - the interface
        """AmendOrder: another limit or quantity for an order that rests."""
        _has_no(listing, "amend_order")

    def call_end(self, turn: Turn, listing: Listing) -> None:
        """The clock `call_end`, for a mode whose `opened` has set it."""
        turn.fault(f"the call auction of {listing.mode} listing {listing.id} ended")

    def accept_bid(self, turn: Turn, listing: Listing, bid: Bid) -> Result:  # noqa: ARG002 - the interface
        """AcceptBid: the seller takes a bid."""
        _has_no(listing, "accept_bid")


def require_deposit_in_bounds(terms: ListingTerms) -> None:
    """Raises Refusal DEPOSIT-CAP where a bid deposit is above the venue's share of the price."""
    if terms.deposit * 100 > terms.price * HIGHEST_DEPOSIT_PERCENT:
        refuse(rules.DEPOSIT_CAP, deposit_percent=HIGHEST_DEPOSIT_PERCENT)


def require_own_terms(command: SubmitListing, terms: ListingTerms, *own: str) -> None:
    """Raises Refusal MALFORMED where a listing carries terms that only other modes have; `own` are this mode's."""
    for field in _OF_SOME_MODES:
        if getattr(terms, field) is not UNSET and field not in own:
            refuse(rules.MALFORMED, field=field, mode=command.mode)


def require_plain(command: SubmitListing, terms: ListingTerms, *own: str) -> None:
    """As `require_own_terms`, for a mode with one buyer and without a registration, unless it names them as its own."""
    require_own_terms(command, terms, *own)
    given = {
        "deposit": terms.deposit != 0,
        "step": terms.step != 0,
        "registration_closes_ms": command.registration_closes_ms is not None,
        "max_acceptances": command.max_acceptances != 1,
        "announcement_number": command.announcement_number is not None,
    }
    for field, is_given in given.items():
        if is_given and field not in own:
            refuse(rules.MALFORMED, field=field, mode=command.mode)


def _has_no(listing: Listing, step: str) -> NoReturn:
    refuse(rules.WRONG_STATE, listing_id=listing.id, mode=listing.mode, step=step)

"""Commands about listings and bids: from submission to the award."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from exchange.commands.command import Command, DealKind, GivenBy, ModeName, Terms
from exchange.money.amount import Currency


class ListingTerms(Terms, frozen=True):
    """What is offered and at what price. `price` is the posted or listed price, `deposit` the bid deposit 保证金.

    For a licence: territory, field of use, term in milliseconds UTC (`ends_ms` None: to the right's expiry).
    In an English auction `price` is the first bid and `reserve` 保留价 the least that the seller takes; in a Dutch one
    the price falls from `price` by `step` every `interval_ms` down to `floor`. Since engine version 3.
    """

    price: int
    deposit: int = 0
    step: int = 0
    territory: tuple[str, ...] = ("CN",)
    field_of_use: str = "all"
    starts_ms: int | None = None
    ends_ms: int | None = None
    may_sublicense: bool = False
    reserve: int | UnsetType = UNSET
    floor: int | UnsetType = UNSET
    interval_ms: int | UnsetType = UNSET


class SubmitListing(Command, frozen=True):
    """A holder offers a right. Erasable: `description`, `undertaking` 承诺书.

    `announcement_number`: the office's number of an open-licence announcement, else None.
    """

    terms_type: ClassVar[type[Terms] | None] = ListingTerms
    right_id: str
    mode: ModeName
    deal_kind: DealKind
    currency: Currency
    closes_ms: int
    registration_closes_ms: int | None = None
    max_acceptances: int = 1
    announcement_number: str | None = None


class ApproveListing(Command, frozen=True):
    """The operator opens a submitted listing (or starts its public notice). Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    listing_id: str


class RejectListing(Command, frozen=True):
    """The operator sends a submitted listing back. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    listing_id: str


class WithdrawListing(Command, frozen=True):
    """The seller withdraws a listing on which nothing has been accepted."""

    listing_id: str


class ConsentToDeal(Command, frozen=True):
    """A pledgee consents to deals under a listing of the pledged right (Civil Code Art. 444)."""

    listing_id: str


class RegisterBidder(Command, frozen=True):
    """A buyer registers for a competitive listing; its bid deposit is held."""

    listing_id: str


class QualifyBidder(Command, frozen=True):
    """The operator qualifies a registered bidder. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    listing_id: str
    party_id: str


class LeaveListing(Command, frozen=True):
    """A registered bidder leaves before registration closes; its deposit is released and its bid lapses."""

    listing_id: str


class BidTerms(Terms, frozen=True):
    """A bid's price, and the bidder's own order id, unique per party for ever."""

    price: int
    client_order_id: str | None = None


class PlaceBid(Command, frozen=True):
    """A qualified bidder bids on a competitive listing."""

    terms_type: ClassVar[type[Terms] | None] = BidTerms
    listing_id: str


class AmendBid(Command, frozen=True):
    """A bidder changes its bid: freely until registration closes, afterwards only upwards."""

    terms_type: ClassVar[type[Terms] | None] = BidTerms
    bid_id: str


class WithdrawBid(Command, frozen=True):
    """A bidder withdraws its bid; only until registration closes (venue rule: then irrevocable)."""

    bid_id: str


class AcceptPrice(Command, frozen=True):
    """A buyer accepts a posted price; the full price is held from its available funds. Terms repeat the price."""

    terms_type: ClassVar[type[Terms] | None] = BidTerms
    listing_id: str


class AcceptBid(Command, frozen=True):
    """The seller accepts the only bidder's bid in the negotiation that follows a listing with one bidder."""

    bid_id: str

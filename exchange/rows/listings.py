"""Listings, bids and standing offers."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from exchange.commands import DealKind, ListingTerms, ModeName
from exchange.money.amount import Currency
from exchange.rows.deals import RightFacts
from exchange.rows.row import Row


class Bidder(msgspec.Struct, frozen=True, kw_only=True):
    """A bidder of one listing: REGISTERED, QUALIFIED, NEGOTIATING or LEFT, and the deposit held (minor units)."""

    state: str
    deposit: int


class Listing(Row):
    """An offer of one right in one mode.

    States: SUBMITTED, PUBLICITY, OPEN, BIDDING, NEGOTIATE, SUSPENDED, AWARDED, SOLD, LAPSED, REJECTED, WITHDRAWN.
    """

    kind: ClassVar[str] = "listing"
    right_id: str
    seller: str
    mode: ModeName
    deal_kind: DealKind
    currency: Currency
    terms: ListingTerms
    terms_salt: str
    closes_ms: int
    registration_closes_ms: int | None = None
    max_acceptances: int = 1
    announcement_number: str | None = None
    state: str = "SUBMITTED"
    opened_ms: int | None = None
    bidders: dict[str, Bidder] = {}
    """By party id."""
    consents: tuple[str, ...] = ()
    accepted: int = 0
    deals: tuple[str, ...] = ()
    suspended_from: str | None = None
    suspended_ms: int | None = None
    current_price: int | UnsetType = UNSET
    """Of a Dutch auction, minor units: what the price has fallen to."""


class Bid(Row):
    """A bid: LIVE, SUPERSEDED by a higher one, WITHDRAWN, WON, LOST or LAPSED. `sequence` orders equal prices."""

    kind: ClassVar[str] = "bid"
    listing_id: str
    party_id: str
    price: int
    sequence: int
    placed_ms: int
    terms_salt: str
    client_order_id: str | None = None
    state: str = "LIVE"


class Offer(Row):
    """What a listing's seller signed once for whoever accepts (the register's `StandingOffer`); `id` is the listing's.

    States: STANDING; WITHDRAWING, while buyers who have accepted have not signed; WITHDRAWN; ENDED, since its key or
    its counter has changed or the chain refused it: it may be signed anew, in the same row.
    """

    kind: ClassVar[str] = "offer"
    number: int
    """How many offers of this listing were signed before it."""
    right_id: str
    right_facts: RightFacts
    announcement_number: str | None
    """The office's number of the open-licence announcement 开放许可, if it is one."""
    seller: str
    seller_key: str
    terms_salt: str
    terms_commitment: str
    contract_commitment: str
    term_s: int
    """The longest term of a licence under it, in seconds."""
    most: int
    """Most acceptances; those of the listing before it was signed do not count."""
    expires_at_s: int
    """The last second (Unix) at which the chain takes an acceptance."""
    counter: int
    """Of the seller's key."""
    salt: str
    """What tells it from every other offer (32 bytes, hex)."""
    signature: str
    state: str
    deals: tuple[str, ...] = ()
    """Deals that were accepted under an offer of this listing: of these the buyer alone signs."""
    left: tuple[str, ...] = ()
    """Deals that were accepted so and have left it: both sign, and what was agreed stays word for word."""
    withdrawal: str = ""
    """The seller's signature over the withdrawal; empty where the chain had it already."""

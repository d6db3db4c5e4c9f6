"""Listings, bids and standing offers."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from exchange.commands import CriterionCode, DealKind, ListingTerms, LotMember, ModeName, Preview
from exchange.money.amount import Currency
from exchange.rows.deals import ContractForm, RightFacts
from exchange.rows.row import Row


class Bidder(msgspec.Struct, frozen=True, kw_only=True):
    """A bidder of one listing, and the deposit held (minor units).

    States: REGISTERED, QUALIFIED, NEGOTIATING, OFFERED the award, LEFT, FORFEITED.
    """

    state: str
    deposit: int
    sealed: int | UnsetType = UNSET
    """How many bids it has sealed, taken back ones included."""


class Listing(Row):
    """An offer of one right, or of several as one lot, in one mode.

    States: SUBMITTED, PUBLICITY, HELD by an objection, OPEN, TRADING, BIDDING, NEGOTIATE, SEALED, REVEALING,
    EVALUATING, SUSPENDED, AWARDED, REOFFERED to the next bidder after a default, SOLD, LAPSED, REJECTED, WITHDRAWN.
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
    consented_pledges: dict[str, tuple[str, ...]] | UnsetType = UNSET
    """Pledgee (party id) to the pledges that stood when it consented, as the rights' timelines name them."""
    co_owner_consents: tuple[str, ...] | UnsetType = UNSET
    """Company numbers of co-owners that have consented."""
    refusals_kept: tuple[str, ...] | UnsetType = UNSET
    """Of these, who has kept its first refusal."""
    first_refused_at: int | UnsetType = UNSET
    """The price (minor units) at which everybody with a first refusal has let it pass."""
    accepted: int = 0
    deals: tuple[str, ...] = ()
    suspended_from: str | None = None
    suspended_ms: int | None = None
    current_price: int | UnsetType = UNSET
    """Of a Dutch auction, minor units: what the price has fallen to."""
    reveal_closes_ms: int | UnsetType = UNSET
    """Until when sealed bids may be opened, once they may."""
    runners_up: tuple[str, ...] | UnsetType = UNSET
    """The bids that come next if the winner defaults, best first, one of each party."""
    award_offered_until_ms: int | UnsetType = UNSET
    """Until when the first of them may take the award, while it is offered."""
    auction: Preview | UnsetType = UNSET
    """Of what is called an auction, when it can be viewed."""
    has_reserve: bool | UnsetType = UNSET
    """Of an English or a Dutch auction: whether it has a price below which nothing is sold, which is not told."""
    held_ms: int | UnsetType = UNSET
    """Since when its public notice stands still, for an objection or a suspension, while it does."""
    notice_left_ms: int | UnsetType = UNSET
    """What of the notice is left then."""
    fee_schedule: str | UnsetType = UNSET
    """The venue's fees as they stood when it opened; of what is called an auction, when it was approved."""
    lot: tuple[LotMember, ...] | UnsetType = UNSET
    """Of a lot, all its rights with their shares; the first is `right_id`."""
    round: int | UnsetType = UNSET
    """Of rising rounds: which runs, or ran last."""
    raised: bool | UnsetType = UNSET
    """Whether somebody has bid in it."""
    lot_choice_until_ms: int | UnsetType = UNSET
    """Since one right of the lot did not pass: until when its buyer may rescind the others."""

    @property
    def right_ids(self) -> tuple[str, ...]:
        """The rights that it offers: one, or all of a lot."""
        return (self.right_id,) if self.lot is UNSET else tuple(member.right_id for member in self.lot)


class Bid(Row):
    """A bid: LIVE, SUPERSEDED by a higher one, WITHDRAWN, WON, LOST, LAPSED, or FORFEIT by its party's default.

    `sequence` orders equal prices.

    A sealed one: SEALED with price 0, then REVEALED, or VOID: below the least price, or not opened.
    """

    kind: ClassVar[str] = "bid"
    listing_id: str
    party_id: str
    price: int
    sequence: int
    placed_ms: int
    terms_salt: str
    client_order_id: str | None = None
    state: str = "LIVE"
    commitment: str | UnsetType = UNSET
    """Of a sealed bid (32 bytes, hex)."""
    proposal: str | UnsetType = UNSET
    """Of a tender, once it is opened: the SHA-256 (hex) of its proposal document."""
    score: int | UnsetType = UNSET
    """Of a tender that was scored, in ten-thousandths of a point, rounded down."""
    points: dict[CriterionCode, int] | UnsetType = UNSET
    """By criterion and before its weight, in the same unit."""


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
    contract_form: ContractForm | UnsetType = UNSET
    """How `contract_commitment` was made, as that of a deal."""

"""Commands about listings and bids: from submission to the award."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec
from msgspec import UNSET, UnsetType

from exchange.commands.command import Command, DealKind, GivenBy, ModeName, Terms
from exchange.commands.consideration import (
    Arbitration,
    Commission,
    Consideration,
    Improvements,
    LateInterest,
    Withholding,
)
from exchange.money.amount import Currency

Bidding = Literal["once", "rising"]
"""How several bidders of a competitive listing bid: one price each, or rounds that rise."""
CriterionCode = Literal[
    "price",
    "implementation_plan",
    "technical_capability",
    "track_record",
    "financial_standing",
    "local_benefit",
]
"""What a tender 招标 may be scored by."""


class Criterion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a tender is scored by, and its weight in basis points of the whole."""

    code: CriterionCode
    weight: int


class Undertaking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a seller undertakes 承诺书 with its listing: its signed word on what no register tells. Since version 5.

    Each is yes or no, and unset where it was not answered. state_secret: a right that is offered is to be kept secret
    as a state secret 国家秘密, defence patents 国防专利 among them. open_licence_elsewhere: an open licence 开放许可 of
    one is declared outside this venue and not withdrawn. venue_staff: the seller, or an affiliate of it, is staff of
    the venue. nominee: it holds for others 代持, as every fund does; `holders` is for how many then, those behind
    another fund or nominee counted one by one. co_owners_agreed_otherwise: the co-owners have agreed on what each may
    do alone, otherwise than the law of the right's place has it; asked of a right with several owners.
    """

    state_secret: bool | UnsetType = UNSET
    open_licence_elsewhere: bool | UnsetType = UNSET
    venue_staff: bool | UnsetType = UNSET
    nominee: bool | UnsetType = UNSET
    holders: int | UnsetType = UNSET
    co_owners_agreed_otherwise: bool | UnsetType = UNSET


class ListingTerms(Terms, frozen=True):
    """What is offered and at what price. `price` is the posted or listed price, `deposit` the bid deposit 保证金.

    For a licence: territory, field of use, term in milliseconds UTC (`ends_ms` None: to the right's expiry).
    Since engine version 3: in an English auction `price` is the first bid, `reserve` 保留价 the least that the seller
    takes; in a Dutch one the price falls from `price` by `step` every `interval_ms` down to `floor`; of sealed bids and
    tenders `price` is the least, and `reveal_ms` how long they may be opened for; a tender is scored by `criteria`.
    In the continuous mode `price` is the reference of the call auction that opens trading, `call_ms` its length.
    How the price is paid stands in `consideration`, at once where nothing does. inspection: the licensor may have the
    books inspected (Civil Code Art. 846). earnest: earnest money 定金 in basis points of the price that is found, paid
    after both have signed (Civil Code Arts. 586 to 588); it is no bid deposit. head_licence: of a sub-licence, the
    licence of the seller's under which it is granted.
    Since engine version 5: `bidding` of a competitive listing, free until the close where nothing is said; `round_ms`
    how long each round lasts after the first, which ends at the close; `undertaking`, which is no clause of a contract.
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
    reveal_ms: int | UnsetType = UNSET
    criteria: tuple[Criterion, ...] | UnsetType = UNSET
    call_ms: int | UnsetType = UNSET
    consideration: Consideration | UnsetType = UNSET
    improvements: Improvements | UnsetType = UNSET
    late_interest: LateInterest | UnsetType = UNSET
    inspection: bool | UnsetType = UNSET
    arbitration: Arbitration | UnsetType = UNSET
    withholding: tuple[Withholding, ...] | UnsetType = UNSET
    commission: Commission | tuple[Commission, ...] | UnsetType = UNSET
    """One agent's, or since engine version 5 those of several."""
    earnest: int | UnsetType = UNSET
    head_licence: str | UnsetType = UNSET
    bidding: Bidding | UnsetType = UNSET
    round_ms: int | UnsetType = UNSET
    undertaking: Undertaking | UnsetType = UNSET


class Preview(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When what is auctioned can be viewed 拍卖标的展示 (ms UTC)."""

    starts_ms: int
    ends_ms: int


class LotMember(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One right of a lot, and its share of the lot's price in parts per million of the whole."""

    right_id: str
    share: int


class SubmitListing(Command, frozen=True):
    """A holder offers a right, or several as one lot. Erasable: `description`, `undertaking`: a paper of it 承诺书.

    `announcement_number`: the office's number of an open-licence announcement, else None. `auction`: given where an
    English or a Dutch auction is to be called an auction 拍卖; otherwise it is online bidding 网络竞价. `lot`: every
    right of a lot with its share, the first of them being `right_id`; since engine version 3.
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
    auction: Preview | UnsetType = UNSET
    lot: tuple[LotMember, ...] | UnsetType = UNSET


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


class ConsentToListing(Command, frozen=True):
    """A co-owner of the right consents to the listing with its terms, and to every deal under it.

    Since engine version 3. keeps_refusal: whether it keeps the first refusal of an application right that it developed
    with the seller (Civil Code Art. 860); else its consent waives it.
    """

    listing_id: str
    keeps_refusal: bool | UnsetType = UNSET


class CoOwnerConsentTerms(Terms, frozen=True):
    """Whose consent it is: a co-owner's company number. keeps_refusal: as in `ConsentToListing`."""

    company_number: str
    keeps_refusal: bool | UnsetType = UNSET


class LodgeCoOwnerConsent(Command, frozen=True):
    """The venue lodges the sealed written consent of a co-owner that gives no command here.

    Since engine version 3. Erasable: `consent`, the paper, which must be there, and `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = CoOwnerConsentTerms
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


class AcceptAward(Command, frozen=True):
    """The next bidder, to whom the award is offered after a default, takes it at the price of its own bid."""

    listing_id: str


class DeclineAward(Command, frozen=True):
    """The next bidder does not take the award; it goes to the one after it."""

    listing_id: str


class AcceptBid(Command, frozen=True):
    """The seller accepts the only bidder's bid in the negotiation that follows a listing with one bidder."""

    bid_id: str

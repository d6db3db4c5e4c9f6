"""Routes of listings and their books."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import documents, keyset, problems, refusals
from api.auth import Caller, allow
from api.bids.schemas import Acceptance
from api.door import Door, TheDoor
from api.forms import Accepted, Body, ReasonedBody, RowFilter, RowId
from api.giving import OperatorGives, PartyGives, terms_of
from api.listings.schemas import (
    BookLine,
    BookView,
    ConsentForm,
    CoOwnerConsentForm,
    DepthView,
    LetterAwaitedView,
    LevelView,
    ListingPage,
    ListingView,
    LotDecision,
    Offer,
    OwnListingView,
    QualificationForm,
)
from api.reading import Stored, bids_are_unseen
from exchange.commands import (
    AcceptAward,
    AcceptPrice,
    ApproveListing,
    BidTerms,
    ConsentToDeal,
    ConsentToListing,
    CoOwnerConsentTerms,
    DecideLot,
    DeclineAward,
    LeaveListing,
    ListingTerms,
    LodgeCoOwnerConsent,
    QualifyBidder,
    RegisterBidder,
    RejectListing,
    SubmitListing,
    WithdrawListing,
)
from exchange.listings.bidders import GONE
from exchange.rows import Listing, Right
from exchange.rules import continuous_trading, patent_law
from exchange.rules import venue as rules
from exchange.rules.trading_halts import TRADING_HALTED

router = APIRouter(prefix="/v1/listings", tags=["listings"])
Anybody = Annotated[Caller, allow("public")]
_BUYABLE = (TRADING_HALTED, rules.WRONG_STATE, rules.FUNDS_SHORT, *refusals.BUYER_MAY_TAKE_PART)


@router.post(
    "",
    **documents.created(
        TRADING_HALTED,
        rules.ROLE_REQUIRED,
        rules.DEPOSIT_CAP,
        continuous_trading.CENTRALISED_TRADING,
        continuous_trading.NOT_AUTHORISED,
        *refusals.LISTING_MAY_STAND,
        *refusals.OPEN_LICENCE_MAY_BE_DECLARED,
    ),
)
async def submit(body: Offer, giver: PartyGives) -> Accepted:
    """A holder offers a right; the operator opens the listing."""
    return await giver.give(SubmitListing, body, terms=terms_of(ListingTerms, body.terms))


@router.post(
    "/{listing_id}/approval",
    **documents.command(
        TRADING_HALTED,
        rules.WRONG_STATE,
        *refusals.NOTICES,
        *refusals.LISTING_MAY_STAND,
        *refusals.OPEN_LICENCE_MAY_BE_DECLARED,
    ),
)
async def approve(listing_id: RowId, body: ReasonedBody, giver: OperatorGives) -> Accepted:
    """The operator opens a submitted listing, or starts the public notice that its seller owes."""
    return await giver.give(ApproveListing, body, listing_id=listing_id)


@router.post("/{listing_id}/rejection", **documents.command(rules.WRONG_STATE))
async def reject(listing_id: RowId, body: ReasonedBody, giver: OperatorGives) -> Accepted:
    """The operator sends a submitted listing back."""
    return await giver.give(RejectListing, body, listing_id=listing_id)


@router.post(
    "/{listing_id}/withdrawal",
    **documents.command(rules.WRONG_STATE, rules.OFFER_STANDS, rules.PROPOSAL_STANDS),
)
async def withdraw(listing_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """The seller withdraws a listing on which nothing has been accepted."""
    return await giver.give(WithdrawListing, body, listing_id=listing_id)


@router.post("/{listing_id}/consents", **documents.command(rules.ROLE_REQUIRED, rules.WRONG_STATE))
async def consent(listing_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """A pledgee consents to deals under a listing of the pledged right (Civil Code Art. 444)."""
    return await giver.give(ConsentToDeal, body, listing_id=listing_id)


@router.post("/{listing_id}/co-owner-consents", **documents.command(rules.WRONG_STATE))
async def consent_as_co_owner(listing_id: RowId, body: ConsentForm, giver: PartyGives) -> Accepted:
    """A co-owner that the register names consents to the listing; it sells with the seller from then on."""
    return await giver.give(ConsentToListing, body, listing_id=listing_id)


@router.post(
    "/{listing_id}/co-owner-consents/papers", **documents.command(rules.WRONG_STATE, rules.FACT_MISSING)
)
async def lodge_co_owner_consent(
    listing_id: RowId, body: CoOwnerConsentForm, giver: OperatorGives
) -> Accepted:
    """The venue lodges the written consent of a co-owner that gives no command here, sealed."""
    terms = terms_of(CoOwnerConsentTerms, body.terms)
    return await giver.give(LodgeCoOwnerConsent, body, terms=terms, listing_id=listing_id)


@router.post("/{listing_id}/bidders", **documents.command(*_BUYABLE))
async def register_bidder(listing_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """A buyer registers for a competitive listing; its bid deposit is held."""
    return await giver.give(RegisterBidder, body, listing_id=listing_id)


@router.post("/{listing_id}/bidders/leave", **documents.command(rules.BID_IRREVOCABLE))
async def leave(listing_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """A registered bidder leaves before registration closes; its deposit is released and its bid lapses."""
    return await giver.give(LeaveListing, body, listing_id=listing_id)


@router.post("/{listing_id}/bidders/{party_id}/qualification", **documents.command(rules.WRONG_STATE))
async def qualify(
    listing_id: RowId, party_id: RowId, body: QualificationForm, giver: OperatorGives
) -> Accepted:
    """The operator qualifies a registered bidder."""
    return await giver.give(QualifyBidder, body, listing_id=listing_id, party_id=party_id)


@router.post(
    "/{listing_id}/acceptances",
    **documents.created(
        rules.PRICE_CHANGED, problems.CLIENT_ORDER_ID_REUSED, patent_law.LICENCE_CONFLICT, *_BUYABLE
    ),
)
async def accept_price(listing_id: RowId, body: Acceptance, giver: PartyGives) -> Accepted:
    """A buyer accepts a posted price; the full price is held, and a deal begins."""
    return await giver.give(AcceptPrice, body, terms=terms_of(BidTerms, body.terms), listing_id=listing_id)


@router.post(
    "/{listing_id}/award/acceptance",
    **documents.command(patent_law.LICENCE_CONFLICT, *_BUYABLE),
)
async def take(listing_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """After a default the next bidder takes the award at the price of its own bid; its deposit is held again."""
    return await giver.give(AcceptAward, body, listing_id=listing_id)


@router.post("/{listing_id}/award/refusal", **documents.command(TRADING_HALTED, rules.WRONG_STATE))
async def decline(listing_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """The next bidder declines the award, which costs nothing; the one after it is asked."""
    return await giver.give(DeclineAward, body, listing_id=listing_id)


@router.post("/{listing_id}/lot-decision", **documents.command(rules.WRONG_STATE))
async def decide_lot(listing_id: RowId, body: LotDecision, giver: PartyGives) -> Accepted:
    """One right of a lot did not pass: its buyer keeps the others, or rescinds those that have not passed either."""
    return await giver.give(DecideLot, body, listing_id=listing_id)


@router.get("", **documents.reads(problems.CURSOR_MALFORMED))
async def listings(  # noqa: PLR0913 - the list's filters
    door: TheDoor,
    caller: Anybody,
    window: keyset.TheWindow,
    state: Annotated[str | None, Query(pattern=r"^[A-Z]{3,16}$")] = None,
    mode: Annotated[str | None, Query(pattern=r"^[a-z]{4,16}$")] = None,
    right_id: RowFilter = None,
    seller: RowFilter = None,
) -> ListingPage:
    """Listings in the order of their submission: to outsiders those that were opened or are under public notice."""
    filters = {"state": state, "mode": mode, "right_id": right_id, "seller": seller}
    shown_to = None if caller.staff else caller.actor
    page = await door.reader.listings(filters, shown_to=shown_to, window=window)
    views = [await _view(door, caller, stored, with_words=False) for stored in page.rows]
    return ListingPage(listings=views, next_cursor=page.next_cursor)


@router.get("/{listing_id}", **documents.reads(rules.UNKNOWN_ID))
async def listing(listing_id: RowId, door: TheDoor, caller: Anybody) -> OwnListingView | ListingView:
    """A listing; its seller and the venue see more."""
    return await _view(door, caller, await _visible(door, caller, listing_id), with_words=True)


@router.get("/{listing_id}/book", **documents.reads(rules.UNKNOWN_ID))
async def book(listing_id: RowId, door: TheDoor, caller: Anybody) -> BookView:
    """The listing's book: prices to its participants, seller and venue; to everybody else how many bids stand.

    Of a continuous listing the best prices of both sides, to every approved party.
    """
    row = (await _visible(door, caller, listing_id)).row
    if row.mode == "continuous":
        return await _two_sided(door, caller, row)
    bids = await door.reader.book(listing_id)
    insider = caller.staff or caller.is_party(row.seller)
    standing = row.bidders.get(caller.actor)
    participant = standing is not None and standing.state not in GONE
    lines = [
        BookLine(
            rank=rank,
            price=bid.price,
            placed_ms=bid.placed_ms,
            own=caller.is_party(bid.party_id),
            bid_id=bid.id if insider or caller.is_party(bid.party_id) else None,
            party_id=bid.party_id if insider else None,
        )
        for rank, bid in enumerate(bids, start=1)
    ]
    return BookView(
        listing_id=row.id,
        state=row.state,
        currency=row.currency,
        closes_ms=row.closes_ms,
        time_ms=await door.now_ms(),
        count=len(lines),
        lines=lines if (insider or participant) and not bids_are_unseen(row) else None,
    )


async def _two_sided(door: Door, caller: Caller, row: Listing) -> BookView:
    """The book of a continuous listing: levels, and of nobody's order more than that."""
    sides = await door.reader.depth(row.id)
    depth = DepthView(
        **{
            name: [
                LevelView(price=price, quantity=quantity, orders=orders) for price, quantity, orders in levels
            ]
            for name, levels in (("bids", sides["buy"]), ("asks", sides["sell"]))
        }
    )
    return BookView(
        listing_id=row.id,
        state=row.state,
        currency=row.currency,
        closes_ms=row.closes_ms,
        time_ms=await door.now_ms(),
        count=await door.reader.orders_at_rest(row.id),
        lines=None,
        depth=depth if caller.approved else None,
    )


def _may_see(caller: Caller, row: Listing) -> bool:
    return (
        caller.staff
        or caller.is_party(row.seller)
        or row.opened_ms is not None
        or row.state in {"PUBLICITY", "HELD"}
    )


async def _visible(door: Door, caller: Caller, listing_id: str) -> Stored[Listing]:
    stored = await door.reader.row(Listing, listing_id)
    if stored is None or not (_may_see(caller, stored.row) or await _co_owns(door, caller, stored.row)):
        raise problems.unknown_id(listing_id, "listing")
    return stored


async def _co_owns(door: Door, caller: Caller, row: Listing) -> bool:
    """Whether the caller owns a listed right with the seller: it sees what it is asked to consent to."""
    if caller.party is None or not caller.approved:
        return False
    rights = await door.reader.rows(Right, row.right_ids)
    owners = {holder.company_number for right in rights for holder in right.row.holder_of_record}
    return caller.party.company_number in owners


async def _letters_awaited(door: Door, row: Listing) -> list[LetterAwaitedView]:
    applied = {each.id: each for each in await door.reader.documents_on(row.right_ids)}
    return [
        LetterAwaitedView(
            right_id=applied[clock.subject_id].subject_id,
            party_id=applied[clock.subject_id].party_id,
            decided_by_ms=clock.due_ms,
        )
        for clock in await door.reader.letters_awaited(applied.values())
    ]


async def _view(
    door: Door, caller: Caller, stored: Stored[Listing], *, with_words: bool
) -> OwnListingView | ListingView:
    row = stored.row
    present = [name for name, bidder in row.bidders.items() if bidder.state not in GONE]
    if caller.staff or caller.is_party(row.seller):
        own = OwnListingView.model_validate(row)
        own.standings = {name: bidder.state for name, bidder in row.bidders.items()}
        if with_words:
            parts = await door.reader.sealed_parts([stored.created_entry], "description")
            part = parts.get(stored.created_entry)
            own.description = None if part is None else part.value
            own.letters_awaited = await _letters_awaited(door, row)
        own.bidder_count = len(present)
        return own
    view = ListingView.model_validate(row)
    view.bidder_count = len(present)
    standing = row.bidders.get(caller.actor)
    view.own_standing = None if standing is None else standing.state
    return view

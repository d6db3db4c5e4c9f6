"""Routes of bids that are ordinary: looking them up, and the seller's acceptance."""

from typing import Annotated

from fastapi import APIRouter, Query
from msgspec import UNSET

from api import documents, keyset, problems
from api.auth import Caller, allow
from api.bids.schemas import BidPage, BidView
from api.door import Door, TheDoor
from api.forms import Accepted, Body, RowFilter, RowId
from api.giving import PartyGives
from api.reading import OPENED, bids_are_unseen
from exchange.commands import AcceptBid
from exchange.rows import Bid, Listing
from exchange.rules import conflicts, credit, export_control
from exchange.rules import venue as rules
from exchange.rules.trading_halts import TRADING_HALTED

router = APIRouter(prefix="/v1/bids", tags=["bids"])


@router.get("", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def own_bids(
    door: TheDoor,
    caller: Annotated[Caller, allow("party", "operator")],
    window: keyset.TheWindow,
    listing_id: RowFilter = None,
    state: Annotated[str | None, Query(pattern=r"^[A-Z]{3,16}$")] = None,
) -> BidPage:
    """A party's own bids, or all of them to an operator, in the order of arrival."""
    filters = {"listing_id": listing_id, "party_id": None if caller.staff else caller.actor}
    page = await door.reader.bids(filters, state, masked=caller.staff, window=window)
    views = [await _view(door, caller, stored.row) for stored in page.rows]
    return BidPage(bids=views, next_cursor=page.next_cursor)


@router.get("/{bid_id}", **documents.reads(rules.UNKNOWN_ID, private=True))
async def bid(
    bid_id: RowId, door: TheDoor, caller: Annotated[Caller, allow("party", "operator", "service")]
) -> BidView:
    """A bid, to its bidder, the listing's seller and the venue."""
    stored = await door.reader.row(Bid, bid_id)
    if stored is None:
        raise problems.unknown_id(bid_id, "bid")
    listing = await door.reader.row(Listing, stored.row.listing_id)
    seller = "" if listing is None else listing.row.seller
    if not caller.staff and not caller.is_party(stored.row.party_id, seller):
        raise problems.unknown_id(bid_id, "bid")
    return await _view(door, caller, stored.row)


@router.post(
    "/{bid_id}/acceptance",
    **documents.command(
        TRADING_HALTED,
        rules.WRONG_STATE,
        export_control.EXPORT_PROHIBITED,
        export_control.EXPORT_RESTRICTED,
        credit.SANCTIONED,
        conflicts.STAFF_MAY_NOT_BID,
    ),
)
async def accept(bid_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """The seller accepts the only bidder's bid in the negotiation that follows a listing with one bidder."""
    return await giver.give(AcceptBid, body, bid_id=bid_id)


async def _view(door: Door, caller: Caller, row: Bid) -> BidView:
    listing = await door.reader.row(Listing, row.listing_id)
    currency = "" if listing is None else listing.row.currency
    opening = listing is not None and listing.row.state == "REVEALING"
    unseen = opening or (listing is not None and bids_are_unseen(listing.row))
    unknown = row.price == 0 or (unseen and not caller.is_party(row.party_id))
    return BidView(
        id=row.id,
        listing_id=row.listing_id,
        party_id=row.party_id,
        price=None if unknown else row.price,
        currency=currency,
        sequence=row.sequence,
        placed_ms=row.placed_ms,
        client_order_id=row.client_order_id,
        state="SEALED" if opening and unknown and row.state in OPENED else row.state,
        commitment=None if row.commitment is UNSET else row.commitment,
    )

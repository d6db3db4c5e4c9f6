"""Routes of sealed bids and tenders."""

from typing import Annotated

from fastapi import APIRouter
from msgspec import UNSET

from api import documents, problems, refusals
from api.auth import Caller, allow
from api.door import TheDoor
from api.forms import Accepted, RowId
from api.giving import OperatorGives, PartyGives, terms_of
from api.reading import UNOPENED
from api.sealed_bids.schemas import OpenedBid, OpeningForm, ScoresForm, SealedSetView, SealForm
from exchange.commands import RecordScores, RevealBid, RevealTerms, ScoreTerms, SealBid
from exchange.modes.tender import SCORE_UNITS
from exchange.rows import Bid, Listing, SealedSet
from exchange.rules import tendering_law
from exchange.rules import venue as rules
from exchange.rules.trading_halts import TRADING_HALTED
from ledger.sealed_records import sealed_set_record

router = APIRouter(prefix="/v1", tags=["sealed bids"])


@router.post(
    "/listings/{listing_id}/sealed-bids",
    **documents.created(
        TRADING_HALTED,
        rules.WRONG_STATE,
        rules.NOT_QUALIFIED,
        rules.BID_STANDS,
        *refusals.BUYER_MAY_TAKE_PART,
    ),
)
async def seal(listing_id: RowId, body: SealForm, giver: PartyGives) -> Accepted:
    """A qualified bidder's sealed bid; until the close it may be withdrawn and another sealed."""
    return await giver.give(SealBid, body, listing_id=listing_id)


@router.post(
    "/bids/{bid_id}/opening", **documents.command(TRADING_HALTED, rules.WRONG_STATE, rules.SEAL_DIFFERS)
)
async def reveal(bid_id: RowId, body: OpeningForm, giver: PartyGives) -> Accepted:
    """A bidder opens its sealed bid, once the set is final on the chain; who does not, loses its deposit."""
    return await giver.give(RevealBid, body, terms=terms_of(RevealTerms, body.terms), bid_id=bid_id)


@router.post(
    "/listings/{listing_id}/scores",
    **documents.command(TRADING_HALTED, rules.WRONG_STATE, tendering_law.COMMITTEE),
)
async def score(listing_id: RowId, body: ScoresForm, giver: OperatorGives) -> Accepted:
    """The operator records the evaluation committee's sheets; the award follows from them."""
    return await giver.give(RecordScores, body, terms=terms_of(ScoreTerms, body.terms), listing_id=listing_id)


@router.get("/listings/{listing_id}/sealed-bids", **documents.reads(rules.UNKNOWN_ID))
async def sealed_set(
    listing_id: RowId, door: TheDoor, caller: Annotated[Caller, allow("public")]
) -> SealedSetView:
    """The set that was fixed at the close: to everybody its commitments, to participants what they opened to.

    Where the listing lapses without an award each bidder sees its own alone.
    """
    stored = await door.reader.row(SealedSet, listing_id)
    listing = await door.reader.row(Listing, listing_id)
    if stored is None or listing is None:
        raise problems.unknown_id(listing_id, "sealed_set")
    row, record = listing.row, sealed_set_record(stored.row)
    insider = caller.staff or caller.is_party(row.seller)
    standing = row.bidders.get(caller.actor)
    opened = None
    if (insider or (standing is not None and standing.state != "LEFT")) and row.state not in UNOPENED:
        # Where nothing came of it, what others would have paid is theirs to keep for the next time.
        decided = caller.staff or bool(row.deals) or row.state == "EVALUATING"
        bids = await door.reader.bids_of(listing_id)
        opened = [
            _opened(bid, caller, insider=insider) for bid in bids if decided or caller.is_party(bid.party_id)
        ]
    return SealedSetView(
        listing_id=listing_id,
        listing_key=record.listing_id,
        round=record.round,
        count=record.count,
        root=record.root,
        commitments=list(stored.row.commitments),
        closed_ms=stored.row.closed_ms,
        chain_transaction=stored.row.chain_transaction,
        reveal_closes_ms=None if row.reveal_closes_ms is UNSET else row.reveal_closes_ms,
        opened=opened,
    )


def _opened(bid: Bid, caller: Caller, *, insider: bool) -> OpenedBid:
    return OpenedBid(
        bid_id=bid.id,
        commitment="" if bid.commitment is UNSET else bid.commitment,
        price=bid.price,
        proposal=None if bid.proposal is UNSET else bid.proposal,
        score=None if bid.score is UNSET else _in_points(bid.score),
        points=None
        if bid.points is UNSET
        else {code: _in_points(units) for code, units in bid.points.items()},
        state=bid.state,
        own=caller.is_party(bid.party_id),
        party_id=bid.party_id if insider else None,
    )


def _in_points(units: int) -> str:
    return f"{units // SCORE_UNITS}.{units % SCORE_UNITS:04}"

"""Routes of a negotiation's proposals."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import documents, keyset, problems, refusals
from api.auth import Caller, allow
from api.door import Door, TheDoor
from api.forms import Accepted, Body, RowFilter, RowId
from api.giving import PartyGives, terms_of
from api.proposals.schemas import ProposalForm, ProposalPage, ProposalView
from exchange.commands import AcceptProposal, MakeProposal, ProposalTerms, RefuseProposal
from exchange.rows import Listing, Proposal
from exchange.rules import patent_law, state_assets, transformation
from exchange.rules import venue as rules
from exchange.rules.trading_halts import TRADING_HALTED

router = APIRouter(prefix="/v1", tags=["proposals"])
Concerned = Annotated[Caller, allow("party", "operator", "service")]


@router.post(
    "/listings/{listing_id}/proposals",
    **documents.created(
        TRADING_HALTED,
        rules.WRONG_STATE,
        rules.PROPOSAL_STANDS,
        rules.FUNDS_SHORT,
        *refusals.BUYER_MAY_TAKE_PART,
    ),
)
async def propose(listing_id: RowId, body: ProposalForm, giver: PartyGives) -> Accepted:
    """A buyer proposes a price, which holds the listing's deposit; or either side answers the other's."""
    terms = terms_of(ProposalTerms, body.terms)
    return await giver.give(MakeProposal, body, terms=terms, listing_id=listing_id)


@router.post(
    "/proposals/{proposal_id}/acceptance",
    **documents.command(
        TRADING_HALTED,
        rules.WRONG_STATE,
        transformation.PUBLIC_NOTICE,
        state_assets.BELOW_APPRAISAL,
        patent_law.LICENCE_CONFLICT,
        *refusals.BUYER_MAY_TAKE_PART,
    ),
)
async def accept(proposal_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """The side that a proposal was made to accepts it as it is: a deal begins, every other negotiation ends."""
    return await giver.give(AcceptProposal, body, proposal_id=proposal_id)


@router.post("/proposals/{proposal_id}/refusal", **documents.command(rules.WRONG_STATE))
async def refuse(proposal_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """The side that a proposal was made to refuses it: the negotiation ends, and the buyer's deposit goes back."""
    return await giver.give(RefuseProposal, body, proposal_id=proposal_id)


@router.get(
    "/listings/{listing_id}/proposals",
    **documents.reads(rules.UNKNOWN_ID, problems.CURSOR_MALFORMED, private=True),
)
async def of_listing(  # noqa: PLR0913 - the list's filters
    listing_id: RowId,
    door: TheDoor,
    caller: Concerned,
    window: keyset.TheWindow,
    buyer: RowFilter = None,
    state: Annotated[str | None, Query(pattern=r"^[A-Z]{3,16}$")] = None,
) -> ProposalPage:
    """The proposals on a listing: all of them to its seller and the venue, to a buyer its own."""
    stored = await door.reader.row(Listing, listing_id)
    if stored is None:
        raise problems.unknown_id(listing_id, "listing")
    if not caller.staff and not caller.is_party(stored.row.seller):
        buyer = caller.actor
    filters = {"listing_id": listing_id, "buyer": buyer, "state": state}
    page = await door.reader.page(Proposal, filters, window=window)
    views = [_view(each.row, stored.row) for each in page.rows]
    return ProposalPage(proposals=views, next_cursor=page.next_cursor)


@router.get("/proposals/{proposal_id}", **documents.reads(rules.UNKNOWN_ID, private=True))
async def proposal(proposal_id: RowId, door: TheDoor, caller: Concerned) -> ProposalView:
    """A proposal, to its two sides and the venue."""
    row, listing = await _stored(door, proposal_id)
    if not caller.staff and not caller.is_party(row.buyer, listing.seller):
        raise problems.unknown_id(proposal_id, "proposal")
    return _view(row, listing)


async def _stored(door: Door, proposal_id: str) -> tuple[Proposal, Listing]:
    stored = await door.reader.row(Proposal, proposal_id)
    listing = None if stored is None else await door.reader.row(Listing, stored.row.listing_id)
    if stored is None or listing is None:
        raise problems.unknown_id(proposal_id, "proposal")
    return stored.row, listing.row


def _view(row: Proposal, listing: Listing) -> ProposalView:
    return ProposalView(
        id=row.id,
        listing_id=row.listing_id,
        buyer=row.buyer,
        made_by=row.made_by,
        price=row.price,
        currency=listing.currency,
        made_ms=row.made_ms,
        expires_ms=row.expires_ms,
        state=row.state,
    )

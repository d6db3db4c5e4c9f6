"""Routes of objections."""

from typing import Annotated

from fastapi import APIRouter

from api import documents, keyset, problems
from api.auth import Caller, allow
from api.door import TheDoor
from api.forms import Accepted, Body, RowId
from api.giving import OperatorGives, PartyGives
from api.objections.schemas import DecisionForm, ObjectionForm, ObjectionPage, ObjectionView
from exchange.commands import DecideObjection, ObjectToListing, WithdrawObjection
from exchange.listings.objections import STATEMENT_LABEL
from exchange.rows import Listing, Objection
from exchange.rules import venue as rules

router = APIRouter(prefix="/v1", tags=["objections"])
Concerned = Annotated[Caller, allow("party", "operator", "service")]


@router.post(
    "/listings/{listing_id}/objections",
    **documents.created(rules.WRONG_STATE, rules.OBJECTION_MADE, rules.FACT_MISSING),
)
async def object_to(listing_id: RowId, body: ObjectionForm, giver: PartyGives) -> Accepted:
    """A party objects to a listing in public notice, which stands still until the operator has decided."""
    return await giver.give(ObjectToListing, body, listing_id=listing_id)


@router.post("/objections/{objection_id}/withdrawal", **documents.command(rules.WRONG_STATE))
async def withdraw(objection_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """A party takes its objection back."""
    return await giver.give(WithdrawObjection, body, objection_id=objection_id)


@router.post("/objections/{objection_id}/decision", **documents.command(rules.WRONG_STATE))
async def decide(objection_id: RowId, body: DecisionForm, giver: OperatorGives) -> Accepted:
    """The operator decides: upheld, the listing is rejected; dismissed, its notice goes on."""
    return await giver.give(DecideObjection, body, objection_id=objection_id)


@router.get(
    "/listings/{listing_id}/objections",
    **documents.reads(rules.UNKNOWN_ID, problems.CURSOR_MALFORMED, private=True),
)
async def of_listing(
    listing_id: RowId, door: TheDoor, caller: Concerned, window: keyset.TheWindow
) -> ObjectionPage:
    """The objections to a listing: all of them to its seller and the venue, to others their own."""
    stored = await door.reader.row(Listing, listing_id)
    if stored is None:
        raise problems.unknown_id(listing_id, "listing")
    sees_all = caller.staff or caller.is_party(stored.row.seller)
    filters = {"listing_id": listing_id, "party_id": None if sees_all else caller.actor}
    page = await door.reader.page(Objection, filters, window=window)
    parts = await door.reader.sealed_parts([each.created_entry for each in page.rows], STATEMENT_LABEL)
    views = []
    for each in page.rows:
        view = ObjectionView.model_validate(each.row)
        part = parts.get(each.created_entry)
        view.statement = None if part is None else part.value
        views.append(view)
    return ObjectionPage(objections=views, next_cursor=page.next_cursor)

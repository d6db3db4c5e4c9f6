"""Routes of legal holds."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import documents, keyset, problems
from api.auth import Caller, allow
from api.door import TheDoor
from api.forms import Accepted, RowId
from api.giving import OperatorGives, terms_of
from api.legal_holds.schemas import HoldForm, HoldLifting, HoldPage, HoldView
from exchange.commands import LegalHoldTerms, LiftLegalHold, PlaceLegalHold
from exchange.rows import LegalHold
from exchange.rules import venue as rules

router = APIRouter(prefix="/v1/operator/legal-holds", tags=["evidence"])


@router.post("", **documents.created(rules.FACT_MISSING))
async def place(body: HoldForm, giver: OperatorGives) -> Accepted:
    """Nothing of the named entries is erased from now on, whatever the ground of an erasure."""
    return await giver.give(PlaceLegalHold, body, terms=terms_of(LegalHoldTerms, body.terms))


@router.post("/{hold_id}/lifting", **documents.command(rules.FACT_MISSING))
async def lift(hold_id: RowId, body: HoldLifting, giver: OperatorGives) -> Accepted:
    """A hold ends; what another hold or a duty to keep covers stays kept."""
    return await giver.give(LiftLegalHold, body, hold_id=hold_id)


@router.get("", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def holds(
    door: TheDoor,
    caller: Annotated[Caller, allow("operator", "service")],  # noqa: ARG001 - who may ask is checked on the way in
    window: keyset.TheWindow,
    state: Annotated[str | None, Query(pattern=r"^[A-Z]{3,16}$")] = None,
) -> HoldPage:
    """Legal holds, to the venue's staff."""
    page = await door.reader.page(LegalHold, {"state": state}, window=window)
    views = [HoldView.model_validate(each.row) for each in page.rows]
    return HoldPage(legal_holds=views, next_cursor=page.next_cursor)

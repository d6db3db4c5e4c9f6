"""Routes of deposits: what a release could not pay out, and who is entitled to it."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import false, or_

from api import documents, keyset, problems
from api.auth import Caller, allow
from api.deposits.schemas import DepositPage, DepositRelease, DepositView
from api.door import TheDoor
from api.forms import Accepted, RowFilter, RowId
from api.giving import OperatorGives, terms_of
from exchange.commands import DepositTerms, ReleaseDeposit
from exchange.rows import Deposit
from exchange.rules import venue as rules
from ledger.store import tables

router = APIRouter(prefix="/v1/deposits", tags=["money"])
Concerned = Annotated[Caller, allow("party", "operator", "service")]


@router.get("", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def deposits(
    door: TheDoor,
    caller: Concerned,
    window: keyset.TheWindow,
    deal_id: RowFilter = None,
    state: Annotated[str | None, Query(pattern=r"^[A-Z_]{3,16}$")] = None,
) -> DepositPage:
    """Deposits out of the caller's own sales, or kept for it; all of them to the venue."""
    columns = tables.deposits.c
    kept = columns.company_number == caller.company_number if caller.company_number else false()
    where = None if caller.staff else or_(columns.seller == caller.actor, kept)
    page = await door.reader.page(Deposit, {"deal_id": deal_id, "state": state}, window=window, where=where)
    views = [DepositView.model_validate(stored.row) for stored in page.rows]
    return DepositPage(deposits=views, next_cursor=page.next_cursor)


@router.get("/{deposit_id}", **documents.reads(rules.UNKNOWN_ID, private=True))
async def deposit(deposit_id: RowId, door: TheDoor, caller: Concerned) -> DepositView:
    """A deposit, to the deal's seller, to the company that it is kept for, and to the venue."""
    stored = await door.reader.row(Deposit, deposit_id)
    own = stored is not None and (
        caller.staff
        or caller.is_party(stored.row.seller)
        or (caller.company_number and stored.row.company_number == caller.company_number)
    )
    if stored is None or not own:
        raise problems.unknown_id(deposit_id, "deposit")
    return DepositView.model_validate(stored.row)


@router.post(
    "/{deposit_id}/release",
    **documents.command(rules.WRONG_STATE, rules.DEAL_DISPUTED, rules.DEPOSIT_ENTITLED, rules.FOUR_EYES),
)
async def release(deposit_id: RowId, body: DepositRelease, giver: OperatorGives) -> Accepted:
    """Two operators find who is entitled, on a document; the payments that follow take two approvals each."""
    terms = terms_of(DepositTerms, body.terms)
    return await giver.give(ReleaseDeposit, body, terms=terms, deposit_id=deposit_id)

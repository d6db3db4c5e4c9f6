"""Routes of what falls due after a deal took effect."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from msgspec import UNSET
from sqlalchemy import or_

from api import documents, keyset, problems
from api.auth import Caller, allow
from api.door import Door, TheDoor
from api.forms import Accepted, RowFilter, RowId
from api.giving import PartyGives, terms_of
from api.obligations.schemas import (
    InspectionCall,
    InspectionStatement,
    ObligationPage,
    ObligationView,
    PartOfObligation,
    PaymentOfObligation,
    RoyaltyReport,
)
from exchange.commands import (
    CallInspection,
    InspectionTerms,
    PartTerms,
    PayObligation,
    PayPart,
    ReportRoyalty,
    RoyaltyReportTerms,
    StateInspection,
)
from exchange.deals.paying import interest_owed
from exchange.rows import Deal, Obligation
from exchange.rules import civil_code
from exchange.rules import venue as rules
from ledger.store import tables

router = APIRouter(prefix="/v1/obligations", tags=["obligations"])
Concerned = Annotated[Caller, allow("party", "operator", "service")]
_TO_PAY = frozenset({"DUE", "OVERDUE"})


@router.get("", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def obligations(
    door: TheDoor,
    caller: Concerned,
    window: keyset.TheWindow,
    deal_id: RowFilter = None,
    state: Annotated[str | None, Query(pattern=r"^[A-Z_]{3,16}$")] = None,
) -> ObligationPage:
    """What falls due: to a party what it owes and is owed, to the venue all of it, e.g. what is OVERDUE."""
    columns = tables.obligations.c
    where = None if caller.staff else or_(columns.payer == caller.actor, columns.payee == caller.actor)
    filters = {"deal_id": deal_id, "state": state}
    page = await door.reader.page(Obligation, filters, window=window, where=where)
    views = await _views(door, [stored.row for stored in page.rows])
    return ObligationPage(obligations=views, next_cursor=page.next_cursor)


@router.get("/{obligation_id}", **documents.reads(rules.UNKNOWN_ID, private=True))
async def obligation(obligation_id: RowId, door: TheDoor, caller: Concerned) -> ObligationView:
    """An obligation, to its two sides and the venue."""
    stored = await door.reader.row(Obligation, obligation_id)
    if stored is None or not (caller.staff or caller.is_party(stored.row.payer, stored.row.payee)):
        raise problems.unknown_id(obligation_id, "obligation")
    return (await _views(door, [stored.row]))[0]


@router.post(
    "/{obligation_id}/payment",
    **documents.command(rules.WRONG_STATE, rules.DEAL_DISPUTED, rules.FUNDS_SHORT, rules.LINE_NOT_MATCHING),
)
async def pay(obligation_id: RowId, body: PaymentOfObligation, giver: PartyGives) -> Accepted:
    """The buyer pays all that is left, with the late interest of the day; it goes on like a deal's price."""
    return await giver.give(PayObligation, body, obligation_id=obligation_id)


@router.post(
    "/{obligation_id}/part",
    **documents.command(rules.WRONG_STATE, rules.DEAL_DISPUTED, rules.FUNDS_SHORT, rules.LINE_NOT_MATCHING),
)
async def pay_part(obligation_id: RowId, body: PartOfObligation, giver: PartyGives) -> Accepted:
    """The buyer pays a part: late interest first, then principal. It goes on at once; the rest stays owed."""
    terms = terms_of(PartTerms, body.terms)
    return await giver.give(PayPart, body, terms=terms, obligation_id=obligation_id)


@router.post("/{obligation_id}/report", **documents.command(rules.WRONG_STATE, rules.DEAL_DISPUTED))
async def report(obligation_id: RowId, body: RoyaltyReport, giver: PartyGives) -> Accepted:
    """The licensee reports a period that has ended; its royalty is owed by its date."""
    terms = terms_of(RoyaltyReportTerms, body.terms)
    return await giver.give(ReportRoyalty, body, terms=terms, obligation_id=obligation_id)


@router.post(
    "/{obligation_id}/inspection",
    **documents.command(rules.WRONG_STATE, rules.DEAL_DISPUTED, civil_code.INSPECTION_NOT_AGREED),
)
async def call_inspection(obligation_id: RowId, body: InspectionCall, giver: PartyGives) -> Accepted:
    """The licensor has the books of a reported period inspected, where the contract says that it may."""
    return await giver.give(CallInspection, body, obligation_id=obligation_id)


@router.post(
    "/{obligation_id}/inspection/outcome", **documents.command(rules.WRONG_STATE, rules.DEAL_DISPUTED)
)
async def state_inspection(obligation_id: RowId, body: InspectionStatement, giver: PartyGives) -> Accepted:
    """A side states the base that it accepts as found; what both accept beyond the report is owed as well."""
    terms = terms_of(InspectionTerms, body.terms)
    return await giver.give(StateInspection, body, terms=terms, obligation_id=obligation_id)


async def _views(door: Door, rows: list[Obligation]) -> list[ObligationView]:
    deals = {
        stored.row.id: stored.row for stored in await door.reader.rows(Deal, [row.deal_id for row in rows])
    }
    now_ms = await door.now_ms()
    return [_view(row, deals[row.deal_id], now_ms) for row in rows]


def _view(row: Obligation, deal: Deal, now_ms: int) -> ObligationView:
    fields: dict[str, Any] = {
        name: getattr(row, name)
        for name in Obligation.__struct_fields__
        if name in ObligationView.model_fields and name != "parts"
    }
    interest = interest_owed(deal, row, now_ms) if row.state in _TO_PAY else None
    left = 0 if row.paid_ms is not None else row.open_principal
    return ObligationView(
        **fields,
        paid=row.amount - left,
        open_principal=left,
        interest_owed=interest,
        payable=None if interest is None else left + interest,
        parts=0 if row.parts is UNSET else row.parts.number,
        stopped_since_ms=None if deal.stopped is UNSET else deal.stopped.since_ms,
    )

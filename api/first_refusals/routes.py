"""Routes of first refusals: who completed a right, the notice of a deal, and what is answered."""

from typing import Annotated

from fastapi import APIRouter
from msgspec import UNSET
from sqlalchemy import ColumnElement, or_, select

from api import documents, keyset, problems, refusals
from api.auth import Caller, allow
from api.door import Door, TheDoor
from api.first_refusals.schemas import (
    CompletersForm,
    CompletersView,
    CompleterView,
    ExerciseForm,
    FirstRefusalPage,
    FirstRefusalView,
    NoticeForm,
)
from api.forms import Accepted, Body, RowId
from api.giving import OperatorGives, PartyGives, terms_of
from api.listings.schemas import TermsView
from exchange.commands import (
    CompletersTerms,
    ExerciseRefusal,
    GiveRefusalNotice,
    RecordCompleters,
    RefusalTerms,
    WaiveRefusal,
)
from exchange.rows import Deadline, Deal, RefusalNotice, Right
from exchange.rules import first_refusal
from exchange.rules import venue as rules
from ledger.store import tables

router = APIRouter(prefix="/v1", tags=["first refusals"])
Staff = Annotated[Caller, allow("operator", "service")]
Concerned = Annotated[Caller, allow("party", "operator", "service")]


@router.post(
    "/rights/{right_id}/completers",
    **documents.command(rules.FACT_MISSING, rules.RIGHT_DIFFERS, rules.WRONG_STATE),
)
async def record_completers(right_id: RowId, body: CompletersForm, giver: OperatorGives) -> Accepted:
    """The venue finds whether a right was made in service, who completed it, and by which parties they act."""
    terms = terms_of(CompletersTerms, body.terms)
    return await giver.give(RecordCompleters, body, terms=terms, right_id=right_id)


@router.get("/rights/{right_id}/completers", **documents.reads(rules.UNKNOWN_ID, private=True))
async def completers(right_id: RowId, door: TheDoor, caller: Staff) -> CompletersView:  # noqa: ARG001 - the venue's
    """Who completed a right, by commitment and party; to the venue alone."""
    stored = await door.reader.row(Right, right_id)
    if stored is None:
        raise problems.unknown_id(right_id, "right")
    right = stored.row
    found = () if right.completers is UNSET else right.completers
    return CompletersView(
        right_id=right.id,
        service_invention=right.service_invention,  # type: ignore[arg-type]  # unset is shown as null
        inventors=right.inventors,  # type: ignore[arg-type]  # as above
        completers=[CompleterView.model_validate(each) for each in found],
    )


@router.post(
    "/deals/{deal_id}/first-refusal/notice",
    **documents.command(
        rules.WRONG_STATE, rules.DEAL_DISPUTED, rules.FACT_MISSING, first_refusal.UNEQUAL_TERMS
    ),
)
async def give_notice(deal_id: RowId, body: NoticeForm, giver: PartyGives) -> Accepted:
    """The seller has given notice to everyone with a first refusal: they have 15 days, and nobody signs meanwhile."""
    return await giver.give(GiveRefusalNotice, body, deal_id=deal_id)


@router.post(
    "/deals/{deal_id}/first-refusal/waiver", **documents.command(rules.WRONG_STATE, rules.DEAL_DISPUTED)
)
async def waive(deal_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """A party gives up its first refusal of a deal; with the last of them the deal goes on."""
    return await giver.give(WaiveRefusal, body, deal_id=deal_id)


@router.post(
    "/deals/{deal_id}/first-refusal/exercise",
    **documents.command(
        rules.WRONG_STATE,
        rules.DEAL_DISPUTED,
        rules.FUNDS_SHORT,
        first_refusal.UNEQUAL_TERMS,
        *refusals.BUYER_MAY_TAKE_PART,
    ),
)
async def exercise(deal_id: RowId, body: ExerciseForm, giver: PartyGives) -> Accepted:
    """A party takes the deal on equal terms; another deal takes its place, and the first buyer has its money back."""
    return await giver.give(ExerciseRefusal, body, terms=terms_of(RefusalTerms, body.terms), deal_id=deal_id)


@router.get("/deals/{deal_id}/first-refusal", **documents.reads(rules.UNKNOWN_ID, private=True))
async def shown(deal_id: RowId, door: TheDoor, caller: Concerned) -> FirstRefusalView:
    """A deal's notice, its term and its terms, to its sides, to who has its first refusal, and to the venue."""
    stored = await door.reader.row(Deal, deal_id)
    sides = () if stored is None else (stored.row.seller, stored.row.buyer)
    concerned = caller.staff or caller.is_party(*sides)
    if stored is None or not (concerned or await _may_answer(door, caller, deal_id)):
        raise problems.unknown_id(deal_id, "deal")
    return await _view(door, stored.row)


@router.get("/first-refusals", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def listed(door: TheDoor, caller: Concerned, window: keyset.TheWindow) -> FirstRefusalPage:
    """Deals whose term runs: of which the caller has the first refusal, or all of them to the venue."""
    where = None if caller.staff else _held_by(caller)
    page = await door.reader.page(Deal, {"state": "ROFR_PENDING"}, window=window, where=where)
    views = [await _view(door, stored.row) for stored in page.rows]
    return FirstRefusalPage(first_refusals=views, next_cursor=page.next_cursor)


def _held_by(caller: Caller) -> ColumnElement[bool]:
    """Deals of which a party has a first refusal: for a completer that it acts for, or as a co-developer."""
    deals, rights = tables.deals.c, tables.rights.c
    completed = select(rights.id).where(rights.data["completers"].contains([{"party_id": caller.actor}]))
    entitled = deals.data["refusal"]["entitled"]
    return or_(entitled.contains([caller.company_number]), deals.right_id.in_(completed))


async def _may_answer(door: Door, caller: Caller, deal_id: str) -> bool:
    window = keyset.Window(limit=1, cursor=None)
    found = await door.reader.page(Deal, {"id": deal_id}, window=window, where=_held_by(caller))
    return bool(found.rows)


async def _view(door: Door, deal: Deal) -> FirstRefusalView:
    notice = deal.refusal
    if not isinstance(notice, RefusalNotice):
        raise problems.unknown_id(deal.id, "notice of deal")
    clock = await door.reader.row(Deadline, f"refusal_by:{deal.id}")
    return FirstRefusalView(
        deal_id=deal.id,
        listing_id=deal.listing_id,
        right_id=deal.right_id,
        state=deal.state,
        notice_digest=notice.notice_digest,
        noticed_ms=notice.noticed_ms,
        until_ms=None if clock is None else clock.row.due_ms,
        entitled=len(notice.entitled),
        waived=len(notice.waived),
        currency=deal.currency,
        price=deal.price,
        to_hold=deal.deposit,
        terms=TermsView.model_validate(deal.terms),
        terms_commitment=deal.terms_commitment,
    )

"""Routes of disputes, freezes and pledges, and of what stands over a right."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement, exists, or_, select

from api import documents, keyset, problems, refusals
from api.auth import Caller, allow
from api.door import Door, TheDoor
from api.encumbrances.schemas import (
    DisputeForm,
    DisputePage,
    DisputeView,
    EncumbrancesView,
    Enforcement,
    ExtensionForm,
    FreezeForm,
    FreezePage,
    FreezeView,
    LiftingForm,
    NothingMore,
    OutcomeForm,
    PledgeChangeForm,
    PledgeConsentForm,
    PledgeConsentPaper,
    PledgeContractView,
    PledgeFiling,
    PledgeForm,
    PledgeHandIn,
    PledgePage,
    PledgeRefusal,
    PledgeSignature,
    ReverseForm,
)
from api.encumbrances.timeline import encumbrances_at
from api.forms import LATEST_MS, Accepted, RowFilter, RowId
from api.giving import Giver, OperatorGives, PartyGives, gives, terms_of
from exchange.commands import (
    ChangePledge,
    ConsentToPledge,
    DischargePledge,
    DrawUpPledge,
    EnforcePledge,
    ExtendFreeze,
    FilePledge,
    HandInPledge,
    LiftFreeze,
    LodgePledgeConsent,
    OrderReverseDeal,
    PledgeChangeTerms,
    PledgeConsentTerms,
    PledgeTerms,
    RaiseDispute,
    RecordDisputeOutcome,
    RecordFreeze,
    RecordPledgeRefusal,
    ReverseDealTerms,
    SignPledge,
    WithdrawPledge,
)
from exchange.rights.pledge_consents import ASKED_IN, who_consents
from exchange.rights.pledge_contracts import contract_digest
from exchange.rows import Deal, Dispute, Freeze, Party, PledgeContract, Right
from exchange.rules import patent_law, pledge_law
from exchange.rules import venue as rules
from ledger.store import tables

router = APIRouter(tags=["encumbrances"])
Anybody = Annotated[Caller, allow("public")]
Concerned = Annotated[Caller, allow("party", "operator", "service")]
SideOrOperatorGives = Annotated[Giver, gives("party", "operator")]
State = Annotated[str | None, Query(pattern=r"^[A-Z_]{3,16}$")]
AtMs = Annotated[
    int | None, Query(ge=0, le=LATEST_MS, description="Milliseconds UTC; now where it is left out.")
]


@router.get("/v1/rights/{right_id}/encumbrances", tags=["rights"], **documents.reads(rules.UNKNOWN_ID))
async def encumbrances(right_id: RowId, door: TheDoor, caller: Anybody, at: AtMs = None) -> EncumbrancesView:
    """Licences, pledges, freezes and disputes over a right at a moment, as of the register copy of a date."""
    stored = await door.reader.row(Right, right_id)
    if stored is None:
        raise problems.unknown_id(right_id, "right")
    at_ms = await door.now_ms() if at is None else at
    return await encumbrances_at(
        door.reader,
        stored.row,
        at_ms,
        is_now=at is None,
        sees_names=caller.approved,
        sees_contract=lambda row: caller.staff or caller.is_party(row.pledgor, row.pledgee),
    )


@router.post(
    "/v1/deals/{deal_id}/disputes",
    **documents.created(rules.WRONG_STATE, rules.DEAL_DISPUTED, rules.FACT_MISSING),
)
async def raise_dispute(deal_id: RowId, body: DisputeForm, giver: SideOrOperatorGives) -> Accepted:
    """A side of a deal, or an operator, brings it into dispute: its clocks stand still until an outcome is recorded."""
    return await giver.give(RaiseDispute, body, deal_id=deal_id)


@router.post(
    "/v1/disputes/{dispute_id}/outcome", **documents.command(rules.WRONG_STATE, rules.DISPUTE_OUTCOME)
)
async def record_outcome(dispute_id: RowId, body: OutcomeForm, giver: OperatorGives) -> Accepted:
    """The deal goes on, is unwound, or has been undone by another deal."""
    return await giver.give(RecordDisputeOutcome, body, dispute_id=dispute_id)


@router.post(
    "/v1/disputes/{dispute_id}/reverse-deal",
    **documents.created(
        rules.WRONG_STATE, rules.DISPUTE_OUTCOME, patent_law.NOT_REGISTERED_OWNER, patent_law.RIGHT_ENDED
    ),
)
async def order_reverse_deal(dispute_id: RowId, body: ReverseForm, giver: OperatorGives) -> Accepted:
    """The outcome has the right given back: the assignment from buyer to seller is drawn up, for both to sign."""
    return await giver.give(
        OrderReverseDeal, body, terms=terms_of(ReverseDealTerms, body.terms), dispute_id=dispute_id
    )


@router.get("/v1/disputes", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def disputes(
    door: TheDoor,
    caller: Concerned,
    window: keyset.TheWindow,
    deal_id: RowFilter = None,
    state: State = None,
) -> DisputePage:
    """Disputes over the caller's own deals; all of them to the venue."""
    deals = tables.deals.c
    own = select(deals.id).where(or_(deals.seller == caller.actor, deals.buyer == caller.actor))
    where = None if caller.staff else tables.disputes.c.deal_id.in_(own)
    filters = {"deal_id": deal_id, "state": state}
    page = await door.reader.page(Dispute, filters, window=window, where=where)
    views = [DisputeView.model_validate(stored.row) for stored in page.rows]
    return DisputePage(disputes=views, next_cursor=page.next_cursor)


@router.get("/v1/disputes/{dispute_id}", **documents.reads(rules.UNKNOWN_ID, private=True))
async def dispute(dispute_id: RowId, door: TheDoor, caller: Concerned) -> DisputeView:
    """A dispute, to the deal's two sides and the venue."""
    stored = await door.reader.row(Dispute, dispute_id)
    deal = None if stored is None else await door.reader.row(Deal, stored.row.deal_id)
    if (
        stored is None
        or deal is None
        or not (caller.staff or caller.is_party(deal.row.seller, deal.row.buyer))
    ):
        raise problems.unknown_id(dispute_id, "dispute")
    return DisputeView.model_validate(stored.row)


@router.post("/v1/rights/{right_id}/freezes", **documents.created(rules.FACT_MISSING))
async def record_freeze(right_id: RowId, body: FreezeForm, giver: OperatorGives) -> Accepted:
    """The venue was told of a freeze by notice or order: it blocks at once."""
    return await giver.give(RecordFreeze, body, right_id=right_id)


@router.post("/v1/freezes/{freeze_id}/extension", **documents.command(rules.WRONG_STATE))
async def extend_freeze(freeze_id: RowId, body: ExtensionForm, giver: OperatorGives) -> Accepted:
    """A freeze lasts longer."""
    return await giver.give(ExtendFreeze, body, freeze_id=freeze_id)


@router.post("/v1/freezes/{freeze_id}/lifting", **documents.command(rules.WRONG_STATE))
async def lift_freeze(freeze_id: RowId, body: LiftingForm, giver: OperatorGives) -> Accepted:
    """A freeze was lifted."""
    return await giver.give(LiftFreeze, body, freeze_id=freeze_id)


@router.get("/v1/freezes", **documents.reads(problems.CURSOR_MALFORMED))
async def freezes(
    door: TheDoor,
    _caller: Anybody,
    window: keyset.TheWindow,
    right_id: RowFilter = None,
    state: State = None,
) -> FreezePage:
    """Freezes by notice or order that the venue was told of; what the register shows stands on the right."""
    page = await door.reader.page(Freeze, {"right_id": right_id, "state": state}, window=window)
    views = [FreezeView.model_validate(stored.row) for stored in page.rows]
    return FreezePage(freezes=views, next_cursor=page.next_cursor)


@router.post("/v1/pledges", **documents.created(rules.ROLE_REQUIRED, *refusals.PLEDGE_MAY_BE_REGISTERED))
async def draw_up(body: PledgeForm, giver: PartyGives) -> Accepted:
    """A holder draws up a pledge of its rights; the grounds on which the office would refuse it are asked now."""
    return await giver.give(DrawUpPledge, body, terms=terms_of(PledgeTerms, body.terms))


@router.post(
    "/v1/pledges/{pledge_id}/signature",
    **documents.command(rules.WRONG_STATE, *refusals.PLEDGE_MAY_BE_REGISTERED),
)
async def sign(pledge_id: RowId, body: PledgeSignature, giver: PartyGives) -> Accepted:
    """The pledgee signs the contract."""
    return await giver.give(SignPledge, body, pledge_id=pledge_id)


@router.post("/v1/pledges/{pledge_id}/consents", **documents.command(rules.WRONG_STATE))
async def consent_to_pledge(pledge_id: RowId, body: PledgeConsentForm, giver: PartyGives) -> Accepted:
    """A co-owner of a pledged right consents to the contract; with the pledgor, to the change that is asked for."""
    return await giver.give(ConsentToPledge, body, pledge_id=pledge_id)


@router.post(
    "/v1/pledges/{pledge_id}/consents/papers", **documents.command(rules.WRONG_STATE, rules.FACT_MISSING)
)
async def lodge_pledge_consent(pledge_id: RowId, body: PledgeConsentPaper, giver: OperatorGives) -> Accepted:
    """The written consent of one that is asked and is no active party here; sealed and erasable."""
    terms = terms_of(PledgeConsentTerms, body.terms)
    return await giver.give(LodgePledgeConsent, body, terms=terms, pledge_id=pledge_id)


@router.post("/v1/pledges/{pledge_id}/withdrawal", **documents.command(rules.WRONG_STATE))
async def withdraw(pledge_id: RowId, body: NothingMore, giver: PartyGives) -> Accepted:
    """A side takes back what the pledgee has not signed, the pledgee a change that is not handed in."""
    return await giver.give(WithdrawPledge, body, pledge_id=pledge_id)


@router.post(
    "/v1/pledges/{pledge_id}/filing",
    **documents.command(rules.WRONG_STATE, *refusals.PLEDGE_MAY_BE_REGISTERED),
)
async def file(pledge_id: RowId, body: PledgeFiling, giver: OperatorGives) -> Accepted:
    """The application went to an office without an adapter; it decides within three working days."""
    return await giver.give(FilePledge, body, pledge_id=pledge_id)


@router.post(
    "/v1/pledges/{pledge_id}/hand-in",
    **documents.command(rules.WRONG_STATE, rules.FILING_ID_TAKEN, *refusals.PLEDGE_MAY_BE_REGISTERED),
)
async def hand_in(pledge_id: RowId, body: PledgeHandIn, giver: OperatorGives) -> Accepted:
    """Registration, change or discharge goes to the office through its adapter, a filing for each right."""
    return await giver.give(HandInPledge, body, pledge_id=pledge_id)


@router.post("/v1/pledges/{pledge_id}/refusal", **documents.command(rules.WRONG_STATE))
async def record_refusal(pledge_id: RowId, body: PledgeRefusal, giver: OperatorGives) -> Accepted:
    """The office has refused what was asked of it last."""
    return await giver.give(RecordPledgeRefusal, body, pledge_id=pledge_id)


@router.post(
    "/v1/pledges/{pledge_id}/change",
    **documents.command(
        rules.WRONG_STATE, pledge_law.CONTRACT_INCOMPLETE, pledge_law.DEBT_BEYOND_LIFE, rules.FACT_MISSING
    ),
)
async def change(pledge_id: RowId, body: PledgeChangeForm, giver: PartyGives) -> Accepted:
    """The pledgee asks for another sum or term: pledgor and co-owners consent, it stands when the register shows it."""
    return await giver.give(
        ChangePledge, body, terms=terms_of(PledgeChangeTerms, body.terms), pledge_id=pledge_id
    )


@router.post("/v1/pledges/{pledge_id}/discharge", **documents.command(rules.WRONG_STATE))
async def discharge(pledge_id: RowId, body: NothingMore, giver: PartyGives) -> Accepted:
    """The pledgee frees the rights; a registered pledge ends when the register shows it no more."""
    return await giver.give(DischargePledge, body, pledge_id=pledge_id)


@router.post(
    "/v1/pledges/{pledge_id}/enforcement", **documents.command(rules.WRONG_STATE, rules.FACT_MISSING)
)
async def enforce(pledge_id: RowId, body: Enforcement, giver: OperatorGives) -> Accepted:
    """The pledge is enforced; the right is sold by an ordinary listing, its pledgee paid first."""
    return await giver.give(EnforcePledge, body, pledge_id=pledge_id)


@router.get("/v1/pledges", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def pledges(
    door: TheDoor, caller: Concerned, window: keyset.TheWindow, state: State = None
) -> PledgePage:
    """Pledges of which the caller is a side, or of whose rights a co-owner; all of them to the venue."""
    where = None if caller.party is None else _concerns(caller)
    page = await door.reader.page(PledgeContract, {"state": state}, window=window, where=where)
    rows = [stored.row for stored in page.rows]
    asked = await _asked(door, rows)
    views = [_view(row, asked[row.id]) for row in rows]
    return PledgePage(pledges=views, next_cursor=page.next_cursor)


@router.get("/v1/pledges/{pledge_id}", **documents.reads(rules.UNKNOWN_ID, private=True))
async def pledge(pledge_id: RowId, door: TheDoor, caller: Concerned) -> PledgeContractView:
    """A pledge, to its two sides, the co-owners of its rights and the venue."""
    stored = await door.reader.row(PledgeContract, pledge_id)
    if stored is None:
        raise problems.unknown_id(pledge_id, "pledge")
    row, asked = stored.row, (await _asked(door, [stored.row]))[pledge_id]
    known = asked | set(row.co_owner_consents or ())
    if not (caller.staff or caller.is_party(row.pledgor, row.pledgee) or caller.company_number in known):
        raise problems.unknown_id(pledge_id, "pledge")
    return _view(row, asked)


def _concerns(caller: Caller) -> ColumnElement[bool]:
    """Pledges that a party is a side of or has consented to, or that still bind a right that it holds."""
    columns, rights = tables.pledge_contracts.c, tables.rights.c
    held = rights.data["holder_of_record"].contains([{"company_number": caller.company_number}])
    bound = rights.data["pledge_contracts"].has_key(columns.id)
    consented = columns.data["co_owner_consents"].has_key(caller.company_number)
    is_side = or_(columns.pledgor == caller.actor, columns.pledgee == caller.actor)
    if not caller.company_number:
        return is_side
    return or_(is_side, consented, exists().where(bound, held))


async def _asked(door: Door, rows: Sequence[PledgeContract]) -> dict[str, set[str]]:
    """For each pledge the company numbers of those of whom it asks consent, of the rights that it still binds."""
    sides = {party for row in rows for party in (row.pledgor, row.pledgee)}
    numbers = {each.row.id: each.row.company_number for each in await door.reader.rows(Party, sorted(sides))}
    pledged = sorted({right_id for row in rows for right_id in row.rights})
    found: dict[str, set[str]] = {row.id: set() for row in rows}
    for stored in await door.reader.rows(Right, pledged):
        for pledge_id in found.keys() & set(stored.row.pledge_contracts or ()):
            found[pledge_id] |= {holder.company_number for holder in stored.row.holder_of_record}
    return {
        row.id: who_consents(row, found[row.id], numbers[row.pledgor], numbers[row.pledgee]) for row in rows
    }


def _view(row: PledgeContract, asked: set[str]) -> PledgeContractView:
    names = set(PledgeContract.__struct_fields__) & set(PledgeContractView.model_fields)
    fields = {name: getattr(row, name) for name in sorted(names)}
    missing = asked - set(row.co_owner_consents or ()) if row.state in ASKED_IN else set()
    added = {"contract_digest": contract_digest(row), "consents_missing": sorted(missing)}
    return PledgeContractView.model_validate(fields | added)

"""Routes of what the venue finds about rights, and of what was said of a right: holdings, families, timelines."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api import documents, problems
from api.auth import Caller, allow
from api.door import Door, TheDoor
from api.forms import Accepted, Code, ReasonedBody, ReasonPart, RowId, Salt, SealedForm, Shape
from api.giving import OperatorGives, terms_of
from api.rights.histories import family_of, timeline_of
from api.rights.schemas import FamilyView, RightView, Timeline
from exchange.commands import HoldingTerms, RecordHolding, TieFamily
from exchange.rights.annual_fees import grace_until
from exchange.rights.families import MOST_MEMBERS
from exchange.rights.register import MOST_HOLDERS
from exchange.rows import Right
from exchange.rules import venue as rules

router = APIRouter(prefix="/v1", tags=["rights"])
Anybody = Annotated[Caller, allow("public")]


class HolderForm(Shape):
    """A holder and its share in basis points."""

    company_number: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9/-]{0,63}$")]
    share: Annotated[int, Field(ge=1, le=10_000, strict=True)] = 10_000


class HoldingTermsForm(Shape):
    """Who holds the right: confidential."""

    holders: Annotated[list[HolderForm], Field(min_length=1, max_length=MOST_HOLDERS)]
    salt: Salt


class HoldingParts(ReasonPart):
    """Why, and the holders' signed undertaking 承诺书: sealed and erasable."""

    undertaking: SealedForm


class HoldingForm(ReasonedBody):
    """Who holds a right that no register keeps."""

    terms: HoldingTermsForm
    erasable: HoldingParts


class FamilyForm(ReasonedBody):
    """The members of a family; none, or one alone, to dissolve it."""

    family_id: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{1,31}$")]
    right_ids: Annotated[list[Code], Field(max_length=MOST_MEMBERS)]


@router.post(
    "/rights/{right_id}/holding",
    **documents.command(rules.RIGHT_DIFFERS, rules.FACT_MISSING, rules.WRONG_STATE),
)
async def record_holding(right_id: RowId, body: HoldingForm, giver: OperatorGives) -> Accepted:
    """The venue finds who holds know-how, or another right that no register keeps, on its holders' undertaking."""
    return await giver.give(RecordHolding, body, terms=terms_of(HoldingTerms, body.terms), right_id=right_id)


@router.post("/families", **documents.command(rules.RIGHT_DIFFERS))
async def tie_family(body: FamilyForm, giver: OperatorGives) -> Accepted:
    """The venue finds which rights are of one family; what was said of its members before is replaced."""
    return await giver.give(TieFamily, body)


@router.get("/rights/{right_id}/family", **documents.reads(rules.UNKNOWN_ID))
async def family(right_id: RowId, door: TheDoor, caller: Anybody) -> FamilyView:  # noqa: ARG001 - public
    """The right and the others of its family. Each is a right of its own: a deal in one moves no other."""
    right = await _right(door, right_id)
    members = []
    for row in await family_of(door.reader, right):
        view = RightView.model_validate(row)
        view.fee_grace_until = grace_until(row)
        members.append(view)
    return FamilyView(family=None if not isinstance(right.family, str) else right.family, members=members)


@router.get("/rights/{right_id}/timeline", **documents.reads(rules.UNKNOWN_ID))
async def timeline(right_id: RowId, door: TheDoor, caller: Anybody) -> Timeline:
    """What the register, the venue and deals have said of a right, oldest first.

    Approved parties see holders, pledges and licences too. Each copy's words say of which day it is. Of copies,
    listings, deals and licences the newest 200 each are shown.
    """
    return await timeline_of(door.reader, await _right(door, right_id), approved=caller.approved)


async def _right(door: Door, right_id: str) -> Right:
    stored = await door.reader.row(Right, right_id)
    if stored is None:
        raise problems.unknown_id(right_id, "right")
    return stored.row

"""Routes of market surveillance, to the venue's staff alone."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import documents, keyset, problems
from api.auth import Caller, allow
from api.door import TheDoor
from api.forms import Accepted, RowId
from api.giving import OperatorGives, terms_of
from api.surveillance.schemas import CaseClosing, CaseForm, CasePage, CaseView
from exchange.commands import CloseSurveillanceCase, OpenSurveillanceCase, SurveillanceCaseTerms
from exchange.rows import SurveillanceCase
from exchange.rules import venue as rules

router = APIRouter(prefix="/v1/operator/surveillance-cases", tags=["parties"])


@router.post("", **documents.created(rules.FACT_MISSING))
async def open_case(body: CaseForm, giver: OperatorGives) -> Accepted:
    """An operator looks into a suspicion. It blocks nothing and nobody: what is found is recorded on its own."""
    return await giver.give(OpenSurveillanceCase, body, terms=terms_of(SurveillanceCaseTerms, body.terms))


@router.post("/{case_id}/closure", **documents.command(rules.FACT_MISSING))
async def close_case(case_id: RowId, body: CaseClosing, giver: OperatorGives) -> Accepted:
    """An operator has looked into it, and says what came of it."""
    return await giver.give(CloseSurveillanceCase, body, case_id=case_id)


@router.get("", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def cases(
    door: TheDoor,
    caller: Annotated[Caller, allow("operator", "service")],  # noqa: ARG001 - who may ask is checked on the way in
    window: keyset.TheWindow,
    state: Annotated[str | None, Query(pattern=r"^[A-Z]{3,16}$")] = None,
) -> CasePage:
    """Cases of market surveillance, to the venue's staff."""
    page = await door.reader.page(SurveillanceCase, {"state": state}, window=window)
    views = [CaseView.model_validate(each.row) for each in page.rows]
    return CasePage(surveillance_cases=views, next_cursor=page.next_cursor)

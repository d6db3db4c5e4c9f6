"""Routes of documents on record."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import documents, keyset, problems
from api.auth import Caller, allow
from api.door import TheDoor
from api.forms import Accepted
from api.giving import OperatorGives, terms_of
from api.papers.schemas import PaperForm, PaperPage, PaperView, SubjectId
from exchange.commands import DocumentTerms, RecordDocument
from exchange.rows import Document
from exchange.rules import venue as rules

router = APIRouter(prefix="/v1", tags=["documents"])
Staff = Annotated[Caller, allow("operator", "service")]


@router.post("/operator/documents", **documents.created(rules.FACT_MISSING))
async def record(body: PaperForm, giver: OperatorGives) -> Accepted:
    """A document goes on record; the last of its kind on its subject counts from now on."""
    return await giver.give(RecordDocument, body, terms=terms_of(DocumentTerms, body.terms))


@router.get("/documents", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def recorded(
    door: TheDoor,
    caller: Staff,  # noqa: ARG001 - who may ask is checked on the way in
    window: keyset.TheWindow,
    subject_id: SubjectId | None = None,
    document: Annotated[str | None, Query(pattern=r"^[a-z_]{4,32}$")] = None,
) -> PaperPage:
    """Documents on record, to the venue's staff; parties learn what a rule makes of them from a listing's check."""
    filters = {"subject_id": subject_id, "document": document}
    page = await door.reader.page(Document, filters, window=window)
    views = [PaperView.model_validate(each.row) for each in page.rows]
    return PaperPage(documents=views, next_cursor=page.next_cursor)

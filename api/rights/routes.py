"""Routes of rights."""

import datetime as dt
import hashlib
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request

from api import documents, keyset, problems
from api.annexes import title_entry
from api.auth import Caller, allow
from api.door import Door, TheDoor
from api.forms import Accepted, RowId
from api.giving import EnrolledGives, Giver, OperatorGives, gives
from api.problems import Problem
from api.reading import Stored
from api.rights import upload
from api.rights.imports.read import read
from api.rights.schemas import (
    EnrolledRightView,
    ExportClassForm,
    RightForm,
    RightPage,
    RightView,
    RowRefusal,
    UploadView,
)
from exchange.commands import ClassifyExport, ImportRight
from exchange.rights.annual_fees import grace_until
from exchange.rows import Right
from exchange.rules import venue as rules
from exchange.rules.civil_code import TITLE_LABEL

router = APIRouter(prefix="/v1/rights", tags=["rights"])
Anybody = Annotated[Caller, allow("public")]
_VENUE_ZONE = dt.timezone(dt.timedelta(hours=8))
_UPLOAD_TYPES = {
    "text/csv": "rights.csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "rights.xlsx",
    "application/xml": "rights.xml",
    "text/xml": "rights.xml",
    "application/jsonl": "rights.jsonl",
    "application/x-ndjson": "rights.jsonl",
}


@router.post("", **documents.created(rules.RIGHT_DIFFERS, rules.ROLE_REQUIRED, rules.FACT_MISSING))
async def import_right(body: RightForm, giver: EnrolledGives) -> Accepted:
    """A right enters the catalogue, unverified, by a seller, an agent or the venue.

    The same facts again change nothing (`known: yes`); missing ones are filled in, and the venue's replace others while
    no register copy and no listing stands (`known: corrected`).
    """
    return await giver.give(ImportRight, body)


@router.post(
    "/imports",
    **documents.command(problems.IMPORT_FILE_REFUSED),
    description="Upload a file of rights: CSV (UTF-8 or GB18030), .xlsx, USPTO XML or JSON lines, at most 64 MiB, told "
    "by its content type. The service signs one command a row; a bad row stops nothing else, and uploading "
    "the file again changes nothing. The same Idempotency-Key with the same file repeats the answer, with another "
    "file it is refused.",
)
async def import_file(
    request: Request, giver: Annotated[Giver, gives("operator", "service", takes_file=True)]
) -> UploadView:
    """Upload a file of rights."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _UPLOAD_TYPES:
        raise Problem(problems.MEDIA_TYPE_UNKNOWN, taken=sorted(_UPLOAD_TYPES))
    name = unquote(request.headers.get("x-file-name", ""))[:200] or _UPLOAD_TYPES[media_type]
    content = await request.body()
    today = dt.datetime.fromtimestamp(await giver.door.now_ms() / 1000, tz=_VENUE_ZONE).date()
    report = await upload.in_thread(read, content, name, today)
    if report.file_refused:
        refused = report.refused[0]
        raise Problem(problems.IMPORT_FILE_REFUSED, reason=refused.code, detail=refused.reason)
    return UploadView(
        rows=report.rows,
        submitted=await upload.submit_rows(
            giver.door, giver.key, hashlib.sha256(content).hexdigest(), report.accepted
        ),
        refused=[RowRefusal.model_validate(row) for row in report.refused],
    )


@router.post("/{right_id}/export-class", **documents.command())
async def classify_export(right_id: RowId, body: ExportClassForm, giver: OperatorGives) -> Accepted:
    """The venue finds the technology's class under the catalogue of prohibited and restricted exports."""
    return await giver.give(ClassifyExport, body, right_id=right_id)


@router.get("", **documents.reads(problems.CURSOR_MALFORMED))
async def rights(  # noqa: PLR0913 - the list's filters
    door: TheDoor,
    caller: Anybody,
    window: keyset.TheWindow,
    office: Annotated[str | None, Query(pattern=r"^[A-Z]{2,3}$")] = None,
    right_type: Annotated[str | None, Query(pattern=r"^[a-z_]{4,32}$")] = None,
    status: Annotated[str | None, Query(pattern=r"^[a-z_]{4,24}$")] = None,
) -> RightPage:
    """Rights in the order of their import."""
    filters = {"office": office, "right_type": right_type, "status": status}
    page = await door.reader.page(Right, filters, window=window)
    return RightPage(rights=await _views(door, caller, page.rows), next_cursor=page.next_cursor)


@router.get("/{right_id}", **documents.reads(rules.UNKNOWN_ID))
async def right(right_id: RowId, door: TheDoor, caller: Anybody) -> EnrolledRightView | RightView:
    """A right, as of its last register copy; approved parties see holders and pledges too."""
    stored = await door.reader.row(Right, right_id)
    if stored is None:
        raise problems.unknown_id(right_id, "right")
    return (await _views(door, caller, [stored]))[0]


async def _views(
    door: Door, caller: Caller, rows: list[Stored[Right]]
) -> list[EnrolledRightView | RightView]:
    parts = await door.reader.sealed_parts([title_entry(stored) for stored in rows], TITLE_LABEL)
    views: list[EnrolledRightView | RightView] = []
    for stored in rows:
        part = parts.get(title_entry(stored))
        words = part.value if part is not None and isinstance(part.value, dict) else {}
        view: EnrolledRightView | RightView
        if not caller.approved:
            view = RightView.model_validate(stored.row)
        else:
            view = EnrolledRightView.model_validate(stored.row)
            view.bibliography = words or None
        view.fee_grace_until = grace_until(stored.row)
        title = words.get("title")
        view.title = title if isinstance(title, str) else None
        views.append(view)
    return views

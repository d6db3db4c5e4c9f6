"""Routes of the evidence desk: digests are lodged by parties, and found by anybody who has the document."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import PlainTextResponse

from api import documents, keyset, problems
from api.auth import Caller, allow
from api.door import Door, TheDoor
from api.evidence.schemas import DocumentView, EvidenceForm, EvidencePage, EvidenceView, OwnEvidenceView
from api.forms import Accepted, RowId
from api.giving import PartyGives, terms_of
from api.keyset import Window
from api.log.proofs import entry_proof
from api.problems import Problem
from api.reading import Stored
from exchange.commands import EvidenceTerms, LodgeEvidence
from exchange.evidence import DESCRIPTION_LABEL
from exchange.rows import Evidence
from exchange.rules import evidence as desk_rules
from exchange.rules import venue as rules

router = APIRouter(prefix="/v1/evidence", tags=["evidence"])
Anybody = Annotated[Caller, allow("public")]
MOST_PROVEN = 20
"""Deposits of one answer that come with their proofs."""
TEXT: dict[str, Any] = {"response_class": PlainTextResponse}


@router.post(
    "",
    **documents.created(
        desk_rules.EVIDENCE_STANDS,
        desk_rules.EVIDENCE_FULL,
        desk_rules.DOCUMENT_DIFFERS,
        rules.FACT_MISSING,
    ),
)
async def lodge(body: EvidenceForm, giver: PartyGives) -> Accepted:
    """A verified party lodges the digest of a document; the entry's time is its time. The document is never sent."""
    return await giver.give(LodgeEvidence, body, terms=terms_of(EvidenceTerms, body.terms))


@router.get("", **documents.reads(problems.CURSOR_MALFORMED))
async def find(
    door: TheDoor,
    caller: Anybody,
    window: keyset.TheWindow,
    sha256: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9a-f]{64}$",
            description="Of the document; may be left out by a party, for its own deposits.",
        ),
    ] = None,
) -> EvidencePage:
    """Every deposit of a digest, the first one first, with proofs, at most 20 a page; who made it is not told.

    Without `sha256` a party's own deposits, and to the venue's staff all.
    """
    if sha256 is None and caller.kind == "public":
        asked = [
            {"field": "query.sha256", "reason": "asked for without an account: the SHA-256 in lower-case hex"}
        ]
        raise Problem(problems.BODY_MALFORMED, errors=asked)
    own = None if sha256 is not None or caller.staff else caller.actor
    size = window.limit if sha256 is None else min(window.limit, MOST_PROVEN)
    filters = {"sha256": sha256, "party_id": own}
    page = await door.reader.page(Evidence, filters, window=Window(window.cursor, size))
    views = await _views(door, caller, page.rows, shown=sha256 is not None)
    if sha256 is not None:
        for view in views:
            view.proof = await entry_proof(door.reader, view.entry)
    return EvidencePage(evidence=views, next_cursor=page.next_cursor)


@router.get("/{evidence_id}", **documents.reads(rules.UNKNOWN_ID))
async def one(evidence_id: RowId, door: TheDoor, caller: Anybody) -> OwnEvidenceView | EvidenceView:
    """One deposit: to its party and the venue in full, to others when it was made and where it stands."""
    (view,) = await _views(door, caller, [await _stored(door, evidence_id)], shown=False)
    view.proof = await entry_proof(door.reader, view.entry)
    return view


@router.get("/{evidence_id}/proof", **TEXT, **documents.reads(rules.UNKNOWN_ID))
async def proof(evidence_id: RowId, door: TheDoor, caller: Anybody) -> Response:  # noqa: ARG001 - open to all
    """The proof (C2SP tlog-proof) that its entry stands in a checkpoint, as `/v1/log/entries/{n}/proof` gives it."""
    stored = await _stored(door, evidence_id)
    text = await entry_proof(door.reader, stored.created_entry)
    if text is None:
        raise problems.unknown_id(str(stored.created_entry), "checkpoint")
    return PlainTextResponse(text, headers={"Cache-Control": "no-cache"})


async def _stored(door: Door, evidence_id: str) -> Stored[Evidence]:
    stored = await door.reader.row(Evidence, evidence_id)
    if stored is None:
        raise problems.unknown_id(evidence_id, "evidence")
    return stored


async def _views(
    door: Door, caller: Caller, rows: list[Stored[Evidence]], *, shown: bool
) -> list[OwnEvidenceView | EvidenceView]:
    """Deposits as the caller may see them; `shown`: it has shown their SHA-256."""
    full = {each.created_entry for each in rows if caller.staff or caller.is_party(each.row.party_id)}
    words = await door.reader.sealed_parts(sorted(full), DESCRIPTION_LABEL)
    views: list[OwnEvidenceView | EvidenceView] = []
    for each in rows:
        row = each.row
        document = DocumentView(
            commitment=row.document, sha256=row.sha256, sm3=row.sm3, salt=row.document_salt
        )
        facts: dict[str, Any] = {"id": row.id, "entry": each.created_entry, "lodged_ms": row.lodged_ms}
        if each.created_entry not in full:
            views.append(EvidenceView(**facts, document=document if shown else None))
            continue
        part = words.get(each.created_entry)
        views.append(
            OwnEvidenceView(
                **facts,
                document=document,
                party_id=row.party_id,
                kind=row.evidence_kind,
                subject_id=row.subject_id,
                description=part.value if part is not None and isinstance(part.value, str) else None,
            )
        )
    return views

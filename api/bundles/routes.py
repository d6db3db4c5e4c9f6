"""Routes of deal bundles and certificates."""

import asyncio
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from api import documents, problems
from api.auth import Caller, allow
from api.bundles.gathering import Gathering
from api.door import Door, TheDoor
from api.forms import RowId
from api.web.state_words import DEAL_STATE_WORDS
from exchange.rows import Deal
from exchange.rules import venue as rules
from ledger.bundle.assembly import BundleTooLarge, assemble

router = APIRouter(prefix="/v1/deals", tags=["deals"])
Concerned = Annotated[Caller, allow("party", "operator", "service")]
PRIVATE = {"Cache-Control": "no-store"}


@router.get(
    "/{deal_id}/bundle",
    response_class=Response,
    **documents.reads(rules.UNKNOWN_ID, problems.BUNDLE_TOO_LARGE, private=True),
)
async def bundle(deal_id: RowId, door: TheDoor, caller: Concerned) -> Response:
    """The deal's evidence bundle, canonical JSON: also of a deal that is not final, which says what is missing."""
    content = await _bundle(deal_id, door, caller)
    name = f'attachment; filename="{deal_id}.bundle.json"'
    headers = {**PRIVATE, "Content-Disposition": name}
    return Response(content, media_type="application/json", headers=headers)


@router.get(
    "/{deal_id}/certificate.pdf",
    response_class=Response,
    **documents.reads(rules.UNKNOWN_ID, problems.BUNDLE_TOO_LARGE, private=True),
)
async def certificate(deal_id: RowId, door: TheDoor, caller: Concerned) -> Response:
    """The certificate 存证证明 of a bundle made now, as PDF: it tells what the bundle shows and what it lacks."""
    content = await _bundle(deal_id, door, caller)
    from ledger.bundle.certificate import certificate as drawn  # noqa: PLC0415 - fonts and pictures: only whoever asks

    made = await asyncio.to_thread(drawn, content, await _state_words(deal_id, door))
    name = f'attachment; filename="{deal_id}.certificate.pdf"'
    return Response(made, media_type="application/pdf", headers={**PRIVATE, "Content-Disposition": name})


async def _state_words(deal_id: str, door: Door) -> tuple[str, str]:
    stored = await door.reader.row(Deal, deal_id)
    if stored is None:
        raise problems.unknown_id(deal_id, "deal")
    return DEAL_STATE_WORDS[f"deal.{stored.row.state}"]


async def _bundle(deal_id: str, door: Door, caller: Caller) -> bytes:
    stored = await door.reader.row(Deal, deal_id)
    if stored is None or not (caller.staff or caller.is_party(stored.row.seller, stored.row.buyer)):
        raise problems.unknown_id(deal_id, "deal")
    gathering = Gathering(door, caller, stored, await door.venue())
    if door.signatory is None:
        gathering.missing.append("ATTESTATION")
    parts = await gathering.parts()
    try:
        return await asyncio.to_thread(assemble, parts, await door.instruction_domain(), door.signatory)
    except BundleTooLarge as error:
        raise problems.Problem(problems.BUNDLE_TOO_LARGE) from error

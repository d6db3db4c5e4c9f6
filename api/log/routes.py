"""Routes of the public log, after C2SP's tlog-tiles, tlog-checkpoint and tlog-proof."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse

from api import documents, problems
from api.auth import allow
from api.door import TheDoor
from api.forms import LARGEST_ENTRY
from api.log import proofs
from api.log.schemas import ConsistencyView, LogView
from exchange.rules import venue as rules
from ledger.log.checkpoints import log_verifier, stated_by
from ledger.log.notes import COSIGNATURE_LENGTH, read_note
from ledger.log.tiles import WIDTH, place_at
from ledger.merkle import MerkleRefused, consistency_path

router = APIRouter(prefix="/v1/log", tags=["log"], dependencies=[allow("public")])
LONGEST_TILE_PATH = 64
MUTABLE = {"Cache-Control": "no-cache"}
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
EntryNumber = Annotated[int, Path(ge=0, le=LARGEST_ENTRY)]
Size = Annotated[int, Query(ge=0, le=LARGEST_ENTRY)]
CMS_TYPE = "application/cms"
"""RFC 7193: a token is signed data of CMS."""
TEXT: dict[str, Any] = {"response_class": PlainTextResponse}


@router.get("", **documents.reads(rules.UNKNOWN_ID))
async def log(request: Request, door: TheDoor) -> LogView:
    """The log's verifier key, and its newest checkpoint in short."""
    note = read_note(bytes((await _newest(request, door))["note"]))
    stated = stated_by(note)
    venue = await door.venue()
    vkey = log_verifier(stated.origin, bytes.fromhex(venue.receipt_key)).to_text()
    witnesses = [line.name for line in note.signatures if len(line.signature) == COSIGNATURE_LENGTH]
    return LogView(
        origin=stated.origin, vkey=vkey, size=stated.size, root=stated.root.hex(), witnesses=witnesses
    )


@router.get("/checkpoint", **TEXT, **documents.reads(rules.UNKNOWN_ID))
async def checkpoint(
    request: Request,
    door: TheDoor,
    beyond: Annotated[
        int | None, Query(ge=0, le=LARGEST_ENTRY, description="The first one that holds this entry.")
    ] = None,
) -> Response:
    """The newest checkpoint as a signed note, with the cosignatures had so far; or the first that holds an entry."""
    row = (
        await _newest(request, door) if beyond is None else await door.reader.checkpoint(beyond, newest=False)
    )
    if row is None:
        raise problems.unknown_id(str(beyond), "checkpoint")
    return PlainTextResponse(bytes(row["note"]).decode(), headers=MUTABLE)


@router.get("/token", response_class=Response, **documents.reads(rules.UNKNOWN_ID))
async def token(
    request: Request,
    door: TheDoor,
    size: Annotated[
        int | None, Query(ge=0, le=LARGEST_ENTRY, description="Of the checkpoint of exactly so many entries.")
    ] = None,
) -> Response:
    """The time-stamp token (RFC 3161, DER) over a checkpoint; of the newest one that has any where no size is given.

    It is over the note as the sequencer signed it: text, empty line, the venue's signature line. An authority that the
    operator runs proves nothing against the operator.
    """
    row = (
        await door.reader.stamped_checkpoint(newest=True)
        if size is None
        else await door.reader.checkpoint_of(size)
    )
    if row is None or row["token"] is None:
        raise problems.unknown_id(request.url.path if size is None else str(size), "token")
    headers = MUTABLE if size is None else IMMUTABLE
    return Response(bytes(row["token"]), media_type=CMS_TYPE, headers=headers)


@router.get("/tile/{path:path}", response_class=Response, **documents.reads(rules.UNKNOWN_ID))
async def tile(path: Annotated[str, Path(max_length=LONGEST_TILE_PATH)], door: TheDoor) -> Response:
    """A tile of the tree: up to 256 hashes, one after the other; level 0 holds the leaf hashes."""
    try:
        place = place_at(path)
        found = await door.reader.tiles([place])
    except MerkleRefused as error:
        raise problems.unknown_id(path, "tile") from error
    headers = IMMUTABLE if place.width == WIDTH else MUTABLE
    content = found[place.level, place.number]
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.get("/entries/{number}/proof", **TEXT, **documents.reads(rules.UNKNOWN_ID))
async def entry_proof(
    number: EntryNumber,
    door: TheDoor,
    stamped: Annotated[  # noqa: FBT002 - a query's parameter
        bool, Query(description="In the first checkpoint with a time-stamp token, not in the newest one.")
    ] = False,
) -> Response:
    """The proof (C2SP tlog-proof) that an entry stands in a checkpoint: in the newest one that it is in."""
    text = await proofs.entry_proof(door.reader, number, stamped=stamped)
    if text is None:
        raise problems.unknown_id(str(number), "checkpoint")
    return PlainTextResponse(text, headers=MUTABLE)


@router.get("/consistency", **documents.reads(rules.UNKNOWN_ID))
async def consistency(old: Size, new: Size, door: TheDoor) -> ConsistencyView:
    """That one checkpoint's tree begins with a smaller one's."""
    if old > new or await door.reader.checkpoint_of(new) is None:
        raise problems.unknown_id(str(new), "checkpoint")
    try:
        path = await proofs.proof(door.reader, new, lambda tree: consistency_path(tree, old, new))
    except MerkleRefused as error:
        raise problems.unknown_id(str(new), "checkpoint") from error
    return ConsistencyView(old=old, new=new, path=[each.hex() for each in path])


async def _newest(request: Request, door: TheDoor) -> dict[str, Any]:
    row = await door.reader.checkpoint()
    if row is None:
        raise problems.unknown_id(request.url.path, "checkpoint")
    return row

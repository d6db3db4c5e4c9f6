"""Routes of the journal, the chain and the audit."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from api import documents, keyset, problems
from api.auth import Caller, allow
from api.door import TheDoor
from api.forms import LARGEST_ENTRY, AfterEntry
from api.journal import sight
from api.journal.receipts import receipt_of
from api.journal.schemas import ChainEventList, ChainEventView, EntryView, EventList, VerdictView
from exchange.rules import venue as rules

router = APIRouter(prefix="/v1", tags=["journal"])
Anybody = Annotated[Caller, allow("public")]
OPEN = [allow("public")]
EntryNumber = Annotated[int, Path(ge=0, le=LARGEST_ENTRY)]
_CHAIN_PLACE = re.compile(r"([0-9]{1,15}):(0x[0-9a-fA-F]{40})")
"""A chain event's place within its block: seq and contract."""


@router.get("/events", **documents.reads())
async def events(
    door: TheDoor,
    caller: Anybody,
    after: AfterEntry = -1,
    own: Annotated[bool, Query(description="Only commands that the caller gave.")] = False,  # noqa: FBT002 - a query parameter
    limit: keyset.Limit = keyset.DEFAULT_PAGE,
) -> EventList:
    """Journal entries in order: to everybody the public part, to a party also its openings and what concerns it."""
    actor = caller.actor if own else None
    records = await door.reader.entries(after, limit, actor=actor)
    views = await sight.views(door, caller, records)
    return EventList(entries=views, next_after=views[-1].entry if views else after)


@router.get("/entries/{number}", **documents.reads(rules.UNKNOWN_ID))
async def entry(number: EntryNumber, door: TheDoor, caller: Anybody) -> EntryView:
    """One journal entry, as far as the caller may see it."""
    record = await door.reader.entry(number)
    if record is None:
        raise problems.unknown_id(str(number), "entry")
    return (await sight.views(door, caller, [record]))[0]


@router.get("/entries/{number}/receipt", dependencies=OPEN, **documents.reads(rules.UNKNOWN_ID))
async def receipt(number: EntryNumber, door: TheDoor) -> dict[str, Any]:
    """The receipt of an entry, made again from its batch's stored seal: it proves the same to everybody."""
    record = await door.reader.entry(number)
    made = None if record is None else await receipt_of(door.reader, record)
    if made is None:
        raise problems.unknown_id(str(number), "entry")
    return made


@router.get("/chain/events", tags=["chain"], dependencies=OPEN, **documents.reads(problems.CURSOR_MALFORMED))
async def chain_events(
    door: TheDoor,
    window: keyset.TheWindow,
) -> ChainEventList:
    """What the indexer read off the chain, by block and seq; anybody can read the same from a node."""
    place = keyset.read(window.cursor, "chain_event")
    after = (-1, -1, "") if place is None else _chain_place(place)
    found = await door.reader.chain_events(after, window.limit + 1)
    shown = [ChainEventView.model_validate(dict(event)) for event in found[: window.limit]]
    more = len(found) > window.limit
    last = shown[-1] if more else None
    next_cursor = (
        None
        if last is None
        else keyset.write(keyset.Place("chain_event", last.block_number, f"{last.seq}:{last.contract}"))
    )
    return ChainEventList(chain_events=shown, next_cursor=next_cursor)


@router.get("/audit/verdict", tags=["audit"], dependencies=OPEN, **documents.reads(rules.UNKNOWN_ID))
async def verdict(request: Request, door: TheDoor) -> VerdictView:
    """The audit's latest verdict; run your own with `ipx audit all`."""
    found = await door.reader.last_verdict()
    if found is None:
        raise problems.unknown_id(request.url.path, "verdict")
    return VerdictView.model_validate(dict(found))


def _chain_place(place: keyset.Place) -> tuple[int, int, str]:
    found = _CHAIN_PLACE.fullmatch(place.id)
    if found is None:
        raise problems.Problem(problems.CURSOR_MALFORMED)
    return place.created_entry, int(found[1]), found[2]

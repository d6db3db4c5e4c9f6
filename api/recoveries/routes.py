"""Routes of recoveries."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import commands, documents, keyset, problems
from api.auth import Caller, allow
from api.door import Door, TheDoor
from api.forms import Accepted, Address, Hash, RowId
from api.giving import OperatorGives, PartyGives, accepted, given_by
from api.parties import key_signatures
from api.recoveries import signing
from api.recoveries.schemas import Proposal, RecoveryMessageToSign, RecoveryPage, Veto
from api.recoveries.views import party_and_key, views
from exchange.calendar import LATEST_MS, MS_PER_SECOND
from exchange.commands import ProposeRecovery, VetoRecovery
from exchange.rows import Key, Party, Recovery
from exchange.rules import venue as rules

router = APIRouter(prefix="/v1/parties/{party_id}/recoveries", tags=["parties"])
Enrolled = Annotated[Caller, allow("party", "operator", "service")]
Deadline = Annotated[
    int | None,
    Query(ge=0, le=LATEST_MS // MS_PER_SECOND, description="Unix seconds; 90 days from now if left out."),
]


@router.get("", **documents.reads(rules.UNKNOWN_ID, problems.CURSOR_MALFORMED, private=True))
async def recoveries(
    party_id: RowId, door: TheDoor, caller: Enrolled, window: keyset.TheWindow
) -> RecoveryPage:
    """A party's recoveries in the order of their proposal, to itself and to the venue."""
    _require_concerned(caller, party_id)
    page = await door.reader.page(Recovery, {"party_id": party_id}, window=window)
    if not page.rows:
        return RecoveryPage(recoveries=[], next_cursor=None)
    _, own = await party_and_key(door, party_id)
    return RecoveryPage(recoveries=await views(door, own, page.rows), next_cursor=page.next_cursor)


@router.get("/to-sign", **documents.reads(rules.UNKNOWN_ID, private=True))
async def recovery_to_sign(  # noqa: PLR0913 - the members of the message
    party_id: RowId,
    door: TheDoor,
    caller: Enrolled,
    new_key: Annotated[Address, Query()],
    authorisation: Annotated[
        Hash, Query(description="The commitment to the papers, label `recovery_papers`.")
    ],
    deadline_s: Deadline = None,
) -> RecoveryMessageToSign:
    """Typed data, digest and plain words for the new key of a party that lost its own."""
    _require_concerned(caller, party_id)
    party, own = await party_and_key(door, party_id)
    until_s = await _until(door, deadline_s)
    domain = await door.deal_domain()
    return signing.recovery_to_sign(domain, party, own, new_key, authorisation, until_s)


@router.get("/{new_key}/veto/to-sign", **documents.reads(rules.UNKNOWN_ID, private=True))
async def veto_to_sign(
    party_id: RowId, new_key: Address, door: TheDoor, caller: Enrolled, deadline_s: Deadline = None
) -> RecoveryMessageToSign:
    """Typed data, digest and plain words for the party's live key, which refuses a recovery."""
    _require_concerned(caller, party_id)
    stored = await door.reader.row(Recovery, new_key)
    if stored is None or stored.row.party_id != party_id:
        raise problems.unknown_id(new_key, "recovery")
    party, own = await party_and_key(door, party_id)
    until_s = await _until(door, deadline_s)
    return signing.veto_to_sign(await door.deal_domain(), party, own, new_key, until_s)


@router.post(
    "", **documents.command(rules.WRONG_STATE, rules.KEY_IN_USE, rules.KEY_NOT_ENROLLED, rules.FACT_MISSING)
)
async def propose(party_id: RowId, body: Proposal, giver: OperatorGives) -> Accepted:
    """An operator proposes a new key for a party that lost its own; it takes the place of an earlier proposal."""
    given = given_by(ProposeRecovery, body, party_id=party_id)
    party = await giver.door.reader.row(Party, party_id)
    own = None if party is None else await giver.door.reader.row(Key, party.row.key)
    # Of an unknown party, or one without a key, the engine says so itself: its refusal is an entry.
    if own is not None and isinstance(given.command, ProposeRecovery):
        await key_signatures.check(giver.door, given.command, given, own.row.id)
    return accepted(await commands.submit(giver.door, giver.caller, giver.caller.actor, giver.key, given))


@router.post("/{new_key}/veto", **documents.command(rules.WRONG_STATE, rules.KEY_NOT_ENROLLED))
async def veto(party_id: RowId, new_key: Address, body: Veto, giver: PartyGives) -> Accepted:
    """The party's live key refuses a recovery: that key can never be anybody's here."""
    giver.require_self(party_id)
    _, own = await party_and_key(giver.door, party_id)
    given = given_by(VetoRecovery, body, new_key=new_key)
    if isinstance(given.command, VetoRecovery):
        await key_signatures.check(giver.door, given.command, given, own.id)
    return accepted(await commands.submit(giver.door, giver.caller, party_id, giver.key, given))


def _require_concerned(caller: Caller, party_id: str) -> None:
    if not (caller.staff or caller.is_party(party_id)):
        raise problems.Problem(problems.CALLER_NOT_PERMITTED, permitted=["the party itself", "the venue"])


async def _until(door: Door, deadline_s: int | None) -> int:
    return await door.now_ms() // MS_PER_SECOND + signing.LIFE_S if deadline_s is None else deadline_s

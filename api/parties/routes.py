"""Routes of parties."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import auth, commands, documents, keyset, problems
from api.auth import Caller, allow
from api.door import TheDoor
from api.forms import Accepted, Address, ReasonedBody, RowId
from api.giving import AnybodyGives, Giver, OperatorGives, PartyGives, accepted, given_by, terms_of
from api.parties import key_signatures
from api.parties.schemas import (
    Advance,
    Affiliation,
    Application,
    Dismissal,
    Enrolment,
    KeyPage,
    KeyRequest,
    KeyView,
    Mandate,
    OwnPartyView,
    PartyPage,
    PartyView,
    RecoveryUnderWay,
    Revocation,
    Rotation,
    Verification,
    WithApiKey,
)
from api.recoveries.views import under_way, veto_until_ms
from exchange.commands import (
    AdvanceCounter,
    ApplyParty,
    AppointAgent,
    ApproveParty,
    CloseParty,
    DismissAgent,
    EndAffiliation,
    EnrolKey,
    IssueApiKey,
    KeyTerms,
    PartyTerms,
    RecordAffiliation,
    RevokeKey,
    RotateKey,
    SuspendParty,
    VerificationTerms,
    VerifyParty,
)
from exchange.rows import Key, Party
from exchange.rules import credit, onboarding
from exchange.rules import venue as rules
from ledger.key_messages import KEY_COMMANDS
from ledger.sequencer.messages import Answer

router = APIRouter(prefix="/v1/parties", tags=["parties"])
Enrolled = Annotated[Caller, allow("party", "operator", "service")]


@router.post("", **documents.created(rules.COMPANY_NUMBER_INVALID, rules.COMPANY_KNOWN, rules.KEY_IN_USE))
async def apply(body: Application, giver: AnybodyGives) -> WithApiKey:
    """A company applies; the answer holds its API key, once. Until the operator approves, it only reads.

    An application reserves no company number: that is a party's from its approval on.
    """
    api_key = auth.new_api_key()
    given = given_by(ApplyParty, body, terms=terms_of(PartyTerms, body.terms))
    hashed = auth.key_hash(api_key)
    answer = await commands.submit(giver.door, auth.PUBLIC, "", giver.key, given, api_key_sha256=hashed)
    return await _with_key(giver, answer, api_key)


@router.get(
    "",
    dependencies=[allow("party", "operator", "service")],
    **documents.reads(problems.CURSOR_MALFORMED, private=True),
)
async def parties(
    door: TheDoor,
    window: keyset.TheWindow,
    state: Annotated[str | None, Query(pattern=r"^[A-Z]{3,16}$")] = None,
) -> PartyPage:
    """Parties in the order of their application."""
    page = await door.reader.page(Party, {"state": state}, window=window)
    return PartyPage(
        parties=[PartyView.model_validate(stored.row) for stored in page.rows], next_cursor=page.next_cursor
    )


@router.get("/me", **documents.reads(private=True))
async def own_party(door: TheDoor, caller: Annotated[Caller, allow("party")]) -> OwnPartyView:
    """The party that this API key belongs to."""
    if caller.party is None:
        raise problems.unknown_id(caller.actor, "party")
    return await _own_view(door, caller.party.id)


@router.get("/{party_id}", **documents.reads(rules.UNKNOWN_ID, private=True))
async def party(party_id: RowId, door: TheDoor, caller: Enrolled) -> OwnPartyView | PartyView:
    """A party: in full to itself and to the venue, in outline to others."""
    if caller.staff or caller.is_party(party_id):
        return await _own_view(door, party_id)
    stored = await door.reader.row(Party, party_id)
    if stored is None:
        raise problems.unknown_id(party_id, "party")
    return PartyView.model_validate(stored.row)


@router.post(
    "/{party_id}/verification",
    **documents.command(rules.WRONG_STATE, rules.FACT_MISSING, credit.SANCTIONED),
)
async def verify(party_id: RowId, body: Verification, giver: OperatorGives) -> Accepted:
    """A company's papers are on record; an applicant of whom none lacks is VERIFIED, and can be approved."""
    terms = terms_of(VerificationTerms, body.terms)
    return await giver.give(VerifyParty, body, terms=terms, party_id=party_id)


@router.post(
    "/{party_id}/approval",
    **documents.command(rules.WRONG_STATE, rules.FACT_MISSING, rules.COMPANY_KNOWN, credit.SANCTIONED),
)
async def approve(party_id: RowId, body: ReasonedBody, giver: OperatorGives) -> Accepted:
    """A verified applicant may act from now on, or a suspension is lifted."""
    answer = await giver.give(ApproveParty, body, party_id=party_id)
    giver.door.doorkeeper.forget()
    return answer


@router.post("/{party_id}/suspension", **documents.command(rules.WRONG_STATE))
async def suspend(party_id: RowId, body: ReasonedBody, giver: OperatorGives) -> Accepted:
    """The operator suspends a party: it reads, and its running deals go on."""
    answer = await giver.give(SuspendParty, body, party_id=party_id)
    giver.door.doorkeeper.forget()
    return answer


@router.post("/{party_id}/closure", **documents.command(rules.WRONG_STATE, onboarding.STILL_BOUND))
async def close(party_id: RowId, body: ReasonedBody, giver: OperatorGives) -> Accepted:
    """A company leaves, with nothing open; its number is free again."""
    answer = await giver.give(CloseParty, body, party_id=party_id)
    giver.door.doorkeeper.forget()
    return answer


@router.post("/{party_id}/affiliations", **documents.command())
async def record_affiliation(party_id: RowId, body: Affiliation, giver: OperatorGives) -> Accepted:
    """Venue finding: two parties are affiliates of one another, and may not bid on each other's listings."""
    return await giver.give(RecordAffiliation, body, party_id=party_id)


@router.post("/{party_id}/affiliations/end", **documents.command())
async def end_affiliation(party_id: RowId, body: Affiliation, giver: OperatorGives) -> Accepted:
    """Venue finding: two parties are affiliates no more; bids that ended for it stay ended."""
    return await giver.give(EndAffiliation, body, party_id=party_id)


@router.post("/{party_id}/agents", **documents.command(rules.KEY_IN_USE))
async def appoint_agent(party_id: RowId, body: Mandate, giver: PartyGives) -> Accepted:
    """A party lets another key act for it under a mandate."""
    giver.require_self(party_id)
    return await giver.give(AppointAgent, body)


@router.post("/{party_id}/agents/dismissal", **documents.command())
async def dismiss_agent(party_id: RowId, body: Dismissal, giver: PartyGives) -> Accepted:
    """A party ends an agent's mandate at once."""
    giver.require_self(party_id)
    return await giver.give(DismissAgent, body)


@router.post(
    "/{party_id}/keys",
    **documents.command(rules.KEY_IN_USE, rules.COMPANY_NUMBER_INVALID, rules.FACT_MISSING),
)
async def enrol_key(party_id: RowId, body: Enrolment, giver: PartyGives) -> Accepted:
    """A party binds a key for the chain: its own, or another for single deals. No deal is signed without."""
    giver.require_self(party_id)
    given = given_by(EnrolKey, body, terms=terms_of(KeyTerms, body.terms))
    return await _about_key(giver, party_id, given)


@router.post(
    "/{party_id}/keys/rotation",
    **documents.command(rules.WRONG_STATE, rules.KEY_IN_USE, rules.KEY_NOT_ENROLLED, rules.FACT_MISSING),
)
async def rotate_key(party_id: RowId, body: Rotation, giver: PartyGives) -> Accepted:
    """A party's own key gives its place to a new one; both have signed."""
    giver.require_self(party_id)
    answer = await _about_key(giver, party_id, given_by(RotateKey, body))
    giver.door.doorkeeper.forget()
    return answer


@router.post("/{party_id}/keys/revocation", **documents.command(rules.WRONG_STATE, rules.KEY_NOT_ENROLLED))
async def revoke_key(party_id: RowId, body: Revocation, giver: PartyGives) -> Accepted:
    """A party ends one of its keys at once. Without its own key it can do nothing more here."""
    giver.require_self(party_id)
    return await _about_key(giver, party_id, given_by(RevokeKey, body))


@router.post("/{party_id}/keys/counter", **documents.command(rules.WRONG_STATE, rules.KEY_NOT_ENROLLED))
async def advance_counter(party_id: RowId, body: Advance, giver: PartyGives) -> Accepted:
    """A party cancels whatever a key signed under a lower counter and the chain has not recorded."""
    giver.require_self(party_id)
    return await _about_key(giver, party_id, given_by(AdvanceCounter, body))


async def _about_key(giver: Giver, party_id: str, given: commands.Given) -> Accepted:
    """Give a command that carries a key's own signatures, once these hold."""
    command = given.command
    if giver.caller.party is None or not isinstance(command, KEY_COMMANDS):
        raise problems.unknown_id(party_id, "party")
    await key_signatures.check(giver.door, command, given, giver.caller.party.key)
    return accepted(await commands.submit(giver.door, giver.caller, party_id, giver.key, given))


@router.get("/{party_id}/keys", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def keys(party_id: RowId, door: TheDoor, caller: Enrolled, window: keyset.TheWindow) -> KeyPage:
    """A party's keys in the order of their enrolment, to itself and to the venue."""
    if not (caller.staff or caller.is_party(party_id)):
        raise problems.Problem(problems.CALLER_NOT_PERMITTED, permitted=["the party itself", "the venue"])
    page = await door.reader.page(Key, {"party_id": party_id}, window=window)
    views = await _key_views(door, party_id, [stored.row for stored in page.rows])
    return KeyPage(keys=views, next_cursor=page.next_cursor)


@router.get("/{party_id}/keys/{address}", **documents.reads(rules.UNKNOWN_ID, private=True))
async def one_key(party_id: RowId, address: Address, door: TheDoor, caller: Enrolled) -> KeyView:
    """One key of a party, to itself and to the venue."""
    stored = await door.reader.row(Key, address)
    if stored is None or stored.row.party_id != party_id or not (caller.staff or caller.is_party(party_id)):
        raise problems.unknown_id(address, "key")
    (view,) = await _key_views(door, party_id, [stored.row])
    return view


async def _key_views(door: TheDoor, party_id: str, rows: list[Key]) -> list[KeyView]:
    """Keys of one party; its own one says if another is to take its place."""
    party = await door.reader.row(Party, party_id)
    recovery = None if party is None else await under_way(door, party_id)
    views = [KeyView.model_validate(row) for row in rows]
    for view in views:
        if recovery is not None and party is not None and view.id == party.row.key:
            view.recovery = RecoveryUnderWay(new_key=recovery.id, veto_until_ms=veto_until_ms(recovery))
    return views


@router.post("/{party_id}/api-keys", **documents.created())
async def issue_api_key(party_id: RowId, body: KeyRequest, giver: AnybodyGives) -> WithApiKey:
    """A new API key replaces the old one. The party's signature is enough: so a lost key is replaced."""
    stored = await giver.door.reader.row(Party, party_id)
    if stored is None:
        raise problems.unknown_id(party_id, "party")
    api_key = auth.new_api_key()
    caller = Caller(kind="party", party=stored.row)
    given = given_by(IssueApiKey, body)
    hashed = auth.key_hash(api_key)
    answer = await commands.submit(giver.door, caller, party_id, giver.key, given, api_key_sha256=hashed)
    giver.door.doorkeeper.forget()
    return await _with_key(giver, answer, api_key)


async def _with_key(giver: Giver, answer: Answer, api_key: str) -> WithApiKey:
    """The answer with its API key, unless it repeats an earlier answer, whose key nobody has any more."""
    entry = await giver.door.reader.entry(answer.entry)
    fresh = entry is not None and entry.public["api_key_sha256"] == auth.key_hash(api_key)
    return WithApiKey(**accepted(answer).model_dump(), api_key=api_key if fresh else None)


async def _own_view(door: TheDoor, party_id: str) -> OwnPartyView:
    stored = await door.reader.row(Party, party_id)
    if stored is None:
        raise problems.unknown_id(party_id, "party")
    parts = await door.reader.sealed_parts([stored.created_entry], "profile")
    view = OwnPartyView.model_validate(stored.row)
    part = parts.get(stored.created_entry)
    view.profile = None if part is None else part.value
    return view

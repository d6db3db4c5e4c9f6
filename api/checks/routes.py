"""Routes of checks. They decide nothing, make no entry, and ask the very rules that the engine asks."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from msgspec import UNSET

from api import commands, documents, problems
from api.auth import Caller, allow
from api.checks.schemas import CheckView, DraftForm, FindingView, MissingFact, OwedView
from api.door import Door, TheDoor
from api.forms import RowId
from api.giving import terms_of
from api.reading import Reader
from exchange.commands import ListingTerms, Request, SubmitListing, Tick
from exchange.listings import findings
from exchange.listings.duties import Owed
from exchange.listings.findings import Finding, Findings
from exchange.money.amount import CURRENCIES
from exchange.parties import VENUE_ACTOR
from exchange.rows import Deal, ExchangeRate, FeeSchedule, Licence, Listing, Party, Right
from exchange.rules import venue as rules
from exchange.rules.lodged import OF_THE_VENUE
from exchange.rules.profiles import profiles_of
from exchange.state import State
from exchange.terms.consideration import commissions_of
from exchange.turn import Turn
from ledger.store import tables

router = APIRouter(prefix="/v1/listings", tags=["listings"])
Concerned = Annotated[Caller, allow("party", "operator", "service")]
Seller = Annotated[Caller, allow("party")]
MOST_PAIRS = len(CURRENCIES) ** 2
"""Of each pair of currencies one exchange rate stands."""


@router.post("/check", **documents.asks(rules.UNKNOWN_ID))
async def check_draft(body: DraftForm, door: TheDoor, caller: Seller) -> CheckView:
    """What would bar a listing that is not submitted yet, from the caller as its seller; nothing is signed or kept."""
    terms = terms_of(ListingTerms, body.terms)
    agents = [each.party_id for each in commissions_of(terms)]
    members = [member.right_id for member in body.lot or ()]
    rights, head = [body.right_id, *members], terms.head_licence or ""
    state = await _state(door, rights, caller.actor, *agents, currency=body.currency, head=head)
    command = commands.build(SubmitListing, body.model_dump(exclude={"terms"}), {})
    signer = state.parties[caller.actor].key
    turn = Turn(
        state,
        Request(time_ms=await door.now_ms(), actor=caller.actor, signer=signer, command=command, terms=terms),
    )
    return _view(turn, body.right_id, caller.actor, None, findings.on_draft(turn, command, terms))


@router.post("/{listing_id}/check", **documents.asks(rules.UNKNOWN_ID))
async def check(listing_id: RowId, door: TheDoor, caller: Concerned) -> CheckView:
    """What bars a listing from its next step, all at once, and what later steps still need: to seller and venue."""
    stored = await door.reader.row(Listing, listing_id)
    if stored is None or not (caller.staff or caller.is_party(stored.row.seller)):
        raise problems.unknown_id(listing_id, "listing")
    listing = stored.row
    numbers = () if listing.co_owner_consents is UNSET else listing.co_owner_consents
    co_owners = await door.reader.enrolled_as(numbers)
    parties = (listing.seller, *listing.consents, *co_owners)
    currency, head = listing.currency, listing.terms.head_licence or ""
    state = await _state(
        door, listing.right_ids, *parties, currency=currency, subjects=(listing.id,), head=head
    )
    turn = Turn(state, Request(time_ms=await door.now_ms(), actor=VENUE_ACTOR, signer="", command=Tick()))
    return _view(turn, listing.right_id, listing.seller, listing_id, findings.on_listing(turn, listing))


async def _state(
    door: Door,
    right_ids: Sequence[str],
    *party_ids: str,
    currency: str,
    subjects: Sequence[str] = (),
    head: str = "",
) -> State:
    """A state of the rows that a listing's rules read: its rights with licences and open deals, and the parties.

    `currency`: whose fees are read. `subjects`: of what else the documents on record count. `head`: of sub-licences,
    the head licence, whose deal is read as well.

    Raises:
        Problem: UNKNOWN-ID.
    """
    reader = door.reader
    wanted = sorted(set(right_ids))
    rights = [stored.row for stored in await reader.rows(Right, wanted)]
    for missing in sorted(set(wanted) - {right.id for right in rights}):
        raise problems.unknown_id(missing, "right")
    state = State()
    state.add(await door.fresh_venue())
    for right in rights:
        state.add(right)
    affiliates = await _add_with_affiliates(reader, state, party_ids)
    await _add_what_stands(reader, state, rights)
    wanted_deals = {each for right in rights for each in right.open_deals}
    if head in state.licences:
        wanted_deals.add(state.licences[head].deal_id)
    for deals in await reader.rows(Deal, sorted(wanted_deals)):
        state.add(deals.row)
    for document in await reader.documents_on([OF_THE_VENUE, *wanted, *affiliates, *subjects]):
        state.add(document)
    for clock in await reader.letters_awaited(list(state.documents.values())):
        state.add(clock)
    for schedule in await reader.newest(FeeSchedule, tables.fee_schedules.c.currency == currency, 1):
        state.add(schedule.row)
    for rate in await reader.newest(ExchangeRate, tables.exchange_rates.c.archived.is_(False), MOST_PAIRS):
        state.add(rate.row)
    return state


async def _add_with_affiliates(reader: Reader, state: State, party_ids: Sequence[str]) -> list[str]:
    """Parties with their affiliates, and whoever is an affiliate of one of those; gives the ids of all."""
    wanted = set(party_ids)
    while more := wanted - set(state.parties):
        found = [stored.row for stored in await reader.rows(Party, sorted(more))]
        for party in found:
            state.add(party)
        wanted = {each for party in found for each in party.affiliates}
    return sorted(state.parties)


async def _add_what_stands(reader: Reader, state: State, rights: Sequence[Right]) -> None:
    """The licences and the open listings of rights."""
    for licences in await reader.rows(Licence, [each for right in rights for each in right.licences]):
        state.add(licences.row)
    listed = sorted({right.open_listing for right in rights if right.open_listing})
    for listings in await reader.rows(Listing, listed):
        state.add(listings.row)


def _view(turn: Turn, right_id: str, seller_id: str, listing_id: str | None, found: Findings) -> CheckView:
    right = turn.state.rights[right_id]
    return CheckView(
        listing_id=listing_id,
        right_id=right.id,
        register_as_of_ms=right.register_as_of_ms,
        time_ms=turn.time_ms,
        profiles=list(profiles_of(turn.state.venue, right, turn.state.parties[seller_id])),
        may_go_on=not found.grounds,
        grounds=[_finding(each) for each in found.grounds],
        warnings=[_finding(each) for each in found.warnings],
        duties=[_owed(each) for each in found.duties],
    )


def _finding(found: Finding) -> FindingView:
    rule, fact = found.rule, found.detail.get("fact")
    supplier = str(found.detail.get("supplier") or rule.facts_from)
    return FindingView(
        step=found.step,
        code=rule.code,
        citation=rule.citation,
        source=rule.source,
        jurisdictions=list(rule.jurisdictions),
        text=rule.text,
        text_zh=rule.text_zh,
        cure=rule.cure,
        cure_zh=rule.cure_zh,
        facts_from=rule.facts_from,
        facts=dict(found.detail),
        missing=None if fact is None else MissingFact(fact=str(fact), supplier=supplier),
    )


def _owed(found: Owed) -> OwedView:
    duty = found.duty
    return OwedView(
        code=duty.code,
        citation=duty.citation,
        source=duty.source,
        owed_by=duty.owed_by,
        text=duty.text,
        text_zh=duty.text_zh,
        met=duty.met,
        met_zh=duty.met_zh,
        facts=dict(found.detail),
    )

"""Routes of technology needs and of what matches them, in both directions."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import documents, keyset, problems
from api.auth import Caller, allow
from api.demand.market import Market
from api.demand.reading import DemandReader, NeedWords
from api.demand.schemas import (
    AmendmentForm,
    FulfilmentForm,
    ListingMatch,
    ListingMatchPage,
    NeedForm,
    NeedMatch,
    NeedMatchPage,
    NeedPage,
    NeedView,
    OwnNeedView,
    ReasonView,
)
from api.demand.words import in_words
from api.door import Door, TheDoor
from api.forms import Accepted, Body, RowFilter, RowId
from api.giving import PartyGives, terms_of
from api.problems import Problem
from api.reading import Stored
from exchange.commands import AmendNeed, FulfilNeed, NeedTerms, PostNeed, WithdrawNeed
from exchange.demand.facts import MATCHED_LISTINGS, shown_price
from exchange.demand.index import Place, listings_for, needs_for
from exchange.demand.matching import Match, Reason
from exchange.rows import Need
from exchange.rules import venue as rules

router = APIRouter(prefix="/v1", tags=["demand"])
Anybody = Annotated[Caller, allow("public")]
Concerned = Annotated[Caller, allow("party", "operator", "service")]


@router.post(
    "/needs",
    **documents.created(rules.ROLE_REQUIRED, rules.NEEDS_FULL, rules.FACT_MISSING, rules.WRONG_STATE),
)
async def post(body: NeedForm, giver: PartyGives) -> Accepted:
    """A buyer posts a technology need. Title and description are public while it is open; the budget never is."""
    return await giver.give(PostNeed, body, terms=terms_of(NeedTerms, body.terms))


@router.post("/needs/{need_id}/amendment", **documents.command(rules.ROLE_REQUIRED, rules.WRONG_STATE))
async def amend(need_id: RowId, body: AmendmentForm, giver: PartyGives) -> Accepted:
    """The buyer puts other facts and terms in the place of all that stand. Other words are another need."""
    return await giver.give(AmendNeed, body, terms=terms_of(NeedTerms, body.terms), need_id=need_id)


@router.post("/needs/{need_id}/withdrawal", **documents.command(rules.WRONG_STATE))
async def withdraw(need_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """The buyer takes its need back."""
    return await giver.give(WithdrawNeed, body, need_id=need_id)


@router.post("/needs/{need_id}/fulfilment", **documents.command(rules.WRONG_STATE))
async def fulfil(need_id: RowId, body: FulfilmentForm, giver: PartyGives) -> Accepted:
    """The buyer says by which deal of its own its need is met."""
    return await giver.give(FulfilNeed, body, need_id=need_id)


@router.get("/needs", **documents.reads(problems.CURSOR_MALFORMED))
async def needs(
    door: TheDoor,
    caller: Anybody,
    window: keyset.TheWindow,
    buyer: RowFilter = None,
    state: Annotated[str | None, Query(pattern=r"^[A-Z]{3,16}$")] = None,
) -> NeedPage:
    """Needs in the order of their posting."""
    page = await door.reader.page(Need, {"buyer": buyer, "state": state}, window=window)
    return NeedPage(needs=await _views(door, caller, page.rows), next_cursor=page.next_cursor)


@router.get("/needs/{need_id}", **documents.reads(rules.UNKNOWN_ID))
async def need(need_id: RowId, door: TheDoor, caller: Anybody) -> OwnNeedView | NeedView:
    """A need; its buyer sees its terms too."""
    return (await _views(door, caller, [await _stored(door, need_id)]))[0]


@router.get(
    "/needs/{need_id}/matches",
    **documents.reads(rules.UNKNOWN_ID, problems.CURSOR_MALFORMED, private=True),
)
async def matches(
    need_id: RowId, door: TheDoor, caller: Annotated[Caller, allow("party")], window: keyset.TheWindow
) -> ListingMatchPage:
    """Listings for a need, best first, with reasons: to its buyer alone, since its budget is one of them.

    Listings under public notice, open ones and those that trade, where they share a class or a telling word; none
    once the need has ended.
    """
    stored = await _stored(door, need_id)
    if not caller.is_party(stored.row.buyer):
        raise Problem(problems.CALLER_NOT_PERMITTED, permitted=["the need's buyer"])
    of = f"matches:{need_id}"
    after, market = _place(window, of), await _fresh(door)
    wanted = market.needs.get(need_id)
    budget = stored.row.terms.budget
    found = (
        []
        if wanted is None or stored.row.state != "OPEN"
        else listings_for(market.listings, wanted, budget, limit=window.limit + 1, after=after)
    )
    shown = await _listing_matches(market, found[: window.limit])
    return ListingMatchPage(matches=shown, next_cursor=_next(found, window, of))


@router.get(
    "/listings/{listing_id}/matching-needs",
    **documents.reads(rules.UNKNOWN_ID, problems.CURSOR_MALFORMED, private=True),
)
async def matching_needs(
    listing_id: RowId, door: TheDoor, caller: Concerned, window: keyset.TheWindow
) -> NeedMatchPage:
    """Open needs for a listing, best first, with reasons: to its seller and the venue.

    None unless the listing is under public notice, open or trading: nobody new could answer another one.
    No budget has any part in it, neither in reasons nor in rank nor in what is left out.
    """
    listed = await door.market.reader.listed([listing_id])
    if not listed or not (caller.staff or caller.is_party(listed[0].listing.seller)):
        raise problems.unknown_id(listing_id, "listing")
    of = f"matching_needs:{listing_id}"
    after, market = _place(window, of), await _fresh(door)
    is_matched = listed[0].listing.state in MATCHED_LISTINGS
    found = (
        needs_for(market.needs, listed[0].offered(), limit=window.limit + 1, after=after)
        if is_matched
        else []
    )
    shown = found[: window.limit]
    rows = {each.row.id: each for each in await door.reader.rows(Need, [each.id for each in shown])}
    public = Caller(kind="public")
    views = {view.id: view for view in await _views(door, public, list(rows.values()))}
    made = [NeedMatch(need=views[each.id], score=each.score, reasons=_reasons(each)) for each in shown]
    return NeedMatchPage(matches=made, next_cursor=_next(found, window, of))


async def _fresh(door: Door) -> Market:
    await door.market.refresh()
    return door.market


def _place(window: keyset.Window, of: str) -> Place | None:
    """Where the page before ended. Raises Problem CURSOR-MALFORMED."""
    place = keyset.read(window.cursor, of)
    return None if place is None else (place.created_entry, place.id)


def _next(found: list[Match], window: keyset.Window, of: str) -> str | None:
    if len(found) <= window.limit:
        return None
    last = found[window.limit - 1]
    return keyset.write(keyset.Place(of, last.score, last.id))


async def _listing_matches(market: Market, found: list[Match]) -> list[ListingMatch]:
    listed = {each.listing.id: each for each in await market.reader.listed([each.id for each in found])}
    made = []
    for each in found:
        row, titles = listed[each.id].listing, listed[each.id].titles
        made.append(
            ListingMatch(
                listing_id=row.id,
                right_id=row.right_id,
                seller=row.seller,
                title=" / ".join(filter(None, titles)) or None,
                classes=list(listed[each.id].offered().classes),
                mode=row.mode,
                deal_kind=row.deal_kind,
                state=row.state,
                currency=row.currency,
                price=shown_price(row),
                closes_ms=row.closes_ms,
                score=each.score,
                reasons=_reasons(each),
            )
        )
    return made


def _reasons(found: Match) -> list[ReasonView]:
    return [_reason(each) for each in found.reasons]


def _reason(reason: Reason) -> ReasonView:
    chinese, english = in_words(reason)
    return ReasonView(
        code=reason.code, points=reason.points, shared=list(reason.shared), words=english, words_zh=chinese
    )


async def _stored(door: Door, need_id: str) -> Stored[Need]:
    stored = await door.reader.row(Need, need_id)
    if stored is None:
        raise problems.unknown_id(need_id, "need")
    return stored


async def _views(door: Door, caller: Caller, rows: list[Stored[Need]]) -> list[OwnNeedView | NeedView]:
    """Needs as the caller may see them: their words while they are open, and always to their buyer and the venue."""
    words = await DemandReader.beside(door.reader).words_of(rows)
    views: list[OwnNeedView | NeedView] = []
    for stored in rows:
        row = stored.row
        own = caller.is_party(row.buyer)
        facts = {name: getattr(row, name) for name in NeedView.model_fields if hasattr(row, name)}
        shown = words[row.id] if row.state == "OPEN" or own or caller.staff else NeedWords(None, None)
        facts |= {"title": shown.title, "description": shown.description}
        if own:
            views.append(OwnNeedView(**facts, budget=row.terms.budget, terms_salt=row.terms_salt))
        else:
            views.append(NeedView(**facts))
    return views

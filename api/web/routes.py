"""Routes of the pages, and of the parts that they refresh by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from msgspec import UNSET
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from api.auth import allow
from api.forms import RowId
from api.openapi import description_of
from api.web import errors, views
from api.web.assets import Assets
from api.web.evidence import digest_in, evidence_found
from api.web.language import language_of
from api.web.reading import PageReader
from api.web.rendering import Part, Recent, Renderer
from exchange.rules.duties import duties_of
from exchange.rules.profiles import PLACES, Profile, place_of, rules_of
from exchange.venue import DEVELOPMENT_CHAIN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI

    from api.door import Door
    from api.status.schemas import StatusView

router = APIRouter(include_in_schema=False, dependencies=[allow("public")])
Before = Annotated[str | None, Query(max_length=400)]
_NOT_FOUND = 404
_FOR_EVER = "public, max-age=31536000, immutable"


class Pages:
    """What the pages work with; made once, beside the application."""

    def __init__(self) -> None:
        self.assets = Assets()
        self.renderer = Renderer(self.assets)
        self.recent = Recent()
        self.simulated = False
        """What the venue last said of itself, so that error pages say it as well."""
        self.filing_number: str | None = None
        """Of the blockchain information service, empty where it is missing; None where none is asked for."""
        self.trading_halted = ""
        """The ground of a halt of trading that is in force, empty where there is none."""

    def frame(self) -> dict[str, object]:
        """What every page says of the venue."""
        return {
            "simulated": self.simulated,
            "trading_halted": self.trading_halted,
            "filing_number": self.filing_number,
        }


class _Visit(NamedTuple):
    """One request for a page or a part, and what it is answered with."""

    request: Request
    pages: Pages
    reader: PageReader
    now_ms: int
    chain_id: int

    async def part(self, name: str, address: str, content: Callable[[], Awaitable[dict[str, Any]]]) -> Part:
        """A part with what it shows, at most a second old."""
        polled = f"{address}?lang={language_of(self.request)}"

        async def make() -> Part:
            common = {"now_ms": self.now_ms, "development": self.chain_id == DEVELOPMENT_CHAIN}
            return self.pages.renderer.part(self.request, name, polled, {**common, **await content()})

        return await self.pages.recent.part(polled, make)

    def page(self, name: str, **content: object) -> Response:
        """Render a page."""
        frame = {**self.pages.frame(), "now_ms": self.now_ms, **content}
        return self.pages.renderer.page(self.request, name, frame)

    def answer(self, part: Part) -> Response:
        """Answer with a part alone."""
        return self.pages.renderer.part_answer(self.request, part)

    # --- the parts

    async def hall_listings(self) -> Part:
        """Listings on the first page."""

        async def content() -> dict[str, Any]:
            return {"lines": await views.hall_listings(self.reader), "caption": "listings_caption"}

        return await self.part("listings", "/parts/listings", content)

    async def hall_deals(self) -> Part:
        """Deals on the first page."""

        async def content() -> dict[str, Any]:
            newest = await self.reader.newest_deals(None, views.HALL_ROWS)
            return {"lines": await views.deal_lines(self.reader, newest.rows)}

        return await self.part("deals", "/parts/deals", content)

    async def verdict(self) -> Part:
        """The audit's latest verdict."""

        async def content() -> dict[str, Any]:
            return {"verdict": await views.verdict(self.reader)}

        return await self.part("audit", "/parts/audit", content)

    async def listing(self, listing_id: str) -> Part:
        """One listing."""

        async def content() -> dict[str, Any]:
            return {"shown": await views.listing_page(self.reader, listing_id)}

        return await self.part("listing", f"/parts/listings/{listing_id}", content)

    async def deal(self, deal_id: str) -> Part:
        """One deal."""

        async def content() -> dict[str, Any]:
            return {"shown": await views.deal_page(self.reader, deal_id)}

        return await self.part("deal", f"/parts/deals/{deal_id}", content)


def attach(app: FastAPI) -> None:
    """Add the pages to an application whose problems are handled already."""
    pages = Pages()
    app.state.pages = pages
    app.include_router(router)
    errors.attach(app, pages.renderer, pages.frame)


async def _visit(request: Request) -> _Visit:
    door: Door = request.app.state.door
    pages: Pages = request.app.state.pages
    venue = await door.venue()
    pages.simulated = venue.simulated
    number = door.settings.filing_number
    pages.filing_number = number if number or place_of(venue) == "CN" else None
    pages.trading_halted = "" if venue.trading_halt is UNSET else venue.trading_halt.ground
    return _Visit(request, pages, PageReader.beside(door.reader), await door.now_ms(), venue.chain_id)


@router.get("/")
async def hall(request: Request) -> Response:
    """The first page: listings, deals, the audit."""
    visit = await _visit(request)
    return visit.page(
        "hall",
        listings=await visit.hall_listings(),
        deals=await visit.hall_deals(),
        audit=await visit.verdict(),
    )


@router.get("/listings")
async def listings(request: Request, before: Before = None) -> Response:
    """Every listing that was opened, newest first."""
    visit = await _visit(request)
    newest = await visit.reader.newest_listings(before, views.PAGE_ROWS)
    lines = await views.listing_lines(visit.reader, newest.rows)
    return visit.page("listings", lines=lines, before=newest.before, first=before is None)


@router.get("/needs")
async def needs(request: Request, before: Before = None) -> Response:
    """Every open technology need, newest first."""
    visit = await _visit(request)
    newest = await visit.reader.newest_needs(before, views.PAGE_ROWS)
    lines = await views.need_lines(visit.reader, newest.rows)
    return visit.page("needs", lines=lines, before=newest.before, first=before is None)


@router.get("/needs/{need_id}")
async def need(request: Request, need_id: RowId) -> Response:
    """One technology need."""
    visit = await _visit(request)
    return visit.page("need", line=await views.need_line(visit.reader, need_id))


@router.get("/rights/{right_id}")
async def right(request: Request, right_id: RowId) -> Response:
    """One right with its family and its timeline."""
    visit = await _visit(request)
    return visit.page("right", shown=await views.right_page(visit.reader, right_id))


@router.get("/deals")
async def deals(request: Request, before: Before = None) -> Response:
    """Every deal, newest first."""
    visit = await _visit(request)
    newest = await visit.reader.newest_deals(before, views.PAGE_ROWS)
    lines = await views.deal_lines(visit.reader, newest.rows)
    return visit.page("deals", lines=lines, before=newest.before, first=before is None)


@router.get("/listings/{listing_id}")
async def listing(request: Request, listing_id: RowId) -> Response:
    """One listing with its book, clock and history."""
    visit = await _visit(request)
    return visit.page("listing", subject_id=listing_id, part=await visit.listing(listing_id))


@router.get("/evidence")
async def evidence(request: Request, sha256: Annotated[str | None, Query(max_length=100)] = None) -> Response:
    """Deposits of a digest; a file is hashed in the reader's browser."""
    visit = await _visit(request)
    digest = digest_in(sha256 or "")
    found = None if digest is None else await evidence_found(visit.reader, digest)
    asked = "" if digest is None else f"sha256={digest}&"
    return visit.page("evidence", found=found, refused=bool(sha256) and digest is None, asked=asked)


@router.get("/deals/{deal_id}")
async def deal(request: Request, deal_id: RowId) -> Response:
    """One deal with its history and its records on the chain."""
    visit = await _visit(request)
    return visit.page("deal", subject_id=deal_id, part=await visit.deal(deal_id))


@router.get("/docs")
async def reference(request: Request) -> Response:
    """The interface on one page."""
    visit = await _visit(request)
    return visit.page("reference", lines=views.route_lines(await description_of(request.app)))


@router.get("/rulebook")
async def rulebook(request: Request, profile: Profile | None = None) -> Response:
    """The rules, all or those of a profile."""
    visit = await _visit(request)
    duties = duties_of(None if profile is None else PLACES[profile])
    return visit.page(
        "rulebook", rules=rules_of(profile), duties=duties, profile=profile, profiles=list(PLACES)
    )


async def status(request: Request, found: StatusView) -> Response:
    """The status as a page; its route serves programs too (`api.status`)."""
    visit = await _visit(request)
    return visit.page("status", status=found)


@router.get("/parts/listings")
async def listings_part(request: Request) -> Response:
    """Listings on the first page, alone."""
    visit = await _visit(request)
    return visit.answer(await visit.hall_listings())


@router.get("/parts/deals")
async def deals_part(request: Request) -> Response:
    """Deals on the first page, alone."""
    visit = await _visit(request)
    return visit.answer(await visit.hall_deals())


@router.get("/parts/audit")
async def audit_part(request: Request) -> Response:
    """The verdict, alone."""
    visit = await _visit(request)
    return visit.answer(await visit.verdict())


@router.get("/parts/listings/{listing_id}")
async def listing_part(request: Request, listing_id: RowId) -> Response:
    """One listing, alone."""
    visit = await _visit(request)
    return visit.answer(await visit.listing(listing_id))


@router.get("/parts/deals/{deal_id}")
async def deal_part(request: Request, deal_id: RowId) -> Response:
    """One deal, alone."""
    visit = await _visit(request)
    return visit.answer(await visit.deal(deal_id))


@router.get("/favicon.ico")
async def icon(request: Request) -> Response:
    """The icon, where browsers look for it unasked."""
    return _asset(request.app.state.pages.assets, "icon.svg", "public, max-age=86400")


@router.get("/assets/{version}/{name}")
async def asset(request: Request, version: str, name: str) -> Response:
    """A file that pages load; its name changes with its content, so that it may be kept for ever."""
    assets: Assets = request.app.state.pages.assets
    return _asset(assets, name, _FOR_EVER if version == assets.version else "no-store")


def _asset(assets: Assets, name: str, kept: str) -> Response:
    found = assets.files.get(name)
    if found is None:
        raise HTTPException(_NOT_FOUND)
    headers = {"Cache-Control": kept}
    if isinstance(found.content, bytes):
        return Response(found.content, media_type=found.media_type, headers=headers)
    return FileResponse(found.content, media_type=found.media_type, headers=headers)

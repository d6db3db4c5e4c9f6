"""What each part of a page shows, made from rows: only what the interface gives to the public as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET

from api import problems
from api.demand.reading import DemandReader
from api.encumbrances.schemas import EncumbrancesView
from api.encumbrances.timeline import encumbrances_at
from api.forms import LATEST_MS
from api.rights.histories import family_of, timeline_of
from api.rights.schemas import TimelineItem
from api.web.lots import LotLine, lot_lines
from api.web.reading import DEAL_CLOCKS, LISTING_CLOCKS, NEED_CLOCKS, Change
from api.web.words import WORDS
from exchange.commands import Equity, Instalments, ListingTerms
from exchange.listings.bidders import GONE
from exchange.rights.annual_fees import grace_until
from exchange.rows import Deal, Licence, Listing, Need, Right, SealedSet
from exchange.terms.consideration import royalty_of
from exchange.terms.text.figures import percent
from ledger.sealed_records import sealed_set_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.reading import Stored
    from api.web.reading import PageReader
    from exchange.rows import Deadline

HALL_ROWS = 20
PAGE_ROWS = 50
MOST_RANKS = 20
FINAL = frozenset({"FINAL", "VERIFIED"})


class RouteLine(NamedTuple):
    """A route of the interface, with the codes of the problems that it can answer."""

    method: str
    path: str
    words: str
    codes: tuple[str, ...]


class ListingLine(NamedTuple):
    """A listing in a list."""

    row: Listing
    title: str
    mode_key: str
    clock: Deadline | None


class Record(NamedTuple):
    """A record on its way to the chain, or there."""

    key: str
    state: str
    transaction: str
    block: int | None

    @property
    def final(self) -> bool:
        """Whether no reorganisation within the chain's rules can undo it."""
        return self.state in FINAL


class DealLine(NamedTuple):
    """A deal in a list, with the record of its agreement."""

    row: Deal
    title: str
    record: Record | None


class SealedSetLine(NamedTuple):
    """The sealed bids of a listing as they stood at the close."""

    bids: int
    root: str
    transaction: str


class ListingPage(NamedTuple):
    """One listing."""

    line: ListingLine
    paid_key: str
    paid: str
    right: Right | None
    burdens: EncumbrancesView | None
    next_key: str
    bidders: int
    standing: int
    ended: list[tuple[str, int]]
    ranks: int
    criteria: list[tuple[str, str]]
    """Of a tender: code and weight."""
    members: list[LotLine]
    """Of a lot, its rights."""
    sealed_set: SealedSetLine | None
    history: list[Change]
    deals: list[DealLine]


class RightPage(NamedTuple):
    """One right, its family and its timeline, as everybody may see them."""

    row: Right
    title: str
    grace_until: str | None
    relatives: list[Right]
    timeline_items: list[TimelineItem]
    older_left_off: bool


class NeedLine(NamedTuple):
    """A technology need, with its words while it is open."""

    row: Need
    title: str
    description: str
    clock: Deadline | None


class DealPage(NamedTuple):
    """One deal."""

    line: DealLine
    next_key: str
    clock: Deadline | None
    licence: Licence | None
    records: list[Record]
    history: list[Change]


class BadPlace(msgspec.Struct):
    """The first bad place that an audit names."""

    code: str = ""
    text: str = ""
    text_zh: str = ""
    entry: int | None = None
    interval: tuple[int, int] | None = None


class Limit(msgspec.Struct):
    """Something that an audit did not check, and how many of it."""

    code: str
    count: int
    text: str
    text_zh: str


class _Report(msgspec.Struct):
    not_checked: list[Limit] = []
    first_bad: BadPlace | None = None


class Verdict(NamedTuple):
    """The audit's latest verdict."""

    verified: bool
    entries: int
    made_ms: int
    limits: list[Limit]
    first_bad: BadPlace | None


def route_lines(described: dict[str, Any]) -> list[RouteLine]:
    """Every route of an OpenAPI description."""
    return [
        RouteLine(
            method.upper(),
            path,
            operation.get("description") or operation.get("summary", ""),
            tuple(operation["x-problem-codes"]),
        )
        for path, methods in sorted(described["paths"].items())
        for method, operation in sorted(methods.items())
    ]


async def listing_lines(reader: PageReader, stored: Sequence[Stored[Listing]]) -> list[ListingLine]:
    """Listings as lines of a list."""
    rows = [each.row for each in stored]
    titles = await reader.titles(row.right_id for row in rows)
    clocks = await reader.clocks([row.id for row in rows], LISTING_CLOCKS)
    return [
        ListingLine(row, titles.get(row.right_id, ""), _mode_key(row), clocks.get(row.id)) for row in rows
    ]


async def hall_listings(reader: PageReader) -> list[ListingLine]:
    """What the first page lists: listings in progress, then as many ended ones as there is room for."""
    live = await reader.live_listings(HALL_ROWS)
    ended = await reader.ended_listings(HALL_ROWS - len(live))
    return await listing_lines(reader, [*live, *ended])


async def need_lines(reader: PageReader, stored: Sequence[Stored[Need]]) -> list[NeedLine]:
    """Technology needs as the public is shown them."""
    shown = [each for each in stored if each.row.state == "OPEN"]
    words = await DemandReader.beside(reader).words_of(shown)
    clocks = await reader.clocks([each.row.id for each in shown], NEED_CLOCKS)
    lines = []
    for each in stored:
        title, description = words.get(each.row.id, (None, None))
        lines.append(NeedLine(each.row, title or "", description or "", clocks.get(each.row.id)))
    return lines


async def need_line(reader: PageReader, need_id: str) -> NeedLine:
    """One technology need.

    Raises:
        Problem: UNKNOWN-ID.
    """
    stored = await reader.row(Need, need_id)
    if stored is None:
        raise problems.unknown_id(need_id, "need")
    return (await need_lines(reader, [stored]))[0]


async def deal_lines(reader: PageReader, stored: Sequence[Stored[Deal]]) -> list[DealLine]:
    """Deals as lines of a list."""
    rows = [each.row for each in stored]
    titles = await reader.titles(row.right_id for row in rows)
    records = await _records(reader, rows)
    return [
        DealLine(
            row,
            titles.get(row.right_id, ""),
            next((record for record in records[row.id] if record.key == "record.deal"), None),
        )
        for row in rows
    ]


async def listing_page(reader: PageReader, listing_id: str) -> ListingPage:
    """One listing.

    Raises:
        Problem: UNKNOWN-ID, also for one that the public may not see.
    """
    stored = await reader.row(Listing, listing_id)
    if stored is None or (stored.row.opened_ms is None and stored.row.state not in {"PUBLICITY", "HELD"}):
        raise problems.unknown_id(listing_id, "listing")
    row = stored.row
    right = await reader.row(Right, row.right_id)
    bids = await reader.bids_by_state(row.id)
    ranked = bids.pop("LIVE", 0)
    standing = ranked + bids.pop("SEALED", 0) + bids.pop("REVEALED", 0)
    if row.state == "REVEALING":
        # Void says that a price is below the least, and nobody is to know yet.
        standing += bids.pop("VOID", 0)
    specific = f"listing_next.{row.state}.{row.mode}"
    return ListingPage(
        line=(await listing_lines(reader, [stored]))[0],
        paid_key=_paid_key(row.terms),
        paid=_paid(row.terms),
        right=None if right is None else right.row,
        burdens=None if right is None else await _burdens(reader, right.row),
        next_key=specific if specific in WORDS else f"listing_next.{row.state}",
        bidders=sum(bidder.state not in GONE for bidder in row.bidders.values()),
        standing=standing,
        ended=list(bids.items()),
        ranks=min(ranked, MOST_RANKS),
        criteria=_criteria(row.terms),
        members=await lot_lines(reader, row),
        sealed_set=await _sealed_set(reader, row.id),
        history=await reader.history(stored),
        deals=await _deals_of(reader, row),
    )


async def _deals_of(reader: PageReader, listing: Listing) -> list[DealLine]:
    """Its latest deals, newest first."""
    found = {stored.row.id: stored for stored in await reader.rows(Deal, listing.deals[-MOST_RANKS:])}
    return await deal_lines(
        reader, [found[deal_id] for deal_id in reversed(listing.deals) if deal_id in found]
    )


async def _burdens(reader: PageReader, right: Right) -> EncumbrancesView:
    """What stands over a right now, without anybody's name."""
    return await encumbrances_at(reader, right, LATEST_MS, is_now=True, sees_names=False)


def _criteria(terms: ListingTerms) -> list[tuple[str, str]]:
    criteria = () if terms.criteria is UNSET else terms.criteria
    return [(criterion.code, percent(criterion.weight)) for criterion in criteria]


async def _sealed_set(reader: PageReader, listing_id: str) -> SealedSetLine | None:
    stored = await reader.row(SealedSet, listing_id)
    if stored is None:
        return None
    record = sealed_set_record(stored.row)
    return SealedSetLine(record.count, record.root, stored.row.chain_transaction)


def _paid_key(terms: ListingTerms) -> str:
    agreed = terms.consideration
    return f"paid.{'lump' if agreed is UNSET else agreed.__struct_config__.tag}"


def _paid(terms: ListingTerms) -> str:
    """The figures of how the price is paid, the same in every language: shares, rates by year, shares of a company."""
    agreed = terms.consideration
    if isinstance(agreed, Instalments):
        return " + ".join(percent(part.share) for part in agreed.parts)
    if isinstance(agreed, Equity):
        return percent(agreed.basis_points)
    royalty = royalty_of(terms)
    return "" if royalty is None else " / ".join(percent(rate) for rate in royalty.rates)


async def deal_page(reader: PageReader, deal_id: str) -> DealPage:
    """One deal.

    Raises:
        Problem: UNKNOWN-ID.
    """
    stored = await reader.row(Deal, deal_id)
    if stored is None:
        raise problems.unknown_id(deal_id, "deal")
    row = stored.row
    family: Literal["assignment", "licence"] = "assignment" if row.deal_kind == "assignment" else "licence"
    specific = f"deal_next.{row.state}.{family}"
    licence = None if row.licence_id is None else await reader.row(Licence, row.licence_id)
    return DealPage(
        line=(await deal_lines(reader, [stored]))[0],
        next_key=specific if specific in WORDS else f"deal_next.{row.state}",
        clock=(await reader.clocks([row.id], DEAL_CLOCKS)).get(row.id),
        licence=None if licence is None else licence.row,
        records=(await _records(reader, [row]))[row.id],
        history=await reader.history(stored),
    )


async def verdict(reader: PageReader) -> Verdict | None:
    """The audit's latest verdict, or None before the first."""
    found = await reader.last_verdict()
    if found is None:
        return None
    report = _report(found["report"])
    return Verdict(
        found["verified"], found["entries"], found["made_ms"], report.not_checked, report.first_bad
    )


def _report(report: Any) -> _Report:  # noqa: ANN401 - decoded JSON
    try:
        return msgspec.convert(report, _Report)
    except msgspec.ValidationError:  # an older report's shape: its verdict and figures stand all the same
        return _Report()


async def _records(reader: PageReader, deals: Sequence[Deal]) -> dict[str, list[Record]]:
    """Records of deals and of the licences that they made, by deal."""
    deal_of = {subject: deal.id for deal in deals for subject in (deal.id, deal.licence_id) if subject}
    made: dict[str, list[Record]] = {deal.id: [] for deal in deals}
    for found in await reader.records_of(sorted(deal_of)) if deal_of else ():
        key = f"record.{found['kind']}"
        record = Record(
            key if key in WORDS else "record.other",
            found["state"],
            found["transaction_hash"] or "",
            found["block_number"],
        )
        made[deal_of[found["subject_id"]]].append(record)
    return made


def _mode_key(row: Listing) -> str:
    return "mode.posted_open" if row.mode == "posted" and row.announcement_number else f"mode.{row.mode}"


async def right_page(reader: PageReader, right_id: str) -> RightPage:
    """One right.

    Raises:
        Problem: UNKNOWN-ID.
    """
    stored = await reader.row(Right, right_id)
    if stored is None:
        raise problems.unknown_id(right_id, "right")
    right = stored.row
    timeline = await timeline_of(reader, right, approved=False)
    return RightPage(
        row=right,
        title=(await reader.titles([right.id])).get(right.id, ""),
        grace_until=grace_until(right),
        relatives=[member for member in await family_of(reader, right) if member.id != right.id],
        timeline_items=timeline.items,
        older_left_off=timeline.older_left_off,
    )

"""What each part of a page shows, made from rows: only what the interface gives to the public as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from api import problems
from api.web.reading import DEAL_CLOCKS, LISTING_CLOCKS, Change
from api.web.words import WORDS
from exchange.rows import Deal, Listing, Right

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


class ListingPage(NamedTuple):
    """One listing."""

    line: ListingLine
    right: Right | None
    next_key: str
    bidders: int
    standing: int
    ended: list[tuple[str, int]]
    ranks: int
    history: list[Change]
    deals: list[DealLine]


class DealPage(NamedTuple):
    """One deal."""

    line: DealLine
    next_key: str
    clock: Deadline | None
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
    if stored is None or (stored.row.opened_ms is None and stored.row.state != "PUBLICITY"):
        raise problems.unknown_id(listing_id, "listing")
    row = stored.row
    right = await reader.row(Right, row.right_id)
    bids = await reader.bids_by_state(row.id)
    standing = bids.pop("LIVE", 0)
    specific = f"listing_next.{row.state}.{row.mode}"
    return ListingPage(
        line=(await listing_lines(reader, [stored]))[0],
        right=None if right is None else right.row,
        next_key=specific if specific in WORDS else f"listing_next.{row.state}",
        bidders=sum(bidder.state != "LEFT" for bidder in row.bidders.values()),
        standing=standing,
        ended=list(bids.items()),
        ranks=min(standing, MOST_RANKS),
        history=await reader.history(stored),
        deals=await deal_lines(reader, await reader.rows(Deal, row.deals[-MOST_RANKS:])),
    )


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
    return DealPage(
        line=(await deal_lines(reader, [stored]))[0],
        next_key=specific if specific in WORDS else f"deal_next.{row.state}",
        clock=(await reader.clocks([row.id], DEAL_CLOCKS)).get(row.id),
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

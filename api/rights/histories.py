"""A right's family and its timeline: what register, venue and deals have said, and what began or ended over it.

A register copy says what stood when it was made, so nothing here says that a right is free of anything: only what the
copy of a day named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from api.encumbrances.timeline import shown_detail, source_of
from api.reading import offers_right
from api.rights.schemas import HolderView, LicenceElsewhereView, PledgeView, Timeline, TimelineItem
from exchange.calendar import venue_date
from exchange.rows import Deal, Licence, Listing, RegisterEntry, Right, RightFact
from ledger.store import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.reading import Reader, RowType

MOST_OF_A_KIND = 200
"""Of copies, listings, deals, licences and encumbrances each; the newest."""
_WORDS = {
    ("register", "begins"): (
        "the venue learns from the register copy of {} that it stands",
        "交易中心据 {} 的登记簿副本知悉其存在",
    ),
    ("register", "ends"): (
        "a later register copy shows it no more",
        "其后的登记簿副本不再载明",
    ),
    ("venue", "begins"): ("recorded by the venue: it stands from now on", "交易中心登记，自此存在"),
    ("venue", "ends"): ("it stands no more", "自此不再存在"),
}


async def family_of(reader: Reader, right: Right) -> list[Right]:
    """The right and the others of its family, by id."""
    others = () if right.relatives is UNSET else right.relatives
    found = await reader.rows(Right, [right.id, *others])
    return sorted((stored.row for stored in found), key=lambda row: row.id)


async def timeline_of(reader: Reader, right: Right, *, approved: bool) -> Timeline:
    """A right's timeline; `approved`: whether the reader is a party that is approved, or the venue."""
    items: list[TimelineItem] = []
    left_off = False

    async def newest(row_type: type[RowType]) -> Sequence[RowType]:
        nonlocal left_off
        is_of = tables.ROW_TABLE_BY_KIND[row_type.kind].c.right_id == right.id
        if row_type is Listing:
            is_of = offers_right(right.id)
        if row_type is RightFact:
            # Copies have items of their own, and more to say.
            is_of &= tables.right_facts.c.sort != "register_copy"
        rows = await reader.newest(row_type, is_of, MOST_OF_A_KIND + 1)
        left_off = left_off or len(rows) > MOST_OF_A_KIND
        return [stored.row for stored in rows[:MOST_OF_A_KIND]]

    items += [_copy(entry, approved=approved) for entry in await newest(RegisterEntry)]
    items += [_listing(row) for row in await newest(Listing) if row.opened_ms is not None]
    items += [_deal(row) for row in await newest(Deal)]
    if approved:
        items += [_licence(row) for row in await newest(Licence)]
    for fact in await newest(RightFact):
        items += _encumbrance(fact, approved=approved)
    items.sort(key=lambda item: (item.at_ms, item.kind, item.subject_id))
    return Timeline(right_id=right.id, items=items, older_left_off=left_off)


def _copy(entry: RegisterEntry, *, approved: bool) -> TimelineItem:
    found = entry.status == "held"
    day = venue_date(entry.as_of_ms).isoformat()
    return TimelineItem(
        at_ms=entry.as_of_ms,
        kind="finding" if found else "register_copy",
        subject_id=str(entry.number),
        state=entry.status,
        words=f"as found by the venue on {day}" if found else f"as of the register copy of {day}",
        words_zh=f"据交易中心 {day} 的认定" if found else f"据 {day} 的登记簿副本",
        expiry_date=entry.expiry_date,
        fee_due=entry.fee_due,
        in_fee_grace=entry.in_fee_grace,
        freeze=entry.freeze,
        same_day_twin=None if entry.same_day_twin is UNSET else entry.same_day_twin,
        invalidation_requested=True if entry.invalidation_requested is True else None,
        holders=[HolderView.model_validate(holder) for holder in entry.holders] if approved else None,
        pledges=[PledgeView.model_validate(pledge) for pledge in entry.pledges] if approved else None,
        licences_elsewhere=[LicenceElsewhereView.model_validate(each) for each in entry.licences_elsewhere]
        if approved and entry.licences_elsewhere is not UNSET
        else None,
    )


def _encumbrance(fact: RightFact, *, approved: bool) -> list[TimelineItem]:
    """Its beginning, and its end where it has one; of a licence granted here the end alone, to whom licences show."""
    if fact.sort == "licence" and not approved:
        return []
    source = source_of(fact.sort)
    as_of = "" if fact.as_of_ms is None else venue_date(fact.as_of_ms).isoformat()
    items = []
    for at_ms, state in ((fact.since_ms, "begins"), (fact.until_ms, "ends")):
        if at_ms is None or (fact.sort == "licence" and state == "begins"):
            continue
        words, words_zh = _WORDS[source, state]
        item = TimelineItem(
            at_ms=at_ms,
            kind=fact.sort,
            subject_id=fact.subject_id,
            state=state,
            words=words.format(as_of),
            words_zh=words_zh.format(as_of),
            detail=shown_detail(fact, sees_names=approved),
        )
        items.append(item)
    return items


def _listing(row: Listing) -> TimelineItem:
    return TimelineItem(
        at_ms=row.opened_ms or 0,
        kind="listing",
        subject_id=row.id,
        state=row.state,
        words="listed here; its state is of now",
        words_zh="在本交易中心挂牌；状态为目前状态",
    )


def _deal(row: Deal) -> TimelineItem:
    return TimelineItem(
        at_ms=row.awarded_ms,
        kind="deal",
        subject_id=row.id,
        state=row.state,
        words="awarded here; its state is of now",
        words_zh="在本交易中心成交；状态为目前状态",
    )


def _licence(row: Licence) -> TimelineItem:
    return TimelineItem(
        at_ms=row.starts_ms,
        kind="licence",
        subject_id=row.id,
        state=row.state,
        words="a licence from here begins; its state is of now",
        words_zh="本交易中心成交的许可开始；状态为目前状态",
        ends_ms=row.ends_ms,
    )

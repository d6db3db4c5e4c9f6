"""What stood over a right at a moment, read from its timeline; said as of a register copy, and never more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from sqlalchemy import or_

from api.encumbrances.schemas import EncumbrancesView, EncumbranceView
from api.encumbrances.secured import pledge_subject, secured_at
from api.keyset import Window
from exchange.calendar import venue_date
from exchange.rows import RightFact
from ledger.store import tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.reading import Reader
    from exchange.rows import PledgeContract, Right
    from exchange.rows.facts import FactSort

MOST_SHOWN = 200
OF_THE_REGISTER = frozenset({"pledge", "freeze", "licence_elsewhere"})
_COLUMNS = tables.right_facts.c


class _Copy(msgspec.Struct, frozen=True):
    as_of_ms: int | None
    digest: str | None


def _nobodys(_: PledgeContract) -> bool:
    return False


async def encumbrances_at(  # noqa: PLR0913 - what is looked up, and for whom
    reader: Reader,
    right: Right,
    at_ms: int,
    *,
    is_now: bool,
    sees_names: bool,
    sees_contract: Callable[[PledgeContract], bool] = _nobodys,
) -> EncumbrancesView:
    """What the venue knew at `at_ms`; now, what its row says counts where no timeline is kept of it yet.

    sees_contract: whether the reader is told what a pledge drawn up here says beside the register's copy.
    """
    stood = _COLUMNS.sort != "register_copy"
    window = Window(limit=MOST_SHOWN, cursor=None)
    where = stood & (_COLUMNS.since_ms <= at_ms) & or_(_COLUMNS.until_ms.is_(None), _COLUMNS.until_ms > at_ms)
    page = await reader.page(RightFact, {"right_id": right.id}, window=window, where=where)
    found = [_view(stored.row, sees_names=sees_names) for stored in page.rows]
    copy = await _copy_at(reader, right.id, at_ms)
    if is_now:
        found += _unkept(right, {each.subject_id for each in found})
    if sees_names:
        said = await secured_at(reader, right, at_ms, is_now=is_now, sees_contract=sees_contract)
        for each in found:
            each.secured = said.get(each.subject_id) if each.sort == "pledge" else None
    if is_now and copy.as_of_ms is None:
        copy = _Copy(right.register_as_of_ms, None)
    first = await reader.register_copy(right.id, at_ms=None)
    statement, statement_zh = _statement(copy.as_of_ms)
    return EncumbrancesView(
        right_id=right.id,
        at_ms=at_ms,
        statement=statement,
        statement_zh=statement_zh,
        register_as_of_ms=copy.as_of_ms,
        register_copy_digest=copy.digest,
        kept_since_ms=None if first is None else first.since_ms,
        encumbrances=found,
        more=page.next_cursor is not None,
    )


async def _copy_at(reader: Reader, right_id: str, at_ms: int) -> _Copy:
    fact = await reader.register_copy(right_id, at_ms=at_ms)
    return _Copy(None, None) if fact is None else _Copy(fact.as_of_ms, fact.detail)


def source_of(sort: FactSort) -> Literal["register", "venue"]:
    """Whose word it is that something of this sort stands."""
    return "register" if sort in OF_THE_REGISTER else "venue"


def shown_detail(fact: RightFact, *, sees_names: bool) -> str | None:
    """Its kind; of a pledge its holder, to whom names are shown."""
    return fact.detail if fact.sort != "pledge" or sees_names else None


def _view(fact: RightFact, *, sees_names: bool) -> EncumbranceView:
    return EncumbranceView(
        sort=fact.sort,
        subject_id=fact.subject_id,
        source=source_of(fact.sort),
        detail=shown_detail(fact, sees_names=sees_names),
        since_ms=fact.since_ms,
        until_ms=fact.until_ms,
    )


def _unkept(right: Right, known: set[str]) -> list[EncumbranceView]:
    """What an engine that kept no timeline has left on the right's row."""
    pledges = [("pledge", pledge_subject(right.id, number), None) for number in right.pledge_numbers]
    freeze = (
        [("freeze", f"{right.id} freeze {right.freezes_seen}", right.freeze)]
        if right.freeze != "none"
        else []
    )
    licences = [("licence", licence_id, None) for licence_id in right.licences]
    return [
        EncumbranceView(
            sort=sort,
            subject_id=subject_id,
            source="register" if sort in OF_THE_REGISTER else "venue",
            detail=detail,
            since_ms=None,
            until_ms=None,
        )
        for sort, subject_id, detail in pledges + freeze + licences
        if subject_id not in known
    ]


def _statement(as_of_ms: int | None) -> tuple[str, str]:
    if as_of_ms is None:
        return (
            "No register copy was at hand at that moment; what stands in the register is not known here.",
            "该时点尚无登记簿副本；登记簿所载情况本中心不知悉。",
        )
    day = venue_date(as_of_ms).isoformat()
    return (
        f"As of the register copy of {day}, with the notices and disputes that the venue had recorded.",
        f"以 {day} 的登记簿副本为准，并列出本中心当时已登记的通知与争议。",
    )

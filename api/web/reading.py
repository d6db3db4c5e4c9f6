"""What the pages ask of the database beyond what the interface asks: newest first, counts, clocks, and histories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self, TypeVar

import msgspec
from sqlalchemy import func, literal, select, tuple_

from api import keyset
from api.annexes import title_entry
from api.reading import Reader, Stored, _columns, _stored
from exchange.rows import Deadline, Deal, Listing, Need, Right
from exchange.rules.civil_code import TITLE_LABEL
from ledger.store import journal_tables, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement

LIVE = (
    "PUBLICITY",
    "OPEN",
    "TRADING",
    "BIDDING",
    "NEGOTIATE",
    "SEALED",
    "REVEALING",
    "EVALUATING",
    "REOFFERED",
    "SUSPENDED",
)
"""States of listings in which something can still happen before an award."""
LISTING_CLOCKS = (
    "notice_end",
    "call_end",
    "registration_close",
    "price_drop",
    "listing_close",
    "sealing_by",
    "reveal_end",
    "evaluation_by",
    "award_offer",
    "lot_choice",
)
DEAL_CLOCKS = (
    *("refusal_by", "sign_by", "fund_by", "perform_by"),
    *("export_licence_by", "export_registration_by"),
)
NEED_CLOCKS = ("need_expiry",)
MOST_CHANGES = 50
CHANGING_TYPES = (
    "accept_award",
    "accept_bid",
    "accept_price",
    "accept_proposal",
    "amend_order",
    "approve_listing",
    "approve_payment",
    "cancel_deal",
    "choose_remedy",
    "classify_export",
    "confirm_delivery",
    "confirm_registration",
    "decide_lot",
    "decide_objection",
    "decline_award",
    "exercise_refusal",
    "file_deal",
    "fund_deal",
    "give_refusal_notice",
    "lift_freeze",
    "object_to_listing",
    "order_reverse_deal",
    "pay_earnest",
    "place_order",
    "raise_dispute",
    "record_affiliation",
    "record_dispute_outcome",
    "record_document",
    "record_freeze",
    "record_holding",
    "record_register_copy",
    "record_scores",
    "record_statement_line",
    "refuse_payment",
    "refuse_registration",
    "reject_listing",
    "report_chain_record",
    "report_party_message",
    "rescind_deal",
    "sign_agreement",
    "sign_deal",
    "submit_listing",
    "suspend_party",
    "tick",
    "unwind_deal",
    "waive_refusal",
    "withdraw_listing",
    "withdraw_objection",
    "withdraw_offer",
)
"""Commands that can move a listing or a deal from one state to another. Bids never do, and they are the bulk."""
RowType = TypeVar("RowType", Listing, Deal, Need)


class Newest(NamedTuple, Generic[RowType]):
    """Rows, newest first; `before` leads to the older ones and is None where there are none."""

    rows: list[Stored[RowType]]
    before: str | None


class Change(NamedTuple):
    """One step of a listing's or a deal's history; time in ms UTC."""

    time_ms: int
    entry: int
    state: str


class _Event(msgspec.Struct):
    type: str
    listing_id: str = ""
    deal_id: str = ""
    new: str = ""

    @property
    def subject_id(self) -> str:
        """The listing or deal whose state changed; empty for any other event."""
        return {"listing_changed": self.listing_id, "deal_changed": self.deal_id}.get(self.type, "")


class _Outcome(msgspec.Struct):
    events: list[_Event]


_OUTCOME = msgspec.json.Decoder(_Outcome)


class PageReader(Reader):
    """Asks over the same connections as the interface."""

    @classmethod
    def beside(cls, reader: Reader) -> Self:
        """A reader of the same pool; whoever made the pool closes it."""
        return cls(reader._engine)  # noqa: SLF001 - the same class's own

    async def live_listings(self, limit: int) -> list[Stored[Listing]]:
        """Listings in progress, newest first."""
        return (await self._newest(Listing, tables.listings.c.state.in_(LIVE), None, limit)).rows

    async def ended_listings(self, limit: int) -> list[Stored[Listing]]:
        """Listings that were opened and are no longer in progress, newest first."""
        if limit < 1:
            return []
        ended = _was_opened() & tables.listings.c.state.not_in(LIVE)
        return (await self._newest(Listing, ended, None, limit)).rows

    async def newest_listings(self, before: str | None, limit: int) -> Newest[Listing]:
        """Every listing that the public may see.

        Raises:
            Problem: CURSOR-MALFORMED.
        """
        shown = _was_opened() | (tables.listings.c.state == "PUBLICITY")
        return await self._newest(Listing, shown, before, limit)

    async def newest_deals(self, before: str | None, limit: int) -> Newest[Deal]:
        """Deals.

        Raises:
            Problem: CURSOR-MALFORMED.
        """
        return await self._newest(Deal, None, before, limit)

    async def newest_needs(self, before: str | None, limit: int) -> Newest[Need]:
        """Technology needs that are open.

        Raises:
            Problem: CURSOR-MALFORMED.
        """
        return await self._newest(Need, tables.needs.c.state == "OPEN", before, limit)

    async def titles(self, right_ids: Iterable[str]) -> dict[str, str]:
        """Titles by right, from bibliographies that still stand."""
        rows = await self.rows(Right, sorted(set(right_ids)))
        parts = await self.sealed_parts([title_entry(stored) for stored in rows], TITLE_LABEL)
        titles: dict[str, str] = {}
        for stored in rows:
            part = parts.get(title_entry(stored))
            title = part.value.get("title") if part is not None and isinstance(part.value, dict) else None
            if isinstance(title, str) and title:
                titles[stored.row.id] = title
        return titles

    async def clocks(self, subject_ids: Sequence[str], what: Sequence[str]) -> dict[str, Deadline]:
        """The deadline that comes next for each of these subjects."""
        ids = [f"{name}:{subject_id}" for subject_id in subject_ids for name in what]
        found: dict[str, Deadline] = {}
        for stored in await self.rows(Deadline, ids):
            known = found.get(stored.row.subject_id)
            if known is None or stored.row.due_ms < known.due_ms:
                found[stored.row.subject_id] = stored.row
        return found

    async def bids_by_state(self, listing_id: str) -> dict[str, int]:
        """How many bids of a listing stand in each state."""
        table = tables.bids
        query = select(table.c.state, func.count().label("bids")).where(table.c.listing_id == listing_id)
        found = await self._all(query.group_by(table.c.state).order_by(table.c.state))
        return {record.state: record.bids for record in found}

    async def history(self, stored: Stored[Any]) -> list[Change]:
        """The latest changes of a listing's or a deal's state, in their order.

        What an outcome says beyond the states stays where it is: a state is public whenever it is asked for.
        """
        row = stored.row
        table = journal_tables.journal
        names_it = func.position(literal(f'"{row.id}"'.encode()).op("IN")(table.c.outcome)) > 0
        query = (
            select(table.c.entry, table.c.time_ms, table.c.outcome)
            .where(
                table.c.type.in_(CHANGING_TYPES), table.c.entry.between(stored.created_entry, stored.entry)
            )
            .where(names_it)
            .order_by(table.c.entry.desc())
            .limit(MOST_CHANGES)
        )
        changes = [
            Change(record.time_ms, record.entry, event.new)
            for record in reversed(await self._all(query))
            for event in _OUTCOME.decode(record.outcome).events
            if event.subject_id == row.id
        ]
        return changes[-MOST_CHANGES:]

    async def _newest(
        self, row_type: type[RowType], where: ColumnElement[bool] | None, before: str | None, limit: int
    ) -> Newest[RowType]:
        table = tables.ROW_TABLE_BY_KIND[row_type.kind]
        list_name = f"newest_{row_type.kind}"
        place = keyset.read(before, list_name)
        query = _columns(row_type)
        if where is not None:
            query = query.where(where)
        if place is not None:
            earlier = tuple_(literal(place.created_entry), literal(place.id))
            query = query.where(tuple_(table.c.created_entry, table.c.id) < earlier)
        query = query.order_by(table.c.created_entry.desc(), table.c.id.desc()).limit(limit + 1)
        found = await self._all(query)
        rows = [_stored(row_type, record) for record in found[:limit]]
        if len(found) <= limit:
            return Newest(rows, None)
        last = keyset.Place(list_name, rows[-1].created_entry, rows[-1].row.id)
        return Newest(rows, keyset.write(last))


def _was_opened() -> ColumnElement[bool]:
    opened: ColumnElement[bool] = tables.listings.c.data["opened_ms"].astext.is_not(None)
    return opened

"""The engine's whole memory: rows (`exchange.rows`) by kind, the deadlines that are due, and what a turn has changed.

The read tables hold exactly these rows, so that a start from the tables, a replay of the journal and the running
engine must agree in `state_hash`. Nothing here decides anything.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import UNSET

from exchange import canonical
from exchange.listings.ranking import Ranking
from exchange.listings.trading_book import TradingBook
from exchange.lodged import Lodged
from exchange.ownership import Ownership
from exchange.rows import (
    APPROVED,
    ROW_TYPE_BY_KIND,
    TRADING_CLOCKS,
    Account,
    Bid,
    Deadline,
    Deal,
    Deposit,
    Dispute,
    Document,
    Evidence,
    ExchangeRate,
    FeeSchedule,
    Filing,
    Freeze,
    Hold,
    KeptRecord,
    Key,
    LegalHold,
    Licence,
    LicenceScope,
    Listing,
    Need,
    Objection,
    Obligation,
    Offer,
    Order,
    Party,
    Payment,
    PledgeContract,
    PledgeReceipts,
    Proposal,
    Recovery,
    RegisterEntry,
    Right,
    RightFact,
    Row,
    SealedSet,
    StatementLine,
    SurveillanceCase,
    Venue,
)

FEWEST_STALE_TIMES = 1_000
"""Times of moved deadlines that are left standing before they are cleared away."""


class Change(msgspec.Struct, frozen=True):
    """A row after a turn: its canonical bytes, None when it is deleted; `archived` when it has left memory."""

    kind: str
    id: str
    data: bytes | None
    archived: bool


def number_of(row_id: str) -> int:
    """Which of its series an id is: 12 of `L-12`."""
    return int(row_id.rpartition("-")[2])


class State:
    """Rows by kind and id. Whoever changes a row says so with `touch`; `take_changes` gives what has changed."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {kind: {} for kind in ROW_TYPE_BY_KIND}
        self.venues: dict[str, Venue] = self.rows["venue"]
        self.parties: dict[str, Party] = self.rows["party"]
        self.rights: dict[str, Right] = self.rows["right"]
        self.listings: dict[str, Listing] = self.rows["listing"]
        self.bids: dict[str, Bid] = self.rows["bid"]
        self.deals: dict[str, Deal] = self.rows["deal"]
        self.licences: dict[str, Licence] = self.rows["licence"]
        self.filings: dict[str, Filing] = self.rows["filing"]
        self.accounts: dict[str, Account] = self.rows["account"]
        self.payments: dict[str, Payment] = self.rows["payment"]
        self.statement_lines: dict[str, StatementLine] = self.rows["statement_line"]
        self.deadlines: dict[str, Deadline] = self.rows["deadline"]
        self.keys: dict[str, Key] = self.rows["key"]
        self.licence_scopes: dict[str, LicenceScope] = self.rows["licence_scope"]
        self.offers: dict[str, Offer] = self.rows["offer"]
        self.recoveries: dict[str, Recovery] = self.rows["recovery"]
        self.proposals: dict[str, Proposal] = self.rows["proposal"]
        self.sealed_sets: dict[str, SealedSet] = self.rows["sealed_set"]
        self.orders: dict[str, Order] = self.rows["order"]
        self.needs: dict[str, Need] = self.rows["need"]
        self.documents: dict[str, Document] = self.rows["document"]
        self.objections: dict[str, Objection] = self.rows["objection"]
        self.obligations: dict[str, Obligation] = self.rows["obligation"]
        self.fee_schedules: dict[str, FeeSchedule] = self.rows["fee_schedule"]
        self.deposits: dict[str, Deposit] = self.rows["deposit"]
        self.disputes: dict[str, Dispute] = self.rows["dispute"]
        self.freezes: dict[str, Freeze] = self.rows["freeze"]
        self.pledge_contracts: dict[str, PledgeContract] = self.rows["pledge_contract"]
        self.pledge_receipts: dict[str, PledgeReceipts] = self.rows["pledge_receipts"]
        self.right_facts: dict[str, RightFact] = self.rows["right_fact"]
        self.register_entries: dict[str, RegisterEntry] = self.rows["register_entry"]
        self.exchange_rates: dict[str, ExchangeRate] = self.rows["exchange_rate"]
        self.holds: dict[str, Hold] = self.rows["hold"]
        self.kept_records: dict[str, KeptRecord] = self.rows["kept_record"]
        self.evidence: dict[str, Evidence] = self.rows["evidence"]
        self.legal_holds: dict[str, LegalHold] = self.rows["legal_hold"]
        self.surveillance_cases: dict[str, SurveillanceCase] = self.rows["surveillance_case"]
        self._index_nothing()
        self.time_ms = 0
        """The time of the turn that is being decided; no part of what stands."""
        self.change_count = 0
        """Counts every change ever made, so that a turn can tell whether it has changed anything."""
        self._due: list[tuple[int, str]] = []
        self._changed: dict[tuple[str, str], Row | None] = {}
        """Rows changed since `take_changes`; the row itself where it has left memory but stays in its table."""

    def _index_nothing(self) -> None:
        """Every index over the rows, none of which is there yet."""
        self.documents_of: dict[tuple[str, str, str], str] = {}
        """An index over documents: (kind, subject, party) to the last one's id."""
        self.objections_of: dict[str, list[str]] = {}
        """An index over objections: listing id to their ids, in the order of their making."""
        self.party_by_number: dict[str, str] = {}
        """An index over parties that have been approved and have not left: company number to party id."""
        self.consented: dict[str, set[str]] = {}
        """An index over listings in memory: company number of a co-owner to the listings that it has consented to."""
        self.former_by_number: dict[str, str] = {}
        """An index over parties that have left: company number to the id of the last."""
        self.party_by_key: dict[str, str] = {}
        """An index over parties: enrolled key to party id."""
        self.proofs: set[str] = set()
        """An index over filings: digests of the official proofs that have been reported."""
        self.books: dict[str, Ranking] = {}
        """An index over live bids: listing id to its book."""
        self.sealed_bids: dict[str, dict[str, str]] = {}
        """An index over sealed bids that are not opened: listing id to party id to bid id."""
        self.bids_of: dict[str, list[str]] = {}
        """An index over bids in memory: listing id to bid ids, in order of arrival."""
        self.proposals_of: dict[str, dict[str, list[str]]] = {}
        """An index over proposals in memory: listing id to buyer to proposal ids, in order of arrival. Only the last of
        a buyer can live."""
        self.owned = Ownership()
        """An index over keys, recoveries, orders, listings, offers and deals in memory: whose they are."""
        self.lodged = Lodged()
        """An index over evidence and legal holds in memory: whose, and on which entries."""
        self.trading_books: dict[str, TradingBook] = {}
        """An index over orders, all of which rest: listing id to its two-sided book."""
        self.needs_of: dict[str, list[str]] = {}
        """An index over needs in memory: party id to the ids of its needs, in no order that anybody may rely on."""
        self.obligations_of: dict[str, list[str]] = {}
        """An index over obligations in memory: deal id to obligation ids, in no order that anybody may rely on."""
        self.hold_of: dict[tuple[str, str], str] = {}
        """An index over holds in memory, all of which are pending: (subject id, party id) to the hold's id."""
        self.receipts_of_pledge: dict[str, str] = {}
        """An index over pledges' receipts in memory: what the pledge is known as to their id."""
        self.records_of: dict[str, set[str]] = {}
        """An index over kept records in memory: listing id to their ids."""
        self.exchange_rate_of: dict[tuple[str, str], str] = {}
        """An index over exchange rates in memory, of which there is one a pair: (base, quote) to its id."""
        self.fee_schedule_of: dict[str, str] = {}
        """An index over fee schedules: currency to the one that was set last."""
        self._families: dict[str, set[str]] = {}
        """An index over rights: family id to the ids of its members."""
        self.lines_of: dict[str, list[str]] = {}
        """An index over statement lines: party id to the ids of its credits, in no order that anybody may rely on."""

    @property
    def venue(self) -> Venue:
        """The venue's row. Raises KeyError before the venue is opened."""
        return self.venues["venue"]

    def add(self, row: Row) -> None:
        """Add a new row.

        Raises:
            ValueError: the id is taken, which would be a fault of the engine.
        """
        table = self.rows[row.kind]
        if row.id in table:
            message = f"{row.kind} {row.id} exists already"
            raise ValueError(message)
        table[row.id] = row
        self._index(row)
        self.touch(row)

    def touch(self, row: Row) -> None:
        """Say that a row has changed."""
        self._mark(row, None)

    def remove(self, row: Row) -> None:
        """Delete a row for good: it leaves the tables as well (only deadlines do)."""
        del self.rows[row.kind][row.id]
        self.owned.remove(row)
        self._mark(row, None)

    def archive(self, row: Row) -> None:
        """Let a finished row leave memory; its table keeps it, marked archived."""
        del self.rows[row.kind][row.id]
        self.owned.remove(row)
        if isinstance(row, Listing):
            for number in row.co_owner_consents or ():
                self.consented[number].discard(row.id)
            self.books.pop(row.id, None)
            self.sealed_bids.pop(row.id, None)
            self.bids_of.pop(row.id, None)
            self.proposals_of.pop(row.id, None)
            self.objections_of.pop(row.id, None)
            self.trading_books.pop(row.id, None)
        elif isinstance(row, Order):
            self.trading_book(row.listing_id).forget(row)
        elif isinstance(row, Need):
            self.needs_of[row.buyer].remove(row.id)
        elif isinstance(row, Deal):
            self.obligations_of.pop(row.id, None)
        elif isinstance(row, Hold):
            del self.hold_of[row.subject_id, row.party_id]
        elif isinstance(row, KeptRecord):
            self.records_of[row.listing_id].discard(row.id)
        elif isinstance(row, PledgeReceipts):
            del self.receipts_of_pledge[row.pledge]
        elif isinstance(row, ExchangeRate):
            del self.exchange_rate_of[row.base, row.quote]
        else:
            self.lodged.remove(row)
        self._mark(row, row)

    def take_changes(self) -> list[Change]:
        """Every row changed since the last call, each once, in the order of first change, as it stands now."""
        changes = []
        for (kind, row_id), archived in self._changed.items():
            row = archived or self.rows[kind].get(row_id)
            data = None if row is None else canonical.encode(row)
            changes.append(Change(kind, row_id, data, archived is not None))
        self._changed.clear()
        return changes

    def next_id(self, prefix: str) -> str:
        """The next id of a series, e.g. `L-12`; the counter is part of the state."""
        venue = self.venue
        number = venue.counters.get(prefix, 0) + 1
        venue.counters[prefix] = number
        self.touch(venue)
        return f"{prefix}-{number}"

    def book(self, listing_id: str) -> Ranking:
        """The book of a listing's live bids."""
        book = self.books.get(listing_id)
        if book is None:
            book = self.books[listing_id] = Ranking()
        return book

    def leave_book(self, bid: Bid, old: str) -> None:
        """A bid has another state than `old`: it leaves its book, or the sealed bids, where it stood there."""
        if old == "LIVE":
            self.book(bid.listing_id).remove(bid.id)
        elif old == "SEALED":
            del self.sealed_bids[bid.listing_id][bid.party_id]
        self.touch(bid)

    def trading_book(self, listing_id: str) -> TradingBook:
        """The two-sided book of a listing of the continuous mode."""
        trading = self.trading_books.get(listing_id)
        if trading is None:
            trading = self.trading_books[listing_id] = TradingBook(self.listings[listing_id])
        return trading

    def move_hold(self, hold: Hold, subject_id: str) -> None:
        """A hold is held for something else from now on."""
        del self.hold_of[hold.subject_id, hold.party_id]
        hold.subject_id = subject_id
        self.hold_of[subject_id, hold.party_id] = hold.id
        self.touch(hold)

    def index_line(self, line: StatementLine) -> None:
        """Enter a credit of a party's among its lines: when it comes in, or is assigned to it later."""
        if line.party_id is not None:
            self.lines_of.setdefault(line.party_id, []).append(line.id)

    def family_members(self, family_id: str) -> tuple[str, ...]:
        """The members of a family, by id."""
        return tuple(sorted(self._families.get(family_id, ())))

    def leave_family(self, right: Right) -> None:
        """Take a right out of the index of families, before its family changes."""
        if right.family is not UNSET:
            self._families[right.family].discard(right.id)

    def join_family(self, right: Right) -> None:
        """Enter a right into the index of families, by the family that it has now."""
        if right.family is not UNSET:
            self._families.setdefault(right.family, set()).add(right.id)

    # --- deadlines

    def set_deadline(self, what: str, subject_id: str, due_ms: int, *, venue_clock: bool = True) -> None:
        """Set or move the deadline `what` of a subject; in a halt of trading one of the market stands still at once."""
        deadline_id = f"{what}:{subject_id}"
        deadline = self.deadlines.get(deadline_id)
        is_halted = what in TRADING_CLOCKS and self.venue.trading_halt is not UNSET
        stopped_ms = self.time_ms if is_halted else UNSET
        if deadline is None:
            self.add(
                Deadline(
                    id=deadline_id,
                    what=what,
                    subject_id=subject_id,
                    due_ms=due_ms,
                    venue_clock=venue_clock,
                    stopped_ms=stopped_ms,
                )
            )
            return
        if deadline.due_ms != due_ms or deadline.stopped_ms is not UNSET:
            heapq.heappush(self._due, (due_ms, deadline_id))
        deadline.due_ms = due_ms
        deadline.venue_clock = venue_clock
        deadline.stopped_ms = stopped_ms
        self.touch(deadline)
        self._forget_stale_times()

    def clear_deadline(self, what: str, subject_id: str) -> None:
        """Drop the deadline `what` of a subject, if it stands."""
        deadline = self.deadlines.get(f"{what}:{subject_id}")
        if deadline is not None:
            self.remove(deadline)
            self._forget_stale_times()

    def _forget_stale_times(self) -> None:
        """Times at which nothing is due any more stay behind when a deadline moves or goes: not without bound."""
        if len(self._due) > 2 * len(self.deadlines) + FEWEST_STALE_TIMES:
            self._due = [(row.due_ms, row.id) for row in self.deadlines.values()]
            heapq.heapify(self._due)

    def next_deadline(self) -> Deadline | None:
        """The deadline that is due first, by (time, id); it stays. One that stands still is not due."""
        while self._due:
            due_ms, deadline_id = self._due[0]
            deadline = self.deadlines.get(deadline_id)
            if deadline is not None and deadline.due_ms == due_ms and deadline.stopped_ms is UNSET:
                return deadline
            heapq.heappop(self._due)
        return None

    # --- loading and comparing

    def load(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Fill an empty state from the tables: (kind, JSON) of every row that is not archived."""
        decoders = {kind: msgspec.json.Decoder(row_type) for kind, row_type in ROW_TYPE_BY_KIND.items()}
        for kind, data in rows:
            row = decoders[kind].decode(data)
            self.rows[kind][row.id] = row
            if kind != Bid.kind:
                self._index(row)
        for bid in sorted(self.bids.values(), key=lambda row: row.sequence):
            self._index(bid)  # in the order of arrival, which decides between equal prices
        for order in sorted(self.orders.values(), key=lambda row: row.sequence):
            self.trading_book(order.listing_id).put_back(order)

    def each_row(self) -> Iterator[Row]:
        """Every row in memory, kind by kind."""
        for table in self.rows.values():
            yield from table.values()

    def state_hash(self) -> str:
        """A hash of every row in memory that does not depend on their order: the sum of their SHA-256 mod 2^256.

        What the rows hold is checked where `take_changes` writes them out.
        """
        total = 0
        for row in self.each_row():
            content = f"{row.kind}\0{row.id}\0".encode() + canonical.write(row)
            total += int.from_bytes(hashlib.sha256(content).digest())
        return (total % 2**256).to_bytes(32).hex()

    def _mark(self, row: Row, archived: Row | None) -> None:
        self.change_count += 1
        self._changed[row.kind, row.id] = archived

    def index_consents(self, row: Listing) -> None:
        """Enter which co-owners sell with a listing's seller."""
        for number in row.co_owner_consents or ():
            self.consented.setdefault(number, set()).add(row.id)

    def _index_number(self, row: Party) -> None:
        if row.state in APPROVED:
            self.party_by_number[row.company_number] = row.id
        elif row.state == "CLOSED":
            last = self.former_by_number.get(row.company_number)
            if last is None or number_of(last) < number_of(row.id):
                self.former_by_number[row.company_number] = row.id

    def _index_fees(self, row: FeeSchedule) -> None:
        last = self.fee_schedules.get(self.fee_schedule_of.get(row.currency, ""))
        if last is None or last.number < row.number:
            self.fee_schedule_of[row.currency] = row.id

    def _index(self, row: Row) -> None:  # noqa: C901 - one branch a kind of row
        self.owned.add(row)
        if isinstance(row, Bid):  # bids and holds first: most rows that are added are such
            self._index_bid(row)
        elif isinstance(row, Hold):
            self.hold_of[row.subject_id, row.party_id] = row.id
        elif isinstance(row, Deadline):
            heapq.heappush(self._due, (row.due_ms, row.id))
        elif isinstance(row, Party):
            self._index_number(row)
            self.party_by_key[row.key] = row.id
        elif isinstance(row, Listing):
            self.index_consents(row)
        elif isinstance(row, Right):
            self.join_family(row)
        elif isinstance(row, StatementLine):
            self.index_line(row)
        elif isinstance(row, Filing) and row.proof_digest:
            self.proofs.add(row.proof_digest)
        elif isinstance(row, Proposal):
            self.proposals_of.setdefault(row.listing_id, {}).setdefault(row.buyer, []).append(row.id)
        elif isinstance(row, Need):
            self.needs_of.setdefault(row.buyer, []).append(row.id)
        elif isinstance(row, Obligation):
            self.obligations_of.setdefault(row.deal_id, []).append(row.id)
        else:
            self._index_figures_or_paper(row)

    def _index_figures_or_paper(self, row: Row) -> None:
        if isinstance(row, FeeSchedule):
            self._index_fees(row)
        elif isinstance(row, ExchangeRate):
            self.exchange_rate_of[row.base, row.quote] = row.id
        elif isinstance(row, PledgeReceipts):
            self.receipts_of_pledge[row.pledge] = row.id
        elif isinstance(row, KeptRecord):
            self.records_of.setdefault(row.listing_id, set()).add(row.id)
        elif isinstance(row, Objection):
            self.objections_of.setdefault(row.listing_id, []).append(row.id)
        else:
            self.lodged.add(row)
        if not isinstance(row, Document):
            return
        key = (row.document, row.subject_id, row.party_id)
        other = self.documents_of.get(key)
        if other is None or number_of(other) < number_of(row.id):
            self.documents_of[key] = row.id

    def _index_bid(self, row: Bid) -> None:
        self.bids_of.setdefault(row.listing_id, []).append(row.id)
        if row.state == "LIVE":
            self.book(row.listing_id).add(row)
        elif row.state == "SEALED":
            self.sealed_bids.setdefault(row.listing_id, {})[row.party_id] = row.id

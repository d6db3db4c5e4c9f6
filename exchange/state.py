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

from exchange import canonical
from exchange.listings.ranking import Ranking
from exchange.rows import (
    ROW_TYPE_BY_KIND,
    Account,
    Bid,
    Deadline,
    Deal,
    Filing,
    Key,
    Licence,
    LicenceScope,
    Listing,
    Offer,
    Party,
    Payment,
    Proposal,
    Recovery,
    Right,
    Row,
    StatementLine,
    Venue,
)


class Change(msgspec.Struct, frozen=True):
    """A row after a turn: its canonical bytes, None when it is deleted; `archived` when it has left memory."""

    kind: str
    id: str
    data: bytes | None
    archived: bool


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
        self.party_by_number: dict[str, str] = {}
        """An index over parties that have been approved: company number to party id."""
        self.party_by_key: dict[str, str] = {}
        """An index over parties: enrolled key to party id."""
        self.proofs: set[str] = set()
        """An index over filings: digests of the official proofs that have been reported."""
        self.books: dict[str, Ranking] = {}
        """An index over live bids: listing id to its book."""
        self.bids_of: dict[str, list[str]] = {}
        """An index over bids in memory: listing id to bid ids, in order of arrival."""
        self.proposals_of: dict[str, dict[str, list[str]]] = {}
        """An index over proposals in memory: listing id to buyer to proposal ids, in order of arrival. Only the last of
        a buyer can live."""
        self.lines_of: dict[str, list[str]] = {}
        """An index over statement lines: party id to the ids of its credits, in no order that anybody may rely on."""
        self.change_count = 0
        """Counts every change ever made, so that a turn can tell whether it has changed anything."""
        self._due: list[tuple[int, str]] = []
        self._changed: dict[tuple[str, str], Row | None] = {}
        """Rows changed since `take_changes`; the row itself where it has left memory but stays in its table."""

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
        self._mark(row, None)

    def archive(self, row: Row) -> None:
        """Let a finished row leave memory; its table keeps it, marked archived."""
        del self.rows[row.kind][row.id]
        if isinstance(row, Listing):
            self.books.pop(row.id, None)
            self.bids_of.pop(row.id, None)
            self.proposals_of.pop(row.id, None)
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

    def index_line(self, line: StatementLine) -> None:
        """Enter a credit of a party's among its lines: when it comes in, or is assigned to it later."""
        if line.party_id is not None:
            self.lines_of.setdefault(line.party_id, []).append(line.id)

    # --- deadlines

    def set_deadline(self, what: str, subject_id: str, due_ms: int, *, venue_clock: bool = True) -> None:
        """Set or move the deadline `what` of a subject."""
        deadline_id = f"{what}:{subject_id}"
        deadline = self.deadlines.get(deadline_id)
        if deadline is None:
            self.add(
                Deadline(
                    id=deadline_id, what=what, subject_id=subject_id, due_ms=due_ms, venue_clock=venue_clock
                )
            )
            return
        deadline.due_ms = due_ms
        deadline.venue_clock = venue_clock
        self.touch(deadline)
        heapq.heappush(self._due, (due_ms, deadline_id))

    def clear_deadline(self, what: str, subject_id: str) -> None:
        """Drop the deadline `what` of a subject, if it stands."""
        deadline = self.deadlines.get(f"{what}:{subject_id}")
        if deadline is not None:
            self.remove(deadline)

    def next_deadline(self) -> Deadline | None:
        """The deadline that is due first, by (time, id); it stays."""
        while self._due:
            due_ms, deadline_id = self._due[0]
            deadline = self.deadlines.get(deadline_id)
            if deadline is not None and deadline.due_ms == due_ms:
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

    def each_row(self) -> Iterator[Row]:
        """Every row in memory, kind by kind."""
        for table in self.rows.values():
            yield from table.values()

    def state_hash(self) -> str:
        """A hash of every row in memory that does not depend on their order: the sum of their SHA-256 mod 2^256."""
        total = 0
        for row in self.each_row():
            content = f"{row.kind}\0{row.id}\0".encode() + canonical.encode(row)
            total += int.from_bytes(hashlib.sha256(content).digest())
        return (total % 2**256).to_bytes(32).hex()

    def _mark(self, row: Row, archived: Row | None) -> None:
        self.change_count += 1
        self._changed[row.kind, row.id] = archived

    def _index(self, row: Row) -> None:
        if isinstance(row, Deadline):
            heapq.heappush(self._due, (row.due_ms, row.id))
        elif isinstance(row, Party):
            if row.state != "APPLIED":
                self.party_by_number[row.company_number] = row.id
            self.party_by_key[row.key] = row.id
        elif isinstance(row, StatementLine):
            self.index_line(row)
        elif isinstance(row, Filing) and row.proof_digest:
            self.proofs.add(row.proof_digest)
        elif isinstance(row, Proposal):
            self.proposals_of.setdefault(row.listing_id, {}).setdefault(row.buyer, []).append(row.id)
        elif isinstance(row, Bid):
            self.bids_of.setdefault(row.listing_id, []).append(row.id)
            if row.state == "LIVE":
                self.book(row.listing_id).add(row)

"""The engine's whole memory: rows and indexes (`exchange.indexes`), the deadlines that are due, what has changed.

The read tables hold exactly these rows, so that a start from the tables, a replay of the journal and the running
engine must agree in `state_hash`. Nothing here decides anything.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable

import msgspec
from msgspec import UNSET

from exchange import canonical
from exchange.indexes import Indexes
from exchange.rows import (
    ROW_TYPE_BY_KIND,
    TRADING_CLOCKS,
    Bid,
    Deadline,
    Hold,
    Row,
)

FEWEST_STALE_TIMES = 1_000
"""Times of moved deadlines that are left standing before they are cleared away."""


class Change(msgspec.Struct, frozen=True):
    """A row after a turn: its canonical bytes, None when it is deleted; `archived` when it has left memory."""

    kind: str
    id: str
    data: bytes | None
    archived: bool


class State(Indexes):
    """What stands. Whoever changes a row says so with `touch`; `take_changes` gives what has changed."""

    def __init__(self) -> None:
        super().__init__()
        self.time_ms = 0
        """The time of the turn that is being decided; no part of what stands."""
        self.change_count = 0
        """Counts every change ever made, so that a turn can tell whether it has changed anything."""
        self._due: list[tuple[int, str]] = []
        self._changed: dict[tuple[str, str], Row | None] = {}
        """Rows changed since `take_changes`; the row itself where it has left memory but stays in its table."""

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
        self._enter(row)
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
        self.leave(row)
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

    def leave_book(self, bid: Bid, old: str) -> None:
        """A bid has another state than `old`: it leaves its book, or the sealed bids, where it stood there."""
        if old == "LIVE":
            self.book(bid.listing_id).remove(bid.id)
        elif old == "SEALED":
            del self.sealed_bids[bid.listing_id][bid.party_id]
        self.touch(bid)

    def move_hold(self, hold: Hold, subject_id: str) -> None:
        """A hold is held for something else from now on."""
        del self.hold_of[hold.subject_id, hold.party_id]
        hold.subject_id = subject_id
        self.hold_of[subject_id, hold.party_id] = hold.id
        self.touch(hold)

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
                self._enter(row)
        for bid in sorted(self.bids.values(), key=lambda row: row.sequence):
            self.enter(bid)  # in the order of arrival, which decides between equal prices
        for order in sorted(self.orders.values(), key=lambda row: row.sequence):
            self.trading_book(order.listing_id).put_back(order)

    def state_hash(self) -> str:
        """A hash of every row in memory that does not depend on their order: the sum of their SHA-256 mod 2^256.

        What the rows hold is checked where `take_changes` writes them out.
        """
        total = 0
        for row in self.each_row():
            content = f"{row.kind}\0{row.id}\0".encode() + canonical.write(row)
            total += int.from_bytes(hashlib.sha256(content).digest())
        return (total % 2**256).to_bytes(32).hex()

    def _enter(self, row: Row) -> None:
        if isinstance(row, Deadline):
            heapq.heappush(self._due, (row.due_ms, row.id))
        else:
            self.enter(row)

    def _mark(self, row: Row, archived: Row | None) -> None:
        self.change_count += 1
        self._changed[row.kind, row.id] = archived

"""The sequencer's store in memory: the sections of its statement written to the tables of `memory_database`.

Everything takes simulated time, so that others may come in between; a batch is written at one moment.
"""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from exchange.state import State
from ledger.journal import StoredEntry
from ledger.merkle import Frontier
from ledger.receipts import BatchSeal, Receipt, SignedSeal, receipts_at
from ledger.sequencer.admission import Admitted
from ledger.sequencer.draft import Batch
from ledger.sequencer.lookup import Standing
from ledger.sequencer.statement import sections_of
from ledger.sequencer.store import StoreLost, Write
from ledger.sequencer.takeover import STALE_AFTER_S, WRITER_LOCK, FencedOut, Taken, WriterRunning
from ledger.store.loading import Head, Loaded, StoreCorrupt, frontier_of, state_of
from ledger.store.tables import ROW_TABLE_BY_KIND
from tests.simulation.memory_database import Tables

POLL_S = 0.5
_INSERT = "INSERT INTO {table} ({columns}) VALUES ({marks})"
_INTO = {
    "batch": (
        "batches",
        (
            "first_entry",
            "count",
            "epoch",
            "batch_root",
            "tree_size",
            "tree_root",
            "frontier",
            "time_ms",
            "signature",
            "state_hash",
        ),
    ),
    "journal": (
        "journal",
        (
            *("entry", "public", "leaf", "type", "actor", "time_ms", "terms", "terms_salt", "outcome"),
            *("outcome_salt", "batch_first"),
        ),
    ),
    "answers": (
        "answers",
        ("party", "idempotency_key_hash", "client_order_id", "body_digest", "entry", "answer"),
    ),
    "sealed": ("sealed_parts", ("entry", "label", "salt", "value")),
    "postings": (
        "postings",
        ("entry", "position", "debit", "credit", "currency", "amount", "subject_id", "purpose"),
    ),
    "opened": (
        "accounts",
        ("id", "owner", "purpose", "currency", "balance", "entry", "created_entry"),
    ),
}
"""Sections of the statement that only insert: their table and columns."""
_EMPTY_IS_NULL = {"journal": (6, 7), "answers": (2,)}
"""Columns whose empty values stand for none."""


class MemoryStore:
    """One writer's connections. See `ledger.sequencer.store.Store`."""

    def __init__(self, tables: Tables, pause: Callable[[], Awaitable[None]]) -> None:
        self._tables = tables
        self._pause = pause
        self.ended = False

    def end(self) -> None:
        """The connections end: with the process, or because the server ends them."""
        self.ended = True
        self._release()

    async def close(self) -> None:
        """Give the connections back."""
        self.end()

    async def lose_lock(self) -> None:
        """The advisory lock is gone, and nobody has told the writer."""
        self._release()

    def _release(self) -> None:
        if self._tables.locks.get(WRITER_LOCK) is self:
            del self._tables.locks[WRITER_LOCK]

    async def take_over(
        self, *, patience_s: float | None, while_waiting: Callable[[], Awaitable[None]]
    ) -> Taken:
        """See `Store.take_over`."""
        left_s = patience_s
        was_silent = False
        while True:
            await self._answered()
            holder = self._tables.locks.setdefault(WRITER_LOCK, self)
            if holder is self:
                break
            beaten = self._one("SELECT heartbeat FROM sequencer_head")[0]
            is_silent = self._tables.seconds() - beaten > STALE_AFTER_S
            if is_silent and was_silent and isinstance(holder, MemoryStore):
                holder.end()
            was_silent = is_silent
            await while_waiting()
            if left_s is not None:
                if left_s <= 0:
                    raise WriterRunning
                left_s -= POLL_S
            await asyncio.sleep(POLL_S)
        self._run("UPDATE sequencer_head SET epoch = epoch + 1, heartbeat = ?", self._tables.seconds())
        return Taken(int(self._one("SELECT epoch FROM sequencer_head")[0]), saw_a_writer=False)

    async def beat(self, epoch: int, *, serving: bool) -> None:
        """See `Store.beat`."""
        await self._answered()
        now = self._tables.seconds()
        changed = self._run(
            "UPDATE sequencer_head SET heartbeat = ?, served_until = iif(?, ?, served_until) WHERE epoch = ?",
            now,
            serving,
            now,
            epoch,
        )
        if changed != 1:
            raise FencedOut

    async def load(self) -> Loaded:
        """See `Store.load`."""
        await self._answered()
        head = self._head()
        frontier = self._frontier_at(head)
        self._require_balances()
        state = state_of(self._rows())
        hashed = self._one("SELECT coalesce(max(entry), -1) FROM journal WHERE type = 'record_state_hash'")
        return Loaded(head=head, state=state, frontier=frontier, last_state_hash_entry=hashed[0])

    async def head(self) -> Head:
        """See `Store.head`."""
        await self._answered()
        return self._head()

    async def require_whole(self, head: Head) -> None:
        """See `Store.require_whole`."""
        await self._answered()
        self._frontier_at(head)
        self._require_balances()

    async def entries_from(self, first: int, most: int) -> list[StoredEntry]:
        """See `Store.entries_from`."""
        await self._answered()
        names = StoredEntry.__struct_fields__
        query = f"SELECT {', '.join(names)} FROM journal WHERE entry >= ? ORDER BY entry LIMIT ?"  # noqa: S608
        return [StoredEntry(**dict(zip(names, row, strict=True))) for row in self._all(query, first, most)]

    def _head(self) -> Head:
        epoch, last, root, time_ms, served, state_hash = self._one(
            "SELECT h.epoch, h.last_entry, h.head_hash, h.last_time_ms, h.served_until, b.state_hash"
            " FROM sequencer_head h LEFT JOIN batches b ON b.tree_size = h.last_entry + 1"
        )
        return Head(
            epoch=epoch,
            last_entry=last,
            head_hash=root,
            last_time_ms=time_ms,
            served_until_ms=int(served * 1_000),
            state_hash=state_hash,
        )

    def _frontier_at(self, head: Head) -> Frontier:
        if head.last_entry < 0:
            return Frontier()
        kept = self._all(
            "SELECT frontier, (SELECT max(entry) FROM journal) FROM batches WHERE tree_size = ?",
            head.last_entry + 1,
        )
        return frontier_of(head, *(kept[0] if kept else (None, None)))

    def _require_balances(self) -> None:
        wrong = self._all("SELECT currency FROM accounts GROUP BY currency HAVING sum(balance) <> 0")
        if wrong:
            code = "STORE-BALANCES"
            raise StoreCorrupt(code, str(wrong[0][0]))

    async def standing_of(self, admitted: Sequence[Admitted]) -> dict[int, Standing]:
        """See `Store.standing_of`."""
        await self._asked()
        found: dict[int, Standing] = {}
        for position, each in enumerate(admitted):
            for column, wanted in (
                ("idempotency_key_hash", each.key_hash),
                ("client_order_id", each.client_order_id),
            ):
                if not wanted or position in found:
                    continue
                query = f"SELECT entry, body_digest, answer FROM answers WHERE party = ? AND {column} = ?"  # noqa: S608
                for entry, digest, answer in self._all(query, each.scope, wanted):
                    same_key = column == "idempotency_key_hash"
                    found[position] = Standing(entry, digest, json.loads(answer), same_key)
        return found

    async def receipts_of(self, entries: Sequence[int]) -> dict[int, Receipt]:
        """See `Store.receipts_of`."""
        receipts = {}
        for entry in dict.fromkeys(entries):
            first, count, epoch, root, size, tree_root, time_ms, signature = self._one(
                "SELECT b.first_entry, b.count, b.epoch, b.batch_root, b.tree_size, b.tree_root, b.time_ms,"
                " b.signature FROM journal j JOIN batches b ON b.first_entry = j.batch_first WHERE j.entry = ?",
                entry,
            )
            seal = BatchSeal(
                epoch=epoch,
                first_entry=first,
                count=count,
                batch_root=root.hex(),
                tree_size=size,
                tree_root=tree_root.hex(),
                time_ms=time_ms,
            )
            leaves = [
                row[0]
                for row in self._all("SELECT leaf FROM journal WHERE batch_first = ? ORDER BY entry", first)
            ]
            signed = SignedSeal(seal=seal, signature=signature.hex())
            (receipts[entry],) = receipts_at(signed, leaves, (entry - first,))
        return receipts

    async def has_sealed_part(self, entry: int, label: str) -> bool:
        """See `Store.has_sealed_part`."""
        await self._asked()
        query = "SELECT 1 FROM sealed_parts WHERE entry = ? AND label = ? AND salt IS NOT NULL"
        return bool(self._all(query, entry, label))

    async def keep_checkpoint(self, size: int, root: bytes, note: bytes, *, made_ms: int, epoch: int) -> bool:
        """See `Store.keep_checkpoint`."""
        await self._asked()
        if self._one("SELECT epoch FROM sequencer_head") != (epoch,):
            raise FencedOut
        self._run(
            "INSERT INTO checkpoints (size, root, note, made_ms) VALUES (?, ?, ?, ?) ON CONFLICT (size) DO NOTHING",
            *(size, root, note, made_ms),
        )
        kept = self._one("SELECT note FROM checkpoints WHERE size = ?", size)[0]
        return bytes(kept).startswith(note)

    def prepare(self, batch: Batch, state: State) -> Write:
        """See `Store.prepare`."""
        return functools.partial(self._write_whole, batch, sections_of(batch, state))

    async def _write_whole(self, batch: Batch, sections: dict[str, list[list[Any]]]) -> None:
        await self._asked()
        self._run("SAVEPOINT batch")
        try:
            self._write(batch, sections)
        except BaseException:
            self._run("ROLLBACK TO batch")
            self._run("RELEASE batch")
            raise
        self._run("RELEASE batch")

    def _write(self, batch: Batch, sections: dict[str, list[list[Any]]]) -> None:
        now = self._tables.seconds()
        moved = self._run(
            "UPDATE sequencer_head SET last_entry = ?, head_hash = ?, last_time_ms = ?, heartbeat = ?,"
            " served_until = ? WHERE epoch = ? AND last_entry = ?",
            *(batch.last_entry, batch.frontier.root(), batch.last_time_ms, now, now),
            *(batch.epoch, batch.first_entry - 1),
        )
        if moved != 1:
            raise FencedOut
        for name, columns in sections.items():
            rows = [list(row) for row in zip(*columns, strict=True)]
            if name in _INTO:
                self._insert(name, rows)
            elif name.startswith(("row ", "gone ")):
                what, kind = name.split(" ")
                self._keep(what, kind, rows)
        for debit, label, entry in zip(*sections.get("erased", ()), strict=True):
            self._run(
                "UPDATE sealed_parts SET salt = NULL, value = NULL, erased_by_entry = ?"
                " WHERE entry = ? AND label = ? AND erased_by_entry IS NULL",
                *(entry, debit, label),
            )
        self._many(
            "INSERT INTO outbox (record_id, kind, subject_id, payload, entry, updated_ms) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (record_id) DO NOTHING",
            zip(*sections.get("outbox", ()), strict=True),
        )
        self._many(
            "UPDATE accounts SET balance = balance + ?2, entry = ?3 WHERE id = ?1",
            zip(*sections.get("moved", ()), strict=True),
        )
        for account, balance in zip(*sections.get("expected", ()), strict=True):
            if self._one("SELECT balance FROM accounts WHERE id = ?", account) != (balance,):
                code, found = "STORE-BALANCES", "moved balances are not the engine's"
                raise StoreCorrupt(code, found)

    def _insert(self, name: str, rows: list[list[Any]]) -> None:
        table, columns = _INTO[name]
        for row in rows:
            for place in _EMPTY_IS_NULL.get(name, ()):
                row[place] = row[place] or None
        marks = ", ".join("?" for _ in columns)
        self._many(_INSERT.format(table=table, columns=", ".join(columns), marks=marks), rows)

    def _keep(self, what: str, kind: str, rows: list[list[Any]]) -> None:
        table = ROW_TABLE_BY_KIND[kind].name
        if what == "gone":
            self._many(f"DELETE FROM {table} WHERE id = ?", rows)  # noqa: S608 - our own names
            return
        self._many(
            f"INSERT INTO {table} (id, data, entry, created_entry, archived) VALUES (?, ?, ?, ?, ?)"  # noqa: S608
            " ON CONFLICT (id) DO UPDATE SET data = excluded.data, entry = excluded.entry,"
            " archived = excluded.archived",
            rows,
        )

    def _rows(self) -> list[tuple[str, bytes]]:
        rows: list[tuple[str, bytes]] = []
        for kind, table in ROW_TABLE_BY_KIND.items():
            query = f"SELECT data FROM {table.name} WHERE NOT archived ORDER BY created_entry, length(id), id"  # noqa: S608
            rows += [(kind, data.encode()) for (data,) in self._all(query)]
        names = ("id", "owner", "purpose", "currency", "balance")
        for account in self._all(f"SELECT {', '.join(names)} FROM accounts"):  # noqa: S608
            rows.append(("account", json.dumps(dict(zip(names, account, strict=True))).encode()))
        return rows

    async def _answered(self) -> None:
        """The question is under way; then the server looks at it, if the connection still stands.

        Raises:
            ConnectionResetError: it does not.
        """
        await self._pause()
        if self.ended:
            raise ConnectionResetError

    async def _asked(self) -> None:
        """The same for what a session under way asks.

        Raises:
            StoreLost: the connection does not stand.
        """
        try:
            await self._answered()
        except ConnectionResetError as error:
            reason = "the connection has ended"
            raise StoreLost(reason, unknown=True) from error

    def _run(self, query: str, *parameters: Any) -> int:
        return self._tables.sqlite.execute(query, parameters).rowcount

    def _many(self, query: str, rows: Any) -> None:
        self._tables.sqlite.executemany(query, rows)

    def _all(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._tables.sqlite.execute(query, parameters).fetchall()]

    def _one(self, query: str, *parameters: Any) -> tuple[Any, ...]:
        (row,) = self._all(query, *parameters)
        return row

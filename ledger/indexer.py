"""The indexer: reads the contracts' logs back with their block hashes, and undoes what a reorganisation undid.

All contracts stand at one cursor, so that a rewind is one transaction. Each event keeps the log's head after it
(`data.log_head`); with the contract's own count and head that proves the list whole. A fork within finality heals by
itself. When a final event is gone the indexer halts with a coded alarm, and settlement with it; trading goes on, and
`recover` queues again what is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec
import structlog

from ledger import metrics
from ledger.alone import Elsewhere, Work, wall_ms
from ledger.chain.deploy import require_standing
from ledger.chain.errors import ChainFault
from ledger.chain.logs import LogChain, check_completeness
from ledger.chain.manifest import BESIDE_REGISTER
from ledger.event_rows import LOG_HEAD, folded, store_events
from ledger.record_lines import tell_events
from ledger.record_states import ANCHOR_TRANSITIONS, RECORD_TRANSITIONS, before

if TYPE_CHECKING:
    from ledger.alone import Database, Row
    from ledger.chain.client import Block
    from ledger.chain.manifest import Manifest
    from ledger.chain.quorum import Reading
    from ledger.chain.raw_logs import RawLog

CONTRACTS: Final = ("Register", *BESIDE_REGISTER, "JournalAnchor")
"""Every contract with a numbered log."""
MOST_BLOCKS: Final = 5_000
"""Blocks that one run reads; the next run goes on."""
MS_PER_SECOND: Final = 1_000
ASKED_AT_MOST: Final = 3
"""How often a node is asked for a contract's count: while it makes a block, it may answer for that one."""
_PLACES_AT_ONCE: Final = 200
_log = structlog.get_logger()

_CALL_FINAL = """
UPDATE chain_events SET final = true WHERE block_number > %s AND block_number <= %s AND NOT final
"""
_MOVE_CURSOR = """
INSERT INTO chain_cursor (contract, block_number, block_hash, final_block, halted_for, updated_ms)
VALUES (%s, %s, %s, %s, NULL, %s)
ON CONFLICT (contract) DO UPDATE SET block_number = excluded.block_number, block_hash = excluded.block_hash,
    final_block = excluded.final_block, halted_for = excluded.halted_for, updated_ms = excluded.updated_ms
"""
_BEGIN_CURSOR = """
INSERT INTO chain_cursor (contract, block_number, block_hash, final_block, updated_ms) VALUES (%s, %s, %s, 0, %s)
ON CONFLICT (contract) DO NOTHING
"""
_STANDS_AT = "SELECT block_number, block_hash FROM chain_cursor WHERE contract = %s FOR UPDATE"
_NOTE_TIP = """
INSERT INTO chain_tip (block_number, block_time_ms, final_block, final_time_ms, seen_ms) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (one_row) DO UPDATE SET block_number = excluded.block_number, block_time_ms = excluded.block_time_ms,
    final_block = excluded.final_block, final_time_ms = excluded.final_time_ms, seen_ms = excluded.seen_ms
"""
_PLACES = """
SELECT DISTINCT block_number, block_hash, final FROM chain_events WHERE block_number < %s
ORDER BY block_number DESC LIMIT %s
"""
_OUTBOX_AGAIN = """
UPDATE outbox SET state = 'QUEUED', transaction_hash = NULL, nonce = NULL, block_number = NULL, block_hash = NULL,
    attempts = 0, leased_until = NULL, last_error = %s, updated_ms = %s
WHERE block_number > %s AND state = ANY(%s)
"""
_ANCHORS_AGAIN = """
UPDATE anchors SET state = 'QUEUED', transaction_hash = NULL, block_number = NULL, block_hash = NULL,
    last_error = %s, updated_ms = %s
WHERE block_number > %s AND state = ANY(%s)
"""
_FORGET_SENT = """
UPDATE outbox SET state = 'QUEUED', transaction_hash = NULL, nonce = NULL, leased_until = NULL WHERE state = ANY(%s)
"""
_FORGET_ANCHOR = "UPDATE anchors SET state = 'QUEUED', transaction_hash = NULL WHERE state = ANY(%s)"


class Indexed(msgspec.Struct, kw_only=True):
    """What one run read: events added and undone, the block it stands at, the newest final one, and a halt's code."""

    added: int = 0
    undone: int = 0
    block: int = 0
    final_block: int = 0
    halted_for: str | None = None


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """What a recovery did: the last block that both sides agree on, events dropped, records and anchors to be sent."""

    agreed_block: int
    events_dropped: int
    records_queued: int
    anchors_queued: int


class _Cursor(msgspec.Struct, frozen=True, kw_only=True):
    block_number: int
    block_hash: str
    final_block: int


class SettlementHalted(Exception):
    """The indexer has stopped settlement: nothing that follows from a deal may leave the venue. `code`: its alarm."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.cure = "`ipx chain recover` when the cause is known"
        super().__init__(f"{code}: settlement waits; {self.cure}")


class _FinalGone(Exception):
    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Indexer:
    """Reads one deployment into one database. Run it under `Work.INDEXER`."""

    def __init__(self, database: Database, client: Reading, manifest: Manifest) -> None:
        """Read from one node, or from several by majority: a reading of several serves one run."""
        self._database = database
        self._client = client
        self._manifest = manifest
        self._addresses = [manifest.address(name) for name in CONTRACTS]
        self._names = {address.lower(): address for address in self._addresses}

    def run(self) -> Indexed:
        """Read what is new, after undoing what is no longer so.

        Raises:
            ChainFault: the chain could not be read, or not as one piece; nothing is kept of it, run it again.
            Elsewhere: another indexer has gone on meanwhile; nothing is kept of this run either.
            psycopg.Error: the database does not answer.
        """
        done = Indexed(halted_for=halted_for(self._database))
        newest = self._block("latest")
        final = self._client.finalized_block()
        self._note_tip(newest, final)  # while halted too: how far it lags behind is what is looked at then
        if done.halted_for is not None:
            return done
        cursor = self._cursor()
        try:
            cursor = self._on_this_chain(cursor, newest, done)
            if newest.number < cursor.block_number:  # it stands, so what said `latest` was a moment behind
                newest = self._block(cursor.block_number)
        except _FinalGone as gone:
            self._halt(gone.code, done)
            return done
        self._read(cursor, newest, final, done)
        return done

    def agreed(self) -> Block:
        """Give the newest block on which chain and tables still agree, final or not.

        Raises:
            ChainFault: `CHAIN-CONTRACTS-LOST` if the contracts themselves are gone, and what the client raises.
            psycopg.Error: the database does not answer.
        """
        require_standing(self._client, self._manifest)
        return self._agreed(self._block("latest"), self._cursor(), finality=False)

    def recover(self, agreed: Block) -> Recovered:
        """After a halt: drop what is behind the agreed block, final or not, queue its records again, and go on.

        Raises:
            ChainFault: what the client raises.
            psycopg.Error: the database does not answer.
        """
        final_block = min(self._cursor().final_block, agreed.number)
        with self._database.transaction():
            records, anchors, events = self._rewind(agreed, "recover", "CHAIN-RECOVERED")
            # Whatever is under way may be gone with the blocks: it is sent again, and recorded once all the same.
            more = self._database.execute(_FORGET_SENT, (before(RECORD_TRANSITIONS, "forget"),))
            self._database.execute(_FORGET_ANCHOR, (before(ANCHOR_TRANSITIONS, "forget"),))
            self._move_cursor(agreed, final_block)
        _log.warning("recovered", agreed_block=agreed.number, events_dropped=events, records_queued=records)
        return Recovered(
            agreed_block=agreed.number,
            events_dropped=events,
            records_queued=records + more.rowcount,
            anchors_queued=anchors,
        )

    # --- where we are

    def _note_tip(self, newest: Block, final: Block) -> None:
        """Write down how far the chain is, for whoever looks at the venue from outside."""
        times = newest.timestamp * MS_PER_SECOND, final.timestamp * MS_PER_SECOND
        self._database.execute(_NOTE_TIP, (newest.number, times[0], final.number, times[1], wall_ms()))

    def _cursor(self) -> _Cursor:
        row = self._database.execute(
            "SELECT block_number, block_hash, final_block FROM chain_cursor WHERE contract = %s",
            (self._addresses[0],),
        ).fetchone()
        if row is not None:
            return msgspec.convert(row, _Cursor)
        first = self._block(max(self._manifest.first_block() - 1, 0))
        for address in self._addresses:
            begun = (address, first.number, _hex(first.hash), wall_ms())
            self._database.execute(_BEGIN_CURSOR, begun)
        return _Cursor(block_number=first.number, block_hash=_hex(first.hash), final_block=0)

    def _require_here(self, cursor: _Cursor) -> None:
        """Raises Elsewhere if another indexer has moved the cursor since it was read: what follows from it is stale."""
        row = self._database.execute(_STANDS_AT, (self._addresses[0],)).fetchone()
        if row is None or (row["block_number"], row["block_hash"]) != (
            cursor.block_number,
            cursor.block_hash,
        ):
            raise Elsewhere(Work.INDEXER)

    def _on_this_chain(self, cursor: _Cursor, newest: Block, done: Indexed) -> _Cursor:
        """Give the cursor, rewound to where chain and tables agree if its own block is no longer there.

        Raises:
            _FinalGone: an event that was final is gone.
        """
        if self._stands(cursor.block_number, cursor.block_hash):
            return cursor
        agreed = self._agreed(newest, cursor, finality=True)
        with self._database.transaction():
            self._require_here(cursor)
            records, _, done.undone = self._rewind(agreed, "rewind", "CHAIN-REORGANISED")
            self._move_cursor(agreed, min(cursor.final_block, agreed.number))
        metrics.REORGANISATIONS.inc()
        metrics.EVENTS_UNDONE.inc(done.undone)
        _log.warning(
            "undone what a reorganisation undid",
            from_block=cursor.block_number,
            to_block=agreed.number,
            events=done.undone,
            records=records,
        )
        return _Cursor(
            block_number=agreed.number,
            block_hash=_hex(agreed.hash),
            final_block=min(cursor.final_block, agreed.number),
        )

    def _agreed(self, newest: Block, cursor: _Cursor, *, finality: bool) -> Block:
        """Give the newest block with an event of ours that still stands, or the one before the deployment.

        Raises:
            _FinalGone: if finality counts, and a final event's block does not stand.
        """
        below = cursor.block_number + 1
        while True:
            places = self._database.execute(_PLACES, (below, _PLACES_AT_ONCE)).fetchall()
            if not places:
                return self._block(max(self._manifest.first_block() - 1, 0))
            for place in places:
                number = place["block_number"]
                if self._stands(number, place["block_hash"]):
                    return self._block(number)
                if finality and place["final"]:
                    lost = number > newest.number
                    raise _FinalGone("CHAIN-FINAL-LOST" if lost else "CHAIN-FINAL-REORG")
            below = places[-1]["block_number"]

    def _stands(self, number: int, block_hash: str) -> bool:
        found = self._client.block(number)
        return found is not None and _hex(found.hash) == block_hash

    def _rewind(
        self, agreed: Block, event: Literal["rewind", "recover"], reason: str
    ) -> tuple[int, int, int]:
        """Drop everything behind a block: records and anchors back to the queue, and events. Gives their numbers."""
        now = wall_ms()
        behind = (reason, now, agreed.number)
        records = self._database.execute(_OUTBOX_AGAIN, (*behind, before(RECORD_TRANSITIONS, event))).rowcount
        anchors = self._database.execute(
            _ANCHORS_AGAIN, (*behind, before(ANCHOR_TRANSITIONS, event))
        ).rowcount
        dropped = self._database.execute(
            "DELETE FROM chain_events WHERE block_number > %s", (agreed.number,)
        ).rowcount
        return records, anchors, dropped

    def _move_cursor(self, block: Block, final_block: int) -> None:
        for address in self._addresses:
            values = (address, block.number, _hex(block.hash), final_block, wall_ms())
            self._database.execute(_MOVE_CURSOR, values)

    def _halt(self, code: str, done: Indexed) -> None:
        fault = ChainFault(code=code)
        _log.critical("alarm", code=code, cure=fault.cure)
        self._database.execute("UPDATE chain_cursor SET halted_for = %s, updated_ms = %s", (code, wall_ms()))
        done.halted_for = code

    # --- reading on

    def _read(self, cursor: _Cursor, newest: Block, final: Block, done: Indexed) -> None:
        last = newest
        if newest.number > cursor.block_number + MOST_BLOCKS:
            last = self._block(cursor.block_number + MOST_BLOCKS)
        chains = [self._log_chain(address) for address in self._addresses]
        logs: list[RawLog] = []
        if last.number > cursor.block_number:
            logs = self._client.logs(self._addresses, cursor.block_number + 1, last.number)
        heads = folded(logs, chains)
        if last is newest:
            for chain in chains:
                self._require_whole(chain, last)
        self._require_unmoved(last)
        final_block = max(cursor.final_block, min(final.number, last.number))
        with self._database.transaction():
            self._require_here(cursor)
            self._database.execute(_CALL_FINAL, (cursor.final_block, final_block))
            rows = store_events(self._database, logs, heads, self._names, final_block)
            self._move_cursor(last, final_block)
        done.added, done.block, done.final_block = len(rows), last.number, final_block
        tell_events(self._database, rows)

    def _require_whole(self, chain: LogChain, last: Block) -> None:
        """Raises ChainFault `CHAIN-LOG-INCOMPLETE` if the logs read are not all that the contract counts."""
        for _ in range(ASKED_AT_MOST):
            if check_completeness(self._client, chain, last.number).whole:
                return
            self._require_unmoved(last)
        raise ChainFault(code="CHAIN-LOG-INCOMPLETE", detail=f"{chain.contract} at {last.number}")

    def _require_unmoved(self, block: Block) -> None:
        """Raises ChainFault `CHAIN-MOVED` if the block that was read up to has been replaced meanwhile."""
        now = self._client.block(block.number)
        if now is None or now.hash != block.hash:
            raise ChainFault(code="CHAIN-MOVED", detail=f"block {block.number}")

    def _log_chain(self, address: str) -> LogChain:
        row = self._database.execute(
            "SELECT seq, data ->> %s AS head FROM chain_events WHERE contract = %s ORDER BY seq DESC LIMIT 1",
            (LOG_HEAD, address),
        ).fetchone()
        if row is None:
            return LogChain(self._manifest.chain_id, address)
        return LogChain(self._manifest.chain_id, address, row["seq"], bytes.fromhex(row["head"][2:]))

    def _block(self, tag: int | str) -> Block:
        found = self._client.block(tag)  # type: ignore[arg-type]  # numbers and `latest` only
        if found is None:
            raise ChainFault(code="CHAIN-ANSWER", detail=f"no block {tag}")
        return found


def halted_for(database: Database) -> str | None:
    """Give the code of the alarm that stopped indexer and settlement, or None."""
    row = database.execute(
        "SELECT halted_for FROM chain_cursor WHERE halted_for IS NOT NULL LIMIT 1"
    ).fetchone()
    return None if row is None else str(row["halted_for"])


def require_running(database: Database) -> None:
    """Raises SettlementHalted while the indexer is halted."""
    code = halted_for(database)
    if code is not None:
        raise SettlementHalted(code)


def cursor_row(database: Database) -> Row | None:
    """Give the cursor as it stands, for the status page; None before the first run."""
    return database.execute("SELECT * FROM chain_cursor ORDER BY contract LIMIT 1").fetchone()


def _hex(value: bytes) -> str:
    return "0x" + value.hex()

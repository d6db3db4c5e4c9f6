"""Anchoring: the journal's Merkle root goes onto the chain after so many entries or so much time, whichever is first.

The root (RFC 6962) is worked out from the stored leaf hashes, going on from the last anchor's frontier, so that only
new leaves are read; where it differs from what the sequencer wrote down, nothing is anchored and an alarm is raised.
Anchors go one at a time with a key of their own: each names the root before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import structlog
from eth_abi.abi import decode

from exchange.keccak import keccak
from ledger.alarms import Alarms
from ledger.alone import wall_ms
from ledger.chain.calls import call_of
from ledger.chain.errors import ChainFault
from ledger.chain.sending import Sendable, dearer, gas_for, send
from ledger.chain_results import anchor_record
from ledger.indexer import halted_for
from ledger.merkle import EMPTY_ROOT, Frontier
from ledger.record_states import ANCHOR_TRANSITIONS, before
from ledger.spending import DEFAULT_LIMITS, STOPPING, Limits, Spending

if TYPE_CHECKING:
    from ledger.alone import Database, Row
    from ledger.chain.client import ChainClient, Fees
    from ledger.chain.manifest import Manifest
    from ledger.chain.signer import SignedTransaction, Signer

MOST_GROWTH: Final = 1 << 20
"""Entries by which the contract lets one anchor grow the tree."""
LEAVES_AT_ONCE: Final = 10_000
_HEAD = keccak(b"head()")[:4]
_log = structlog.get_logger()

_LAST = "SELECT size, root, frontier, state, updated_ms FROM anchors ORDER BY size DESC LIMIT 1"
_UNDER_WAY = """
SELECT size, root, previous_root, state, transaction_hash, updated_ms FROM anchors
WHERE state = ANY(%s) ORDER BY size LIMIT 1
"""
_EVENT = """
SELECT transaction_hash, block_number, block_hash FROM chain_events
WHERE name = 'Anchored' AND data ->> 'size' = %s AND data ->> 'root' = %s
"""
_OURS = "SELECT 1 FROM anchors WHERE size = %s AND root = %s"
_INSERT = """
INSERT INTO anchors (size, root, previous_root, frontier, updated_ms) VALUES (%s, %s, %s, %s, %s)
"""
_WRITE_SENT = """
UPDATE anchors SET state = 'SENT', transaction_hash = %s, block_number = NULL, block_hash = NULL,
    last_error = NULL, updated_ms = %s WHERE size = %s AND state = ANY(%s)
"""
_WRITE_STANDING = """
UPDATE anchors SET state = 'MINED', transaction_hash = %s, block_number = %s, block_hash = %s,
    last_error = NULL, updated_ms = %s WHERE size = %s AND state = ANY(%s)
"""
_WRITE_MINED = """
UPDATE anchors SET state = 'MINED', block_number = %s, block_hash = %s, updated_ms = %s
WHERE size = %s AND state = ANY(%s)
"""


class JournalDiffers(Exception):
    """The stored leaves do not give the root that the sequencer wrote down: nothing is anchored."""

    def __init__(self, size: int) -> None:
        self.code = "ANCHOR-ROOT-DIFFERS"
        self.cure = "audit the journal: its rows were changed after they were written"
        super().__init__(f"{self.code}: {size} entries: {self.cure}")


class Anchored(msgspec.Struct, kw_only=True):
    """What one run did: the size of a new anchor (0 if none was due), and whether a transaction went out or landed."""

    made: int = 0
    sent: bool = False
    mined: bool = False
    halted_for: str | None = None
    stopped_by: str | None = None
    """The code of what stops the sending alone: a cost that is capped, or the signer's refusal."""


class Anchoring:
    """Makes and sends anchors. Run it under `Work.ANCHORING`."""

    def __init__(  # noqa: PLR0913 - its servers, its key and its rhythm
        self,
        database: Database,
        client: ChainClient,
        manifest: Manifest,
        signer: Signer,
        *,
        every_entries: int = 1_000,
        interval_ms: int = 600_000,
        replace_after_ms: int = 30_000,
        limits: Limits = DEFAULT_LIMITS,
        alarms: Alarms | None = None,
    ) -> None:
        """Take the anchor's own signer; an anchor is due after `every_entries`, or `interval_ms` if any is new."""
        self._database = database
        self._client = client
        self._manifest = manifest
        self._signer = signer
        self._every_entries = every_entries
        self._interval_ms = interval_ms
        self._replace_after_ms = replace_after_ms
        self._spending = Spending(database, limits)
        self._alarms = alarms or Alarms()

    def run(self, *, at_once: bool = False) -> Anchored:
        """See what became of the last anchor; make the next one if it is due, or `at_once` if anything is new.

        Raises:
            JournalDiffers: the journal was changed behind the sequencer's back.
            ChainFault: what the client raises; nothing is lost, run it again.
            psycopg.Error: the database does not answer.
        """
        done = Anchored(halted_for=halted_for(self._database))
        if done.halted_for is not None:
            return done
        try:
            self._go_on(done, at_once=at_once)
        except ChainFault as fault:
            if fault.code not in STOPPING:
                raise
            done.stopped_by = fault.code
            self._alarms.begin("anchoring", fault.code, fault.cure, found=fault.detail)
        else:
            self._alarms.end("anchoring")
        return done

    def _go_on(self, done: Anchored, *, at_once: bool) -> None:
        row = self._database.execute(_UNDER_WAY, (before(ANCHOR_TRANSITIONS, "send"),)).fetchone()
        if row is not None and row["state"] == "SENT":
            row = self._follow(row, done)
        elif row is None and self._is_due(at_once=at_once):
            done.made = self._make()
            row = self._database.execute(_UNDER_WAY, (before(ANCHOR_TRANSITIONS, "send"),)).fetchone()
        if row is not None and row["state"] == "QUEUED":
            self._send(row, done)

    # --- making

    def _is_due(self, *, at_once: bool) -> bool:
        last = self._database.execute(_LAST).fetchone()
        head = self._database.execute("SELECT last_entry FROM sequencer_head").fetchone()
        if head is None:
            return False
        new = int(head["last_entry"]) + 1 - (0 if last is None else int(last["size"]))
        if new <= 0:
            return False
        waited_ms = self._interval_ms if last is None else wall_ms() - int(last["updated_ms"])
        return at_once or new >= self._every_entries or waited_ms >= self._interval_ms

    def _make(self) -> int:
        """Work the root out over everything committed, as one snapshot shows it, and queue the anchor."""
        database = self._database
        with database.transaction():
            database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            last = database.execute(_LAST).fetchone()
            frontier = Frontier() if last is None else Frontier.from_bytes(last["frontier"])
            previous_root = EMPTY_ROOT if last is None else bytes(last["root"])
            first = frontier.size
            with database.cursor(name="leaves") as reading:
                reading.itersize = LEAVES_AT_ONCE
                reading.execute(
                    "SELECT entry, leaf FROM journal WHERE entry >= %s ORDER BY entry LIMIT %s",
                    (first, MOST_GROWTH),
                )
                for row in reading:
                    if row["entry"] != frontier.size:
                        raise JournalDiffers(frontier.size)
                    frontier.append(bytes(row["leaf"]))
            size, root = frontier.size, frontier.root()
            self._compare(first, size, root)
            database.execute(_INSERT, (size, root, previous_root, frontier.to_bytes(), wall_ms()))
        return size

    def _compare(self, first: int, size: int, root: bytes) -> None:
        """Hold what was read against the sequencer's own words: how many entries there are, and their roots.

        Raises:
            JournalDiffers: entries are missing, or the root is another.
        """
        head = self._database.execute("SELECT last_entry, head_hash FROM sequencer_head").fetchone()
        if head is None or size != min(int(head["last_entry"]) + 1, first + MOST_GROWTH):
            raise JournalDiffers(size)
        batch = self._database.execute(
            "SELECT tree_root FROM batches WHERE tree_size = %s", (size,)
        ).fetchone()
        written = [] if batch is None else [bytes(batch["tree_root"])]
        if size == int(head["last_entry"]) + 1:
            written.append(bytes(head["head_hash"]))
        if any(each != root for each in written):
            raise JournalDiffers(size)

    # --- sending

    def _send(self, row: Row, done: Anchored) -> None:
        record = anchor_record(bytes(row["root"]), row["size"], bytes(row["previous_root"]))
        call = call_of([record])
        to = self._manifest.address(call.contract)
        try:
            gas = gas_for(self._client, self._signer.address, to, call.data, call.records)
        except ChainFault as fault:
            if fault.code != "CHAIN-REVERTED":
                raise
            self._refused(row, fault)
            return
        nonce = self._client.nonce(self._signer.address)
        sendable = Sendable(to=to, data=call.data, nonce=nonce, gas=gas, fees=self._client.fees())
        self._send_out(row["size"], sendable)
        done.sent = True

    def _send_out(self, size: int, sendable: Sendable) -> None:
        def write(signed: SignedTransaction, _: Fees) -> None:
            self._database.execute(
                _WRITE_SENT,
                ("0x" + signed.hash.hex(), wall_ms(), size, before(ANCHOR_TRANSITIONS, "send")),
            )

        def permit(fees: Fees) -> None:
            self._spending.permit(self._signer.address, sendable, fees, "anchor")

        send(self._client, self._signer, sendable, write, permit)

    def _refused(self, row: Row, fault: ChainFault) -> None:
        """The contract would revert: because it has this anchor already, or because something is wrong."""
        event = self._database.execute(_EVENT, (str(row["size"]), "0x" + bytes(row["root"]).hex())).fetchone()
        if event is not None:
            # A transaction of ours that was taken for lost has landed, and perhaps a later anchor after it.
            place = (event["transaction_hash"], event["block_number"], event["block_hash"])
            states = before(ANCHOR_TRANSITIONS, "stand")
            self._database.execute(_WRITE_STANDING, (*place, wall_ms(), row["size"], states))
            return
        size, root = self._anchored()
        if size >= row["size"] and self._database.execute(_OURS, (size, root)).fetchone() is not None:
            return  # it stands with one of ours on top or is that one, and its event has not been read yet
        _log.critical("alarm", code="ANCHOR-REFUSED", size=row["size"], anchored=size, data=fault.data.hex())
        self._database.execute(
            "UPDATE anchors SET last_error = %s WHERE size = %s", ("ANCHOR-REFUSED", row["size"])
        )

    def _anchored(self) -> tuple[int, bytes]:
        """Size and root that the contract holds now."""
        answer = self._client.call(self._manifest.address("JournalAnchor"), _HEAD)
        if len(answer) != 64:  # noqa: PLR2004 - two words
            raise ChainFault(code="CHAIN-ANSWER", detail="head() of the journal anchor")
        size, root = decode(["uint64", "bytes32"], answer)
        return int(size), bytes(root)

    def _follow(self, row: Row, done: Anchored) -> Row | None:
        """What became of a transaction: mined, failed, waiting, or lost. Gives the row to be sent again, or None."""
        transaction = bytes.fromhex(row["transaction_hash"][2:])
        receipt = self._client.receipt(transaction)
        if receipt is not None and (mined := self._client.known(transaction)) is not None:
            self._spending.paid(self._signer.address, mined.nonce, receipt)
        if receipt is not None and receipt.succeeded:
            place = (receipt.block_number, "0x" + receipt.block_hash.hex(), wall_ms(), row["size"])
            self._database.execute(_WRITE_MINED, (*place, before(ANCHOR_TRANSITIONS, "mine")))
            done.mined = True
            return None
        # The nonce before the transaction, as the sender asks: what is mined between the questions is not lost.
        nonce = self._client.nonce(self._signer.address)
        known = None if receipt is not None else self._client.known(transaction)
        if known is None or (known.block_number is None and nonce > known.nonce):
            return {**row, "state": "QUEUED"}
        if known.block_number is None and wall_ms() - row["updated_ms"] >= self._replace_after_ms:
            record = anchor_record(bytes(row["root"]), row["size"], bytes(row["previous_root"]))
            call = call_of([record])
            to = self._manifest.address(call.contract)
            gas = gas_for(self._client, self._signer.address, to, call.data, call.records)
            fees = dearer(known.fees.raised(), self._client.fees())
            self._send_out(
                row["size"], Sendable(to=to, data=call.data, nonce=known.nonce, gas=gas, fees=fees)
            )
        return None

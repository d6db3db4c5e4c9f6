"""The sender: takes records out of the outbox and brings them onto the chain, many in one call, in journal order.

QUEUED, SENT, MINED here; FINAL and VERIFIED when the indexer has read the event back (`ledger.chain_results`). A wave
is what goes out together under consecutive nonces; the next one waits until every transaction of it is mined. Each
transaction is signed and written down before it is sent, so a sender may be killed at any moment; what was lost goes
back to QUEUED and is sent again. The contract passes over what stands already: sent at least once, recorded once.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from ledger.alarms import Alarms
from ledger.alone import wall_ms
from ledger.chain.calls import Call, call_of, goes_alone, grouped
from ledger.chain.errors import ChainFault
from ledger.chain.sending import Sendable, dearer, gas_bound, gas_for, send
from ledger.nonce_gaps import NOTHING_GAS, NonceGaps
from ledger.outbox_flights import Flight, flights_of, record_of
from ledger.record_lines import tell_step
from ledger.record_states import RECORD_TRANSITIONS, before
from ledger.reverted import is_single, judge_revert
from ledger.spending import DEFAULT_LIMITS, STOPPING, Limits, Spending

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ledger.alone import Database, Row
    from ledger.chain.client import ChainClient, Fees, Receipt
    from ledger.chain.manifest import Manifest
    from ledger.chain.quorum import Reading
    from ledger.chain.records import Record
    from ledger.chain.signer import SignedTransaction, Signer
    from ledger.spending import Purpose

MOST_RECORDS: Final = 500
"""Records in one wave."""
MOST_CALLS: Final = 20
"""Transactions in one wave."""
LEASE_S: Final = 10.0
"""How long a record that was taken waits if its sender falls over before it has signed."""
LONGEST_PAUSE_S: Final = 300.0
SINGLY_AFTER: Final = 3
"""Attempts after which a record goes alone, so that one bad record cannot hold up the others of its call."""
STUCK_AFTER: Final = 10
"""Attempts after which each further one raises an alarm."""
_log = structlog.get_logger()

_TAKE = """
SELECT id, record_id, payload, attempts FROM outbox
WHERE state = 'QUEUED' AND id > %s AND coalesce(leased_until <= clock_timestamp(), true)
ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
_HOLDING = """
SELECT id, payload FROM outbox o WHERE state = 'QUEUED' AND leased_until > clock_timestamp()
        AND last_error IS DISTINCT FROM 'RecoveryTooEarly'
    OR state = 'MINED' AND transaction_hash IS NOT NULL
    AND NOT EXISTS (SELECT FROM chain_events e WHERE e.transaction_hash = o.transaction_hash)
ORDER BY id
"""
"""What holds back later records of its subjects: in its pause, or mined and not read back, so that it may be lost.

A recovery before its time holds nothing back: the live key's veto must overtake it."""
_LEASE = "UPDATE outbox SET leased_until = clock_timestamp() + make_interval(secs => %s) WHERE id = ANY(%s)"
_WRITE_SENT = """
UPDATE outbox SET state = 'SENT', transaction_hash = %s, nonce = %s, attempts = attempts + 1, leased_until = NULL,
    block_number = NULL, block_hash = NULL, last_error = NULL, updated_ms = %s
WHERE id = ANY(%s) AND state = ANY(%s)
"""
_WRITE_MINED = """
UPDATE outbox SET state = 'MINED', block_number = %s, block_hash = %s, updated_ms = %s
WHERE id = ANY(%s) AND state = ANY(%s)
"""
_BACK_TO_QUEUE = """
UPDATE outbox SET state = 'QUEUED', transaction_hash = NULL, nonce = NULL, block_number = NULL, block_hash = NULL,
    last_error = %s, leased_until = clock_timestamp() + make_interval(secs => %s), updated_ms = %s
WHERE id = ANY(%s) AND state = ANY(%s)
"""
_WRITE_MALFORMED = """
UPDATE outbox SET state = 'REFUSED', last_error = %s, updated_ms = %s WHERE id = %s AND state = ANY(%s)
"""
_SENDS, _MINES, _REQUEUES, _IS_MALFORMED = (
    before(RECORD_TRANSITIONS, event) for event in ("send", "mine", "requeue", "malformed")
)
_HALTED = "SELECT halted_for FROM chain_cursor WHERE halted_for IS NOT NULL LIMIT 1"


class Sent(msgspec.Struct, kw_only=True):
    """What one run of the sender did, in records; `halted_for` is the code of the alarm that stops everything."""

    sent: int = 0
    mined: int = 0
    requeued: int = 0
    malformed: int = 0
    reverted: int = 0
    """Messages that the contract would revert, and that need no other attempt."""
    waiting: int = 0
    filled: int = 0
    """Gaps in the nonces."""
    halted_for: str | None = None
    stopped_by: str | None = None
    """The code of what stops the sending alone: a cost that is capped, or the signer's refusal."""


class Outbox:
    """The sender over one database and one node. Run it under `Work.OUTBOX`."""

    def __init__(  # noqa: PLR0913 - its servers, its keys, its bounds
        self,
        database: Database,
        client: ChainClient,
        manifest: Manifest,
        signers: Mapping[str, Signer],
        *,
        replace_after_ms: int = 30_000,
        limits: Limits = DEFAULT_LIMITS,
        alarms: Alarms | None = None,
        gaps: NonceGaps | None = None,
        read: Callable[[], Reading] | None = None,
    ) -> None:
        """Take the signers by role (settler, registrar); one signer may hold both.

        `read` begins a reading of all nodes, whose majority says what the contract refuses; left out, `client` says it.
        `alarms` and `gaps` are kept from one run to the next by whoever runs it again and again.
        """
        self._database = database
        self._client = client
        self._manifest = manifest
        self._signers = signers
        self._replace_after_ms = replace_after_ms
        self._spending = Spending(database, limits)
        self._alarms = alarms or Alarms()
        self._gaps = gaps or NonceGaps()
        self._read = read or (lambda: client)

    def run(self) -> Sent:
        """See what became of the last wave, and send the next one when it is mined.

        Raises:
            ChainFault: what the client raises; nothing is lost, run it again.
            psycopg.Error: the database does not answer.
        """
        done = Sent()
        halted = self._database.execute(_HALTED).fetchone()
        if halted is not None:
            done.halted_for = halted["halted_for"]
            return done
        try:
            self._follow(done)
            if not done.waiting:
                self._send_wave(done)
        except ChainFault as fault:
            if fault.code not in STOPPING:
                raise
            done.stopped_by = fault.code
            self._alarms.begin("sending", fault.code, fault.cure, found=fault.detail)
        else:
            self._alarms.end("sending")
        self._spending.prune(self._client)
        return done

    # --- what is under way

    def _follow(self, done: Sent) -> None:
        lost_nonce: dict[str, int] = {}
        waiting: list[Flight] = []
        for flight in flights_of(self._database, self._signers):
            receipt = self._client.receipt(bytes.fromhex(flight.transaction_hash[2:]))
            address = flight.signer.address
            if receipt is not None:
                self._landed(flight, receipt, done)
            elif address in lost_nonce or flight.is_lost(self._client):
                # What stands behind a gap in the nonces cannot be mined before the gap is filled.
                lost_nonce.setdefault(address, flight.nonce)
                self._requeue(flight.ids, "CHAIN-TRANSACTION-LOST", 0.0)
                done.requeued += len(flight.rows)
            else:
                done.waiting += len(flight.rows)
                waiting.append(flight)
        self._fill_gaps(waiting, done)
        for flight in waiting:
            if wall_ms() - flight.sent_ms >= self._replace_after_ms:
                self._replace(flight)

    def _fill_gaps(self, waiting: Sequence[Flight], done: Sent) -> None:
        """Fill a gap before the first transaction of a sender that waits, when it was seen twice."""
        first: dict[str, Flight] = {}
        for flight in waiting:
            first.setdefault(flight.signer.address, flight)
        for address, flight in first.items():
            patience_s = self._replace_after_ms / 1_000
            nonce = self._gaps.look(self._client, address, flight.nonce, patience_s=patience_s)
            if nonce is None:
                continue
            _log.warning("filling a gap", code="OUTBOX-NONCE-GAP", sender=address, nonce=nonce)
            fees = self._client.fees()
            nothing = Sendable(to=address, data=b"", nonce=nonce, gas=NOTHING_GAS, fees=fees)
            send(self._client, flight.signer, nothing, lambda *_: None, self._permit(address, nothing, "gap"))
            done.filled += 1

    def _landed(self, flight: Flight, receipt: Receipt, done: Sent) -> None:
        self._spending.paid(flight.signer.address, flight.nonce, receipt)
        if not receipt.succeeded:
            _log.warning(
                "a transaction failed", code="CHAIN-TRANSACTION-FAILED", transaction=flight.transaction_hash
            )
            self._requeue_later(flight.rows, "CHAIN-TRANSACTION-FAILED")
            done.requeued += len(flight.rows)
            return
        self._database.execute(
            _WRITE_MINED,
            (receipt.block_number, "0x" + receipt.block_hash.hex(), wall_ms(), flight.ids, _MINES),
        )
        place = {"transaction": flight.transaction_hash, "block": receipt.block_number}
        tell_step(self._database, "mined", flight.ids, **place)
        done.mined += len(flight.rows)

    def _replace(self, flight: Flight) -> None:
        known = self._client.known(bytes.fromhex(flight.transaction_hash[2:]))
        if known is None or known.block_number is not None:
            return
        call = call_of([_record_of(row) for row in flight.rows])
        fees = dearer(known.fees.raised(), self._client.fees())
        _log.warning("sending again with higher fees", nonce=flight.nonce, records=len(flight.rows))
        try:
            self._send_call(call, flight.ids, flight.signer, flight.nonce, fees)
        except ChainFault as fault:
            if fault.code != "CHAIN-REVERTED":
                raise
            # It fails when it is mined, but it must be mined: other transactions stand behind its nonce.
            self._send_out(call, flight.ids, flight.signer, flight.nonce, fees, gas_bound(call.records))

    # --- the next wave

    def _send_wave(self, done: Sent) -> None:
        rows = self._take(done)
        try:
            self._send_rows(rows, done)
        finally:
            # What did not go may be taken again at once, also where the chain is away.
            self._free([row["id"] for row in rows])

    def _send_rows(self, rows: list[Row], done: Sent) -> None:
        if not rows:
            return
        records = [_record_of(row) for row in rows]
        tried = zip(records, rows, strict=True)
        singly = any(
            row["attempts"] >= SINGLY_AFTER and not goes_alone(type(record)) for record, row in tried
        )
        id_of = {id(record): row["id"] for record, row in zip(records, rows, strict=True)}
        row_of = {row["id"]: row for row in rows}
        nonces: dict[str, int] = {}
        blocked: set[str] = set()
        under_way: set[str] = set()
        fees = self._client.fees()
        calls = grouped(records, 1) if singly else grouped(records)
        for call in calls[:MOST_CALLS]:
            ids = [id_of[id(record)] for record in call.records]
            subjects = {subject for record in call.records for subject in record.subjects()}
            # A message that goes alone is tried on what is mined: it waits for what goes out before it.
            if subjects & blocked or (is_single(call) and subjects & under_way):
                blocked |= subjects
                continue
            signer = self._signers[call.role]
            nonce = nonces.get(signer.address)
            if nonce is None:
                nonce = self._client.nonce(signer.address)
            try:
                self._send_call(call, ids, signer, nonce, fees)
            except ChainFault as fault:
                if fault.transient or fault.code in STOPPING:
                    raise
                blocked |= subjects
                self._not_taken(call, [row_of[row_id] for row_id in ids], fault, done)
                continue
            under_way |= subjects
            nonces[signer.address] = nonce + 1
            done.sent += len(ids)

    def _free(self, ids: Sequence[int]) -> None:
        """Give back what was taken and did not go."""
        self._database.execute(
            "UPDATE outbox SET leased_until = NULL WHERE id = ANY(%s) AND state = 'QUEUED' AND last_error IS NULL",
            (list(ids),),
        )

    def _not_taken(self, call: Call, rows: list[Row], fault: ChainFault, done: Sent) -> None:
        """Settle what the contract refuses for good; the rest goes back to the queue with a pause."""
        reason = fault.code
        if fault.code == "CHAIN-REVERTED" and is_single(call):
            ids = [row["id"] for row in rows]
            try:
                judged = judge_revert(self._database, self._read(), self._manifest, call, ids, fault)
            except ChainFault as unread:
                if unread.code != "CHAIN-NO-QUORUM":
                    raise
                reason = unread.code  # this record waits, and no other with it
            else:
                if judged.settled:
                    done.reverted += len(rows)
                    return
                reason = judged.error
        self._requeue_later(rows, reason)
        _log.warning("a call was not taken", code=reason, detail=fault.detail, records=len(rows))

    def _take(self, done: Sent) -> list[Row]:
        """Lease what may go now: a record waits for every earlier one that shares a subject with it."""
        taken: list[Row] = []
        held: set[str] = set()
        last_id = 0
        with self._database.transaction():
            holding = deque(self._database.execute(_HOLDING).fetchall())
            while len(taken) < MOST_RECORDS:
                rows = self._database.execute(_TAKE, (last_id, MOST_RECORDS)).fetchall()
                if not rows:
                    break
                for row in rows:
                    while holding and holding[0]["id"] < row["id"]:
                        held |= _subjects_of(holding.popleft())
                    if not self._is_well_formed(row, done):
                        continue
                    subjects = _subjects_of(row)
                    if subjects & held or len(taken) == MOST_RECORDS:
                        held |= subjects
                    else:
                        taken.append(row)
                last_id = rows[-1]["id"]
            self._database.execute(_LEASE, (LEASE_S, [row["id"] for row in taken]))
        return taken

    def _is_well_formed(self, row: Row, done: Sent) -> bool:
        try:
            call_of([_record_of(row)])
        except ChainFault as fault:
            self._refuse_malformed(row, fault)
            done.malformed += 1
            return False
        return True

    def _send_call(self, call: Call, ids: Sequence[int], signer: Signer, nonce: int, fees: Fees) -> None:
        to = self._manifest.address(call.contract)
        gas = gas_for(self._client, signer.address, to, call.data, call.records)
        self._send_out(call, ids, signer, nonce, fees, gas)

    def _send_out(  # noqa: PLR0913 - a transaction and whose it is
        self, call: Call, ids: Sequence[int], signer: Signer, nonce: int, fees: Fees, gas: int
    ) -> None:
        def write(signed: SignedTransaction, _: Fees) -> None:
            parameters = ("0x" + signed.hash.hex(), nonce, wall_ms(), list(ids), _SENDS)
            self._database.execute(_WRITE_SENT, parameters)

        to = self._manifest.address(call.contract)
        sendable = Sendable(to=to, data=call.data, nonce=nonce, gas=gas, fees=fees)
        permit = self._permit(signer.address, sendable, "outbox")
        signed = send(self._client, signer, sendable, write, permit)
        tell_step(self._database, "sent", ids, transaction="0x" + signed.hash.hex(), nonce=nonce)

    def _permit(self, sender: str, sendable: Sendable, purpose: Purpose) -> Callable[[Fees], None]:
        """What takes a transaction into the account of costs, at each fee that is tried."""
        return lambda fees: self._spending.permit(sender, sendable, fees, purpose)

    # --- back to the queue

    def _requeue(self, ids: Sequence[int], reason: str | None, pause_s: float) -> None:
        self._database.execute(_BACK_TO_QUEUE, (reason, pause_s, wall_ms(), list(ids), _REQUEUES))
        tell_step(self._database, "requeued", ids, reason=reason)

    def _requeue_later(self, rows: Sequence[Row], reason: str) -> None:
        """Back to the queue with a pause that doubles with each attempt."""
        for row in rows:
            self._database.execute("UPDATE outbox SET attempts = attempts + 1 WHERE id = %s", (row["id"],))
            attempts = 1 + int(row["attempts"])
            pause_s = min(2.0 ** min(attempts, 16), LONGEST_PAUSE_S)
            self._requeue([row["id"]], reason, pause_s)
            if attempts >= STUCK_AFTER:
                _log.critical("alarm", code="OUTBOX-STUCK", record_id=row["record_id"], reason=reason)

    def _refuse_malformed(self, row: Row, fault: ChainFault) -> None:
        _log.critical("alarm", code=fault.code, record_id=row["record_id"], detail=fault.detail)
        self._database.execute(_WRITE_MALFORMED, (fault.code, wall_ms(), row["id"], _IS_MALFORMED))


def _record_of(row: Row) -> Record:
    return record_of(row["payload"])


def _subjects_of(row: Row) -> frozenset[str]:
    """What a record concerns; nothing if it cannot be read, and so will never go."""
    try:
        return _record_of(row).subjects()
    except ChainFault:
        return frozenset()

"""What became of each record: MINED becomes FINAL and VERIFIED when its event is read back, or REFUSED.

A record counts by its event, never by a receipt alone: the event that says exactly what the record says, in a final
block. What settlement waits for is then reported to the exchange as a command; the record's state moves on after the
report, so that a report is repeated rather than lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec
import structlog
from psycopg.types.json import Jsonb

from exchange.commands import ChainRecordKind, ReportChainRecord
from ledger.alone import wall_ms
from ledger.chain.comparison import key_of, says_the_same
from ledger.chain.events import REFUSALS
from ledger.chain.records import AnchorRecord
from ledger.indexer import halted_for
from ledger.outbox import LONGEST_PAUSE_S, STUCK_AFTER
from ledger.outbox_flights import record_of
from ledger.outbox_row import REPORTED_AS
from ledger.record_lines import tell_step
from ledger.record_states import ANCHOR_TRANSITIONS, RECORD_TRANSITIONS, before
from ledger.sequencer.messages import SequencerRefused

if TYPE_CHECKING:
    from ledger.alone import Database, Row
    from ledger.chain.client import ChainClient
    from ledger.chain.manifest import Manifest
    from ledger.chain.records import Record
    from ledger.record_lines import Step
    from ledger.service import Service

MOST_RECORDS: Final = 500
"""Records looked at in one run."""
MOST_ATTEMPTS: Final = 10
"""After so many a refusal counts even where an earlier record of the same subject has not come to its end."""
REPORTED: Final = frozenset(
    {"deal", "registration", "licence", "licence_end", "unwound", "recovery", "sealed_set"}
)
"""Kinds whose final record is reported; refusals of every kind are."""
_Ending: TypeAlias = Literal["finalise", "verify", "refuse"]
_TOLD: Final[dict[_Ending, Step]] = {"finalise": "final", "verify": "verified", "refuse": "refused"}
_log = structlog.get_logger()

_UNDER_WAY = """
SELECT id, record_id, kind, subject_id, payload, state, transaction_hash, block_number, attempts, last_error
FROM outbox WHERE state = ANY(%s) AND block_number <= %s
    AND last_error IS DISTINCT FROM 'CHAIN-CONTENT-DIFFERS' ORDER BY id LIMIT %s
"""
_IN_TRANSACTION = "SELECT * FROM chain_events WHERE transaction_hash = %s ORDER BY seq"
_BY_KEY = """
SELECT * FROM chain_events WHERE contract = %s AND name = %s AND data @> %s ORDER BY seq LIMIT 1
"""
_FORERUNNERS = """
SELECT payload, state, transaction_hash FROM outbox
WHERE id < %s AND (state IN ('QUEUED', 'SENT', 'MINED', 'FINAL') OR state = 'VERIFIED' AND block_number >= %s)
"""
_BACK_TO_QUEUE = """
UPDATE outbox SET state = 'QUEUED', transaction_hash = NULL, nonce = NULL, block_number = NULL, block_hash = NULL,
    last_error = %s, leased_until = clock_timestamp() + make_interval(secs => %s), updated_ms = %s
WHERE id = %s AND state = ANY(%s)
"""
_WRITE_STATE = """
UPDATE outbox SET state = %s, transaction_hash = %s, block_number = %s, block_hash = %s,
    last_error = %s, updated_ms = %s WHERE id = %s AND state = ANY(%s)
"""
_WRITE_REVERTED = "UPDATE outbox SET state = 'REFUSED', updated_ms = %s WHERE id = %s AND state = ANY(%s)"
_WRITE_LOST = """
UPDATE outbox SET state = 'QUEUED', transaction_hash = NULL, nonce = NULL, block_number = NULL,
    block_hash = NULL, last_error = 'CHAIN-REORGANISED', updated_ms = %s WHERE id = %s AND state = ANY(%s)
"""
_ANCHORS = """
SELECT size, root, previous_root, state, transaction_hash, block_number FROM anchors
WHERE state = ANY(%s) AND block_number <= %s ORDER BY size LIMIT %s
"""
_WRITE_ANCHOR = """
UPDATE anchors SET state = %s, transaction_hash = %s, block_number = %s, block_hash = %s,
    last_error = %s, updated_ms = %s WHERE size = %s AND state = ANY(%s)
"""


class Followed(msgspec.Struct, kw_only=True):
    """What one run found out, in records."""

    verified: int = 0
    refused: int = 0
    lost: int = 0
    reported: int = 0
    differing: int = 0
    anchors: int = 0
    early: int = 0
    """Refused because an earlier record of the same subject was not there yet; sent again after it."""
    unreported: int = 0
    keys: int = 0
    """Told of keys that changed on the chain without the venue."""
    messages: int = 0
    """Told of offers withdrawn and deals cancelled there without the venue."""


class ChainResults:
    """Follows records and anchors to their end. Run it under `Work.CHAIN_RESULTS`."""

    def __init__(self, database: Database, client: ChainClient, manifest: Manifest, service: Service) -> None:
        self._database = database
        self._client = client
        self._manifest = manifest
        self._service = service

    def run(self) -> Followed:
        """Bring every record as far as the events that were read allow; nothing while the indexer is halted.

        Raises:
            ChainFault: what the client raises.
            SequencerRefused: a report could not be given now; run it again.
            psycopg.Error: the database does not answer.
        """
        done = Followed()
        cursor = self._database.execute(
            "SELECT min(block_number) AS block_number, min(final_block) AS final_block FROM chain_cursor"
        ).fetchone()
        if cursor is None or cursor["block_number"] is None or halted_for(self._database) is not None:
            return done
        # Anchors first: they wait for nobody's answer.
        mined = (before(ANCHOR_TRANSITIONS, "verify"), cursor["block_number"], MOST_RECORDS)
        for row in self._database.execute(_ANCHORS, mined).fetchall():
            self._anchor(row, done)
        mined = (before(RECORD_TRANSITIONS, "refuse"), cursor["block_number"], MOST_RECORDS)
        for row in self._database.execute(_UNDER_WAY, mined).fetchall():
            try:
                self._record(row, done)
            except SequencerRefused as refusal:
                if refusal.retryable:
                    raise
                # One report that cannot be given holds up nobody else's settlement.
                done.unreported += 1
                _log.critical("alarm", code=refusal.code, record_id=row["record_id"], found=refusal.found)
        return done

    # --- records

    def _record(self, row: Row, done: Followed) -> None:
        if row["transaction_hash"] is None:
            self._reverted(row, done)
            return
        record = record_of(row["payload"])
        event, refusal = self._event_of(record, row)
        if event is None and refusal is None:
            self._look_for_transaction(row, done)
        elif refusal is not None:
            if refusal["final"]:
                self._refused(row, refusal, done)
        elif event is not None and event["final"]:
            self._final(row, record, event, done)

    def _event_of(self, record: Record, row: Row) -> tuple[Row | None, Row | None]:
        """Give the record's event, and the refusal in the record's own transaction."""
        name, wanted = key_of(record)
        found = self._database.execute(_IN_TRANSACTION, (row["transaction_hash"],)).fetchall()
        refusal = None
        for event in found:
            if event["name"] == name and all(event["data"].get(field) == value for field, value in wanted):
                return event, None
            if event["name"] == "ItemRefused" and event["data"]["id"] == record.item_id.lower():
                refusal = event
        if refusal is not None:
            return None, refusal
        # Sent more than once: the contract passed over the later ones, and the event stands in an earlier one.
        place = (self._manifest.address(record.contract), name, Jsonb(dict(wanted)))
        return self._database.execute(_BY_KEY, place).fetchone(), None

    def _final(self, row: Row, record: Record, event: Row, done: Followed) -> None:
        if not says_the_same(record, event["data"]):
            done.differing += 1
            _log.critical("alarm", code="CHAIN-CONTENT-DIFFERS", record_id=row["record_id"], seq=event["seq"])
            self._set_state(row, "finalise", event, "CHAIN-CONTENT-DIFFERS")
            return
        if row["state"] != "FINAL":
            self._set_state(row, "finalise", event, None)
        if row["kind"] in REPORTED:
            self._report(row, "final", event, None)
            done.reported += 1
        self._set_state(row, "verify", event, None)
        done.verified += 1

    def _refused(self, row: Row, refusal: Row, done: Followed) -> None:
        selector = refusal["data"]["selector"]
        error = REFUSALS.get(selector, selector)
        if row["attempts"] < MOST_ATTEMPTS and self._came_early(row, refusal):
            pause_s = min(2.0 ** row["attempts"], LONGEST_PAUSE_S)
            self._database.execute(
                _BACK_TO_QUEUE,
                (error, pause_s, wall_ms(), row["id"], before(RECORD_TRANSITIONS, "come_early")),
            )
            done.early += 1
            return
        _log.warning("the contract refused a record", record_id=row["record_id"], error=error)
        if row["kind"] in REPORTED_AS:
            self._report(row, "refused", refusal, error)
            done.reported += 1
        else:
            _log.critical("alarm", code="CHAIN-REFUSED", record_id=row["record_id"], error=error)
        self._set_state(row, "refuse", refusal, error)
        done.refused += 1

    def _reverted(self, row: Row, done: Followed) -> None:
        """A message that went alone and that the contract refuses for good: `last_error` names its error."""
        error = str(row["last_error"])
        _log.warning("the contract refused a record", record_id=row["record_id"], error=error)
        if row["kind"] in REPORTED_AS:
            place = {"transaction_hash": "", "block_number": row["block_number"]}
            self._report(row, "refused", place, error)
            done.reported += 1
        else:
            _log.critical("alarm", code="CHAIN-REFUSED", record_id=row["record_id"], error=error)
        given = (wall_ms(), row["id"], before(RECORD_TRANSITIONS, "refuse"))
        self._database.execute(_WRITE_REVERTED, given)
        tell_step(self._database, "refused", [row["id"]], reason=error)
        done.refused += 1

    def _came_early(self, row: Row, refusal: Row) -> bool:
        """Whether a record that belongs before this one was not on the chain when the contract refused it.

        A block with the earlier record may be lost after the later one was sent: the refusal says nothing then.
        """
        subjects = record_of(row["payload"]).subjects()
        earlier = self._database.execute(_FORERUNNERS, (row["id"], refusal["block_number"])).fetchall()
        for each in earlier:
            record = record_of(each["payload"])
            if not record.subjects() & subjects:
                continue
            if each["state"] != "VERIFIED":
                return True
            event, _ = self._event_of(record, each)
            if event is not None and event["seq"] > refusal["seq"]:
                return True
        return False

    def _look_for_transaction(self, row: Row, done: Followed) -> None:
        """Neither event nor refusal up to a block behind the transaction's own: was it reorganised away?"""
        receipt = self._client.receipt(bytes.fromhex(row["transaction_hash"][2:]))
        if receipt is not None and receipt.succeeded:
            if receipt.block_number != row["block_number"]:
                self._database.execute(
                    "UPDATE outbox SET block_number = %s, block_hash = %s WHERE id = %s AND state = 'MINED'",
                    (receipt.block_number, "0x" + receipt.block_hash.hex(), row["id"]),
                )
                return
            _log.warning("no event of a mined record", code="CHAIN-EVENT-MISSING", record_id=row["record_id"])
        self._database.execute(_WRITE_LOST, (wall_ms(), row["id"], before(RECORD_TRANSITIONS, "lose")))
        tell_step(self._database, "lost", [row["id"]], transaction=row["transaction_hash"])
        done.lost += 1
        # Each round begins a new stay in every state, so that no watch over the states ever sees this one.
        if row["attempts"] >= STUCK_AFTER:
            _log.critical(
                "alarm", code="OUTBOX-STUCK", record_id=row["record_id"], reason="CHAIN-REORGANISED"
            )

    def _report(self, row: Row, outcome: Literal["final", "refused"], event: Row, error: str | None) -> None:
        """Report to the exchange; what it refuses to hear (the deal has gone on) is reported all the same."""
        command = ReportChainRecord(
            record=msgspec.convert(REPORTED_AS[row["kind"]], ChainRecordKind),
            subject_id=row["subject_id"],
            outcome=outcome,
            transaction=event["transaction_hash"],
            block=event["block_number"],
            error=error,
        )
        # With the transaction in the key: a record that is recorded anew after final blocks were lost is news.
        key = f"chain-record:{row['record_id']}:{outcome}:{event['transaction_hash']}"
        answer = self._service.report(key, command)
        if answer.status == "refused":
            _log.warning("a chain record came too late", record_id=row["record_id"], code=answer.code)

    def _set_state(self, row: Row, step: _Ending, event: Row, error: str | None) -> None:
        states = before(RECORD_TRANSITIONS, step)
        state = RECORD_TRANSITIONS[states[0], step]
        found = (event["transaction_hash"], event["block_number"], event["block_hash"])
        self._database.execute(_WRITE_STATE, (state, *found, error, wall_ms(), row["id"], states))
        place = {"transaction": event["transaction_hash"], "block": event["block_number"]}
        tell_step(self._database, _TOLD[step], [row["id"]], **place)

    # --- anchors

    def _anchor(self, row: Row, done: Followed) -> None:
        record = anchor_record(row["root"], row["size"], row["previous_root"])
        event, _ = self._event_of(record, row)
        if event is None:
            receipt = self._client.receipt(bytes.fromhex(row["transaction_hash"][2:]))
            if receipt is None or receipt.block_number != row["block_number"]:
                self._set_anchor(row["size"], "lose", None, "CHAIN-REORGANISED")
                done.lost += 1
            return
        if not event["final"]:
            return
        if not says_the_same(record, event["data"]):
            _log.critical("alarm", code="CHAIN-CONTENT-DIFFERS", anchor=row["size"], seq=event["seq"])
            self._set_anchor(row["size"], "refuse", event, "CHAIN-CONTENT-DIFFERS")
            done.differing += 1
            return
        self._set_anchor(row["size"], "verify", event, None)
        done.anchors += 1

    def _set_anchor(
        self, size: int, step: Literal["lose", "verify", "refuse"], event: Row | None, error: str | None
    ) -> None:
        states = before(ANCHOR_TRANSITIONS, step)
        state = ANCHOR_TRANSITIONS[states[0], step]
        place: tuple[Any, ...] = (None, None, None)
        if event is not None:
            place = (event["transaction_hash"], event["block_number"], event["block_hash"])
        self._database.execute(_WRITE_ANCHOR, (state, *place, error, wall_ms(), size, states))


def anchor_record(root: bytes, size: int, previous_root: bytes) -> AnchorRecord:
    """Give an anchor as it goes to the contract."""
    return AnchorRecord(root="0x" + root.hex(), size=size, previous_root="0x" + previous_root.hex())

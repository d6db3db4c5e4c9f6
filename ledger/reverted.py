"""What it means that the contract reverts a single message: it stands already, it is refused for good, or it waits.

A refusal counts only where the newest final state gives it too, and holds every earlier record that the message may
rest on: a block that is not final may be lost, and with it what made the contract refuse. Which state is final and what
the contract answers there is asked of all nodes that the venue reads from: the node that is sent to may lie.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from psycopg.types.json import Jsonb

from ledger.alone import wall_ms
from ledger.chain.calls import Call, goes_alone
from ledger.chain.comparison import key_of
from ledger.chain.errors import ChainFault
from ledger.chain.reads import PASSING_ERRORS, error_name
from ledger.chain.records import AnyRecord
from ledger.record_states import RECORD_TRANSITIONS, before

if TYPE_CHECKING:
    from ledger.alone import Database, Row
    from ledger.chain.client import Block
    from ledger.chain.manifest import Manifest
    from ledger.chain.quorum import Reading

_STANDING: Final = """
SELECT transaction_hash, block_number, block_hash FROM chain_events
WHERE contract = %s AND name = %s AND data @> %s ORDER BY seq DESC LIMIT 1
"""
_READ_TO: Final = "SELECT min(block_number) AS block_number FROM chain_cursor"
_NOT_FINAL: Final = """
SELECT payload FROM outbox WHERE id < %s AND state <> 'REFUSED' AND coalesce(block_number > %s, true)
    AND last_error IS DISTINCT FROM 'RecoveryTooEarly'
"""
"""A recovery before its time is no ground for anything that comes after it."""
_WRITE: Final = """
UPDATE outbox SET state = 'MINED', transaction_hash = %s, nonce = NULL, block_number = %s, block_hash = %s,
    leased_until = NULL, last_error = %s, updated_ms = %s
WHERE id = ANY(%s) AND state = ANY(%s)
"""
_STANDS: Final = before(RECORD_TRANSITIONS, "stand")


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a revert means: `settled` if the record needs no other attempt, `error` the name of the contract's error."""

    settled: bool
    error: str


def is_single(call: Call) -> bool:
    """Whether a call is one message, which the contract reverts where it refuses."""
    return goes_alone(type(call.records[0]))


def judge_revert(  # noqa: PLR0913 - where it stands, what was sent, what came of it
    database: Database, reading: Reading, manifest: Manifest, call: Call, ids: list[int], fault: ChainFault
) -> Judged:
    """Settle a reverted message if that can be done now.

    What stands already becomes MINED in the transaction that brought it; what is refused for good becomes MINED
    without a transaction, with the error's name, and goes on to REFUSED when that has been reported.

    Raises:
        ChainFault: what the reading raises.
        psycopg.Error: the database does not answer.
    """
    error = error_name(fault.data)
    standing = _standing(database, manifest, call)
    if standing is not None:
        place = (standing["transaction_hash"], standing["block_number"], standing["block_hash"], None)
        database.execute(_WRITE, (*place, wall_ms(), ids, _STANDS))
        return Judged(settled=True, error=error)
    final = reading.finalized_block()
    if not _counts(error) or not _read_up_to(database, final) or _rests_on_more(database, call, ids, final):
        return Judged(settled=False, error=error)
    found = reading.revert_of(manifest.address(call.contract), call.data, final.number)
    if found is None or error_name(found) != error:
        return Judged(settled=False, error=error)
    refused_at = (None, final.number, "0x" + final.hash.hex(), error)
    database.execute(_WRITE, (*refused_at, wall_ms(), ids, _STANDS))
    return Judged(settled=True, error=error)


def _standing(database: Database, manifest: Manifest, call: Call) -> Row | None:
    name, wanted = key_of(call.records[0])
    where = (manifest.address(call.contract), name, Jsonb(dict(wanted)))
    return database.execute(_STANDING, where).fetchone()


def _counts(error: str) -> bool:
    """Whether an error refuses the message itself; one without a name of ours may be the node's own trouble."""
    return error not in PASSING_ERRORS and not error.startswith("0x")


def _read_up_to(database: Database, final: Block) -> bool:
    row = database.execute(_READ_TO).fetchone()
    return row is not None and row["block_number"] is not None and row["block_number"] >= final.number


def _rests_on_more(database: Database, call: Call, ids: list[int], final: Block) -> bool:
    """Whether an earlier record of the same subjects does not stand in a final block yet."""
    subjects = call.records[0].subjects()
    rows = database.execute(_NOT_FINAL, (min(ids), final.number)).fetchall()
    return any(_subjects_of(row) & subjects for row in rows)


def _subjects_of(row: Row) -> frozenset[str]:
    try:
        record: AnyRecord = msgspec.convert(row["payload"], AnyRecord)
        return record.subjects()
    except (msgspec.ValidationError, ChainFault):
        return frozenset()  # it cannot be read, and so never goes

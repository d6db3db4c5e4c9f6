"""What became of parties' keys on the chain without the venue: told to the exchange once it is final.

A key's holder may send its own messages to the contract, and the guardian may revoke a key or end a recovery's wait
there. An event is news where the exchange has the key otherwise; one that says what the exchange itself had recorded is
none. A recovery counts whatever has become of the old key here meanwhile, as long as its party is the same there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import structlog

from exchange.commands import ReportKey
from ledger.secp256k1 import checksum_address
from ledger.sequencer.messages import SequencerRefused

if TYPE_CHECKING:
    from ledger.alone import Database, Row
    from ledger.service import Service

MOST_EVENTS: Final = 100
"""Told in one run."""
_KINDS: Final[dict[str, Literal["revoked", "rotated", "recovered", "advanced", "vetoed"]]] = {
    "KeyRevoked": "revoked",
    "KeyRotated": "rotated",
    "KeyRecovered": "recovered",
    "CounterAdvanced": "advanced",
    "RecoveryVetoed": "vetoed",
}
_NEWS = """
SELECT e.name, e.data AS event, e.transaction_hash, e.block_number, e.seq, k.id AS key
FROM chain_events e
JOIN keys k ON lower(k.id) = coalesce(e.data ->> 'key', e.data ->> 'old_key')
JOIN parties p ON p.id = k.party_id
LEFT JOIN keys own ON own.id = p.key
WHERE e.name IN ('KeyRevoked', 'KeyRotated', 'KeyRecovered', 'CounterAdvanced', 'RecoveryVetoed') AND e.final AND (
    e.name = 'KeyRevoked' AND k.state = 'LIVE'
    OR e.name = 'CounterAdvanced' AND (k.data ->> 'counter')::bigint < (e.data ->> 'new_counter')::bigint
    OR e.name IN ('KeyRotated', 'KeyRecovered') AND own.data ->> 'commitment' = k.data ->> 'commitment'
        AND NOT EXISTS (SELECT FROM keys n WHERE lower(n.id) = e.data ->> 'new_key')
    OR e.name = 'RecoveryVetoed' AND EXISTS (
        SELECT FROM recoveries r WHERE lower(r.id) = e.data ->> 'new_key' AND r.party_id = p.id
            AND r.state NOT IN ('VETOED', 'COMPLETED'))
)
ORDER BY e.seq LIMIT %s
"""
_log = structlog.get_logger()


def report_keys(database: Database, service: Service) -> int:
    """Tell the exchange what it does not know yet; gives how many events were told.

    Raises:
        SequencerRefused, VenueNotOpen: a report could not be given now; run it again.
        psycopg.Error: the database does not answer.
    """
    found = database.execute(_NEWS, (MOST_EVENTS,)).fetchall()
    for row in found:
        try:
            _report(row, service)
        except SequencerRefused as refusal:
            if refusal.retryable:
                raise
            # One report that cannot be given holds up nobody else's key.
            _log.critical("alarm", code=refusal.code, key=row["key"], found=refusal.found)
    return len(found)


def _report(row: Row, service: Service) -> None:
    event = row["event"]
    new_key = event.get("new_key", "")
    command = ReportKey(
        key=row["key"],
        event=_KINDS[row["name"]],
        new_key=checksum_address(new_key) if new_key else "",
        counter=int(event.get("new_counter", 0)),
        transaction=row["transaction_hash"],
        block=row["block_number"],
    )
    # With the event's number: one transaction may bring a key several events of a kind.
    key = f"key-report:{row['name']}:{row['key']}:{row['transaction_hash']}:{row['seq']}"
    answer = service.report(key, command)
    if answer.status == "refused":
        # An earlier event of the same run has brought the exchange there, or a company's own command just now.
        _log.warning("a key's event was no news", key=row["key"], code=answer.code)
    else:
        _log.warning("a key changed on the chain without the venue", key=row["key"], event_name=row["name"])

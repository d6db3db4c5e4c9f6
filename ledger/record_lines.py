"""A line for each record on its way to the chain, with outbox id, entry, deal, listing and transaction.

So one deal's or one listing's id finds the whole way in the logs: the request and the entry in the sequencer's line,
and from there each step of the record until it is verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from ledger import metrics
from ledger.chain.comparison import key_of
from ledger.chain.errors import ChainFault
from ledger.log_lines import tell_each
from ledger.outbox_flights import record_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.alone import Database, Row
    from ledger.chain.comparison import Key
    from ledger.event_rows import EventRow

Step: TypeAlias = Literal["sent", "mined", "final", "verified", "refused", "requeued", "lost"]
_RECORDS: Final = """
SELECT o.id, o.kind, o.entry, d.id AS deal_id, d.data ->> 'listing_id' AS listing_id
FROM outbox o LEFT JOIN licences l ON l.id = o.subject_id
    LEFT JOIN deals d ON d.id = coalesce(l.data ->> 'deal_id', o.subject_id)
WHERE o.id = ANY(%s) ORDER BY o.id
"""
_SENT_WITH: Final = """
SELECT id, transaction_hash, payload FROM outbox
WHERE state IN ('QUEUED', 'SENT', 'MINED', 'FINAL') AND transaction_hash = ANY(%s)
"""
_OF_NOBODY: Final[list[dict[str, Any]]] = [{}]


def tell_step(database: Database, step: Step, ids: Sequence[int], **place: Any) -> None:  # noqa: ANN401 - what a line says
    """Count and tell a step that records have taken. `place`: transaction, block, nonce or reason.

    Raises:
        psycopg.Error: the database does not answer.
    """
    if not ids:
        return
    metrics.CHAIN_RECORDS.labels(step=step).inc(len(ids))
    tell_each(f"record {step}", [_line(row) | place for row in _records(database, ids)])


def tell_events(database: Database, rows: Sequence[EventRow]) -> None:
    """Count and tell events read back (rows of `chain_events`), each with its record (or all that were sent with it).

    Raises:
        psycopg.Error: the database does not answer.
    """
    if not rows:
        return
    metrics.CHAIN_EVENTS.inc(len(rows))
    hashes = list({row[5] for row in rows})
    sent = database.execute(_SENT_WITH, (hashes,)).fetchall()
    lines = {row["id"]: _line(row) for row in _records(database, [each["id"] for each in sent])}
    by_transaction: dict[str, list[tuple[Key, dict[str, Any]]]] = {}
    for each in sent:
        told = (_event_of(each), lines[each["id"]])
        by_transaction.setdefault(each["transaction_hash"], []).append(told)
    tell_each(
        "event read",
        [
            {"name": row[2], "seq": row[1], "block": row[3], "transaction": row[5], **line}
            for row in rows
            for line in _lines_of(row, by_transaction.get(row[5], []))
        ],
    )


def _event_of(sent: Row) -> Key:
    """What its event is found by; nothing finds that of a row that was spoilt since, which reconciliation names."""
    try:
        return key_of(record_of(sent["payload"]))
    except ChainFault:
        return "", ()


def _lines_of(event: EventRow, sent: Sequence[tuple[Key, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The line of the record that became this event: a call has fifty, and a line for each with each floods the log.

    Where none is known to have become it (a refusal, say), those of all that were sent with it.
    """
    if len(sent) > 1:
        stated = msgspec.json.decode(event[7])
        for (name, wanted), line in sent:
            if name == event[2] and all(stated.get(field) == value for field, value in wanted):
                return [line]
    return [line for _, line in sent] or _OF_NOBODY


def _records(database: Database, ids: Sequence[int]) -> list[Row]:
    return database.execute(_RECORDS, (list(ids),)).fetchall()


def _line(row: Row) -> dict[str, Any]:
    line: dict[str, Any] = {"outbox": row["id"], "kind": row["kind"], "entry": row["entry"]}
    for name in ("deal_id", "listing_id"):
        if row[name]:
            line[name] = row[name]
    return line

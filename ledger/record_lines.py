"""A line for each record on its way to the chain, with outbox id, entry, deal, listing and transaction.

So one deal's or one listing's id finds the whole way in the logs: the request and the entry in the sequencer's line,
and from there each step of the record until it is verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from ledger import metrics
from ledger.log_lines import tell_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.alone import Database, Row
    from ledger.event_rows import EventRow

Step: TypeAlias = Literal["sent", "mined", "final", "verified", "refused", "requeued", "lost"]
_RECORDS: Final = """
SELECT o.id, o.kind, o.entry, d.id AS deal_id, d.data ->> 'listing_id' AS listing_id
FROM outbox o LEFT JOIN licences l ON l.id = o.subject_id
    LEFT JOIN deals d ON d.id = coalesce(l.data ->> 'deal_id', o.subject_id)
WHERE o.id = ANY(%s) ORDER BY o.id
"""
_SENT_WITH: Final = """
SELECT id, transaction_hash FROM outbox
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
    """Count and tell events read back (rows of `chain_events`), each with what its transaction was sent for.

    Raises:
        psycopg.Error: the database does not answer.
    """
    if not rows:
        return
    metrics.CHAIN_EVENTS.inc(len(rows))
    hashes = list({row[5] for row in rows})
    sent = database.execute(_SENT_WITH, (hashes,)).fetchall()
    lines = {row["id"]: _line(row) for row in _records(database, [each["id"] for each in sent])}
    by_transaction: dict[str, list[dict[str, Any]]] = {}
    for each in sent:
        by_transaction.setdefault(each["transaction_hash"], []).append(lines[each["id"]])
    tell_each(
        "event read",
        [
            {"name": name, "seq": seq, "block": block, "transaction": transaction, **line}
            for _, seq, name, block, _, transaction, *_ in rows
            for line in by_transaction.get(transaction, _OF_NOBODY)
        ],
    )


def _records(database: Database, ids: Sequence[int]) -> list[Row]:
    return database.execute(_RECORDS, (list(ids),)).fetchall()


def _line(row: Row) -> dict[str, Any]:
    line: dict[str, Any] = {"outbox": row["id"], "kind": row["kind"], "entry": row["entry"]}
    for name in ("deal_id", "listing_id"):
        if row[name]:
            line[name] = row[name]
    return line

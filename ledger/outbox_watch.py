"""Watches the outbox: an alarm for each state in which a record stands still for too long, and what cures it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ledger.alarms import Alarms
    from ledger.alone import Database

_STANDING: Final = """
SELECT state, count(*) AS records, min(id) AS first_id,
    extract(epoch FROM clock_timestamp() - min(state_since)) AS age_s
FROM outbox WHERE state = ANY(%s) AND last_error IS DISTINCT FROM 'RecoveryTooEarly'
    AND state_since < clock_timestamp() - make_interval(secs => %s * CASE state WHEN 'MINED' THEN %s ELSE 1 END)
GROUP BY state
"""
FINALITY: Final = 3
"""So many times as long a record may stay MINED: until the chain calls its block final, a quarter of an hour."""
STUCK: Final[dict[str, tuple[str, str]]] = {
    "QUEUED": (
        "OUTBOX-STUCK-QUEUED",
        "see the sender's last alarms and the record's last_error; it is tried again by itself",
    ),
    "SENT": (
        "OUTBOX-STUCK-SENT",
        "see that the chain makes blocks and that the sender has funds; fees are raised by themselves up to the cap",
    ),
    "MINED": (
        "OUTBOX-STUCK-MINED",
        "see that the indexer reads and is not halted (`ipx chain recover`), and that the chain makes blocks final",
    ),
    "FINAL": (
        "OUTBOX-STUCK-FINAL",
        "see that the sequencer takes the service's reports, and the alarms for a record whose content differs",
    ),
}
"""Code and cure by state."""


def watch_outbox(database: Database, alarms: Alarms, stuck_after_ms: int) -> int:
    """Raise and end alarms as the outbox stands now; gives the number of records that stand still.

    Raises:
        psycopg.Error: the database does not answer.
    """
    rows = database.execute(_STANDING, (list(STUCK), stuck_after_ms / 1_000, FINALITY)).fetchall()
    found = {row["state"]: row for row in rows}
    for state, (code, cure) in STUCK.items():
        row = found.get(state)
        if row is None:
            alarms.end(f"outbox {state}")
        else:
            first = database.execute(
                "SELECT record_id FROM outbox WHERE id = %s", (row["first_id"],)
            ).fetchone()
            alarms.begin(
                f"outbox {state}",
                code,
                cure,
                records=row["records"],
                oldest_s=round(row["age_s"]),
                record_id="" if first is None else first["record_id"],
            )
    return sum(row["records"] for row in rows)

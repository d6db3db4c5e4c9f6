"""Every checkpoint gets a time-stamp token, the newest first: of what the sequencer signed, word for word.

A token says that the authority had seen the checkpoint by its time; with the checkpoint it dates every entry below.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from ledger.alone import wall_ms
from ledger.log.checkpoints import as_signed, log_verifier, origin_of
from ledger.log.notes import NoteRefused, read_note

if TYPE_CHECKING:
    from ledger.alone import Database
    from ledger.log.notes import Verifier
    from ledger.log.timestamps import TimestampClient

MOST_AT_ONCE: Final = 32
"""Tokens that one run asks for."""
LONGEST_RUN_S: Final = 20.0
"""After which a run asks for no further one."""
OVERDUE_MS: Final = 600_000
"""A checkpoint that has stood for so long without a token is an alarm."""
GIVEN_UP_MS: Final = 24 * 3_600_000
"""None is asked for after so long: the token of a later checkpoint dates the same entries."""
ALARM_EVERY_S: Final = 60.0
_VENUE = """
SELECT data ->> 'chain_id' AS chain_id, data ->> 'anchor' AS anchor, data ->> 'receipt_key' AS key FROM venues
"""
_WITHOUT = """
SELECT size, note, made_ms FROM checkpoints WHERE token IS NULL AND made_ms > %s ORDER BY size DESC LIMIT %s
"""
_MISSING = """
SELECT count(*) AS count, min(made_ms) AS oldest_ms FROM checkpoints WHERE token IS NULL AND made_ms > %s
"""
_KEEP = "UPDATE checkpoints SET token = %s WHERE size = %s AND token IS NULL"
_log: Final = structlog.get_logger()


class Stamped(msgspec.Struct, kw_only=True):
    """What one run did: tokens that were kept, and checkpoints that still have none."""

    tokens: int = 0
    missing: int = 0


class Stamping:
    """Asks for tokens and keeps them. Run it under `Work.TIME_STAMPS`."""

    def __init__(self, database: Database, authority: TimestampClient) -> None:
        self._database = database
        self._authority = authority

    def run(self, overdue: Overdue) -> Stamped:
        """Have the newest checkpoints stamped, a bounded number; ends at the first that is not.

        Raises:
            TimestampFault: no token was had; those before it are kept. Run it again.
            psycopg.Error: the database does not answer.
        """
        done = Stamped()
        since_ms = wall_ms() - GIVEN_UP_MS
        try:
            self._stamp(since_ms, done)
        finally:
            if not self._database.closed:
                found = self._database.execute(_MISSING, (since_ms,)).fetchone()
                if found is not None:
                    done.missing = int(found["count"])
                    overdue.look(done.missing, found["oldest_ms"])
        return done

    def _stamp(self, since_ms: int, done: Stamped) -> None:
        log = self._log()
        if log is None:
            return
        end = time.monotonic() + LONGEST_RUN_S
        for row in self._database.execute(_WITHOUT, (since_ms, MOST_AT_ONCE)).fetchall():
            if time.monotonic() > end:
                return
            try:
                imprinted = as_signed(read_note(bytes(row["note"])), log)
            except (
                NoteRefused
            ) as refused:  # it was changed behind the sequencer's back: nobody vouches for it
                _log.critical("alarm", code="CHECKPOINT-NOT-OURS", reason=str(refused), size=row["size"])
                continue
            token = self._authority.stamp(imprinted, int(row["made_ms"]))
            self._database.execute(_KEEP, (token, row["size"]))
            done.tokens += 1

    def _log(self) -> Verifier | None:
        """The log's verifier; None before the venue is open."""
        row = self._database.execute(_VENUE).fetchone()
        if row is None:
            return None
        return log_verifier(origin_of(int(row["chain_id"]), row["anchor"]), bytes.fromhex(row["key"]))


class Overdue:
    """Raises the alarm for checkpoints that wait too long for a token, once a minute while it lasts."""

    def __init__(self) -> None:
        self._next_at = 0.0

    def look(self, missing: int, oldest_ms: int | None) -> None:
        """Take how many have no token, and when the oldest of them was made (ms UTC)."""
        waited_ms = 0 if oldest_ms is None else wall_ms() - oldest_ms
        if waited_ms <= OVERDUE_MS or time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + ALARM_EVERY_S
        _log.critical("alarm", code="CHECKPOINT-NOT-STAMPED", missing=missing, waited_ms=waited_ms)

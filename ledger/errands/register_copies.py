"""Register copies 登记簿副本: of rights that have none or an old one, and of those that the office gave notice of.

A copy that already shows a filing's outcome is left alone until the outcome itself has been reported: the holder of
record changes on the register's confirmation of that filing, and on nothing else.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from exchange.rows import Right
from ledger.alone import wall_ms
from ledger.counterparty import CounterpartyError
from ledger.reported import copy_reported

if TYPE_CHECKING:
    from ledger.alone import Database
    from ledger.office import Office, RegisterCopy
    from ledger.service import Service

MOST_COPIES: Final = 200
"""Copies in one run."""
MOST_NOTICE_PAGES: Final = 5
FIRST_PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 600.0
"""A right that the office does not know is asked for again after a pause that doubles up to this."""
_OFFICE_IS_AWAY: Final = ("OFFICE-", "ATTESTATION-")
_log = structlog.get_logger()

_WANTED = """
SELECT data FROM rights WHERE NOT archived AND NOT id = ANY(%(resting)s)
    AND data ->> 'status' IS DISTINCT FROM 'held' AND (
    data ->> 'register_as_of_ms' IS NULL OR (data ->> 'register_as_of_ms')::bigint < %(oldest)s
    OR id = ANY(%(noticed)s))
ORDER BY data ->> 'register_as_of_ms' IS NOT NULL, (data ->> 'register_as_of_ms')::bigint, id LIMIT %(most)s
"""
_FILED = """
SELECT data ->> 'filing_id' AS filing_id FROM deals WHERE right_id = %(right)s AND state = 'FILED'
UNION ALL
SELECT f.id FROM filings f JOIN pledge_contracts p ON p.id = f.pledge_id
WHERE f.right_id = %(right)s AND p.data -> 'filings' ->> f.id = ''
"""


class RegisterCopies:
    """Brings register copies in. Run it under `Work.REGISTER_COPIES`; keeps in memory only what saves questions."""

    def __init__(
        self, database: Database, office: Office, service: Service, *, oldest_age_ms: int, memory: Memory
    ) -> None:
        self._database = database
        self._office = office
        self._service = service
        self._oldest_age_ms = oldest_age_ms
        self._memory = memory

    def run(self) -> int:
        """Record what is wanted; gives the number of copies.

        Raises:
            CounterpartyError: the office could not be asked, or answered what cannot be accepted.
            SequencerRefused: a copy could not be given; run it again.
            psycopg.Error: the database does not answer.
        """
        self._read_notices()
        now = time.monotonic()
        parameters = {
            "resting": self._memory.resting(now),
            "noticed": sorted(self._memory.noticed),
            "oldest": wall_ms() - self._oldest_age_ms,
            "most": MOST_COPIES,
        }
        recorded = 0
        for row in self._database.execute(_WANTED, parameters).fetchall():
            right = msgspec.convert(row["data"], Right)
            try:
                copy = self._office.register_copy(right.id)
            except CounterpartyError as error:
                if error.retryable or error.code.startswith(_OFFICE_IS_AWAY):
                    raise
                self._memory.rest(right.id, now)
                continue
            if self._may_be_recorded(right, copy):
                recorded += self._record(right, copy)
            else:
                self._memory.rest(right.id, now)
        return recorded

    def _read_notices(self) -> None:
        memory = self._memory
        for _ in range(MOST_NOTICE_PAGES):
            notices = self._office.notices(memory.last_notice)
            if not notices:
                return
            seen = {notice.right_id: notice.time_ms for notice in notices}
            rows = self._database.execute(
                "SELECT id, (data ->> 'register_as_of_ms')::bigint AS as_of_ms FROM rights WHERE id = ANY(%s)",
                (list(seen),),
            ).fetchall()
            memory.noticed |= {row["id"] for row in rows if (row["as_of_ms"] or 0) < seen[row["id"]]}
            memory.last_notice = notices[-1].notice_id

    def _may_be_recorded(self, right: Right, copy: RegisterCopy) -> bool:
        """Whether the copy is newer than what is known, and does not run ahead of a filing's outcome."""
        if copy.as_of_ms < (right.register_as_of_ms or 0):
            self._memory.noticed.discard(right.id)
            return False
        # Asked after the copy was given: what the office has not decided by now cannot be in it.
        filed = self._database.execute(_FILED, {"right": right.id}).fetchall()
        return all(self._is_undecided(row["filing_id"]) for row in filed)

    def _is_undecided(self, filing_id: str) -> bool:
        try:
            return self._office.outcome(filing_id).state == "received"
        except CounterpartyError as error:
            if error.code == "FILING-UNKNOWN":
                return True
            raise

    def _record(self, right: Right, copy: RegisterCopy) -> bool:
        command, facts = copy_reported(copy)
        answer = self._service.report(f"register-copy:{command.copy_digest}", command, facts)
        if answer.status == "refused":
            _log.warning("a register copy was refused", right_id=right.id, code=answer.code)
            self._memory.rest(right.id, time.monotonic())
            return False
        self._memory.forget(right.id)
        return True


class Memory:
    """What is remembered between runs; a new process reads the notices again and loses nothing."""

    def __init__(self) -> None:
        self.last_notice = 0
        self.noticed: set[str] = set()
        self._rests: dict[str, tuple[float, float]] = {}

    def resting(self, now_s: float) -> list[str]:
        """Rights that are not asked for yet."""
        return [right_id for right_id, (until_s, _) in self._rests.items() if now_s < until_s]

    def rest(self, right_id: str, now_s: float) -> None:
        """Leave a right alone for a while, each time twice as long."""
        _, pause_s = self._rests.get(right_id, (0.0, FIRST_PAUSE_S / 2))
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._rests[right_id] = (now_s + pause_s, pause_s)

    def forget(self, right_id: str) -> None:
        """The right has been seen to."""
        self.noticed.discard(right_id)
        self._rests.pop(right_id, None)

"""Reconciliation goes on by itself: at intervals, its result kept, and every difference an alarm.

A comparison reads the whole chain's logs again, so the next one waits at least twenty times as long as the last one
took: however long the journal grows, a twentieth of one thread is the most that this costs.

While the worker brings in a statement, the bank is ahead of the tables and nothing is wrong. So a difference with the
bank counts only once it was found at every look for `GRACE_MS`; until then it is kept as awaited, and looked at again
soon. Everything else counts at once.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog
from psycopg.types.json import Jsonb

from ledger.alone import open_database, wall_ms
from ledger.audit.monthly import KeptReconciliation
from ledger.reconcile import reconcile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.alone import Database
    from ledger.reconciled import Reconciliation
    from ledger.works import Works

REST: Final = 20
"""Times as long as the last comparison took before the next one begins."""
GRACE_MS: Final = 60_000
"""How long a difference with the bank is found at every look before it counts."""
LOOK_AGAIN_MS: Final = 10_000
"""When one is awaited: the next look, if comparing took no longer than a twentieth of it."""
_MAY_PASS: Final = frozenset({"STATEMENT-BEHIND", "CUSTODY-DIFFERS"})
"""What is found while statement lines are on their way."""
MOST_KEPT: Final = 1_000
MOST_NAMED: Final = 100
"""Differences of one comparison that are kept by name; their codes are counted whole."""
_LAST = (
    "SELECT made_ms, took_ms, report -> 'awaited' AS awaited FROM reconciliations ORDER BY id DESC LIMIT 1"
)
_KEEP = (
    "INSERT INTO reconciliations (made_ms, took_ms, block, differences, report) VALUES (%s, %s, %s, %s, %s)"
)
_KEPT = "SELECT made_ms, block, differences, report -> 'codes' AS codes FROM reconciliations ORDER BY id DESC LIMIT %s"
_FORGET = "DELETE FROM reconciliations WHERE id <= (SELECT max(id) FROM reconciliations) - %s"
_log = structlog.get_logger()


class Awaited(msgspec.Struct, frozen=True, kw_only=True):
    """A difference that may pass, and since when it has been found at every look, milliseconds UTC."""

    code: str
    subject: str
    since_ms: int


class Reconciling:
    """Compares when it is time. Run it under `Work.RECONCILING`."""

    def __init__(self, database: Database, works: Works) -> None:
        self._database = database
        self._works = works

    def run(self) -> Reconciliation | None:
        """Compare and keep the result, without what is still awaited; None where it is not time yet.

        Raises:
            ChainFault, CounterpartyError, SettingsRefused, psycopg.Error: nothing was compared; run it again.
        """
        last = self._database.execute(_LAST).fetchone()
        now_ms, before = wall_ms(), []
        if last is not None:
            before = msgspec.convert(last["awaited"] or [], list[Awaited])
            interval_ms = self._works.settings.reconcile_interval_ms
            least_ms = min(interval_ms, LOOK_AGAIN_MS) if before else interval_ms
            rest_ms = max(least_ms, REST * int(last["took_ms"]))
            if 0 <= now_ms - int(last["made_ms"]) < rest_ms:  # a clock that was put back makes nobody wait
                return None
        began = time.monotonic()
        found = reconcile(self._works, settling_s=0)  # what may settle is looked at again
        took_ms = round((time.monotonic() - began) * 1000)
        awaited = _set_apart(found, before, now_ms)
        report = _report(found) | {"awaited": msgspec.to_builtins(awaited)}
        row = (now_ms, took_ms, found.block, len(found.differences), Jsonb(report))
        with self._database.transaction():
            self._database.execute(_KEEP, row)
            self._database.execute(_FORGET, (MOST_KEPT,))
        if not found.agrees:
            codes = dict(Counter(each.code for each in found.differences))
            _log.critical("alarm", code="RECONCILIATION-DIFFERS", found=codes, block=found.block)
        return found


def kept_results(database_url: str, most: int) -> list[KeptReconciliation]:
    """The newest results, at most so many, the oldest first.

    Raises:
        psycopg.Error: the database does not answer.
    """
    with open_database(database_url) as database:
        rows = database.execute(_KEPT, (most,)).fetchall()
    return [msgspec.convert(row, KeptReconciliation) for row in reversed(rows)]


def _set_apart(found: Reconciliation, before: Sequence[Awaited], now_ms: int) -> list[Awaited]:
    """Take what may still pass out of the differences; gives it, with since when it is awaited."""
    since = {(each.code, each.subject): min(each.since_ms, now_ms) for each in before}
    counted, awaited = [], []
    for each in found.differences:
        first_ms = since.get((each.code, each.subject), now_ms)
        if each.code in _MAY_PASS and now_ms - first_ms < GRACE_MS:
            awaited.append(Awaited(code=each.code, subject=each.subject, since_ms=first_ms))
        else:
            counted.append(each)
    found.differences = counted
    return awaited


def _report(found: Reconciliation) -> dict[str, Any]:
    """What is kept of it: figures and codes, and the first differences by name."""
    report: dict[str, Any] = msgspec.to_builtins(found)
    report["codes"] = dict(Counter(each.code for each in found.differences))
    report["differences"] = report["differences"][:MOST_NAMED]
    return report

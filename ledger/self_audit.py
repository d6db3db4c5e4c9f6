"""The venue audits itself: an export of its own journal, checked by the auditor's own program in a process of its own.

The verdict is what the public page shows. It spares nobody an audit of his own: that one reads the same file and the
same chain, and trusts this one in nothing. What only the venue itself can hold against the replay are its tables: every
row of state of the same moment, those that have left memory as well.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import msgspec
import structlog
from psycopg.types.json import Jsonb

from ledger.alone import wall_ms
from ledger.chain.client import ChainClient
from ledger.chain.errors import ChainFault
from ledger.journal_export import export
from ledger.row_sums import differing
from ledger.store.row_sums import stored_sums

if TYPE_CHECKING:
    from ledger.alone import Database
    from ledger.chain.manifest import Manifest
    from ledger.row_sums import Sums
    from ledger.worker_settings import WorkerSettings

AUDIT_DEADLINE_S = 600
LARGEST_REPORT = 1024 * 1024
VERDICTS_KEPT = 1_000
_RECEIPT_KEY = "SELECT data ->> 'receipt_key' AS receipt_key FROM venues"
_LAST = "SELECT max(made_ms) AS made_ms FROM verdicts"
_ANCHORED = "SELECT 1 FROM anchors WHERE state IN ('FINAL', 'VERIFIED') LIMIT 1"
_KEEP = "INSERT INTO verdicts (made_ms, entries, verified, report) VALUES (%s, %s, %s, %s)"
_FORGET = "DELETE FROM verdicts WHERE id <= (SELECT max(id) FROM verdicts) - %s"
_log = structlog.get_logger()


class SelfAuditFailed(Exception):
    """The audit gave no verdict. `code` is stable, `cure` says what to do."""

    def __init__(self, found: str) -> None:
        self.code = "SELF-AUDIT-NO-VERDICT"
        self.cure = "see that the chain answers; the next run tries again"
        super().__init__(f"{self.code}: {found}; {self.cure}")


class SelfAudit:
    """Makes a verdict when the last one is old enough."""

    def __init__(self, database: Database, settings: WorkerSettings, manifest: Manifest) -> None:
        self._database = database
        self._settings = settings
        self._manifest = manifest

    def run(self) -> bool:
        """Audit if it is time and something has been anchored; whether a verdict was made.

        Raises:
            SelfAuditFailed: the program gave no verdict.
            ExportRefused: no venue has been opened yet.
            psycopg.Error, OSError: the database or the data folder does not answer.
        """
        last = self._database.execute(_LAST).fetchone()
        made_ms = wall_ms()
        if (
            last
            and last["made_ms"] is not None
            and made_ms - last["made_ms"] < self._settings.audit_interval_ms
        ):
            return False
        if self._database.execute(_ANCHORED).fetchone() is None:
            return False
        path = self._settings.data / "self-audit.jsonl"
        descriptor = os.open(
            path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600
        )  # it holds every confidential term
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stored = self._export(stream)
            report = self._audit(path, self._final_block())
        finally:
            path.unlink()
        _compare_tables(report, stored)
        kept = (made_ms, report["entries"], report["verified"], Jsonb(report))
        with self._database.transaction():
            self._database.execute(_KEEP, kept)
            self._database.execute(_FORGET, (VERDICTS_KEPT,))
        return True

    def _export(self, stream: IO[bytes]) -> Sums:
        """Export the journal; gives what the rows of that very moment add up to."""
        url = self._settings.database_url
        with self._database.transaction():
            self._database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            (held,) = self._database.execute("SELECT pg_export_snapshot() AS snapshot").fetchall()
            snapshot = str(held["snapshot"])
            export(url, stream, snapshot=snapshot)
            return stored_sums(url, snapshot)

    def _final_block(self) -> int:
        """The newest final block now that the journal is exported.

        What the chain takes up from here on is of entries that the export does not have; the program, which takes its
        time to start, would read that as unknown to the journal.
        """
        try:
            return ChainClient(self._settings.chain_url).finalized_block().number
        except ChainFault as fault:
            raise SelfAuditFailed(str(fault)) from fault

    def _audit(self, path: Path, block: int) -> dict[str, Any]:
        venue = self._database.execute(_RECEIPT_KEY).fetchone()
        if venue is None:
            found = "no venue has been opened"
            raise SelfAuditFailed(found)
        command = [sys.executable, "-m", "ledger.audit", str(path), "--json"]
        command += ["--chain-id", str(self._manifest.chain_id)]
        command += ["--anchor", self._manifest.address("JournalAnchor"), "--rpc", self._settings.chain_url]
        command += ["--receipt-key", venue["receipt_key"], "--block", str(block), "--row-sums"]
        for endpoint in self._settings.witnesses:
            command += ["--witness", endpoint.verifier.to_text()]
        if self._settings.timestamp is not None:
            certificate = self._settings.data / "self-audit.pem"
            certificate.write_bytes(self._settings.timestamp.certificates_pem)
            command += ["--timestamp", str(certificate)]
        root = Path(__file__).resolve().parent.parent
        try:
            done = subprocess.run(  # noqa: S603 - our own command line
                command, cwd=root, env={}, capture_output=True, timeout=AUDIT_DEADLINE_S, check=False
            )
            report: dict[str, Any] = msgspec.json.decode(done.stdout[:LARGEST_REPORT], type=dict[str, Any])
        except subprocess.TimeoutExpired as error:
            raise SelfAuditFailed(str(error)) from error
        except msgspec.DecodeError as error:
            raise SelfAuditFailed(done.stderr.decode("utf-8", "replace")[-300:]) from error
        return report


def _compare_tables(report: dict[str, Any], stored: Sums) -> None:
    """Hold the tables against the replay; `tables_differ` of the report names the kinds of row that differ.

    The sums themselves are not kept: of a kind with few rows they would tell a guess from the truth.
    """
    replayed: Sums | None = report.pop("row_sums", None)
    if replayed is None:
        return  # the journal itself does not hold, and the verdict says so
    report["tables_differ"] = differing(stored, replayed)
    if report["tables_differ"]:
        _log.critical("alarm", code="TABLES-DIFFER", kinds=report["tables_differ"], entries=report["entries"])

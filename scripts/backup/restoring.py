"""Restores a database into an empty data folder: whole, or as it stood at a time or after an entry.

An entry is found by its transaction. Which one that is only the tables know, so for an entry the archive is replayed
twice: once to its end, as a standby that writes nothing, to read the transaction's number there, and once up to it.
Nothing is believed that was not looked at: the base backup is held against its checksums first, the restored tables
against a replay of their own journal last.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import psycopg

from ledger.restored import standing_of
from ledger.store.connections import psycopg_url
from scripts.backup import tools
from scripts.backup.folder import VENUE_FILES, BackupRefused, Base, Folder
from scripts.backup.manifest import damage_in
from scripts.stack.child import StartRefused
from scripts.stack.launch import NOBODY
from scripts.stack.postgres import Postgres
from scripts.stack.servers import make_socket_folder, socket_folder

if TYPE_CHECKING:
    from ledger.restored import Standing
    from scripts.backup.taking import Report

REPLAY_DEADLINE_S: Final = 24 * 3600.0
TELL_EVERY_S: Final = 5.0
RESTORED_FILE: Final = "restored.json"
_POLL_S: Final = 0.1
_TRANSACTION: Final = "SELECT xmin::text FROM journal WHERE entry = %s"
_WAITS_FOR_MORE: Final = """
SELECT 1 FROM pg_stat_activity WHERE backend_type = 'startup' AND wait_event = 'RecoveryRetrieveRetryInterval'
"""
"""A standby that has replayed all that is archived waits for more of it."""
_FROM_CONTROL: Final = {
    "max_connections setting": "max_connections",
    "max_worker_processes setting": "max_worker_processes",
    "max_wal_senders setting": "max_wal_senders",
    "max_prepared_xacts setting": "max_prepared_transactions",
    "max_locks_per_xact setting": "max_locks_per_transaction",
}
"""What a standby must not have less of than the server whose log it replays."""
_LOCAL_ONLY: Final = "local all all trust\nlocal replication all trust\n"


class Until(msgspec.Struct, frozen=True, kw_only=True):
    """As of when: after this entry, or at this time (ms UTC, the server's clock); neither: all that is archived."""

    entry: int | None = None
    time_ms: int | None = None


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the new data folder."""

    data: str
    base: str
    until: Until
    standing: Standing


def restore(
    folder: Folder, data: Path, until: Until, report: Report, base_name: str | None = None
) -> Restored:
    """Restore into an empty data folder; the server there is stopped again afterwards.

    Raises:
        BackupRefused: nothing was restored that may be started.
    """
    base = _base(folder, until, base_name)
    if (data / "postgres").exists():
        raise BackupRefused(code="RESTORE-FOLDER-IN-USE", found=str(data / "postgres"))
    report("checking the base backup … 校验基础备份 …")
    damaged = damage_in(folder.base / base.name)
    if damaged:
        raise BackupRefused(code="RESTORE-BASE-DAMAGED", found=damaged)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    restoring = _Restoring(folder, data, base, report)
    target: dict[str, str] = {}
    if until.entry is not None:
        report(f"looking for entry {until.entry} … 查找条目 {until.entry} …")
        target = {"recovery_target_xid": restoring.transaction_of(until.entry)}
    elif until.time_ms is not None:
        moment = datetime.fromtimestamp(until.time_ms / 1000, UTC).isoformat(timespec="milliseconds")
        target = {"recovery_target_time": moment}
    report("replaying the log … 重放日志 …")
    standing = restoring.recover(target)
    found = Restored(data=str(data), base=base.name, until=until, standing=standing)
    (data / RESTORED_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    if not standing.agrees:
        raise BackupRefused(
            code="RESTORE-STATE-DIFFERS", found=standing.first_bad or "tables and journal differ"
        )
    _place_venue_files(folder, data)
    return found


def _base(folder: Folder, until: Until, name: str | None) -> Base:
    """The newest base backup that was whole before the moment asked for."""
    bases = folder.bases()
    if not bases:
        raise BackupRefused(code="RESTORE-NO-BACKUP", found=str(folder.path))
    fitting = [
        base
        for base in bases
        if (name is None or base.name == name)
        and (until.entry is None or base.entries <= until.entry)
        and (until.time_ms is None or base.ended_ms < until.time_ms)
    ]
    if not fitting:
        raise BackupRefused(code="RESTORE-NO-BASE", found=f"the oldest one has {bases[0].entries} entries")
    return fitting[-1]


class _Restoring:
    """One restore into one data folder."""

    def __init__(self, folder: Folder, data: Path, base: Base, report: Report) -> None:
        self._folder = folder
        self._data = data
        self._base = base
        self._report = report
        self._sockets = socket_folder(data)

    def transaction_of(self, entry: int) -> str:
        """The number of the transaction that committed an entry.

        Raises:
            BackupRefused: RESTORE-ENTRY-UNKNOWN.
        """
        server = self._server({}, "standby.signal")
        try:
            self._start(server)
            return self._looked_up(server, entry)
        finally:
            server.stop()
            shutil.rmtree(server.data)

    def recover(self, target: dict[str, str]) -> Standing:
        """Replay up to the target and begin a new timeline there; how the tables stand then."""
        options = target | ({"recovery_target_action": "promote"} if target else {})
        server = self._server(options, "recovery.signal")
        try:
            self._start(server)
            self._wait_for_the_end(server)
            self._report("holding the tables against the journal … 核对数据表与日志 …")
            return asyncio.run(standing_of(server.database_url(self._base.database), self._data))
        except BackupRefused as refused:
            if (
                refused.code == "RESTORE-TARGET-NOT-REACHED"
            ):  # nothing is wrong with the folder: it may be used again
                server.stop()
                shutil.rmtree(server.data)
            raise
        finally:
            server.stop()

    def _server(self, options: dict[str, str], signal_file: str) -> Postgres:
        """The base backup's copy as a server that will replay the archive."""
        wal = shlex.quote(str(self._folder.wal_of(self._base))).replace("%", "%%")
        fetch = f"test -f {wal}/%f && cp {wal}/%f %p || cp {wal}/%f.partial %p"
        control = tools.run("pg_controldata", [str(self._folder.base / self._base.name)])
        least = {
            setting: found[1]
            for name, setting in _FROM_CONTROL.items()
            if (found := re.search(rf"^{re.escape(name)}:\s+([0-9]+)$", control, re.MULTILINE))
        }
        recovery = {"restore_command": fetch, "hot_standby": "on", "recovery_target_timeline": "latest"}
        make_socket_folder(self._sockets)
        server = Postgres(self._data, self._sockets, self._data / "logs", least | recovery | options)
        self._copy(server.data, server.user)
        (server.data / signal_file).touch()
        return server

    def _copy(self, target: Path, user: str) -> None:
        self._report("copying the base backup … 复制基础备份 …")
        shutil.copytree(self._folder.base / self._base.name, target, symlinks=True)
        target.chmod(0o700)
        for name in ("postgresql.conf", "postgresql.auto.conf", "pg_ident.conf"):
            (target / name).touch()
        (target / "pg_hba.conf").write_text(
            _LOCAL_ONLY
        )  # its socket lies in a folder that its owner alone enters
        if user == "nobody":
            for path in (target, *target.rglob("*")):
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)

    def _start(self, server: Postgres) -> None:
        try:
            server.start_as_it_is()
        except StartRefused as refusal:
            raise _told(refusal) from refusal

    def _looked_up(self, server: Postgres, entry: int) -> str:
        deadline = time.monotonic() + REPLAY_DEADLINE_S
        told = time.monotonic()
        while time.monotonic() < deadline:
            with psycopg.connect(
                psycopg_url(server.database_url(self._base.database)), autocommit=True
            ) as connection:
                waits = connection.execute(_WAITS_FOR_MORE).fetchone() is not None
                found = connection.execute(_TRANSACTION, (entry,)).fetchone()
                if found is not None:
                    return str(found[0])
                head = connection.execute("SELECT last_entry FROM sequencer_head").fetchone()
            last = -1 if head is None else int(head[0])
            if waits:
                raise BackupRefused(code="RESTORE-ENTRY-UNKNOWN", found=f"the archive ends with entry {last}")
            if time.monotonic() - told > TELL_EVERY_S:
                told = time.monotonic()
                self._report(f"  entry {last} …")
            time.sleep(_POLL_S)
        raise BackupRefused(code="RESTORE-STUCK")

    def _wait_for_the_end(self, server: Postgres) -> None:
        """Until the log is replayed and the server may write."""
        deadline = time.monotonic() + REPLAY_DEADLINE_S
        told = time.monotonic()
        while time.monotonic() < deadline:
            if server.child.exit_code is not None:
                raise _told(StartRefused(server.child.log_tail()))
            try:
                with psycopg.connect(
                    psycopg_url(server.database_url("postgres")), autocommit=True
                ) as connection:
                    row = connection.execute(
                        "SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn()::text"
                    ).fetchone()
            except psycopg.OperationalError:
                row = None  # it is just going over to writing, or has ended: the next look tells
            if row is not None and not row[0]:
                return
            if row is not None and time.monotonic() - told > TELL_EVERY_S:
                told = time.monotonic()
                self._report(f"  {row[1]} …")
            time.sleep(_POLL_S)
        raise BackupRefused(code="RESTORE-STUCK")


def _told(refusal: StartRefused) -> BackupRefused:
    if "recovery ended before configured recovery target was reached" in str(refusal):
        return BackupRefused(code="RESTORE-TARGET-NOT-REACHED")
    return BackupRefused(code="RESTORE-STUCK", found=str(refusal)[-400:])


def _place_venue_files(folder: Folder, data: Path) -> None:
    """What a venue begins with, where the new folder has none of its own; a newer seal there stays."""
    for name in VENUE_FILES:
        if (folder.venue / name).exists() and not (data / name).exists():
            shutil.copyfile(folder.venue / name, data / name)

"""Takes a backup from a running server: a base backup, and the write-ahead log up to now.

A replication slot of the folder's own keeps on the server what the archive has not taken yet, so that nothing is
missing between two runs; the server's `max_slot_wal_keep_size` bounds that, and a gap is told and closed by a new base
backup. The venue goes on meanwhile.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
import psycopg
from psycopg.rows import dict_row
from sqlalchemy import make_url

from ledger.store.connections import CONNECT_TIMEOUT_S, psycopg_url, sqlalchemy_url
from scripts.backup import tools
from scripts.backup.folder import VENUE_FILES, BackupRefused, Base, Folder

if TYPE_CHECKING:
    from collections.abc import Mapping

Report: TypeAlias = Callable[[str], None]
VENUE_FILES_EVERY_S: Final = 1.0
"""How far behind the last seal in the folder may be while the log is followed."""
_FIRST_SEGMENT: Final = re.compile(r"\(file ([0-9A-F]{24})\)")
_SLOT: Final = "SELECT wal_status, restart_lsn::text FROM pg_replication_slots WHERE slot_name = %s"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has put into the folder. `archived_to` is a position in the log, `entries` the journal's length."""

    folder: str
    base: str | None
    bases: int
    entries: int
    archived_to: str
    gap: bool
    """The log had a gap before this run, which a new base backup has closed."""


class Source:
    """The server that is backed up, and how its tools reach it."""

    def __init__(self, database_url: str, data: Path, *, shown: bool) -> None:
        self.database_url = database_url
        self.data = data
        self.shown = shown
        self.options, self.environment = tools.connection_options(database_url)
        self.database = make_url(sqlalchemy_url(database_url)).database or ""

    def ask(self, query: str, *parameters: object) -> Mapping[str, Any] | None:
        """One row of an answer.

        Raises:
            BackupRefused: BACKUP-SERVER.
        """
        try:
            with psycopg.connect(
                psycopg_url(self.database_url),
                autocommit=True,
                row_factory=dict_row,
                connect_timeout=CONNECT_TIMEOUT_S,
            ) as connection:
                return connection.execute(query.encode(), parameters).fetchone()
        except psycopg.Error as error:
            raise BackupRefused(code="BACKUP-SERVER", found=type(error).__name__) from error

    def value(self, query: str) -> str:
        """One value of an answer, as text."""
        row = self.ask(f"SELECT ({query})::text AS value")
        return "" if row is None else str(row["value"])


def take(source: Source, folder: Folder, report: Report, *, wal_only: bool, keep: int | None) -> Taken:
    """Make a base backup (unless `wal_only`, and none is missing), and bring the archive of the log up to now.

    keep: how many base backups stay; older ones go, with the log that only they need.

    Raises:
        BackupRefused: nothing was made that counts.
    """
    folder.make()
    identifier = source.value("SELECT system_identifier FROM pg_control_system()")
    if any(base.system_identifier != identifier for base in folder.bases()):
        raise BackupRefused(code="BACKUP-FOREIGN", found=str(folder.path))
    gap = _slot(source, folder)
    base = None
    if gap or not wal_only or not folder.bases():
        report("base backup … 基础备份 …")
        base = _base(source, folder, identifier)
    report("write-ahead log up to now … 预写日志 …")
    archived_to = _archive(source, folder)
    entries = int(source.value("SELECT last_entry + 1 FROM sequencer_head"))
    _copy_venue_files(source.data, folder)
    if keep is not None:
        _forget(folder, keep)
    return Taken(
        folder=str(folder.path),
        base=None if base is None else base.name,
        bases=len(folder.bases()),
        entries=entries,
        archived_to=archived_to,
        gap=gap,
    )


def follow(source: Source, folder: Folder) -> None:
    """Go on archiving the log as it is written, until stopped; a connection that breaks is made anew.

    Raises:
        BackupRefused: BACKUP-TOOL, BACKUP-SERVER.
    """
    arguments = [*source.options, f"--directory={folder.wal}", f"--slot={folder.slot}", "--synchronous"]
    receiving = tools.begin("pg_receivewal", arguments, environment=source.environment)
    try:
        while receiving.poll() is None:
            _copy_venue_files(source.data, folder)
            time.sleep(VENUE_FILES_EVERY_S)
    finally:
        tools.end(receiving)
    raise BackupRefused(code="BACKUP-SERVER", found=f"pg_receivewal ended with {receiving.returncode}")


def _slot(source: Source, folder: Folder) -> bool:
    """See that the slot keeps the log; whether it had lost some of it."""
    arguments = [*source.options, f"--slot={folder.slot}"]
    row = source.ask(_SLOT, folder.slot)
    lost = row is not None and (row["wal_status"] == "lost" or row["restart_lsn"] is None)
    if lost:
        tools.run("pg_receivewal", [*arguments, "--drop-slot"], environment=source.environment)
    if row is None or lost:
        tools.run("pg_receivewal", [*arguments, "--create-slot"], environment=source.environment)
    gap = bool(folder.bases()) and (row is None or lost)
    if gap:  # what is archived ends before the new slot begins
        folder.begin_series()
    return gap


def _base(source: Source, folder: Folder, identifier: str) -> Base:
    begun_ms = _now_ms()
    name = datetime.fromtimestamp(begun_ms / 1000, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    target = folder.base / name
    arguments = [
        *source.options,
        f"--pgdata={target}",
        "--format=plain",
        "--wal-method=stream",
        "--checkpoint=fast",
        "--manifest-checksums=SHA256",
        f"--label=ipx {name}",
    ]
    if source.shown:
        arguments.append("--progress")
    try:
        tools.run("pg_basebackup", arguments, environment=source.environment, shown=source.shown)
    except BackupRefused:
        shutil.rmtree(target, ignore_errors=True)
        raise
    label = (target / "backup_label").read_text()
    found = _FIRST_SEGMENT.search(label)
    base = Base(
        name=name,
        database=source.database,
        system_identifier=identifier,
        begun_ms=begun_ms,
        ended_ms=_now_ms(),
        entries=int(source.value("SELECT last_entry + 1 FROM sequencer_head")),
        bytes=sum(path.stat().st_size for path in target.rglob("*") if path.is_file()),
        first_segment="" if found is None else found[1],
        series=folder.wal.name,
    )
    folder.write_down(base)
    return base


def _archive(source: Source, folder: Folder) -> str:
    """Take what the server has flushed until now; the position that was reached."""
    position = source.value("SELECT pg_current_wal_flush_lsn()")
    # A record behind that position: the tool ends when it has seen something beyond, and the venue may be quiet.
    source.value("SELECT pg_logical_emit_message(true, 'ipx', 'backup')")
    arguments = [
        *source.options,
        f"--directory={folder.wal}",
        f"--slot={folder.slot}",
        f"--endpos={position}",
        "--no-loop",
    ]
    tools.run("pg_receivewal", arguments, environment=source.environment)
    return position


def _copy_venue_files(data: Path, folder: Folder) -> None:
    for name in VENUE_FILES:
        if (data / name).exists():
            draft = folder.venue / f".{name}.new"
            shutil.copyfile(data / name, draft)
            draft.replace(folder.venue / name)


def _forget(folder: Folder, keep: int) -> None:
    """Remove all but the newest base backups, and the log before the oldest that stays."""
    bases = folder.bases()
    for base in bases[:-keep]:
        (folder.base / f"{base.name}.json").unlink()  # first: what is half removed must not count
        shutil.rmtree(folder.base / base.name)
    oldest = bases[-keep:][0]
    for series in folder.series():
        if series.name < oldest.series:
            shutil.rmtree(series)
    if oldest.first_segment:
        tools.run("pg_archivecleanup", [str(folder.wal_of(oldest)), oldest.first_segment])


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

"""A backup's folder, and what is written down of each base backup in it.

    base/<time>/       a base backup, as pg_basebackup made it
    base/<time>.json   when it was made and how far the journal was
    wal/<number>/      the write-ahead log since the first of them, segment by segment; after a gap the next number
    venue/             genesis.json, chain.json and last-seal.json: what a restored venue begins with; no keys

It holds every confidential term and every erasable part: its owner alone may enter.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec

OWNER_ONLY: Final = 0o700
VENUE_FILES: Final = ("genesis.json", "chain.json", "last-seal.json")
_CURES: Final = {
    "BACKUP-FOLDER": "give a folder of its own with --to, on another disk than the database's",
    "BACKUP-FOREIGN": "give each database a folder of its own: this one holds another database's backups",
    "BACKUP-SERVER": "see that the server runs, and that the role in IPX_DATABASE_URL may replicate",
    "BACKUP-TOOL": "see that pg_basebackup and pg_receivewal of the server's version are in IPX_PG_BIN",
    "BACKUP-WAL-LOST": (
        "nothing to do: the log has a gap, since the server had to drop what the archive had not taken. "
        "This run has made a new base backup behind the gap; a moment inside it cannot be had back"
    ),
    "RESTORE-NO-BACKUP": "give the folder that `ipx backup --to` has written",
    "RESTORE-NO-BASE": "give a later moment: no base backup was whole before that one",
    "RESTORE-FOLDER-IN-USE": "give an empty data folder: a restore never writes over a database",
    "RESTORE-BASE-DAMAGED": "take another base backup with --base: this one is not what was written",
    "RESTORE-ENTRY-UNKNOWN": "give an entry that the archive reaches, or leave --until out to have all of it back",
    "RESTORE-TARGET-NOT-REACHED": "give an earlier moment, or leave --until out: the archive ends before that one",
    "RESTORE-STATE-DIFFERS": "do not start it: restore from another base backup, and audit the journal",
    "RESTORE-STUCK": "look at logs/postgres.log in the new data folder; then restore again",
}


class BackupRefused(Exception):
    """A backup or a restore that was not made. `code` is stable, `cure` says what to do."""

    def __init__(self, *, code: str, found: str = "") -> None:
        self.code = code
        self.cure = _CURES[code]
        super().__init__(f"{code}: " + (f"{found}; " if found else "") + self.cure)


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """One base backup. Times ms UTC; `entries` is the journal's length once it was whole: that entry came later."""

    name: str
    database: str
    system_identifier: str
    begun_ms: int
    ended_ms: int
    entries: int
    bytes: int
    first_segment: str
    """The oldest file of the log that it needs."""
    series: str
    """The folder under wal/ in which the log goes on behind it without a gap."""


class Folder:
    """One backup folder."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.base = self.path / "base"
        self._series = self.path / "wal"
        self.venue = self.path / "venue"

    @property
    def slot(self) -> str:
        """The replication slot that keeps the log for this folder; another folder has another."""
        return "ipx_backup_" + hashlib.sha256(str(self.path).encode()).hexdigest()[:12]

    def make(self) -> None:
        """Make the folder, for its owner alone.

        Raises:
            BackupRefused: BACKUP-FOLDER.
        """
        try:
            for each in (self.path, self.base, self._series, self.venue):
                each.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
            self.path.chmod(OWNER_ONLY)
            if not self.series():
                self.begin_series()
        except OSError as error:
            raise BackupRefused(code="BACKUP-FOLDER", found=f"{self.path}: {error.strerror}") from error

    def series(self) -> list[Path]:
        """The parts of the archive, oldest first: each is the log without a gap."""
        return sorted(path for path in self._series.glob("[0-9]*") if path.is_dir())

    @property
    def wal(self) -> Path:
        """The part that is written to now."""
        return self.series()[-1]

    def begin_series(self) -> None:
        """Begin another part: the log has a gap before it."""
        last = self.series()[-1:]
        number = 1 + (int(last[0].name) if last else 0)
        (self._series / f"{number:06}").mkdir(mode=OWNER_ONLY)

    def wal_of(self, base: Base) -> Path:
        """The log behind a base backup."""
        return self._series / base.series

    def bases(self) -> list[Base]:
        """Every base backup that is whole, the oldest first.

        Raises:
            BackupRefused: RESTORE-BASE-DAMAGED: what is written down of one cannot be read.
        """
        found = []
        for path in sorted(self.base.glob("*.json")):
            try:
                found.append(msgspec.json.decode(path.read_bytes(), type=Base))
            except (OSError, msgspec.DecodeError) as error:
                raise BackupRefused(code="RESTORE-BASE-DAMAGED", found=path.name) from error
        return sorted(found, key=lambda base: (base.ended_ms, base.name))

    def write_down(self, base: Base) -> None:
        """A base backup counts from here on, and not before."""
        draft = self.base / f".{base.name}.new"
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(base), indent=2) + b"\n")
        draft.replace(self.base / f"{base.name}.json")

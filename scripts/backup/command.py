"""`ipx backup` and `ipx restore`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import psycopg
import structlog
import typer
from rich.console import Console
from rich.text import Text

from api.cli.audit_offline import FEWEST_DIGITS_OF_A_TIME
from api.cli.connection import show_one
from api.cli.moments import moment
from ledger.journal_export import ExportRefused
from ledger.settings import SettingsRefused
from ledger.store.connections import DatabaseUrlRefused
from ledger.store.loading import StoreCorrupt
from ledger.worker_settings import settings_beside
from scripts.backup.folder import BackupRefused, Folder
from scripts.backup.taking import Source, follow, take
from scripts.stack.child import StartRefused

if TYPE_CHECKING:
    from scripts.backup.restoring import Until

REFUSED = 1
_AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_REFUSALS = (
    BackupRefused,
    DatabaseUrlRefused,
    ExportRefused,
    SettingsRefused,
    StartRefused,
    StoreCorrupt,
    OSError,
    psycopg.Error,
)


def backup(  # noqa: PLR0913 - the options of the command
    to: Annotated[Path, typer.Option("--to", file_okay=False, help="The folder, best on another disk.")],
    data: Annotated[Path | None, typer.Option(help="The venue's data folder; IPX_DATA if left out.")] = None,
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="Keep so many base backups and the log since the oldest; else all."),
    ] = None,
    *,
    wal_only: Annotated[
        bool,
        typer.Option("--wal-only", help="Bring the log up to now; no new base backup unless one is needed."),
    ] = False,
    following: Annotated[
        bool,
        typer.Option("--follow", help="Afterwards go on archiving the log as it is written, until Ctrl-C."),
    ] = False,
    as_json: _AsJson = False,
) -> None:
    """Back up a running venue's database: a base backup and its log. Keys are not in it: keep them apart."""
    console = Console(stderr=True)
    _quiet()
    try:
        settings = settings_beside(data)
        shown = sys.stderr.isatty() and not as_json
        source = Source(settings.database_url, settings.data, shown=shown)
        folder = Folder(to)
        taken = take(source, folder, console.print, wal_only=wal_only, keep=keep)
        _show(msgspec.to_builtins(taken), as_json=as_json, title=f"backup in {folder.path}")
        if taken.gap:
            console.print(Text(str(BackupRefused(code="BACKUP-WAL-LOST"))), soft_wrap=True)
        if following:
            _follow(source, folder, console)
    except _REFUSALS as error:
        _refuse(error)


def restore_command(
    source: Annotated[Path, typer.Option("--from", file_okay=False, help="What `ipx backup` has written.")],
    data: Annotated[
        Path, typer.Option(file_okay=False, help="The new data folder, which has no database yet.")
    ],
    until: Annotated[
        str | None,
        typer.Option(
            help="A time (RFC 3339 with its offset, or ms UTC) or an entry; else all that is archived."
        ),
    ] = None,
    base: Annotated[
        str | None, typer.Option(help="Begin from this base backup; else the newest that fits.")
    ] = None,
    *,
    as_json: _AsJson = False,
) -> None:
    """Restore a venue's database into an empty folder, and hold its tables against a replay of its journal."""
    from scripts.backup.restoring import restore  # noqa: PLC0415 - loads the engine

    console = Console(stderr=True)
    _quiet()
    try:
        restored = restore(Folder(source), data.resolve(), _until(until), console.print, base)
    except _REFUSALS as error:
        _refuse(error)
    standing = restored.standing
    figures = {
        "data": restored.data,
        "base": restored.base,
        "entries": standing.entries,
        "time_ms": standing.time_ms,
        "root": standing.root,
        "state_hash": standing.state_hash,
        "agrees": standing.agrees,
    }
    _show(figures, as_json=as_json, title="restored / 已恢复")
    console.print(
        Text(
            f"Next: put keys/ into {restored.data} (they are kept apart from backups), then start the sequencer. It "
            "refuses a journal that is behind the chain, a witness or the last seal, and names what is gone."
        ),
        soft_wrap=True,
    )


def _follow(source: Source, folder: Folder, console: Console) -> None:
    """Archive the log until Ctrl-C or SIGTERM."""
    # The stack of a whole venue, which a run by the clock need not wait for.
    from scripts.up import StopRequested, on_signals  # noqa: PLC0415

    on_signals()
    console.print("archiving the log until Ctrl-C … 持续归档，Ctrl-C 结束 …")
    try:
        follow(source, folder)
    except StopRequested:
        console.print("stopped")


def _until(text: str | None) -> Until:
    from scripts.backup.restoring import Until  # noqa: PLC0415 - as above

    if text is None:
        return Until()
    if text.isdecimal() and len(text) < FEWEST_DIGITS_OF_A_TIME:
        return Until(entry=int(text))
    return Until(time_ms=moment(text))


def _show(figures: dict[str, Any], *, as_json: bool, title: str) -> None:
    if as_json:
        typer.echo(msgspec.json.encode(figures))
    else:
        show_one(figures, as_json=False, title=title)


def _quiet() -> None:
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr)
    )  # standard output is the answer


def _refuse(error: Exception) -> None:
    text = (
        str(error)
        if not isinstance(error, psycopg.Error)
        else f"DATABASE-UNAVAILABLE: {type(error).__name__}"
    )
    Console(stderr=True).print(Text(text), soft_wrap=True)
    raise typer.Exit(REFUSED) from error

"""`ipx audit csv FILE -o FOLDER`: an exported journal as tables for spreadsheet programs, with a manifest."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.cli.verdicts import NOT_VERIFIED, RECURSION_LIMIT, add_row, no_verdict, show_first_bad


def csv_tables(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The exported journal.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to make.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Write an export as CSV tables; every entry of an auditor's copy is decided again on the way."""
    # The engine takes a moment to load, which no other command should wait for.
    from ledger.audit.csv_export import write_csv  # noqa: PLC0415
    from ledger.audit.offline import DecidedOtherwise, OfflineRefused  # noqa: PLC0415

    sys.setrecursionlimit(RECURSION_LIMIT)
    unfinished = output.with_name(output.name + ".unfinished")
    try:
        if output.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(output))
        shutil.rmtree(unfinished, ignore_errors=True)
        with file.open("rb") as stream:
            manifest = write_csv(stream, unfinished)
        unfinished.rename(output)
    except DecidedOtherwise as otherwise:
        shutil.rmtree(unfinished, ignore_errors=True)
        show_first_bad(otherwise.finding, Console(stderr=True))
        raise typer.Exit(NOT_VERIFIED) from otherwise
    except (OfflineRefused, OSError) as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise no_verdict(error) from error
    if as_json:
        typer.echo(msgspec.json.encode(manifest))
        return
    table = Table("", "")
    for written in manifest.files:
        add_row(table, written.name, written.rows)
    console = Console()
    console.print(table)
    console.print(Text(f"{manifest.entries} entries / 条目, {manifest.time}, root / 根 {manifest.root}"))

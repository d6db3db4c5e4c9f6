"""`ipx`: the command line of companies, operators and auditors, with the commands that run a venue of one's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from api.cli.app import app

OWN_VENUE = frozenset({"up", "upgrade", "jump", "demo", "bench"})
"""Commands that run a venue: they load the whole house, which nobody should wait for who only asks a venue."""


BACKUPS = frozenset({"backup", "restore"})
"""Commands over a venue's database, given by a clock every minute: they load what they need and no more."""


def main() -> None:
    """Run the command line."""
    command_line(sys.argv[1:])(prog_name="ipx")


def command_line(words: Sequence[str]) -> typer.Typer:
    """Give the application for a line of words: whole if it asks what there is, or for one of `OWN_VENUE`."""
    asks_what_there_is = all(word.startswith("-") for word in words) or "_IPX_COMPLETE" in os.environ
    if asks_what_there_is or BACKUPS.intersection(words):
        from scripts.backup.command import backup, restore_command  # noqa: PLC0415 - see BACKUPS

        app.command()(backup)
        app.command("restore")(restore_command)
    if asks_what_there_is or OWN_VENUE.intersection(words):
        from scripts.bench.command import app as bench  # noqa: PLC0415 - see OWN_VENUE
        from scripts.demo.command import demo  # noqa: PLC0415
        from scripts.jump import jump  # noqa: PLC0415
        from scripts.up import up  # noqa: PLC0415
        from scripts.upgrade import upgrade_command  # noqa: PLC0415

        app.command()(up)
        app.command("upgrade")(upgrade_command)
        app.command()(jump)
        app.command()(demo)
        app.add_typer(bench, name="bench")
    return app


if __name__ == "__main__":
    main()

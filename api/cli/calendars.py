"""The calendars that working days are counted by, on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from msgspec import UNSET

from api.cli.connection import AsJson, operator, show_acknowledgement

app = typer.Typer(no_args_is_help=True, help="The working days of each place.")


class CalendarFile(msgspec.Struct, frozen=True, kw_only=True):
    """A place's days as announced, as ISO dates; `source` says by whom."""

    closed_days: list[str]
    working_weekends: list[str] = []
    source: str = ""


@app.command("set")
def set_calendar(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="As in docs/calendars.")],
    reason: Annotated[str, typer.Option(help="Sealed with the entry.")],
    place: Annotated[
        str | None, typer.Option(help="CN, HK or MO; the venue's own where it is left out.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator replaces the calendar of a place, all of it."""
    days = msgspec.json.decode(file.read_bytes(), type=CalendarFile)
    where: Any = UNSET if place is None else place
    with operator() as client:
        given = client.set_calendar(days.closed_days, reason, days.working_weekends, where)
    show_acknowledgement(given, as_json=as_json)

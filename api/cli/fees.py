"""`ipx fee`: the venue's fee schedules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.cli.connection import AsJson, operator, reader, show, show_acknowledgement
from api.money.schemas import FeeScheduleFields
from exchange.commands import SetFeeSchedule

app = typer.Typer(no_args_is_help=True, help="The venue's fees.")


@app.command("list")
def listed(as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """List every schedule; the last of a currency is in force for listings that open."""
    with reader() as client:
        rows = [view.model_dump(mode="json") for view in client.fee_schedules()]
    show(rows, as_json=as_json, title="fee schedules")


@app.command("set")
def set_schedule(
    file: Annotated[Path, typer.Argument(help="JSON: currency, bands, minimum, maximum; see docs/terms.md.")],
    reason: Annotated[str, typer.Option(help="Sealed with the entry.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator sets the fees of listings that open from now on."""
    try:
        form = FeeScheduleFields.model_validate_json(file.read_bytes())
        schedule = msgspec.convert(form.model_dump(), SetFeeSchedule)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error), param_hint="FILE") from error
    with operator() as client:
        given = client.set_fee_schedule(schedule, reason)
    show_acknowledgement(given, as_json=as_json)

"""`ipx import FILE`: read rights from a file, show what is refused and why, and send the rest to the service.

A dry run needs no service. The call to the service is handed in, so that this module knows no network.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.rights.imports.report import ImportedRight, ImportReport

_VENUE_ZONE: Final = dt.timezone(dt.timedelta(hours=8))
_MOST_REFUSALS_SHOWN: Final = 50
_BATCH: Final = 100


class SubmitOutcome(msgspec.Struct, frozen=True):
    """What the service answered for one right.

    `unchanged` if it was known with the same facts, `corrected` if with others that gave way to these.
    """

    line: int
    right_id: str
    outcome: Literal["registered", "corrected", "unchanged", "refused"]
    code: str | None = None
    reason: str | None = None


Submit = Callable[[Sequence[ImportedRight]], Sequence[SubmitOutcome]]
"""Sends up to 100 rights to the service and gives one outcome for each."""


def import_command(submit: Submit) -> Callable[..., None]:
    """Make the command `import`, which hands accepted rights to `submit` unless it runs dry."""

    def import_file(
        file: Annotated[
            Path,
            typer.Argument(
                exists=True,
                dir_okay=False,
                readable=True,
                help="CSV, .xlsx, USPTO XML or JSON lines, at most 64 MiB.",
            ),
        ],
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; needs no service.")] = False,  # noqa: FBT002
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,  # noqa: FBT002
    ) -> None:
        """Import rights; a bad row is named with its field and reason and stops nothing else."""
        # Readers of workbooks and XML take half a second to load, which no other command should wait for.
        from api.rights.imports.read import read  # noqa: PLC0415

        today = dt.datetime.now(tz=_VENUE_ZONE).date()
        with file.open("rb") as stream:
            report = read(stream, file.name, today)
        outcomes = () if dry_run else send(report, submit)
        if as_json:
            typer.echo(msgspec.json.encode(as_object(report, None if dry_run else outcomes)))
        else:
            show(report, outcomes, Console(), dry_run=dry_run)
        raise typer.Exit(exit_code(report, outcomes, dry_run=dry_run))

    return import_file


def send(report: ImportReport, submit: Submit) -> tuple[SubmitOutcome, ...]:
    """Hand the accepted rights to `submit` in batches of 100, in the order of the file."""
    outcomes: list[SubmitOutcome] = []
    for start in range(0, len(report.accepted), _BATCH):
        outcomes.extend(submit(report.accepted[start : start + _BATCH]))
    return tuple(outcomes)


def as_object(report: ImportReport, outcomes: Sequence[SubmitOutcome] | None) -> dict[str, object]:
    """Give the report as `{rows, accepted, refused}`, with `submitted` behind it where rights were sent."""
    accepted = [
        {
            "line": right.line,
            "office": right.office,
            "number": right.number,
            "title": right.title,
            "filing_date": right.filing_date,
        }
        for right in report.accepted
    ]
    refused = [
        {"line": row.line, "field": row.field, "code": row.code, "reason": row.reason}
        for row in report.refused
    ]
    whole: dict[str, object] = {"rows": report.rows, "accepted": accepted, "refused": refused}
    if outcomes is not None:
        whole["submitted"] = list(outcomes)
    return whole


def exit_code(report: ImportReport, outcomes: Sequence[SubmitOutcome], *, dry_run: bool) -> int:
    """Give 0 if something was taken or nothing was wrong, 1 if everything there was is refused."""
    taken = bool(report.accepted) if dry_run else any(one.outcome != "refused" for one in outcomes)
    nothing_wrong = not report.refused and not any(one.outcome == "refused" for one in outcomes)
    return 0 if taken or nothing_wrong else 1


def show(report: ImportReport, outcomes: Sequence[SubmitOutcome], console: Console, *, dry_run: bool) -> None:
    """Print a summary and a table of what was refused, each with its cure, in English and Chinese."""
    console.print(
        f"{report.rows} rows: {len(report.accepted)} accepted, {len(report.refused)} refused "
        f"(共 {report.rows} 行，接受 {len(report.accepted)} 行，拒绝 {len(report.refused)} 行)",
        highlight=False,
    )
    warnings = Counter(warning for right in report.accepted for warning in right.warnings)
    for warning, count in sorted(warnings.items()):
        console.print(Text(f"warning {warning}: {count} rows"))
    refusals = [(row.line, row.field, row.code, f"{row.reason}\n{row.reason_zh}") for row in report.refused]
    refusals += [
        (one.line, one.right_id, one.code or "refused", one.reason or "")
        for one in outcomes
        if one.outcome == "refused"
    ]
    if refusals:
        _show_refusals(refusals, console)
    if dry_run:
        console.print("Nothing was sent. Run again without --dry-run to import.", highlight=False)
    else:
        sent = Counter(one.outcome for one in outcomes)
        console.print(
            ", ".join(f"{count} {outcome}" for outcome, count in sorted(sent.items())) or "none sent"
        )


def _show_refusals(refusals: Sequence[tuple[int, str, str, str]], console: Console) -> None:
    # The cells are Text, so that a value from the file is never read as markup.
    table = Table()
    for heading in ("Line 行", "Field 字段", "Code", "What is wrong and what to do 原因与处理"):
        table.add_column(heading, overflow="fold")
    for line, field, code, reason in refusals[:_MOST_REFUSALS_SHOWN]:
        table.add_row(Text(str(line)), Text(field), Text(code), Text(reason))
    console.print(table)
    more = len(refusals) - _MOST_REFUSALS_SHOWN
    if more > 0:
        console.print(f"and {more} more; --json prints all", highlight=False)

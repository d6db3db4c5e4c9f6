"""`ipx reconcile`: both sides compared; exit code 1 on any difference. `--kept`: what the worker has found so far."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.cli.beside import REFUSED, Data, works_of
from api.cli.connection import AsJson, show, show_one

MOST_KEPT_SHOWN = 1_000


def reconcile(
    data: Data = None,
    kept: Annotated[  # noqa: FBT002 - an option
        bool,
        typer.Option("--kept", help="Show what the worker's own reconciliations found; compare nothing now."),
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Compare records with the chain, rows with records, and what customers hold with the bank."""
    if kept:
        _show_kept(data, as_json=as_json)
        return
    with works_of(data) as works:
        from ledger.reconcile import reconcile as compare  # noqa: PLC0415 - loads slowly

        found = compare(works)
    differences: list[dict[str, object]] = [
        {"code": each.code, "subject": each.subject, "found": each.found, "meaning": each.text}
        for each in found.differences
    ]
    figures: dict[str, object] = {
        name: value for name, value in msgspec.to_builtins(found).items() if name != "differences"
    }
    if as_json:
        whole = {"agrees": found.agrees, **figures, "differences": differences}
        typer.echo(msgspec.json.encode(whole))
    else:
        show_one(figures, as_json=False, title=f"compared up to final block {found.block}")
        show(differences, as_json=False, title="differences")
    if not found.agrees:
        sys.exit(REFUSED)


def _show_kept(data: Path | None, *, as_json: bool) -> None:
    """The worker's results, the oldest first: as `ipx audit report --reconciliations` takes them."""
    with works_of(data) as works:
        from ledger.reconciling import kept_results  # noqa: PLC0415 - as above

        found = kept_results(works.settings.database_url, MOST_KEPT_SHOWN)
    rows: list[dict[str, object]] = [msgspec.to_builtins(each) for each in found]
    if as_json:
        typer.echo(msgspec.json.encode(rows))
    else:
        show(rows, as_json=False, title="reconciliations / 对账")

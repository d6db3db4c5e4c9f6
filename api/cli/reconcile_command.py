"""`ipx reconcile`: both sides of everything, compared; exit code 1 on any difference."""

from __future__ import annotations

import sys

import msgspec
import typer

from api.cli.beside import REFUSED, Data, works_of
from api.cli.connection import AsJson, show, show_one


def reconcile(data: Data = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Compare records with the chain, rows with records, and what customers hold with the bank."""
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

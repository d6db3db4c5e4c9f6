"""`ipx right`, `ipx account`, `ipx event`, `ipx rulebook`: looking things up."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from api.cli.connection import AsJson, reader, show, show_one

rights = typer.Typer(no_args_is_help=True, help="Rights.")
accounts = typer.Typer(no_args_is_help=True, help="Money.")
events = typer.Typer(no_args_is_help=True, help="The journal.")


@rights.command("show")
def right(right_id: str, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a right as of its last register copy."""
    with reader() as client:
        view = client.right(right_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="right")


@rights.command("list")
def rights_listed(
    office: Annotated[str | None, typer.Option(help="E.g. CN.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List rights."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in client.rights(office=office)]
    names = ("id", "right_type", "title", "filing_date", "status", "open_listing")
    rows = views if as_json else [{name: view[name] for name in names} for view in views]
    show(rows, as_json=as_json, title="rights")


@accounts.command("show")
def accounts_shown(as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show the caller's own accounts."""
    with reader() as client:
        rows = [view.model_dump(mode="json") for view in client.accounts()]
    show(rows, as_json=as_json, title="accounts")


@accounts.command("lines")
def lines(as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show matched lines of the bank's statement."""
    with reader() as client:
        rows = [view.model_dump(mode="json") for view in client.statement_lines()]
    show(rows, as_json=as_json, title="statement lines")


@events.command("list")
def events_listed(
    after: Annotated[int, typer.Option(help="Entries with a higher number.")] = -1,
    most: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List journal entries, with what concerns the caller."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in islice(client.events(after=after), most)]
    if as_json:
        show(views, as_json=True, title="entries")
        return
    rows: list[dict[str, object]] = [
        {
            "entry": view["entry"],
            "time_ms": view["time_ms"],
            "type": view["type"],
            "actor": view["public"]["actor"],
            "answer": view["public"]["answer"],
        }
        for view in views
    ]
    show(rows, as_json=False, title="entries")


def rulebook(as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show every rule with its citation and cure."""
    with reader() as client:
        book = client.rulebook().model_dump(mode="json")
    if as_json:
        show_one(book, as_json=True, title="rulebook")
        return
    names = ("code", "status", "citation", "text", "cure")
    show([{name: found[name] for name in names} for found in book["rules"]], as_json=False, title="rulebook")

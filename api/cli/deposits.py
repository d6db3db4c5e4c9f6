"""`ipx deposit`: money kept for absent co-owners and pledgees."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.amounts import amount
from api.cli.connection import AsJson, operator, reader, show, show_acknowledgement, show_one
from api.cli.disputes import Document, Reason, digest_of

app = typer.Typer(no_args_is_help=True, help="Deposits for absent co-owners and pledgees.")
DepositId = Annotated[str, typer.Argument(help="E.g. DEP-1.")]


@app.command("release")
def release(  # noqa: PLR0913 - what a release consists of
    deposit_id: DepositId,
    ground: Annotated[str, typer.Argument(help="joined, debt_due or discharged.")],
    entitled: Annotated[
        int,
        typer.Argument(metavar="AMOUNT", parser=amount, help="What is the entitled one's: decimal string."),
    ],
    document: Document,
    reason: Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator finds who is entitled; a second one has to find the same before anything is paid."""
    with operator() as desk:
        given = desk.release_deposit(deposit_id, ground, entitled, digest_of(document), reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("list")
def listed(
    deal_id: Annotated[str | None, typer.Option("--deal", help="E.g. D-1.")] = None,
    state: Annotated[str | None, typer.Option(help="HELD or RELEASED.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List deposits out of your sales or kept for you; an operator sees all."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in client.deposits(deal_id=deal_id, state=state)]
    names = ("id", "deal_id", "sort", "company_number", "currency", "amount", "state")
    show(
        views if as_json else [{name: view[name] for name in names} for view in views],
        as_json=as_json,
        title="deposits",
    )


@app.command("show")
def show_deposit(deposit_id: DepositId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a deposit."""
    with reader() as client:
        view = client.deposit(deposit_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="deposit")

"""`ipx payment`: what is to leave the supervised account, approved by two operators."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.connection import AsJson, operator, reader, show, show_acknowledgement

app = typer.Typer(no_args_is_help=True, help="Payments out of the supervised account.")


@app.command("list")
def listed(
    state: Annotated[str | None, typer.Option(help="E.g. PREPARED.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List payments: all to an operator, to a company those in its favour."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in client.payments(state=state)]
    names = ("id", "party_id", "amount", "currency", "deal_id", "state", "approvals")
    rows = [{name: view[name] for name in names} for view in views]
    for row in rows:
        row["approvals"] = len(row["approvals"])
    show(views if as_json else rows, as_json=as_json, title="payments")


@app.command("approve")
def approve(
    payment_id: Annotated[list[str], typer.Argument(help="One or more payments.")],
    reason: Annotated[str, typer.Option(help="Sealed with the entry.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator approves payments, to the venue and to the bank; it takes two different operators."""
    with operator() as client:
        for each in payment_id:
            show_acknowledgement(client.approve_payment(each, reason), as_json=as_json)

"""`ipx payment`: what is to leave the supervised account, approved by two operators; suspense, fees, resumption."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.amounts import amount
from api.cli.connection import AsJson, operator, reader, show, show_acknowledgement
from api.cli.waiting import Deadline, wait_for
from api.client import Client

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


@app.command("wait")
def wait(
    payment_id: Annotated[list[str], typer.Argument(help="One or more payments.")],
    deadline: Deadline = 60,
) -> None:
    """Wait until the bank has made each of these payments."""
    waited_for = frozenset(payment_id)
    with reader() as client:
        wait_for(lambda: _unpaid(client, waited_for), f"the bank to pay {', '.join(payment_id)}", deadline)


def _unpaid(client: Client, waited_for: frozenset[str]) -> tuple[frozenset[str], bool]:
    left = waited_for - {view.id for view in client.payments(state="PAID")}
    return left, not left


@app.command("resume")
def resume(
    currency: Annotated[str, typer.Argument(help="CNY, HKD or MOP.")],
    reason: Annotated[str, typer.Option(help="Why; sealed and erasable.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator lets payments of a currency go on; it takes two different operators."""
    with operator() as client:
        given = client.resume_releases(currency, reason)  # type: ignore[arg-type]  # the venue checks the word
        show_acknowledgement(given, as_json=as_json)


@app.command("assign")
def assign(
    line_id: Annotated[str, typer.Argument(help="A credit that named nobody.")],
    party_id: Annotated[str, typer.Argument(help="Whose it is; `venue`: it covers an unexplained debit.")],
    reason: Annotated[str, typer.Option(help="Why; sealed and erasable.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator gives a credit in suspense to its party; it takes two different operators."""
    with operator() as client:
        show_acknowledgement(client.assign_suspense(line_id, party_id, reason), as_json=as_json)


@app.command("return")
def give_back(
    line_id: Annotated[str, typer.Argument(help="A credit that named nobody.")],
    reason: Annotated[str, typer.Option(help="Why; sealed and erasable.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator sends a credit in suspense back to its payer, by a payment that two approve."""
    with operator() as client:
        show_acknowledgement(client.return_suspense(line_id, reason), as_json=as_json)


@app.command("fees")
def fees(
    sum_paid: Annotated[int, typer.Argument(metavar="AMOUNT", parser=amount, help="Decimal string.")],
    reason: Annotated[str, typer.Option(help="Why; sealed and erasable.")],
    currency: Annotated[str, typer.Option(help="CNY, HKD or MOP.")] = "CNY",
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator has the venue's fees paid out, by a payment that two approve."""
    with operator() as client:
        given = client.withdraw_fees(currency, sum_paid, reason)  # type: ignore[arg-type]  # the venue checks the word
        show_acknowledgement(given, as_json=as_json)

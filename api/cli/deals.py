"""`ipx deal`: show, to-sign, sign, fund."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from api.cli.connection import AsJson, company, reader, show, show_acknowledgement, show_one
from api.cli.listings import amount

app = typer.Typer(no_args_is_help=True, help="Deals.")


@app.command("list")
def listed(
    state: Annotated[str | None, typer.Option(help="E.g. AWARDED.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List deals."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in client.deals(state=state)]
    names = ("id", "deal_kind", "right_id", "state", "awarded_ms", "chain_transaction")
    rows = views if as_json else [{name: view[name] for name in names} for view in views]
    show(rows, as_json=as_json, title="deals")


@app.command("show")
def show_deal(deal_id: str, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a deal with its records on the chain."""
    with reader() as client:
        view = client.deal(deal_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="deal")


@app.command("to-sign")
def to_sign(deal_id: str, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show what a signature means, the contract, and the digest."""
    with reader() as client:
        view = client.to_sign(deal_id)
    if as_json:
        typer.echo(view.model_dump_json())
        return
    console = Console()
    for text in (view.words, view.words_zh, view.contract_text, f"digest {view.digest}"):
        console.print(Text(text))


@app.command("sign")
def sign(
    deal_id: str,
    price: Annotated[
        int | None, typer.Option(parser=amount, help="The agreed price: nothing else is signed.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Check what is to be signed against its commitments, then sign it."""
    with company() as client:
        given = client.sign_deal(deal_id, price=price)
    show_acknowledgement(given, as_json=as_json)


@app.command("fund")
def fund(
    deal_id: str,
    statement_line: Annotated[
        str, typer.Option(help="The line that brought the money in: `ipx account lines`.")
    ],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Put the price into escrow."""
    with company() as client:
        given = client.fund_deal(deal_id, statement_line)
    show_acknowledgement(given, as_json=as_json)

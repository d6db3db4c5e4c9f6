"""`ipx deal`: show, wait, to-sign, sign, cancel, fund, file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.amounts import amount
from api.cli.connection import (
    AsJson,
    DealId,
    company,
    operator,
    password,
    reader,
    show,
    show_acknowledgement,
    show_one,
    show_to_sign,
)
from api.cli.waiting import Deadline, WaitedInVain, wait_for
from api.client import Client
from api.deals.schemas import DealView
from ledger.keystore import read_keystore

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
def show_deal(deal_id: DealId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a deal with its records on the chain."""
    with reader() as client:
        view = client.deal(deal_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="deal")


@app.command("wait")
def wait(
    deal_id: DealId,
    state: Annotated[list[str], typer.Argument(help="Any of these, e.g. WITNESSED.")],
    deadline: Deadline = 60,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Wait until a deal has come to one of the states."""
    with reader() as client:
        try:
            view = wait_for(lambda: _seen(client, deal_id, state), f"{deal_id} to be {state}", deadline)
        except WaitedInVain as error:
            message = f"{error}; it is {client.deal(deal_id).state}"
            raise WaitedInVain(message) from error
    shown = view.model_dump(mode="json")
    names = ("id", "deal_kind", "right_id", "state", "chain_transaction", "licence_id")
    show_one(shown if as_json else {name: shown[name] for name in names}, as_json=as_json, title="deal")


def _seen(client: Client, deal_id: str, states: list[str]) -> tuple[DealView, bool]:
    view = client.deal(deal_id)
    return view, view.state in states


@app.command("file")
def file_deal(
    deal_id: DealId,
    reason: Annotated[str, typer.Option(help="Sealed with the entry.")],
    filing_id: Annotated[
        str, typer.Option(help="Unique at the office; made from the deal if left out.")
    ] = "",
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator files the deal's papers with the office: transfer for registration, licence for recordal."""
    with operator() as client:
        package = client.filing_package(deal_id)
        given = client.file_deal(deal_id, filing_id or f"IPX-{deal_id}", package.digests, reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("to-sign")
def to_sign(deal_id: DealId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show what a signature means, the contract, and the digest."""
    with reader() as client:
        view = client.to_sign(deal_id)
    show_to_sign(view, as_json=as_json)


@app.command("sign")
def sign(
    deal_id: DealId,
    price: Annotated[
        int | None, typer.Option(parser=amount, help="The agreed price: nothing else is signed.")
    ] = None,
    deal_key: Annotated[
        Path | None, typer.Option(help="The file of the key chosen for this deal (`ipx deal key`).")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Check what is to be signed against its commitments, then sign it."""
    other = None if deal_key is None else read_keystore(deal_key, password())
    with company() as client:
        given = client.sign_deal(deal_id, price=price, deal_key=other)
    show_acknowledgement(given, as_json=as_json)


@app.command("cancel")
def cancel(
    deal_id: DealId,
    deal_key: Annotated[
        Path | None, typer.Option(help="The file of the key chosen for this deal (`ipx deal key`).")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Cancel a deal that both have not signed; what is held goes back, and it can never be recorded."""
    other = None if deal_key is None else read_keystore(deal_key, password())
    with company() as client:
        given = client.cancel_deal(deal_id, deal_key=other)
    show_acknowledgement(given, as_json=as_json)


@app.command("key")
def choose_key(
    deal_id: DealId,
    key: Annotated[str, typer.Argument(help="Address of another of the company's keys: `ipx key list`.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Sign this deal with another enrolled key, so that rivals cannot see on the chain whose deal it is."""
    with company() as client:
        given = client.choose_deal_key(deal_id, key)
    show_acknowledgement(given, as_json=as_json)


@app.command("fund")
def fund(
    deal_id: DealId,
    statement_line: Annotated[
        str, typer.Option(help="The line that brought the money in: `ipx account lines`.")
    ],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Put the price into escrow."""
    with company() as client:
        given = client.fund_deal(deal_id, statement_line)
    show_acknowledgement(given, as_json=as_json)

"""`ipx deal`: show, wait, to-sign, contract, sign, cancel, rescind, fund, file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from msgspec import UNSET

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


@app.command("contract")
def contract(
    deal_id: DealId,
    language: Annotated[
        str | None, typer.Option(help="zh-Hans, zh-Hant or en; the text that prevails if left out.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Show the contract in one of its languages."""
    with reader() as client:
        view = client.contract(deal_id, language)
    if as_json:
        typer.echo(view.model_dump_json())
    else:
        annex = "" if view.annex is None else "\n" + view.annex.texts[view.language]
        typer.echo(view.text + annex, nl=False)


@app.command("sign")
def sign(
    deal_id: DealId,
    price: Annotated[
        int | None, typer.Option(parser=amount, help="The agreed price: nothing else is signed.")
    ] = None,
    deal_key: Annotated[
        Path | None, typer.Option(help="The file of the key chosen for this deal (`ipx deal key`).")
    ] = None,
    lot: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--lot", help="Every deal of its lot; the price is then the whole lot's.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Check what is to be signed against its commitments, then sign it."""
    if lot and deal_key is not None:
        message = "a key of its own is for one deal"
        raise typer.BadParameter(message, param_hint="--deal-key")
    other = None if deal_key is None else read_keystore(deal_key, password())
    with company() as client:
        if lot:
            signed = client.sign_lot(deal_id, price=price)
        else:
            signed = [client.sign_deal(deal_id, price=price, deal_key=other)]
    for given in signed:
        show_acknowledgement(given, as_json=as_json)


@app.command("reward")
def reward(  # noqa: PLR0913 - what a reward consists of
    deal_id: DealId,
    share: Annotated[
        list[int] | None, typer.Option(help="Basis points of the rest, one a contributor.")
    ] = None,
    costs: Annotated[int, typer.Option(parser=amount, help="What you deduct first.")] = "0",  # type: ignore[assignment]  # parsed
    on_grant: Annotated[
        int | None,
        typer.Option(
            parser=amount, help="CNY given to the inventors at the grant, where nothing agreed fixes it."
        ),
    ] = None,
    on_grant_day: Annotated[
        str | None, typer.Option(help="On which day they were given it, e.g. 2027-03-01.")
    ] = None,
    basis: Annotated[
        str | None, typer.Option(help="income if left out, shares for a contribution as capital, or profit.")
    ] = None,
    years: Annotated[
        int | None, typer.Option(help="For how many years a part of the profit is given.")
    ] = None,
    ground: Annotated[
        str | None, typer.Option(help="agreement, unit_rules or not_made_here: why there are no shares.")
    ] = None,
    contributor: Annotated[
        list[str] | None, typer.Option(help="Who, in the order of shares; sealed.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """As the seller or a co-owner: record how your part of what the deal has brought goes to who made the result."""
    with company() as client:
        given = client.record_reward(
            deal_id,
            tuple(share or ()),
            costs=costs,
            on_grant=UNSET if on_grant is None else on_grant,
            on_grant_day=UNSET if on_grant_day is None else on_grant_day,
            basis=UNSET if basis is None else basis,  # type: ignore[arg-type]  # the venue checks the word
            years=UNSET if years is None else years,
            ground=UNSET if ground is None else ground,  # type: ignore[arg-type]  # the venue checks the word
            contributors=contributor,
        )
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


@app.command("rescind")
def rescind(deal_id: DealId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """As the buyer: rescind, where the office has refused the application, or filing or delivery is overdue."""
    with company() as client:
        given = client.rescind_deal(deal_id)
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


@app.command("pay-earnest")
def pay_earnest(
    deal_id: DealId,
    statement_line: Annotated[str, typer.Option(help="A line that brought money in: `ipx account lines`.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Pay the agreed earnest money 定金, once both have signed."""
    with company() as client:
        given = client.pay_earnest(deal_id, statement_line)
    show_acknowledgement(given, as_json=as_json)


@app.command("fund")
def fund(
    deal_id: DealId,
    statement_line: Annotated[
        str,
        typer.Option(
            help="The line that brought the money in: `ipx account lines`; none where nothing is due first."
        ),
    ] = "",
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Put what is due first into escrow."""
    with company() as client:
        given = client.fund_deal(deal_id, statement_line)
    show_acknowledgement(given, as_json=as_json)

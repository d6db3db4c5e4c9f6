"""`ipx order`: place, amend, cancel, look up; and the operator's word that lets a venue trade continuously."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from api.cli.amounts import amount
from api.cli.connection import (
    AsJson,
    Key,
    ListingId,
    company,
    operator,
    reader,
    show,
    show_acknowledgement,
    show_one,
)
from api.cli.moments import moment

app = typer.Typer(no_args_is_help=True, help="Orders on continuous listings.")
OrderId = Annotated[str, typer.Argument(help="E.g. O-1.")]
SHOWN = ("id", "listing_id", "side", "limit", "quantity", "filled", "held", "currency", "state", "deals")


@app.command("place")
def place(  # noqa: PLR0913 - what an order consists of
    listing_id: ListingId,
    side: Annotated[str, typer.Argument(help="buy or sell.")],
    quantity: Annotated[int, typer.Argument(min=1, help="Licences in all.")],
    limit: Annotated[
        int | None,
        typer.Option(
            parser=amount, help="The most you pay, or the least you take, for one; none: at market."
        ),
    ] = None,
    until: Annotated[
        int | None, typer.Option(parser=moment, help="Good till then: RFC 3339 with offset, or ms UTC.")
    ] = None,
    now: Annotated[
        str | None, typer.Option(help="immediate_or_cancel or fill_or_kill: nothing of it rests.")
    ] = None,
    post_only: Annotated[bool, typer.Option("--post-only", help="Never take what rests.")] = False,  # noqa: FBT002 - an option
    client_order_id: Annotated[str | None, typer.Option(help="Your own order id, unique for ever.")] = None,
    unsigned: Annotated[bool, typer.Option(help="Its deals are signed one by one.")] = False,  # noqa: FBT002 - an option
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Bid for licences, or as the seller ask for them."""
    standing = None if until is None else "good_till_date"
    with company() as client:
        given = client.place_order(
            listing_id,
            side,  # type: ignore[arg-type]  # the venue checks the words
            quantity,
            limit,
            time_in_force=now or standing,  # type: ignore[arg-type]  # as above
            post_only=post_only,
            expires_ms=until,
            client_order_id=client_order_id,
            signed=not unsigned,
            idempotency_key=idempotency_key,
        )
    show_acknowledgement(given, as_json=as_json)


@app.command("amend")
def amend(
    order_id: OrderId,
    quantity: Annotated[int, typer.Argument(min=1, help="Licences in all, what has traded included.")],
    limit: Annotated[int, typer.Option(parser=amount, help="For one licence.")],
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Give an order another quantity or limit; less at the same limit keeps its place."""
    with company() as client:
        given = client.amend_order(order_id, quantity, limit, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("cancel")
def cancel(
    order_id: OrderId,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Take back what an order has left."""
    with company() as client:
        given = client.cancel_order(order_id, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("cancel-all")
def cancel_all(
    listing_id: ListingId,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Take back every order of your own on a listing."""
    with company() as client:
        given = client.cancel_orders(listing_id, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("list")
def listed(
    listing_id: Annotated[str | None, typer.Option("--listing", help="Only of this listing.")] = None,
    state: Annotated[str | None, typer.Option(help="E.g. LIVE.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List your orders; an operator lists all."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in client.orders(listing_id=listing_id, state=state)]
    rows = views if as_json else [{name: view[name] for name in SHOWN} for view in views]
    show(rows, as_json=as_json, title="orders")


@app.command("show")
def show_order(order_id: OrderId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show an order and the deals that came of it."""
    with reader() as client:
        view = client.order(order_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="order")


def authorise_trading(
    ground: Annotated[str, typer.Argument(help="authorisation or counsel_opinion.")],
    document: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="The document: its name and SHA-256 are sealed.")
    ],
    reason: Annotated[str, typer.Option(help="Sealed with the entry.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator records what lets this venue trade continuously; only in the Hong Kong profile."""
    sealed = {"name": document.name, "sha256": hashlib.sha256(document.read_bytes()).hexdigest()}
    with operator() as client:
        given = client.authorise_trading(ground, sealed, reason)
    show_acknowledgement(given, as_json=as_json)


def stop_trading(
    reason: Annotated[str, typer.Option(help="Sealed with the entry.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator withdraws what let this venue trade continuously: from now on no order is matched."""
    with operator() as client:
        given = client.stop_trading(reason)
    show_acknowledgement(given, as_json=as_json)

"""`ipx bid`: place, raise, withdraw."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.amounts import amount
from api.cli.connection import AsJson, BidId, Key, ListingId, company, show_acknowledgement

app = typer.Typer(no_args_is_help=True, help="Bids on competitive listings.")
Price = Annotated[int, typer.Argument(parser=amount, help="Decimal string in the listing's currency.")]


@app.command("place")
def place(
    listing_id: ListingId,
    price: Price,
    client_order_id: Annotated[str | None, typer.Option(help="Your own order id, unique for ever.")] = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Bid on a listing."""
    with company() as client:
        given = client.place_bid(
            listing_id, price, client_order_id=client_order_id, idempotency_key=idempotency_key
        )
    show_acknowledgement(given, as_json=as_json)


@app.command("raise")
def raise_bid(
    bid_id: BidId,
    price: Price,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Raise a bid's price."""
    with company() as client:
        given = client.amend_bid(bid_id, price, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("withdraw")
def withdraw(
    bid_id: BidId,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Withdraw a bid while registration is open."""
    with company() as client:
        given = client.withdraw_bid(bid_id, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)

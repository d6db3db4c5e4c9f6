"""`ipx listing offer`: a listing's standing offer, signed once by its seller for whoever accepts."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.amounts import amount
from api.cli.connection import (
    AsJson,
    ListingId,
    company,
    reader,
    show_acknowledgement,
    show_one,
    show_to_sign,
)

app = typer.Typer(
    no_args_is_help=True, help="A listing's standing offer: signed once, accepted by whoever comes."
)


@app.command("to-sign")
def to_sign(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show what the signature means, the contract, and the digest."""
    with reader() as client:
        view = client.offer_to_sign(listing_id)
    show_to_sign(view, as_json=as_json)


@app.command("sign")
def sign(
    listing_id: ListingId,
    price: Annotated[
        int | None, typer.Option(parser=amount, help="The listed price: nothing else is signed.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Sign once for whoever accepts: from now on each acceptance makes a contract by the buyer's signature alone."""
    with company() as client:
        given = client.sign_offer(listing_id, price=price)
    show_acknowledgement(given, as_json=as_json)


@app.command("show")
def show_offer(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show what stands, and how often it has been accepted."""
    with reader() as client:
        view = client.offer(listing_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="offer")


@app.command("withdraw")
def withdraw(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Withdraw the offer and take the listing off; who has accepted before has the licence."""
    with company() as client:
        given = client.withdraw_offer(listing_id)
    show_acknowledgement(given, as_json=as_json)

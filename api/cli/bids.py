"""`ipx bid`: place, raise, withdraw; seal and open."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.calls.sealed_bids import place_in
from api.cli.amounts import amount
from api.cli.connection import (
    AsJson,
    BidId,
    Key,
    ListingId,
    company,
    reader,
    show,
    show_acknowledgement,
    show_one,
)
from exchange.listings.bid_commitment import SealedBid, commitment_of

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


@app.command("accept")
def accept(bid_id: BidId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Accept the only bidder's bid, as the seller of a competitive listing to which one bidder came."""
    with company() as client:
        given = client.accept_bid(bid_id)
    show_acknowledgement(given, as_json=as_json)


@app.command("list")
def listed(
    listing: Annotated[str | None, typer.Option(help="Of this listing alone, e.g. L-1.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List your own bids; all of them to an operator."""
    names = ("id", "listing_id", "party_id", "price", "currency", "state")
    with reader() as client:
        rows = [view.model_dump(mode="json") for view in client.bids(listing_id=listing)]
    show(
        rows if as_json else [{name: row[name] for name in names} for row in rows],
        as_json=as_json,
        title="bids",
    )


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


@app.command("seal")
def seal(  # noqa: PLR0913 - what a sealed bid consists of
    listing_id: ListingId,
    price: Price,
    keep: Annotated[
        Path,
        typer.Option(
            help="A new file for what opens the bid: whoever loses it cannot, and loses the deposit."
        ),
    ],
    proposal: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Tender: the proposal document.")
    ] = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Seal a bid: the venue learns nothing but its commitment. The file is written before anything is sent."""
    digest = "" if proposal is None else sha256(proposal.read_bytes()).hexdigest()
    with company() as client:
        bid = client.draw_up_bid(listing_id, price, proposal=digest)
        _write_new(keep, msgspec.json.encode(bid))
        given = client.seal_bid(bid, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json, opens_with=str(keep))


@app.command("open")
def open_bid(
    bid_id: BidId,
    opening: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="The file that `ipx bid seal` wrote.")
    ],
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Open a sealed bid, once its set is final on the chain and before the window ends."""
    with company() as client:
        given = client.reveal_bid(bid_id, _read(opening), idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("in-set")
def in_set(
    opening: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The file that `ipx bid seal` wrote.")
    ],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Show where a bid stands in the set that was fixed at the close, with the path that the contract checks."""
    bid = _read(opening)
    with reader() as client:
        venue = client.venue()
        sealed_set = client.sealed_bids(bid.listing)
        commitment = commitment_of(venue.chain_id, venue.anchor_address, bid)
    place = place_in(sealed_set, commitment)
    if place is None:
        typer.echo(
            f"{commitment} is not in the set of {bid.listing}: take the receipt to the auditor", err=True
        )
        raise typer.Exit(1)
    names = ("listing_key", "round", "root", "count", "chain_transaction")
    row = {name: getattr(sealed_set, name) for name in names}
    show_one(
        {"commitment": commitment, "index": place[0], "path": place[1], **row},
        as_json=as_json,
        title="in the set",
    )


def _write_new(path: Path, data: bytes) -> None:
    """A file that only its owner reads, and that nothing was in before."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
    except FileExistsError as error:
        message = f"{path} exists: it may open another bid"
        raise typer.BadParameter(message, param_hint="--keep") from error
    except OSError as error:
        raise typer.BadParameter(str(error), param_hint="--keep") from error


def _read(path: Path) -> SealedBid:
    try:
        return msgspec.json.decode(path.read_bytes(), type=SealedBid)
    except msgspec.MsgspecError as error:
        message = f"{path} is not what `ipx bid seal` wrote"
        raise typer.BadParameter(message) from error

"""`ipx listing`: create, approve, show, book; its standing offer is in `api.cli.offers`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from msgspec import UNSET

from api.cli import offers
from api.cli.amounts import amount
from api.cli.connection import (
    AsJson,
    Key,
    ListingId,
    PartyId,
    company,
    operator,
    reader,
    show,
    show_acknowledgement,
    show_one,
)
from exchange.commands import ListingTerms, SubmitListing

app = typer.Typer(no_args_is_help=True, help="Offers of rights.")
app.add_typer(offers.app, name="offer")
MS_PER_SECOND = 1_000


def moment(text: str) -> int:
    """A time with its offset (RFC 3339) or milliseconds UTC, for typer."""
    if text.isdigit():
        return int(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if found.tzinfo is None:
        message = "give the offset too, e.g. 2026-12-01T18:00:00+08:00"
        raise typer.BadParameter(message)
    return int(found.timestamp() * MS_PER_SECOND)


@app.command("create")
def create(  # noqa: PLR0913 - what an offer consists of
    right_id: Annotated[str, typer.Option("--right", help="E.g. CN-201610178553.5.")],
    price: Annotated[int, typer.Option(parser=amount, help="Decimal string, e.g. 120000.00.")],
    closes: Annotated[int, typer.Option(parser=moment, help="RFC 3339 with offset, or milliseconds UTC.")],
    mode: Annotated[str, typer.Option(help="posted, competitive, negotiated, english or dutch.")] = "posted",
    kind: Annotated[
        str, typer.Option(help="assignment, exclusive_licence, sole_licence or ordinary_licence.")
    ] = "assignment",
    currency: Annotated[str, typer.Option(help="CNY, HKD or MOP.")] = "CNY",
    deposit: Annotated[int, typer.Option(parser=amount, help="Bid deposit 保证金.")] = "0",  # type: ignore[assignment]  # parsed
    step: Annotated[int, typer.Option(parser=amount, help="Bids rise by whole steps.")] = "0",  # type: ignore[assignment]  # parsed
    registration_closes: Annotated[
        int | None, typer.Option(parser=moment, help="Competitive and English: end of registration.")
    ] = None,
    reserve: Annotated[
        int | None, typer.Option(parser=amount, help="English: the least that you take 保留价.")
    ] = None,
    floor: Annotated[
        int | None, typer.Option(parser=amount, help="Dutch: the price falls no further.")
    ] = None,
    interval: Annotated[
        int | None, typer.Option(min=1, help="Dutch: seconds until the price falls by the next step.")
    ] = None,
    most: Annotated[int, typer.Option(help="Posted licences: how many may be accepted.")] = 1,
    description: Annotated[str | None, typer.Option(help="Sealed, erasable.")] = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Offer a right; the operator opens the listing."""
    listing = SubmitListing(
        right_id=right_id,
        mode=mode,  # type: ignore[arg-type]  # the venue checks the words
        deal_kind=kind,  # type: ignore[arg-type]  # as above
        currency=currency,  # type: ignore[arg-type]  # as above
        closes_ms=closes,
        registration_closes_ms=registration_closes,
        max_acceptances=most,
    )
    territory = (right_id.partition("-")[0],)
    terms = ListingTerms(
        price=price,
        deposit=deposit,
        step=step,
        territory=territory,
        reserve=UNSET if reserve is None else reserve,
        floor=UNSET if floor is None else floor,
        interval_ms=UNSET if interval is None else interval * MS_PER_SECOND,
    )
    with company() as client:
        given = client.submit_listing(
            listing, terms, description=description, idempotency_key=idempotency_key
        )
    show_acknowledgement(given, as_json=as_json)


@app.command("approve")
def approve(
    listing_id: ListingId,
    reason: Annotated[str, typer.Option(help="Sealed with the entry.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator opens a listing."""
    with operator() as client:
        given = client.approve_listing(listing_id, reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("accept")
def accept(
    listing_id: ListingId,
    price: Annotated[int, typer.Argument(parser=amount, help="The posted price, repeated.")],
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Accept a posted price; the full price is held."""
    with company() as client:
        given = client.accept_price(listing_id, price, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("consent")
def consent(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """A pledgee consents to deals under a listing of the pledged right."""
    with company() as client:
        given = client.consent(listing_id)
    show_acknowledgement(given, as_json=as_json)


@app.command("register")
def register(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Register as a bidder on a competitive listing; the bid deposit is held."""
    with company() as client:
        given = client.register_bidder(listing_id)
    show_acknowledgement(given, as_json=as_json)


@app.command("leave")
def leave(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Leave a competitive listing while registration is open; the bid deposit comes back."""
    with company() as client:
        given = client.leave(listing_id)
    show_acknowledgement(given, as_json=as_json)


@app.command("qualify")
def qualify(
    listing_id: ListingId,
    party_id: PartyId,
    reason: Annotated[str, typer.Option(help="Sealed with the entry.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator qualifies a registered bidder."""
    with operator() as client:
        given = client.qualify_bidder(listing_id, party_id, reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("list")
def listed(
    state: Annotated[str | None, typer.Option(help="E.g. OPEN.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List listings."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in client.listings(state=state)]
    names = ("id", "right_id", "mode", "deal_kind", "state", "currency", "closes_ms", "terms")
    rows = views if as_json else [{name: view[name] for name in names} for view in views]
    show(rows, as_json=as_json, title="listings")


@app.command("show")
def show_listing(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a listing."""
    with reader() as client:
        view = client.listing(listing_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="listing")


@app.command("book")
def book(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a listing's book: rank, price, time."""
    with reader() as client:
        view = client.book(listing_id).model_dump(mode="json")
    if as_json:
        show_one(view, as_json=True, title="book")
    elif view["lines"] is None:
        show_one(
            {"bids": view["count"], "prices": "shown to participants"},
            as_json=False,
            title=f"book of {listing_id}",
        )
    else:
        show(view["lines"], as_json=False, title=f"book of {listing_id} ({view['currency']})")

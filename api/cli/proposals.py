"""`ipx proposal`: negotiate on a listing, from either side."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.amounts import amount
from api.cli.connection import AsJson, Key, ListingId, company, reader, show, show_acknowledgement
from api.cli.moments import moment

app = typer.Typer(no_args_is_help=True, help="Negotiations: proposals of a price, from either side.")
ProposalId = Annotated[str, typer.Argument(help="E.g. N-1.")]


@app.command("make")
def make(  # noqa: PLR0913 - what a proposal consists of
    listing_id: ListingId,
    price: Annotated[int, typer.Argument(parser=amount, help="Decimal string in the listing's currency.")],
    until: Annotated[
        int, typer.Option(parser=moment, help="It binds until then: RFC 3339 with offset, or ms UTC.")
    ],
    buyer: Annotated[
        str | None,
        typer.Option(help="As the seller, to answer: the buyer's party id, of `ipx proposal list`."),
    ] = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Propose a price, or answer the other side's with another."""
    with company() as client:
        if buyer is None and client.listing(listing_id).seller == client.party_id:
            message = f"a seller answers a buyer: name it, as `ipx proposal list {listing_id}` shows it"
            raise typer.BadParameter(message, param_hint="--buyer")
        given = client.propose(listing_id, price, until, buyer=buyer, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("list")
def listed(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """List the proposals on a listing: all of them to its seller, to a buyer its own."""
    with reader() as client:
        rows = [view.model_dump(mode="json") for view in client.proposals(listing_id)]
    show(rows, as_json=as_json, title=f"proposals on {listing_id}")


@app.command("accept")
def accept(
    proposal_id: ProposalId,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Accept what the other side has proposed: a deal begins."""
    with company() as client:
        given = client.accept_proposal(proposal_id, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("refuse")
def refuse(
    proposal_id: ProposalId,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Refuse what the other side has proposed: the negotiation ends."""
    with company() as client:
        given = client.refuse_proposal(proposal_id, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)

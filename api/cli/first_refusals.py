"""`ipx first-refusal`: notice of a deal to who may take it first, and what is answered."""

from __future__ import annotations

from typing import Annotated

import typer

from api.calls.first_refusals import completer_of
from api.cli.amounts import amount
from api.cli.connection import (
    AsJson,
    DealId,
    Key,
    RightId,
    company,
    operator,
    reader,
    show,
    show_acknowledgement,
    show_one,
)
from api.cli.disputes import Document, Reason, digest_of
from exchange.commands import Completer

app = typer.Typer(no_args_is_help=True, help="First refusals 优先受让权 of awarded assignments.")


@app.command("list")
def listed(as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """List deals whose term runs and that are yours to answer; an operator sees all."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in client.first_refusals()]
    names = ("deal_id", "right_id", "price", "currency", "to_hold", "until_ms", "entitled", "waived")
    show(
        views if as_json else [{name: view[name] for name in names} for view in views],
        as_json=as_json,
        title="first refusals",
    )


@app.command("show")
def show_refusal(deal_id: DealId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a deal's notice, its term and its terms."""
    with reader() as client:
        view = client.first_refusal(deal_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="first refusal")


@app.command("notice")
def notice(
    deal_id: DealId,
    document: Document,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """As the seller: everyone with a first refusal has had this notice of the deal's own terms."""
    with company() as client:
        given = client.give_refusal_notice(deal_id, digest_of(document), idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("waive")
def waive(deal_id: DealId, idempotency_key: Key = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Give up your first refusal of a deal."""
    with company() as client:
        given = client.waive_refusal(deal_id, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("exercise")
def exercise(
    deal_id: DealId,
    price: Annotated[int, typer.Argument(parser=amount, help="The deal's price, as in 1200.50.")],
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Take a deal at its price and on its terms; what its buyer holds is held of you."""
    with company() as client:
        given = client.exercise_refusal(deal_id, price, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


def _completer(text: str) -> tuple[Completer, dict[str, str]]:
    """A completer as `NAME` or `NAME=PARTY`."""
    name, _, party = text.partition("=")
    return completer_of(name, party or None)


@app.command("completers")
def completers(  # noqa: PLR0913 - what is found of a right
    right_id: RightId,
    evidence: Document,
    reason: Reason,
    service: Annotated[bool, typer.Option("--service/--no-service", help="Made in service of its holder.")],
    completer: Annotated[
        list[str] | None, typer.Option(help="NAME or NAME=PARTY; again for each. Names are sealed.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator finds whether a right was made in service, and who completed it."""
    made = [_completer(each) for each in completer or ()]
    sealed = {"sha256": digest_of(evidence), "completers": [opening for _, opening in made]}
    with operator() as desk:
        given = desk.record_completers(
            right_id, sealed, reason, service_invention=service, completers=[each for each, _ in made]
        )
    show_acknowledgement(given, as_json=as_json)

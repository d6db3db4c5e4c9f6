"""`ipx obligation`: what falls due after a deal took effect."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.amounts import amount
from api.cli.connection import AsJson, DealId, Key, company, reader, show, show_acknowledgement, show_one
from api.cli.disputes import Document, digest_of

app = typer.Typer(no_args_is_help=True, help="Instalments and royalties that fall due.")
ObligationId = Annotated[str, typer.Argument(help="E.g. OB-1.")]
Base = Annotated[int, typer.Argument(parser=amount, help="Decimal string in the deal's currency.")]
Statement = Annotated[str | None, typer.Option(help="How it was found; sealed, erasable.")]


@app.command("list")
def listed(
    deal_id: Annotated[str | None, typer.Option("--deal", help="E.g. D-1.")] = None,
    state: Annotated[str | None, typer.Option(help="E.g. OVERDUE.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List what you owe and are owed; an operator sees all."""
    with reader() as client:
        rows = [view.model_dump(mode="json") for view in client.obligations(deal_id=deal_id, state=state)]
    names = (
        *("id", "deal_id", "sort", "number", "state", "currency", "amount"),
        *("paid", "open_principal", "interest_owed", "payable", "due_ms"),
    )
    shown = rows if as_json else [{name: row[name] for name in names} for row in rows]
    show(shown, as_json=as_json, title="obligations")


@app.command("show")
def show_obligation(obligation_id: ObligationId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show an obligation."""
    with reader() as client:
        view = client.obligation(obligation_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="obligation")


@app.command("pay")
def pay(
    obligation_id: ObligationId,
    statement_line: Annotated[
        str, typer.Option(help="The line that brought the money in: `ipx account lines`.")
    ],
    part: Annotated[
        int | None,
        typer.Option(
            "--amount", parser=amount, help="Decimal string; all that is left where nothing is said."
        ),
    ] = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Pay all that is left, with the late interest of the day, or a part: interest first, then principal."""
    with company() as client:
        if part is None:
            given = client.pay_obligation(obligation_id, statement_line, idempotency_key=idempotency_key)
        else:
            given = client.pay_part(obligation_id, part, statement_line, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("report")
def report(
    obligation_id: ObligationId,
    base: Base,
    statement: Statement = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Report the base of a royalty's period that has ended."""
    with company() as client:
        given = client.report_royalty(
            obligation_id, base, statement=statement, idempotency_key=idempotency_key
        )
    show_acknowledgement(given, as_json=as_json)


@app.command("inspect")
def inspect(
    obligation_id: ObligationId,
    statement: Statement = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """As the licensor: have the books of a reported period inspected."""
    with company() as client:
        given = client.call_inspection(obligation_id, statement=statement, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("found")
def found(
    obligation_id: ObligationId,
    base: Base,
    statement: Statement = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """State the base that you accept as found; the inspection ends when both sides name the same."""
    with company() as client:
        given = client.state_inspection(
            obligation_id, base, statement=statement, idempotency_key=idempotency_key
        )
    show_acknowledgement(given, as_json=as_json)


@app.command("demand")
def demand(
    deal_id: DealId,
    document: Document,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """As the seller: demand what is overdue of a price paid in parts; the buyer has 30 days."""
    with company() as client:
        given = client.demand_instalments(deal_id, digest_of(document), idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("remedy")
def remedy(
    deal_id: DealId,
    what: Annotated[str, typer.Argument(metavar="REMEDY", help="whole_price or rescind.")],
    refund: Annotated[
        int, typer.Option(parser=amount, help="What is given back of an assignment: decimal string.")
    ] = 0,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """As the seller, after the demand's term: have the whole price due, or rescind."""
    with company() as client:
        given = client.choose_remedy(deal_id, what, refund, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)

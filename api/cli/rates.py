"""`ipx rate`: exchange rates, by which rules compare amounts of two currencies."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.connection import AsJson, operator, reader, show, show_acknowledgement
from exchange.commands import RecordExchangeRate

app = typer.Typer(no_args_is_help=True, help="Exchange rates that were recorded.")


@app.command("list")
def listed(as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """List every rate; the last of a pair counts while it is at most ten days old."""
    with reader() as client:
        rows = [view.model_dump(mode="json") for view in client.exchange_rates()]
    show(rows, as_json=as_json, title="exchange rates")


@app.command("record")
def record(  # noqa: PLR0913 - what a rate consists of
    base: Annotated[str, typer.Argument(help="E.g. HKD.")],
    quote: Annotated[str, typer.Argument(help="E.g. CNY.")],
    numerator: Annotated[
        int, typer.Argument(help="One unit of BASE is NUMERATOR/DENOMINATOR units of QUOTE.")
    ],
    denominator: Annotated[int, typer.Argument(help="See NUMERATOR; both are whole numbers.")],
    as_of: Annotated[str, typer.Option(help="The date that it was published for, e.g. 2026-01-31.")],
    source: Annotated[str, typer.Option(help="cfets_central_parity, hkma or amcm.")],
    reason: Annotated[str, typer.Option(help="Sealed with the entry.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator records a rate that a monetary authority has published; no money is converted by it."""
    rate = RecordExchangeRate(
        base=base,  # type: ignore[arg-type]  # the venue checks the words
        quote=quote,  # type: ignore[arg-type]
        numerator=numerator,
        denominator=denominator,
        as_of=as_of,
        source=source,  # type: ignore[arg-type]
    )
    with operator() as client:
        given = client.record_exchange_rate(rate, reason)
    show_acknowledgement(given, as_json=as_json)

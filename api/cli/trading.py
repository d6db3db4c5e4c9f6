"""`ipx trading`: halt and resumption of trading, each by two operators."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.connection import AsJson, operator, reader, show_acknowledgement, show_one

app = typer.Typer(no_args_is_help=True, help="Halt and resumption of trading, each by two operators.")
_Reason = Annotated[str, typer.Option(help="Sealed with the entry.")]


@app.command("halt")
def halt(
    ground: Annotated[
        str, typer.Argument(help="technical_fault, market_integrity or authority_order: public.")
    ],
    reason: _Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator signs for a halt; trading stands still once a second one has, for the same ground, within an hour."""
    with operator() as client:
        given = client.halt_trading(ground, reason)  # type: ignore[arg-type]  # the venue checks the word
    show_acknowledgement(given, as_json=as_json)


@app.command("resume")
def resume(reason: _Reason, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """An operator signs for trading to go on; it does once a second one has, within an hour."""
    with operator() as client:
        given = client.resume_trading(reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("show")
def show(as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show whether trading stands still, and on which ground."""
    with reader() as client:
        halted = client.venue().trading_halt
    found: dict[str, object] = {"halted": halted is not None}
    if halted is not None:
        found |= halted.model_dump(mode="json")
    show_one(found, as_json=as_json, title="trading / 交易")

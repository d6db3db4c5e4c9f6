"""Amounts as they are typed."""

from __future__ import annotations

import typer

from exchange.money.amount import AmountRefused, parse_amount


def amount(text: str) -> int:
    """A decimal string as minor units, for typer."""
    try:
        return parse_amount(text)
    except AmountRefused as error:
        raise typer.BadParameter(str(error)) from error

"""Moments as they are typed."""

from __future__ import annotations

from datetime import datetime

import typer

from exchange.calendar import MS_PER_SECOND


def moment(text: str) -> int:
    """A time with its offset (RFC 3339) or milliseconds UTC, for typer."""
    if text.isdecimal():
        return int(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if found.tzinfo is None:
        message = "give the offset too, e.g. 2026-12-01T18:00:00+08:00"
        raise typer.BadParameter(message)
    return int(found.timestamp() * MS_PER_SECOND)

"""Under which key what a registered pledge has received is kept."""

from __future__ import annotations

from exchange.commands import Pledge


def receipts_key(pledge: Pledge) -> str:
    """Under which what a pledge has received is kept: whoever has several in one currency, has them together."""
    return f"{pledge.company_number} {pledge.currency}"

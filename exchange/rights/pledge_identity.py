"""By what a registered pledge is told from others."""

from __future__ import annotations

from exchange.commands import Pledge
from exchange.rows import Right

NAMED_SINCE_ENGINE = 5
"""Before, what falls due later prepaid whatever pledges its pledgee had in one currency, a later owner's as well."""


def receipts_key(pledge: Pledge) -> str:
    """Under which what a pledge has received was kept: whoever had several in one currency, had them together."""
    return f"{pledge.company_number} {pledge.currency}"


def name_of(right_id: str, number: int) -> str:
    """What a pledge is called in its right's timeline: no other that ever stands on that right is called so."""
    return f"{right_id} pledge {number}"


def key_of(engine: int, right: Right, number: int, pledge: Pledge) -> str:
    """By what a deal or a deposit remembers one of a right's pledges."""
    return name_of(right.id, number) if engine >= NAMED_SINCE_ENGINE else receipts_key(pledge)


def remembered(right: Right, keys: tuple[str, ...]) -> tuple[int, ...]:
    """The numbers of a right's pledges that are among those that a deal or a deposit remembers, by either key."""
    return tuple(
        number
        for number, pledge in zip(right.pledge_numbers, right.pledges, strict=True)
        if name_of(right.id, number) in keys or receipts_key(pledge) in keys
    )

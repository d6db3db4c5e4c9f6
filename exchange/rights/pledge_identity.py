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


def registered_as(right: Right, pledge: Pledge) -> str:
    """What a pledge is known as to its register, on each right that it burdens; empty where a copy gave no number.

    It stays, where a copy that misses the pledge once gives it another number here.
    """
    named = pledge.register_number
    return f"{right.office} {pledge.company_number} {named}" if named else ""


def is_the_registers(right: Right, name: str) -> bool:
    """Whether what a pledge is known as is the register's own number of it."""
    return name.startswith(f"{right.office} ")


def key_of(engine: int, right: Right, number: int, pledge: Pledge) -> str:
    """By what a deal or a deposit remembers one of a right's pledges."""
    if engine < NAMED_SINCE_ENGINE:
        return receipts_key(pledge)
    return registered_as(right, pledge) or name_of(right.id, number)


def remembered(right: Right, keys: tuple[str, ...]) -> tuple[int, ...]:
    """The numbers of a right's pledges that are among those that a deal or a deposit remembers, by any key."""
    return tuple(
        number
        for number, pledge in zip(right.pledge_numbers, right.pledges, strict=True)
        if not {name_of(right.id, number), receipts_key(pledge), registered_as(right, pledge)}.isdisjoint(
            keys
        )
    )

"""How an amount is shared by fixed shares, exact to the minor unit: a lot's price, a reward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.commands import LotMember

WHOLE = 1_000_000
"""Parts per million of all shares of a lot together."""


def share_out(amount: int, shares: Sequence[int]) -> tuple[int, ...]:
    """Each one's part of an amount (minor units), in the order of the shares; together they are the amount.

    Parts are rounded down, and the units that are left go one each to the largest remainder, among equals to the larger
    share, then to the first.
    """
    whole = sum(shares)
    parts = [amount * share // whole for share in shares]
    order = sorted(
        range(len(shares)), key=lambda place: (-(amount * shares[place] % whole), -shares[place], place)
    )
    for place in order[: amount - sum(parts)]:
        parts[place] += 1
    return tuple(parts)


def allocate(amount: int, lot: tuple[LotMember, ...]) -> tuple[int, ...]:
    """Each member's part of an amount (minor units), in the order of the lot; together they are the amount.

    Venue rule § 83: by largest remainder, among equals to the larger share, then to the smaller right id.
    """
    order = sorted(range(len(lot)), key=lambda place: lot[place].right_id)
    parts = dict(zip(order, share_out(amount, [lot[place].share for place in order]), strict=True))
    return tuple(parts[place] for place in range(len(lot)))

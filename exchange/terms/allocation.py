"""How the price of a lot is shared among its rights: by shares published with the listing, exact to the minor unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.commands import LotMember

WHOLE = 1_000_000
"""Parts per million of all shares of a lot together."""


def allocate(amount: int, lot: tuple[LotMember, ...]) -> tuple[int, ...]:
    """Each member's part of an amount (minor units), in the order of the lot; together they are the amount.

    Venue rule § 83: parts are rounded down, and the units that are left go one each to the largest remainder, among
    equals to the larger share, then to the smaller right id.
    """
    parts = [amount * member.share // WHOLE for member in lot]
    order = sorted(
        range(len(lot)),
        key=lambda place: (-(amount * lot[place].share % WHOLE), -lot[place].share, lot[place].right_id),
    )
    for place in order[: amount - sum(parts)]:
        parts[place] += 1
    return tuple(parts)

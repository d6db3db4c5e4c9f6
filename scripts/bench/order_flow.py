"""The work of the matching benchmark: a seeded stream of operations on one book."""

from __future__ import annotations

import random
from typing import NamedTuple

MID = 10_000
"""Price around which orders come, in minor units."""
DEPTH = 50
"""Orders are priced at most this far from `MID`, on either side of it."""
LARGEST_ORDER = 100
CANCEL_SHARE = 0.2
CROSSING_SHARE = 0.5
CANCEL_WINDOW = 1_000
"""A cancel means one of this many passive orders placed last and not cancelled yet, filled or not."""


class Operation(NamedTuple):
    """A limit order (`side` 1 buys, -1 sells), or the cancel of an earlier one (the rest is 0)."""

    side: int
    order_id: int
    price: int
    quantity: int


def order_flow(count: int, seed: int) -> list[Operation]:
    """Return `count` operations, equal for equal seeds; order ids count from 1 in order of placing.

    A fifth are cancels. Of the orders, half are priced through the mid and so cross what stands there, half
    stay on their own side of it.
    """
    chance = random.Random(seed)  # noqa: S311 - a reproducible load, no secret
    operations: list[Operation] = []
    passive: list[int] = []
    last_id = 0
    while len(operations) < count:
        if passive and chance.random() < CANCEL_SHARE:
            recent = min(len(passive), CANCEL_WINDOW)
            chosen = len(passive) - 1 - chance.randrange(recent)
            passive[chosen], passive[-1] = passive[-1], passive[chosen]
            operations.append(Operation(0, passive.pop(), 0, 0))
            continue
        last_id += 1
        side = chance.choice((1, -1))
        distance = chance.randint(1, DEPTH)
        if chance.random() >= CROSSING_SHARE:
            distance = -distance
            passive.append(last_id)
        operations.append(Operation(side, last_id, MID + side * distance, chance.randint(1, LARGEST_ORDER)))
    return operations

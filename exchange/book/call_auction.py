"""The one price of a call auction: the most is traded, then the least is left over, then the nearest to a reference.

Of two prices as near as each other the lower one stands. Prices are minor units, quantities integer units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from exchange.book.orders import Id, PriceLevel


class Clearing(NamedTuple):
    """A price, what trades at it, and what is left at it: of the bids above zero, of the asks below."""

    price: int
    quantity: int
    surplus: int


def clearing(bids: Sequence[PriceLevel], asks: Sequence[PriceLevel], reference: int) -> Clearing | None:
    """Find the price, or None where no bid reaches an ask. Each side comes best first.

    What trades changes at the orders' own prices only, so these and, between two of them, the price nearest to the
    reference are all that need be looked at.
    """
    if not bids or not asks or bids[0].price < asks[0].price:
        return None
    lowest, highest = asks[0].price, bids[0].price
    prices = sorted({level.price for level in (*bids, *asks) if lowest <= level.price <= highest})
    found = _along(prices, bids, asks, reference)
    return min(
        found, key=lambda each: (-each.quantity, abs(each.surplus), abs(each.price - reference), each.price)
    )


def _along(
    prices: Sequence[int], bids: Sequence[PriceLevel], asks: Sequence[PriceLevel], reference: int
) -> Iterator[Clearing]:
    """What each price would trade, lowest first."""
    supplied = list(accumulate((level.quantity for level in asks), initial=0))
    demanded = list(accumulate((level.quantity for level in bids), initial=0))
    asks_in, bids_in = 0, len(bids)
    for price in _with_prices_between(prices, reference):
        while asks_in < len(asks) and asks[asks_in].price <= price:
            asks_in += 1
        while bids_in and bids[bids_in - 1].price < price:
            bids_in -= 1
        demand, supply = demanded[bids_in], supplied[asks_in]
        yield Clearing(price, min(demand, supply), demand - supply)


def _with_prices_between(prices: Sequence[int], reference: int) -> Iterator[int]:
    yield prices[0]
    for lower, upper in pairwise(prices):
        if upper - lower > 1:
            yield min(max(reference, lower + 1), upper - 1)
        yield upper


def paired(bids: Sequence[tuple[Id, int]], asks: Sequence[tuple[Id, int]]) -> Iterator[tuple[Id, Id, int]]:
    """Lay two rows of (order, quantity) of one total side by side: bid, ask, quantity, first come first."""
    waiting = iter(asks)
    ask_id, offered = next(waiting)
    for bid_id, quantity in bids:
        wanted = quantity
        while wanted:
            if not offered:
                ask_id, offered = next(waiting)
            filled = min(wanted, offered)
            yield bid_id, ask_id, filled
            wanted -= filled
            offered -= filled

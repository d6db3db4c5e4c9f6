"""What stands in a book and what comes of an order. Prices are minor units of the listing's one currency."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, Generic, Literal, NamedTuple, TypeAlias, TypedDict, TypeVar

import msgspec

from exchange.money.amount import LARGEST_AMOUNT

Side: TypeAlias = Literal[1, -1]
BUY: Final = 1
SELL: Final = -1

LARGEST_PRICE = LARGEST_AMOUNT
"""In minor units of the listing's currency."""
LARGEST_QUANTITY = LARGEST_AMOUNT

Id = TypeVar("Id", int, str)
Group: TypeAlias = str | int
"""Whose an order is: two orders of one group never trade with one another."""
TimeInForce: TypeAlias = Literal["rest", "immediate_or_cancel", "fill_or_kill"]
"""What becomes of what an order cannot trade at once: it rests, it is cancelled, or nothing of it trades at all."""

Trade: TypeAlias = tuple[Id, Id, int, int]
"""Incoming order, resting order, the resting order's price, quantity. Of a call auction: bid, ask, price, quantity."""


class Resting(NamedTuple, Generic[Id]):
    """An order as it stands in the book: price in minor units, quantity left, its place in time, and whose it is."""

    order_id: Id
    side: Side
    price: int
    quantity: int
    sequence: int
    group: Group | None = None


class PriceLevel(NamedTuple):
    """All orders at one price: price in minor units, quantity left in total, number of orders."""

    price: int
    quantity: int
    orders: int


class Entered(NamedTuple, Generic[Id]):
    """What came of an order that entered.

    trades: in the order in which they happened. cancelled: orders of its own group that it met, each with the quantity
    that it still had. left: what neither traded nor rests, and is gone.
    """

    trades: Sequence[Trade[Id]] = ()
    cancelled: Sequence[tuple[Id, int]] = ()
    left: int = 0


class Uncrossed(NamedTuple, Generic[Id]):
    """What came of a call auction: its one price (minor units), None where no bid reaches an ask, and its trades.

    surplus: what is left at that price on the side that had more: bids above zero, asks below.
    """

    price: int | None
    surplus: int
    trades: Sequence[Trade[Id]]


class BookSnapshot(TypedDict, Generic[Id]):
    """A book as plain JSON values; each side's rows are (order id, price, quantity, sequence, group), best first."""

    buy_only: bool
    calling: bool
    last_sequence: int
    buy: list[tuple[Id, int, int, int, Group | None]]
    sell: list[tuple[Id, int, int, int, Group | None]]


class Slot(msgspec.Struct, Generic[Id], gc=False):
    """An order in its queue; quantity zero once it has left. Never in a reference cycle, hence `gc=False`.

    `rank` is the price of an ask, and the price of a bid with its sign turned: the lowest is the best on both sides.
    """

    order_id: Id
    quantity: int
    rank: int
    sequence: int


class GroupedSlot(Slot[Id], Generic[Id], gc=False):
    """An order that belongs to a group. A type of its own, so that those that belong to none cost nothing more."""

    group: Group


Queues: TypeAlias = dict[int, deque[Slot[Id]]]
"""Rank to the orders of that rank, earliest first."""


def resting(slot: Slot[Id]) -> Resting[Id]:
    """An order as others see it."""
    side: Side = BUY if slot.rank < 0 else SELL
    return Resting(slot.order_id, side, abs(slot.rank), slot.quantity, slot.sequence, group_of(slot))


def group_of(slot: Slot[Id]) -> Group | None:
    """Whose an order is."""
    return slot.group if isinstance(slot, GroupedSlot) else None

"""The orders that stand in a book: each side a heap of ranks and a queue for each rank; `book` says how they trade."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic

from exchange.book.orders import BUY, SELL, Group, Id, PriceLevel, Queues, Resting, Side, Slot, resting
from exchange.book.refusals import BookCode, BookRefused

LARGEST_BOOK = 1_000_000
"""Orders that may rest in one book at a time."""
SWEEP_FLOOR = 64
"""Up to this many departed orders, a sweep costs more than it frees."""


class RestingOrders(Generic[Id]):
    """What stands, how it is looked at, and how it leaves."""

    __slots__ = (
        "_ask_queues",
        "_ask_ranks",
        "_bid_queues",
        "_bid_ranks",
        "_called_groups",
        "_departed",
        "_last_sequence",
        "_orders",
        "buy_only",
        "calling",
        "capacity",
    )

    def __init__(
        self, *, buy_only: bool = False, calling: bool = False, capacity: int = LARGEST_BOOK
    ) -> None:
        self.buy_only = buy_only
        self.calling = calling
        self.capacity = capacity
        self._orders: dict[Id, Slot[Id]] = {}
        self._bid_ranks: list[int] = []
        self._bid_queues: Queues[Id] = {}
        self._ask_ranks: list[int] = []
        self._ask_queues: Queues[Id] = {}
        self._called_groups: dict[tuple[Group, Side], list[tuple[int, int, Slot[Id]]]] = {}
        """During a call auction: each group's orders of a side as a heap of (rank, sequence, order)."""
        self._departed = 0
        self._last_sequence = 0

    def cancel(self, order_id: Id) -> int:
        """Take an order out of the book, and give the quantity that it still had.

        Raises:
            BookRefused: `order_unknown`.
        """
        orders = self._orders
        slot = orders.pop(order_id, None)
        if slot is None:
            raise BookRefused(BookCode.ORDER_UNKNOWN)
        quantity = slot.quantity
        slot.quantity = 0
        self._departed = departed = self._departed + 1
        if departed > SWEEP_FLOOR and departed > len(orders):
            self._sweep()
        return quantity

    def best(self, side: Side) -> Resting[Id] | None:
        """Return the order that ranks first on a side, or None if that side is empty."""
        ranks, queues = self._side(side)
        while ranks:
            queue = queues[ranks[0]]
            while queue:
                slot = queue[0]
                if slot.quantity:
                    return resting(slot)
                queue.popleft()
            del queues[heapq.heappop(ranks)]
        return None

    def ranked(self, side: Side, qualified: Callable[[Id], bool] | None = None) -> Iterator[Resting[Id]]:
        """Iterate over a side's orders, best first; with `qualified`, those for whose id it holds.

        The book must not change while the iterator is in use.
        """
        _, queues = self._side(side)
        for rank in sorted(queues):
            for slot in queues[rank]:
                if slot.quantity and (qualified is None or qualified(slot.order_id)):
                    yield resting(slot)

    def depth(self, side: Side, levels: int) -> list[PriceLevel]:
        """List the best `levels` prices of a side, each with its quantity in total and number of orders."""
        _, queues = self._side(side)
        depth: list[PriceLevel] = []
        for rank in sorted(queues):
            if len(depth) >= levels:
                break
            quantities = [slot.quantity for slot in queues[rank] if slot.quantity]
            if quantities:
                depth.append(PriceLevel(abs(rank), sum(quantities), len(quantities)))
        return depth

    def get(self, order_id: Id) -> Resting[Id] | None:
        """Return a resting order by its id, or None if it is not in the book."""
        slot = self._orders.get(order_id)
        return None if slot is None else resting(slot)

    def __contains__(self, order_id: object) -> bool:
        """Whether an order of this id rests in the book."""
        return order_id in self._orders

    def __len__(self) -> int:
        """How many orders rest in the book."""
        return len(self._orders)

    @property
    def last_sequence(self) -> int:
        """The sequence of the order that took its place last; 0 in a book that never had one."""
        return self._last_sequence

    def _side(self, side: Side) -> tuple[list[int], Queues[Id]]:
        if side == BUY:
            return self._bid_ranks, self._bid_queues
        if side == SELL:
            return self._ask_ranks, self._ask_queues
        raise BookRefused(BookCode.SIDE_UNKNOWN)

    def _sweep(self) -> None:
        """Drop the orders that have left from every queue, and every price without orders from both heaps."""
        self._departed = 0
        for ranks, queues in (self._side(BUY), self._side(SELL)):
            for rank in list(queues):
                live = deque(slot for slot in queues[rank] if slot.quantity)
                if live:
                    queues[rank] = live
                else:
                    del queues[rank]
            ranks[:] = sorted(queues)
        for heap in self._called_groups.values():
            heap[:] = sorted(entry for entry in heap if entry[2].quantity)

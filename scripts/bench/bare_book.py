"""The least that can be called a price-time book: what the exchange's book is measured against.

Dictionaries of deques and integers. It checks nothing, refuses nothing, keeps no sequence, emits no event, is
never swept, and answers nothing: its trades pile up in a list.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush

Trade = tuple[int, int, int, int]
"""Incoming order, resting order, price, quantity."""


class BareBook:
    """Two sides, each a heap of ranks (the price of an ask, minus the price of a bid) and a deque a rank."""

    def __init__(self) -> None:
        self.trades: list[Trade] = []
        self._orders: dict[int, list[int]] = {}
        self._sides: dict[int, tuple[list[int], dict[int, deque[list[int]]]]] = {1: ([], {}), -1: ([], {})}

    def place(self, side: int, order_id: int, price: int, quantity: int) -> None:
        """Trade what crosses, put the rest in its queue."""
        limit = price * side
        ranks, queues = self._sides[-side]
        while ranks and ranks[0] <= limit:
            rank = ranks[0]
            queue = queues[rank]
            while queue:
                order = queue[0]
                offered = order[1]
                if offered > quantity:
                    order[1] = offered - quantity
                    self.trades.append((order_id, order[0], rank * side, quantity))
                    return
                queue.popleft()
                if offered:
                    self.trades.append((order_id, order[0], rank * side, offered))
                    del self._orders[order[0]]
                    quantity -= offered
                    if not quantity:
                        break
            if not queue:
                heappop(ranks)
                del queues[rank]
            if not quantity:
                return
        self._orders[order_id] = order = [order_id, quantity]
        ranks, queues = self._sides[side]
        own_queue = queues.get(-limit)
        if own_queue is None:
            queues[-limit] = deque((order,))
            heappush(ranks, -limit)
        else:
            own_queue.append(order)

    def cancel(self, order_id: int) -> None:
        """Take an order out, if it is there."""
        order = self._orders.pop(order_id, None)
        if order is not None:
            order[1] = 0

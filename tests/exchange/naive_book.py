"""A deliberately naive order book: one list in order of arrival, searched from end to end for everything.

It shares no code and no idea with the book that it judges: no price is kept sorted, no order found but by a
scan, and trades are made unit by unit, so that what it says is plain to see.
"""

from __future__ import annotations

from dataclasses import dataclass

BUY, SELL = 1, -1


@dataclass
class NaiveOrder:
    """An order at rest; `sequence` is when it took its place."""

    order_id: int
    side: int
    price: int
    quantity: int
    sequence: int


class NaiveBook:
    """Price, then time, by scanning a list. Every method gives None where the real book refuses."""

    def __init__(self) -> None:
        self.orders: list[NaiveOrder] = []
        self.sequence = 0

    def find(self, order_id: int) -> NaiveOrder | None:
        """Return the order of this id."""
        return next((order for order in self.orders if order.order_id == order_id), None)

    def ranked(self, side: int) -> list[NaiveOrder]:
        """Return one side, best first."""
        return sorted(
            (order for order in self.orders if order.side == side),
            key=lambda order: (-order.price if side == BUY else order.price, order.sequence),
        )

    def place(
        self, order_id: int, side: int, price: int, quantity: int
    ) -> list[tuple[int, int, int, int]] | None:
        """Trade unit by unit with the best order of the other side, then rest."""
        if self.find(order_id) is not None:
            return None
        taken: dict[int, tuple[int, int]] = {}
        while quantity:
            opposite = self.ranked(-side)
            if not opposite:
                break
            best = opposite[0]
            if best.price > price if side == BUY else best.price < price:
                break
            _, filled = taken.get(best.order_id, (0, 0))
            taken[best.order_id] = (best.price, filled + 1)
            best.quantity -= 1
            quantity -= 1
            if best.quantity == 0:
                self.orders.remove(best)
        if quantity:
            self.sequence += 1
            self.orders.append(NaiveOrder(order_id, side, price, quantity, self.sequence))
        return [(order_id, resting_id, at, filled) for resting_id, (at, filled) in taken.items()]

    def cancel(self, order_id: int) -> int | None:
        """Take an order out; the quantity that it had."""
        order = self.find(order_id)
        if order is None:
            return None
        self.orders.remove(order)
        return order.quantity

    def amend(self, order_id: int, price: int, quantity: int) -> list[tuple[int, int, int, int]] | None:
        """Less at the same price keeps the place; anything else leaves and comes again."""
        order = self.find(order_id)
        if order is None:
            return None
        if order.price == price and quantity <= order.quantity:
            order.quantity = quantity
            return []
        self.orders.remove(order)
        return self.place(order_id, order.side, price, quantity)

"""A deliberately naive order book: one list in order of arrival, searched from end to end for everything.

It shares no code and no idea with the book that it judges: no price is kept sorted, no order found but by a
scan, trades are made unit by unit, and a call auction tries every price there is, so that what it says is plain to see.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BUY, SELL = 1, -1
HIGHEST = 10**18


@dataclass
class NaiveOrder:
    """An order at rest; `sequence` is when it took its place."""

    order_id: int
    side: int
    price: int
    quantity: int
    sequence: int
    group: int | None = None


@dataclass
class NaiveEntered:
    """What came of an order: trades, orders of its own group that it met, and what is gone of it."""

    trades: list[tuple[int, int, int, int]] = field(default_factory=list)
    cancelled: list[tuple[int, int]] = field(default_factory=list)
    left: int = 0


class NaiveBook:
    """Price, then time, by scanning a list. Every method gives None where the real book refuses."""

    def __init__(self, *, calling: bool = False) -> None:
        self.orders: list[NaiveOrder] = []
        self.sequence = 0
        self.calling = calling

    def find(self, order_id: int) -> NaiveOrder | None:
        """Return the order of this id."""
        return next((order for order in self.orders if order.order_id == order_id), None)

    def ranked(self, side: int) -> list[NaiveOrder]:
        """Return one side, best first."""
        return sorted(
            (order for order in self.orders if order.side == side),
            key=lambda order: (-order.price if side == BUY else order.price, order.sequence),
        )

    def reached(self, side: int, price: int) -> list[NaiveOrder]:
        """The orders of the other side that an order at this price reaches, best first."""
        return [
            each
            for each in self.ranked(-side)
            if (each.price <= price if side == BUY else each.price >= price)
        ]

    def place(
        self, order_id: int, side: int, price: int, quantity: int
    ) -> list[tuple[int, int, int, int]] | None:
        """A plain order, of no group."""
        entered = self.enter(order_id, side, price, quantity)
        return None if entered is None else entered.trades

    def enter(
        self,
        order_id: int,
        side: int,
        price: int | None,
        quantity: int,
        time_in_force: str = "rest",
        *,
        post_only: bool = False,
        group: int | None = None,
    ) -> NaiveEntered | None:
        """Trade unit by unit with the best order of the other side that is not one's own, then rest or be gone."""
        limit = price if price is not None else HIGHEST * side
        if self.find(order_id) is not None:
            return None
        if self.calling:
            if price is None or time_in_force != "rest" or post_only:
                return None
            entered = NaiveEntered(cancelled=self._leave(self._own(group, self.reached(side, limit))))
            self._rest(order_id, side, price, quantity, group)
            return entered
        others = [each for each in self.reached(side, limit) if group is None or each.group != group]
        if time_in_force == "fill_or_kill" and sum(each.quantity for each in others) < quantity:
            return None
        if post_only and self.reached(side, limit):
            return None
        entered = self._trade(order_id, side, limit, quantity, group)
        if price is not None and time_in_force == "rest" and entered.left:
            self._rest(order_id, side, price, entered.left, group)
            entered.left = 0
        return entered

    def _trade(self, order_id: int, side: int, limit: int, quantity: int, group: int | None) -> NaiveEntered:
        taken: dict[int, tuple[int, int]] = {}
        entered = NaiveEntered(left=quantity)
        while entered.left:
            reached = self.reached(side, limit)
            if not reached:
                break
            best = reached[0]
            if self._own(group, [best]):
                entered.cancelled += self._leave([best])
                continue
            _, filled = taken.get(best.order_id, (0, 0))
            taken[best.order_id] = (best.price, filled + 1)
            best.quantity -= 1
            entered.left -= 1
            if best.quantity == 0:
                self.orders.remove(best)
        entered.trades = [(order_id, resting_id, at, filled) for resting_id, (at, filled) in taken.items()]
        return entered

    def uncross(self, reference: int) -> tuple[int | None, int, list[tuple[int, int, int, int]]] | None:
        """Try every price from the lowest to the highest; then trade unit by unit, the best and earliest first."""
        if not self.calling:
            return None
        self.calling = False
        prices = [order.price for order in self.orders]
        tried = []
        for price in range(min(prices, default=0), max(prices, default=-1) + 1):
            demand = sum(each.quantity for each in self.reached(SELL, price))
            supply = sum(each.quantity for each in self.reached(BUY, price))
            tried.append(
                (-min(demand, supply), abs(demand - supply), abs(price - reference), price, demand - supply)
            )
        if not tried or min(tried)[0] == 0:
            return None, 0, []
        volume, _, _, price, surplus = min(tried)
        taken: dict[tuple[int, int], int] = {}
        for _ in range(-volume):
            bid, ask = self.ranked(BUY)[0], self.ranked(SELL)[0]
            taken[bid.order_id, ask.order_id] = taken.get((bid.order_id, ask.order_id), 0) + 1
            for order in (bid, ask):
                order.quantity -= 1
                if order.quantity == 0:
                    self.orders.remove(order)
        return price, surplus, [(bid_id, ask_id, price, filled) for (bid_id, ask_id), filled in taken.items()]

    def cancel(self, order_id: int) -> int | None:
        """Take an order out; the quantity that it had."""
        order = self.find(order_id)
        if order is None:
            return None
        self.orders.remove(order)
        return order.quantity

    def amend(
        self, order_id: int, price: int, quantity: int, *, post_only: bool = False
    ) -> NaiveEntered | None:
        """Less at the same price keeps the place; anything else leaves and comes again."""
        order = self.find(order_id)
        if order is None:
            return None
        if order.price == price and quantity <= order.quantity:
            order.quantity = quantity
            return NaiveEntered()
        if post_only and not self.calling and self.reached(order.side, price):
            return None
        self.orders.remove(order)
        return self.enter(order_id, order.side, price, quantity, group=order.group)

    def _rest(self, order_id: int, side: int, price: int, quantity: int, group: int | None) -> None:
        self.sequence += 1
        self.orders.append(NaiveOrder(order_id, side, price, quantity, self.sequence, group))

    def _own(self, group: int | None, orders: list[NaiveOrder]) -> list[NaiveOrder]:
        return [each for each in orders if group is not None and each.group == group]

    def _leave(self, orders: list[NaiveOrder]) -> list[tuple[int, int]]:
        for order in orders:
            self.orders.remove(order)
        return [(order.order_id, order.quantity) for order in orders]

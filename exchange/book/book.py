"""The book itself: price, then time, for one listing; one-sided for bids, or two-sided with matching.

A competitive listing keeps its bids in a buy-only book: the highest price ranks first, the earliest among
equals. The continuous mode trades on a two-sided book: an incoming order that reaches the other side's price
trades at the price of the order that was there first, and what is left of it stays in the book. Such a book may begin
with a call auction: orders collect without trading until `uncross` trades them at one price.

Self-trade prevention: an order may belong to a group, and two orders of one group never trade. Where one meets
another, the one that rests is cancelled and the incoming goes on, since what came last is what its owner wants now;
to cancel the incoming would let a forgotten order stand in its owner's way. In a call auction the resting one goes as
soon as an order of its group comes that it would reach.

Prices are integer minor units of the listing's one currency, quantities integer units. There is no clock:
time priority is the order of arrival, kept as `sequence`, which rises by one whenever an order takes a place
in the book. Whoever stores orders stores that sequence too, and can rebuild the book from rows in any order.

Inside, each side is a heap of ranks and a queue for each rank. The rank is the price of an ask, and the price
of a bid with its sign turned, so that on both sides the lowest rank is the best and matching is one loop. An
order that leaves from the middle of a queue only has its quantity set to zero; queues are swept when the
orders that have left outnumber those that stay. So the average cost of an operation, beyond the trades it
makes, grows with the logarithm of the number of prices and nothing else, whatever is thrown at the book; only a
fill-or-kill order, `preview` and `depth` look at as many orders as they could trade with or tell of.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Sequence
from typing import NoReturn

from exchange.book.call_auction import clearing, paired
from exchange.book.orders import (
    BUY,
    LARGEST_PRICE,
    LARGEST_QUANTITY,
    SELL,
    BookSnapshot,
    Entered,
    Group,
    GroupedSlot,
    Id,
    Queues,
    Resting,
    Side,
    Slot,
    TimeInForce,
    Trade,
    Uncrossed,
    group_of,
)
from exchange.book.refusals import BookCode, BookRefused
from exchange.book.resting import LARGEST_BOOK, RestingOrders


class Book(RestingOrders[Id]):
    """One book. `buy_only` makes it the bids of one listing; `capacity` bounds the orders at rest.

    `calling` begins it with a call auction.
    """

    __slots__ = ()

    def place(self, order_id: Id, side: Side, price: int, quantity: int) -> Sequence[Trade[Id]]:
        """Trade with what the other side offers at `price` or better, and put what is left into the book.

        Trades come in the order in which they happen. A full book takes no order, even one that would trade. The order
        belongs to no group; `enter` takes every other kind.

        Raises:
            BookRefused: `price_range`, `quantity_range`, `side_unknown`, `book_buy_only`, `order_id_taken`,
                `book_full`.
        """
        orders = self._orders
        if (
            type(price) is not int
            or type(quantity) is not int
            or not 0 < price <= LARGEST_PRICE
            or not 0 < quantity <= LARGEST_QUANTITY
            or order_id in orders
            or len(orders) >= self.capacity
        ):
            self._refuse_order(order_id, price, quantity)
        if side == BUY:
            limit, ranks, queues = price, self._ask_ranks, self._ask_queues
            own_ranks, own_queues = self._bid_ranks, self._bid_queues
        elif side == SELL and not self.buy_only:
            limit, ranks, queues = -price, self._bid_ranks, self._bid_queues
            own_ranks, own_queues = self._ask_ranks, self._ask_queues
        else:
            raise BookRefused(BookCode.BUY_ONLY if side == SELL else BookCode.SIDE_UNKNOWN)

        trades: Sequence[Trade[Id]] = ()
        if ranks and ranks[0] <= limit and not self.calling:
            trades, quantity = self._match(order_id, limit, quantity, ranks, queues)
            if not quantity:
                return trades
        rank = -limit
        self._last_sequence = sequence = self._last_sequence + 1
        orders[order_id] = slot = Slot(order_id, quantity, rank, sequence)
        queue = own_queues.get(rank)
        if queue is None:
            own_queues[rank] = deque((slot,))
            heapq.heappush(own_ranks, rank)
        else:
            queue.append(slot)
        return trades

    def _match(
        self, order_id: Id, limit: int, quantity: int, ranks: list[int], queues: Queues[Id]
    ) -> tuple[list[Trade[Id]], int]:
        """Trade an incoming order against one side, best rank first: its trades, and the quantity left."""
        orders = self._orders
        trades: list[Trade[Id]] = []
        while ranks and ranks[0] <= limit:
            rank = ranks[0]
            queue = queues[rank]
            price = rank if limit > 0 else -rank
            while queue:
                slot = queue[0]
                offered = slot.quantity
                if offered > quantity:
                    slot.quantity = offered - quantity
                    trades.append((order_id, slot.order_id, price, quantity))
                    return trades, 0
                queue.popleft()
                if offered:
                    resting_id = slot.order_id
                    trades.append((order_id, resting_id, price, offered))
                    del orders[resting_id]
                    quantity -= offered
                    if not quantity:
                        break
            if not queue:
                heapq.heappop(ranks)
                del queues[rank]
            if not quantity:
                break
        return trades, quantity

    def _match_apart(
        self, order_id: Id, side: Side, limit: int, quantity: int, group: Group
    ) -> tuple[list[Trade[Id]], list[tuple[Id, int]], int]:
        """The same for an order of a group: those of its own that it meets leave the book, each with what it had."""
        trades: list[Trade[Id]] = []
        cancelled: list[tuple[Id, int]] = []
        other: Side = SELL if side == BUY else BUY
        while quantity and (best := self.best(other)) is not None and (best.price - limit) * side <= 0:
            if best.group == group:
                cancelled.append((best.order_id, self.cancel(best.order_id)))
                continue
            filled = min(quantity, best.quantity)
            self._take(best.order_id, filled)
            trades.append((order_id, best.order_id, best.price, filled))
            quantity -= filled
        return trades, cancelled, quantity

    def enter(  # noqa: PLR0913 - what an order consists of
        self,
        order_id: Id,
        side: Side,
        price: int | None,
        quantity: int,
        *,
        time_in_force: TimeInForce = "rest",
        post_only: bool = False,
        group: Group | None = None,
    ) -> Entered[Id]:
        """Let an order of any kind enter. Without a price it is a market order, which takes what is there at any price.

        A market order never rests. A fill-or-kill order that cannot be filled in full, counting nothing of its own
        group, is refused, and so is a post-only order that the other side reaches, whoever's it is.

        Raises:
            BookRefused: as `place`; `post_only_would_trade`, `fill_or_kill_not_fillable`, `call_auction_under_way`.
        """
        limit = LARGEST_PRICE if price is None and side == BUY else 1 if price is None else price
        self._refuse_unless_free(order_id, side, limit, quantity)
        rests = price is not None and time_in_force == "rest"
        if self.calling and (post_only or not rests):
            raise BookRefused(BookCode.CALLING)
        other: Side = SELL if side == BUY else BUY
        trades: Sequence[Trade[Id]] = ()
        cancelled: list[tuple[Id, int]] = []
        left = quantity
        if self._reaches(side, limit):
            if post_only:
                raise BookRefused(BookCode.POST_ONLY)
            if time_in_force == "fill_or_kill" and self._reachable(side, limit, quantity, group) < quantity:
                raise BookRefused(BookCode.NOT_FILLABLE)
            if group is None:
                trades, left = self._match(order_id, limit * side, quantity, *self._side(other))
            else:
                trades, cancelled, left = self._match_apart(order_id, side, limit, quantity, group)
        elif time_in_force == "fill_or_kill":
            raise BookRefused(BookCode.NOT_FILLABLE)
        elif self.calling and group is not None:
            cancelled = self._cancel_reached(group, other, limit * side)
        if left and rests:
            self.place(order_id, side, limit, left)
            if group is not None:
                self._own(order_id, group)
            left = 0
        return Entered(trades, cancelled, left)

    def preview(
        self, side: Side, price: int | None, quantity: int, group: Group | None = None
    ) -> list[tuple[Id, int, int]]:
        """List what an order would take if it entered now, in order: resting order, price, quantity."""
        limit = LARGEST_PRICE if price is None and side == BUY else 1 if price is None else price
        taken: list[tuple[Id, int, int]] = []
        if not self._reaches(side, limit):
            return taken
        for order in self.ranked(SELL if side == BUY else BUY):
            if not quantity or (order.price - limit) * side > 0:
                break
            if group is None or order.group != group:
                filled = min(quantity, order.quantity)
                taken.append((order.order_id, order.price, filled))
                quantity -= filled
        return taken

    def uncross(self, reference: int) -> Uncrossed[Id]:
        """End the call auction: trade at the one price at which most is traded, and go on continuously with the rest.

        Of several prices the one with the least left over stands, then the nearest to `reference` (minor units).
        The best prices trade first, at one price the earliest.

        Raises:
            BookRefused: `no_call_auction`, `price_range`.
        """
        if not self.calling:
            raise BookRefused(BookCode.NOT_CALLING)
        _require_price(reference)
        self.calling = False
        self._called_groups.clear()
        found = clearing(self.depth(BUY, len(self)), self.depth(SELL, len(self)), reference)
        if found is None:
            return Uncrossed(None, 0, ())
        bids = self._first(BUY, found.quantity)
        asks = self._first(SELL, found.quantity)
        for order_id, filled in bids + asks:
            self._take(order_id, filled)
        trades = [(bid, ask, found.price, filled) for bid, ask, filled in paired(bids, asks)]
        return Uncrossed(found.price, found.surplus, trades)

    def amend(self, order_id: Id, price: int, quantity: int, *, post_only: bool = False) -> Entered[Id]:
        """Give an order another price, another quantity left, or both; return what follows.

        At the same price and with no greater quantity it keeps its place. A new price, better or worse,
        or a greater quantity puts it behind all that stand at its price already, as if it came new.

        Raises:
            BookRefused: `order_unknown`, `price_range`, `quantity_range`, `post_only_would_trade`.
        """
        slot = self._orders.get(order_id)
        if slot is None:
            raise BookRefused(BookCode.ORDER_UNKNOWN)
        _require_ranges(price, quantity)
        if price == abs(slot.rank) and quantity <= slot.quantity:
            slot.quantity = quantity
            return Entered()
        side: Side = BUY if slot.rank < 0 else SELL
        if post_only and self._reaches(side, price):
            raise BookRefused(BookCode.POST_ONLY)
        self.cancel(order_id)
        return self.enter(order_id, side, price, quantity, group=group_of(slot))

    def snapshot(self) -> BookSnapshot[Id]:
        """Write the whole book as plain JSON values, equal for any two books that will behave alike."""
        return BookSnapshot(
            buy_only=self.buy_only,
            calling=self.calling,
            last_sequence=self._last_sequence,
            buy=[_row(order) for order in self.ranked(BUY)],
            sell=[_row(order) for order in self.ranked(SELL)],
        )

    @classmethod
    def rebuilt(
        cls,
        orders: Iterable[Resting[Id]],
        last_sequence: int,
        *,
        buy_only: bool = False,
        calling: bool = False,
        capacity: int = LARGEST_BOOK,
    ) -> Book[Id]:
        """Build a book from its resting orders, given in any order, and the last sequence that it gave.

        Raises:
            BookRefused: `snapshot_invalid` if no book can stand like this: an order that `place` refuses,
                two of one sequence, a sequence beyond the last, sides that would have traded.
        """
        book = cls(buy_only=buy_only, calling=calling, capacity=capacity)
        try:
            for order in sorted(orders, key=lambda order: order.sequence):
                book._put_back(order)
            book._put_back_sequence(last_sequence)
        except (BookRefused, TypeError) as error:
            raise BookRefused(BookCode.SNAPSHOT_INVALID) from error
        return book

    def _refuse_unless_free(self, order_id: Id, side: Side, price: int, quantity: int) -> None:
        if side not in {BUY, SELL} or type(side) is not int:
            raise BookRefused(BookCode.SIDE_UNKNOWN)
        _require_ranges(price, quantity)
        if order_id in self._orders or len(self._orders) >= self.capacity:
            self._refuse_order(order_id, price, quantity)
        if side == SELL and self.buy_only:
            raise BookRefused(BookCode.BUY_ONLY)

    def _reaches(self, side: Side, limit: int) -> bool:
        """Whether an order at this price would meet the other side."""
        best = None if self.calling else self.best(SELL if side == BUY else BUY)
        return best is not None and (best.price - limit) * side <= 0

    def _reachable(self, side: Side, limit: int, quantity: int, group: Group | None) -> int:
        return sum(filled for _, _, filled in self.preview(side, limit, quantity, group))

    def _own(self, order_id: Id, group: Group) -> None:
        """Say whose an order is that has just taken its place, the last of its queue."""
        plain = self._orders[order_id]
        side: Side = BUY if plain.rank < 0 else SELL
        slot = GroupedSlot(order_id, plain.quantity, plain.rank, plain.sequence, group)
        self._orders[order_id] = self._side(side)[1][plain.rank][-1] = slot
        if self.calling:
            heap = self._called_groups.setdefault((group, side), [])
            heapq.heappush(heap, (slot.rank, slot.sequence, slot))

    def _cancel_reached(self, group: Group, side: Side, limit: int) -> list[tuple[Id, int]]:
        """In a call auction: take out a group's orders of a side that an order of its own reaches."""
        heap = self._called_groups.get((group, side), [])
        cancelled = []
        while heap and heap[0][0] <= limit:
            _, _, slot = heapq.heappop(heap)
            if slot.quantity:
                cancelled.append((slot.order_id, self.cancel(slot.order_id)))
        return cancelled

    def _first(self, side: Side, quantity: int) -> list[tuple[Id, int]]:
        """The orders of a side that make up a quantity, best first, each with its part of it."""
        parts = []
        for order in self.ranked(side):
            if not quantity:
                break
            filled = min(quantity, order.quantity)
            parts.append((order.order_id, filled))
            quantity -= filled
        return parts

    def _take(self, order_id: Id, quantity: int) -> None:
        """Lower what an order has left; at nothing it leaves."""
        slot = self._orders[order_id]
        if slot.quantity == quantity:
            self.cancel(order_id)
        else:
            slot.quantity -= quantity

    def _refuse_order(self, order_id: Id, price: int, quantity: int) -> NoReturn:
        _require_ranges(price, quantity)
        raise BookRefused(BookCode.ID_TAKEN if order_id in self._orders else BookCode.FULL)

    def _put_back(self, order: Resting[Id]) -> None:
        self._put_back_sequence(order.sequence - 1)
        entered = self.enter(order.order_id, order.side, order.price, order.quantity, group=order.group)
        if entered.trades or entered.cancelled:
            raise BookRefused(BookCode.SNAPSHOT_INVALID)

    def _put_back_sequence(self, sequence: int) -> None:
        if type(sequence) is not int or sequence < self._last_sequence:
            raise BookRefused(BookCode.SNAPSHOT_INVALID)
        self._last_sequence = sequence


def _row(order: Resting[Id]) -> tuple[Id, int, int, int, Group | None]:
    return order.order_id, order.price, order.quantity, order.sequence, order.group


def _require_price(price: int) -> None:
    if type(price) is not int or not 0 < price <= LARGEST_PRICE:
        raise BookRefused(BookCode.PRICE_RANGE)


def _require_ranges(price: int, quantity: int) -> None:
    _require_price(price)
    if type(quantity) is not int or not 0 < quantity <= LARGEST_QUANTITY:
        raise BookRefused(BookCode.QUANTITY_RANGE)

"""The order book: price, then time, for one listing; one-sided for bids, or two-sided with matching.

A competitive listing keeps its bids in a buy-only book: the highest price ranks first, the earliest among
equals. The continuous mode trades on a two-sided book: an incoming order that reaches the other side's price
trades at the price of the order that was there first, and what is left of it stays in the book.

Prices are integer minor units of the listing's one currency, quantities integer units. There is no clock:
time priority is the order of arrival, kept as `sequence`, which rises by one whenever an order takes a place
in the book. Whoever stores orders stores that sequence too, and can rebuild the book from rows in any order.

Inside, each side is a heap of ranks and a queue for each rank. The rank is the price of an ask, and the price
of a bid with its sign turned, so that on both sides the lowest rank is the best and matching is one loop. An
order that leaves from the middle of a queue only has its quantity set to zero; queues are swept when the
orders that have left outnumber those that stay. So the average cost of an operation, beyond the trades it
makes, grows with the logarithm of the number of prices and nothing else, whatever is thrown at the book.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, Generic, Literal, NamedTuple, NoReturn, TypeAlias, TypedDict, TypeVar

import msgspec

from exchange.money.amount import LARGEST_AMOUNT

Side: TypeAlias = Literal[1, -1]
BUY: Final = 1
SELL: Final = -1

LARGEST_PRICE = LARGEST_AMOUNT
"""In minor units of the listing's currency."""
LARGEST_QUANTITY = LARGEST_AMOUNT
LARGEST_BOOK = 1_000_000
"""Orders that may rest in one book at a time."""
SWEEP_FLOOR = 64
"""Up to this many departed orders, a sweep costs more than it frees."""

Id = TypeVar("Id", int, str)

Trade: TypeAlias = tuple[Id, Id, int, int]
"""Incoming order, resting order, the resting order's price, quantity."""


class BookCode(StrEnum):
    """Why the book refuses; stable."""

    PRICE_RANGE = "price_range"
    QUANTITY_RANGE = "quantity_range"
    SIDE_UNKNOWN = "side_unknown"
    BUY_ONLY = "book_buy_only"
    ID_TAKEN = "order_id_taken"
    FULL = "book_full"
    ORDER_UNKNOWN = "order_unknown"
    SNAPSHOT_INVALID = "snapshot_invalid"


CURES: Mapping[BookCode, str] = {
    BookCode.PRICE_RANGE: f"Give a price from 1 to {LARGEST_PRICE} minor units, as an integer.",
    BookCode.QUANTITY_RANGE: f"Give a quantity from 1 to {LARGEST_QUANTITY}, as an integer.",
    BookCode.SIDE_UNKNOWN: "Give the side as BUY (1) or SELL (-1).",
    BookCode.BUY_ONLY: "This book takes bids only: place the order on the buying side.",
    BookCode.ID_TAKEN: "An order of this id rests in the book: give another id, or amend that order.",
    BookCode.FULL: "Wait until orders have left the book, or withdraw some.",
    BookCode.ORDER_UNKNOWN: "No order of this id rests in the book: never placed, filled, or withdrawn.",
    BookCode.SNAPSHOT_INVALID: "Rebuild the book from the unaltered orders of one book.",
}
"""What would cure each refusal."""


class BookRefused(Exception):
    """An operation that the book refuses; nothing has changed."""

    def __init__(self, code: BookCode) -> None:
        super().__init__(code)
        self.code = code

    @property
    def cure(self) -> str:
        """What would cure it."""
        return CURES[self.code]


class Resting(NamedTuple, Generic[Id]):
    """An order as it stands in the book: price in minor units, quantity left, and its place in time."""

    order_id: Id
    side: Side
    price: int
    quantity: int
    sequence: int


class PriceLevel(NamedTuple):
    """All orders at one price: price in minor units, quantity left in total, number of orders."""

    price: int
    quantity: int
    orders: int


class BookSnapshot(TypedDict, Generic[Id]):
    """A book as plain JSON values: each side's rows are (order id, price, quantity, sequence), best first."""

    buy_only: bool
    last_sequence: int
    buy: list[tuple[Id, int, int, int]]
    sell: list[tuple[Id, int, int, int]]


class _Slot(msgspec.Struct, Generic[Id], gc=False):
    """An order in its queue; quantity zero once it has left. Never in a reference cycle, hence `gc=False`."""

    order_id: Id
    quantity: int
    rank: int
    sequence: int


_Queues: TypeAlias = dict[int, deque[_Slot[Id]]]


class Book(Generic[Id]):
    """One book. `buy_only` makes it the bids of one listing; `capacity` bounds the orders at rest."""

    __slots__ = (
        "_ask_queues",
        "_ask_ranks",
        "_bid_queues",
        "_bid_ranks",
        "_departed",
        "_last_sequence",
        "_orders",
        "buy_only",
        "capacity",
    )

    def __init__(self, *, buy_only: bool = False, capacity: int = LARGEST_BOOK) -> None:
        self.buy_only = buy_only
        self.capacity = capacity
        self._orders: dict[Id, _Slot[Id]] = {}
        self._bid_ranks: list[int] = []
        self._bid_queues: _Queues[Id] = {}
        self._ask_ranks: list[int] = []
        self._ask_queues: _Queues[Id] = {}
        self._departed = 0
        self._last_sequence = 0

    def place(self, order_id: Id, side: Side, price: int, quantity: int) -> Sequence[Trade[Id]]:
        """Trade with what the other side offers at `price` or better, and put what is left into the book.

        Trades come in the order in which they happen. A full book takes no order, even one that would trade.

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
        if ranks and ranks[0] <= limit:
            trades, quantity = self._match(order_id, limit, quantity, ranks, queues)
            if not quantity:
                return trades
        rank = -limit
        self._last_sequence = sequence = self._last_sequence + 1
        orders[order_id] = slot = _Slot(order_id, quantity, rank, sequence)
        queue = own_queues.get(rank)
        if queue is None:
            own_queues[rank] = deque((slot,))
            heapq.heappush(own_ranks, rank)
        else:
            queue.append(slot)
        return trades

    def _match(
        self, order_id: Id, limit: int, quantity: int, ranks: list[int], queues: _Queues[Id]
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

    def amend(self, order_id: Id, price: int, quantity: int) -> Sequence[Trade[Id]]:
        """Give an order another price, another quantity left, or both; return the trades that follow.

        At the same price and with no greater quantity it keeps its place. A new price, better or worse,
        or a greater quantity puts it behind all that stand at its price already, as if it came new.

        Raises:
            BookRefused: `order_unknown`, `price_range`, `quantity_range`.
        """
        slot = self._orders.get(order_id)
        if slot is None:
            raise BookRefused(BookCode.ORDER_UNKNOWN)
        _require_ranges(price, quantity)
        if price == abs(slot.rank) and quantity <= slot.quantity:
            slot.quantity = quantity
            return ()
        side: Side = BUY if slot.rank < 0 else SELL
        self.cancel(order_id)
        return self.place(order_id, side, price, quantity)

    def best(self, side: Side) -> Resting[Id] | None:
        """Return the order that ranks first on a side, or None if that side is empty."""
        ranks, queues = self._side(side)
        while ranks:
            queue = queues[ranks[0]]
            while queue:
                slot = queue[0]
                if slot.quantity:
                    return _resting(slot)
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
                    yield _resting(slot)

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
        return None if slot is None else _resting(slot)

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

    def snapshot(self) -> BookSnapshot[Id]:
        """Write the whole book as plain JSON values, equal for any two books that will behave alike."""
        return BookSnapshot(
            buy_only=self.buy_only,
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
        capacity: int = LARGEST_BOOK,
    ) -> Book[Id]:
        """Build a book from its resting orders, given in any order, and the last sequence that it gave.

        Raises:
            BookRefused: `snapshot_invalid` if no book can stand like this: an order that `place` refuses,
                two of one sequence, a sequence beyond the last, sides that would have traded.
        """
        book = cls(buy_only=buy_only, capacity=capacity)
        try:
            for order in sorted(orders, key=lambda order: order.sequence):
                book._put_back(order)
            book._put_back_sequence(last_sequence)
        except (BookRefused, TypeError) as error:
            raise BookRefused(BookCode.SNAPSHOT_INVALID) from error
        return book

    def _side(self, side: Side) -> tuple[list[int], _Queues[Id]]:
        if side == BUY:
            return self._bid_ranks, self._bid_queues
        if side == SELL:
            return self._ask_ranks, self._ask_queues
        raise BookRefused(BookCode.SIDE_UNKNOWN)

    def _refuse_order(self, order_id: Id, price: int, quantity: int) -> NoReturn:
        _require_ranges(price, quantity)
        raise BookRefused(BookCode.ID_TAKEN if order_id in self._orders else BookCode.FULL)

    def _put_back(self, order: Resting[Id]) -> None:
        self._put_back_sequence(order.sequence - 1)
        if self.place(order.order_id, order.side, order.price, order.quantity):
            raise BookRefused(BookCode.SNAPSHOT_INVALID)

    def _put_back_sequence(self, sequence: int) -> None:
        if type(sequence) is not int or sequence < self._last_sequence:
            raise BookRefused(BookCode.SNAPSHOT_INVALID)
        self._last_sequence = sequence

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


def _resting(slot: _Slot[Id]) -> Resting[Id]:
    side: Side = BUY if slot.rank < 0 else SELL
    return Resting(slot.order_id, side, abs(slot.rank), slot.quantity, slot.sequence)


def _row(order: Resting[Id]) -> tuple[Id, int, int, int]:
    return order.order_id, order.price, order.quantity, order.sequence


def _require_ranges(price: int, quantity: int) -> None:
    if type(price) is not int or not 0 < price <= LARGEST_PRICE:
        raise BookRefused(BookCode.PRICE_RANGE)
    if type(quantity) is not int or not 0 < quantity <= LARGEST_QUANTITY:
        raise BookRefused(BookCode.QUANTITY_RANGE)

"""The order book: price then time against a naive one, refusals that change nothing, bounded work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from exchange.book import (
    BUY,
    CURES,
    LARGEST_PRICE,
    LARGEST_QUANTITY,
    SELL,
    SWEEP_FLOOR,
    Book,
    BookCode,
    BookRefused,
    Entered,
    PriceLevel,
    Resting,
    Side,
)
from tests.exchange.naive_book import NaiveBook

order_ids = st.integers(1, 12)
sides: st.SearchStrategy[Side] = st.sampled_from((BUY, SELL))
prices = st.integers(98, 103)
quantities = st.integers(1, 6)
bids = st.lists(st.integers(1, 5), max_size=40)


def rows(book: Book[int], side: Side) -> list[tuple[int, int, int, int]]:
    """One side of a book as plain rows."""
    return [(o.order_id, o.price, o.quantity, o.sequence) for o in book.ranked(side)]


class AgainstTheNaiveBook(RuleBasedStateMachine):
    """Whatever is done in whatever order, both books trade alike and hold the same orders alike."""

    def __init__(self) -> None:
        super().__init__()
        self.book: Book[int] = Book()
        self.naive = NaiveBook()

    @rule(order_id=order_ids, side=sides, price=prices, quantity=quantities)
    def place(self, order_id: int, side: Side, price: int, quantity: int) -> None:
        """Place an order, sometimes under the id of one that rests."""
        expected = self.naive.place(order_id, side, price, quantity)
        if expected is None:
            with pytest.raises(BookRefused) as refused:
                self.book.place(order_id, side, price, quantity)
            assert refused.value.code == BookCode.ID_TAKEN
        else:
            assert list(self.book.place(order_id, side, price, quantity)) == expected

    @rule(order_id=order_ids)
    def cancel(self, order_id: int) -> None:
        """Cancel an order, sometimes one that is not there."""
        expected = self.naive.cancel(order_id)
        if expected is None:
            with pytest.raises(BookRefused) as refused:
                self.book.cancel(order_id)
            assert refused.value.code == BookCode.ORDER_UNKNOWN
        else:
            assert self.book.cancel(order_id) == expected

    @rule(order_id=order_ids, price=prices, quantity=quantities)
    def amend(self, order_id: int, price: int, quantity: int) -> None:
        """Amend an order, sometimes one that is not there."""
        expected = self.naive.amend(order_id, price, quantity)
        if expected is None:
            with pytest.raises(BookRefused) as refused:
                self.book.amend(order_id, price, quantity)
            assert refused.value.code == BookCode.ORDER_UNKNOWN
        else:
            assert list(self.book.amend(order_id, price, quantity).trades) == expected.trades

    @rule(first=st.integers(1000, 1010), count=st.integers(SWEEP_FLOOR, SWEEP_FLOOR + 20), side=sides)
    def come_and_go(self, first: int, count: int, side: Side) -> None:
        """Let so many orders come and leave that the queues are swept."""
        far = 1 if side == BUY else 1000
        for number in range(count):
            self.book.place(first + number, side, far + number % 3, 1)
            self.naive.place(first + number, side, far + number % 3, 1)
        for number in range(count):
            assert self.book.cancel(first + number) == self.naive.cancel(first + number) == 1

    @rule()
    def rebuild(self) -> None:
        """Go on with a book that was put together again from its orders."""
        before = self.book.snapshot()
        orders = [order for side in (BUY, SELL) for order in self.book.ranked(side)]
        self.book = Book.rebuilt(orders, self.book.last_sequence, buy_only=self.book.buy_only)
        assert self.book.snapshot() == before

    @invariant()
    def the_same_orders_in_the_same_places(self) -> None:
        """Compare both sides, the best of each, every order by id, and that the sides do not cross."""
        for side in (BUY, SELL):
            expected = [(o.order_id, o.price, o.quantity, o.sequence) for o in self.naive.ranked(side)]
            assert rows(self.book, side) == expected
            best = self.book.best(side)
            assert (best and best.order_id) == (expected[0][0] if expected else None)
        for order in self.naive.orders:
            found = self.book.get(order.order_id)
            assert found == (order.order_id, order.side, order.price, order.quantity, order.sequence, None)
            assert order.order_id in self.book
        assert len(self.book) == len(self.naive.orders)
        assert self.book.last_sequence == self.naive.sequence
        bid, ask = self.book.best(BUY), self.book.best(SELL)
        assert bid is None or ask is None or bid.price < ask.price


AgainstTheNaiveBook.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
test_the_book_does_as_the_naive_book_does = AgainstTheNaiveBook.TestCase


# --- the bids of one listing --------------------------------------------------------------------------------


@given(bids)
def test_the_earliest_of_the_highest_bids_wins(offered: list[int]) -> None:
    book: Book[str] = Book(buy_only=True)
    for number, price in enumerate(offered):
        assert book.place(f"B-{number}", BUY, price, 1) == ()
    winner = book.best(BUY)
    if not offered:
        assert winner is None
        return
    assert winner is not None
    assert winner.price == max(offered)
    assert winner.order_id == f"B-{offered.index(max(offered))}"


@given(bids, st.sets(st.integers(0, 39)))
def test_an_unqualified_bid_never_wins_nor_moves_others(offered: list[int], unqualified: set[int]) -> None:
    book: Book[int] = Book(buy_only=True)
    for number, price in enumerate(offered):
        book.place(number, BUY, price, 1)
    qualified = [o.order_id for o in book.ranked(BUY, lambda number: number not in unqualified)]
    assert qualified == [o.order_id for o in book.ranked(BUY) if o.order_id not in unqualified]
    assert qualified == sorted(set(range(len(offered))) - unqualified, key=lambda n: (-offered[n], n))


def test_a_raised_bid_stands_behind_those_already_at_its_new_price() -> None:
    book: Book[str] = Book(buy_only=True)
    book.place("first", BUY, 100, 1)
    book.place("second", BUY, 120, 1)
    book.amend("first", 120, 1)
    assert [o.order_id for o in book.ranked(BUY)] == ["second", "first"]


def test_a_bid_amended_away_and_back_has_lost_its_place() -> None:
    book: Book[str] = Book(buy_only=True)
    book.place("first", BUY, 100, 1)
    book.place("second", BUY, 100, 1)
    book.amend("first", 110, 1)
    book.amend("first", 100, 1)
    assert [o.order_id for o in book.ranked(BUY)] == ["second", "first"]


def test_less_at_the_same_price_keeps_the_place_and_more_loses_it() -> None:
    book: Book[str] = Book()
    book.place("first", BUY, 100, 5)
    book.place("second", BUY, 100, 5)
    book.amend("first", 100, 2)
    assert [o.order_id for o in book.ranked(BUY)] == ["first", "second"]
    book.amend("first", 100, 3)
    assert [o.order_id for o in book.ranked(BUY)] == ["second", "first"]


def test_amending_to_the_same_price_and_quantity_changes_nothing() -> None:
    book: Book[int] = Book()
    book.place(1, BUY, 100, 5)
    before = book.snapshot()
    assert book.amend(1, 100, 5) == Entered()
    assert book.snapshot() == before


def test_the_best_stands_behind_those_that_were_withdrawn_from_the_front() -> None:
    book: Book[str] = Book(buy_only=True)
    for name, price in (("gone", 120), ("also gone", 110), ("next", 110), ("last", 100)):
        book.place(name, BUY, price, 1)
    book.cancel("gone")
    book.cancel("also gone")
    for name in ("next", "last"):
        best = book.best(BUY)
        assert best is not None
        assert best.order_id == name
        book.cancel(name)
    assert book.best(BUY) is None


def test_a_withdrawn_bid_that_comes_again_is_the_last_at_its_price() -> None:
    book: Book[str] = Book(buy_only=True)
    book.place("first", BUY, 100, 1)
    book.place("second", BUY, 100, 1)
    assert book.cancel("first") == 1
    book.place("first", BUY, 100, 1)
    assert [o.order_id for o in book.ranked(BUY)] == ["second", "first"]


# --- matching -----------------------------------------------------------------------------------------------


def test_trades_are_at_the_resting_price_best_first_then_earliest_and_the_rest_stays() -> None:
    book: Book[str] = Book()
    book.place("dear", SELL, 103, 4)
    book.place("early", SELL, 101, 2)
    book.place("late", SELL, 101, 3)
    book.place("beyond", SELL, 105, 9)
    assert book.place("taker", BUY, 104, 12) == [
        ("taker", "early", 101, 2),
        ("taker", "late", 101, 3),
        ("taker", "dear", 103, 4),
    ]
    assert book.get("taker") == ("taker", BUY, 104, 3, 5, None)
    assert book.depth(SELL, 10) == [PriceLevel(105, 9, 1)]


def test_an_amended_order_that_reaches_the_other_side_trades() -> None:
    book: Book[str] = Book()
    book.place("ask", SELL, 101, 2)
    book.place("bid", BUY, 100, 3)
    assert book.amend("bid", 101, 3).trades == [("bid", "ask", 101, 2)]
    assert book.get("bid") == ("bid", BUY, 101, 1, 3, None)


@given(st.lists(st.tuples(sides, prices, quantities), max_size=60))
def test_every_unit_placed_is_traded_or_rests(
    orders: list[tuple[Side, int, int]],
) -> None:
    book: Book[int] = Book()
    traded = 0
    limits: dict[int, tuple[Side, int]] = {}
    for number, (side, price, quantity) in enumerate(orders):
        limits[number] = (side, price)
        for taker, maker, at, filled in book.place(number, side, price, quantity):
            assert filled > 0
            assert at == limits[maker][1]
            assert (price - at) * side >= 0
            assert (taker, limits[maker][0]) == (number, -side)
            traded += filled
    resting = sum(o.quantity for side in (BUY, SELL) for o in book.ranked(side))
    assert 2 * traded + resting == sum(quantity for _, _, quantity in orders)


def test_depth_adds_up_each_price_and_leaves_out_what_has_left() -> None:
    book: Book[int] = Book()
    for number, price in enumerate((100, 101, 101, 99, 98)):
        book.place(number, BUY, price, 10 + number)
    book.cancel(0)
    assert book.depth(BUY, 2) == [PriceLevel(101, 23, 2), PriceLevel(99, 13, 1)]
    assert book.depth(SELL, 2) == []


# --- refusals -----------------------------------------------------------------------------------------------

REFUSED: list[tuple[BookCode, Callable[[Book[Any]], object]]] = [
    (BookCode.PRICE_RANGE, lambda book: book.place(9, BUY, 0, 1)),
    (BookCode.PRICE_RANGE, lambda book: book.place(9, BUY, -1, 1)),
    (BookCode.PRICE_RANGE, lambda book: book.place(9, SELL, LARGEST_PRICE + 1, 1)),
    (BookCode.PRICE_RANGE, lambda book: book.place(9, BUY, 1.5, 1)),  # type: ignore[arg-type]  # no integer
    (BookCode.PRICE_RANGE, lambda book: book.place(9, BUY, bool(1), 1)),
    (BookCode.QUANTITY_RANGE, lambda book: book.place(9, BUY, 1, 0)),
    (BookCode.QUANTITY_RANGE, lambda book: book.place(9, BUY, 1, LARGEST_QUANTITY + 1)),
    (BookCode.QUANTITY_RANGE, lambda book: book.place(9, BUY, 1, 2.0)),  # type: ignore[arg-type]  # no integer
    (BookCode.SIDE_UNKNOWN, lambda book: book.place(9, 0, 1, 1)),  # type: ignore[arg-type]  # no such side
    (BookCode.SIDE_UNKNOWN, lambda book: book.best(2)),  # type: ignore[arg-type]  # no such side
    (BookCode.ID_TAKEN, lambda book: book.place(1, BUY, 99, 1)),
    (BookCode.ID_TAKEN, lambda book: book.place(1, SELL, 100, 1)),
    (BookCode.ORDER_UNKNOWN, lambda book: book.cancel(9)),
    (BookCode.ORDER_UNKNOWN, lambda book: book.amend(9, 100, 1)),
    (BookCode.PRICE_RANGE, lambda book: book.amend(1, 0, 1)),
    (BookCode.QUANTITY_RANGE, lambda book: book.amend(1, 100, 0)),
]


@pytest.mark.parametrize(("code", "operation"), REFUSED)
def test_a_refusal_has_its_code_and_its_cure_and_changes_nothing(
    code: BookCode, operation: Callable[[Book[Any]], object]
) -> None:
    book: Book[int] = Book()
    book.place(1, BUY, 100, 5)
    book.place(2, SELL, 101, 5)
    before = book.snapshot()
    with pytest.raises(BookRefused) as refused:
        operation(book)
    assert refused.value.code == code
    assert refused.value.cure == CURES[code]
    assert book.snapshot() == before


def test_every_code_names_a_cure() -> None:
    assert set(CURES) == set(BookCode)


def test_a_buy_only_book_takes_no_ask() -> None:
    book: Book[int] = Book(buy_only=True)
    with pytest.raises(BookRefused) as refused:
        book.place(1, SELL, 100, 1)
    assert refused.value.code == BookCode.BUY_ONLY
    assert len(book) == 0


def test_a_full_book_takes_no_order_until_one_has_left() -> None:
    book: Book[int] = Book(capacity=2)
    book.place(1, BUY, 100, 1)
    book.place(2, BUY, 101, 1)
    with pytest.raises(BookRefused) as refused:
        book.place(3, SELL, 100, 1)
    assert refused.value.code == BookCode.FULL
    book.amend(1, 102, 1)
    book.cancel(2)
    assert book.place(3, SELL, 100, 1) == [(3, 1, 102, 1)]


# --- written out and read back ------------------------------------------------------------------------------


def two_sided() -> Book[str]:
    """Build a book with a partly filled order, a departed one, and a gap in its sequences."""
    book: Book[str] = Book()
    placed: list[tuple[Side, int]] = [(BUY, 99), (BUY, 99), (BUY, 98), (SELL, 101), (SELL, 100)]
    for number, (side, price) in enumerate(placed):
        book.place(f"O-{number}", side, price, 4)
    book.place("taker", BUY, 100, 1)
    book.cancel("O-1")
    return book


def test_a_book_is_rebuilt_from_its_orders_in_any_order() -> None:
    book = two_sided()
    orders = [*book.ranked(SELL), *book.ranked(BUY)]
    again = Book.rebuilt(reversed(orders), book.last_sequence)
    assert again.snapshot() == book.snapshot()
    assert again.place("next", BUY, 101, 9) == book.place("next", BUY, 101, 9)
    assert again.snapshot() == book.snapshot()


IMPOSSIBLE: list[tuple[str, list[Resting[int]], Any]] = [
    ("two of one id", [Resting(1, BUY, 9, 1, 1), Resting(1, BUY, 8, 1, 2)], 2),
    ("two of one sequence", [Resting(1, BUY, 9, 1, 1), Resting(2, BUY, 8, 1, 1)], 2),
    ("a sequence beyond the last", [Resting(1, BUY, 9, 1, 3)], 2),
    ("a sequence before the first", [Resting(1, BUY, 9, 1, 0)], 2),
    ("no quantity", [Resting(1, BUY, 9, 0, 1)], 1),
    ("no price", [Resting(1, BUY, 0, 1, 1)], 1),
    ("crossed sides", [Resting(1, BUY, 9, 1, 1), Resting(2, SELL, 9, 2, 2)], 2),
    ("more than its capacity", [Resting(n, BUY, 9, 1, n) for n in range(1, 6)], 5),
    ("a sequence that is no integer", [Resting(1, BUY, 9, 1, 1)], 1.5),
    ("a negative last sequence", [], -1),
    ("no last sequence", [], None),
]


@pytest.mark.parametrize(
    ("orders", "last"), [row[1:] for row in IMPOSSIBLE], ids=[row[0] for row in IMPOSSIBLE]
)
def test_orders_that_can_stand_in_no_book_are_refused(orders: list[Resting[int]], last: Any) -> None:
    with pytest.raises(BookRefused) as refused:
        Book.rebuilt(orders, last, capacity=4)
    assert refused.value.code == BookCode.SNAPSHOT_INVALID


# --- bounded work, counted in executed instructions, never in time ------------------------------------------


@contextmanager
def counted_instructions() -> Iterator[list[int]]:
    """Count the bytecode instructions that run inside, in element 0."""
    counted = [0]

    def trace(frame: FrameType, event: str, _: object) -> Any:
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        if event == "opcode":
            counted[0] += 1
        return trace

    before = sys.gettrace()
    sys._getframe().f_trace_opcodes = True  # Python 3.12 looks for one such frame when tracing begins
    sys.settrace(trace)
    try:
        yield counted
    finally:
        sys.settrace(before)


def fall_through_many_prices(book: Book[int], size: int) -> None:
    """Every order at a price of its own, then one order takes them all."""
    for number in range(size):
        book.place(number, SELL, 1 + (number * 7919) % size, 1)
    book.place(-1, BUY, size, size)


def always_a_better_price(book: Book[int], size: int) -> None:
    """Every bid beats the one before it."""
    for number in range(size):
        book.place(number, BUY, number + 1, 1)
        book.best(BUY)


def withdraw_the_whole_front(book: Book[int], size: int) -> None:
    """All bids at one price, withdrawn from the front, the best asked for each time."""
    for number in range(size):
        book.place(number, BUY, 10, 1)
    for number in range(size):
        book.cancel(number)
        book.best(BUY)


def withdraw_from_the_back(book: Book[int], size: int) -> None:
    """Prices of their own, withdrawn from the worst, the best asked for each time."""
    for number in range(size):
        book.place(number, BUY, size - number, 1)
    for number in reversed(range(size)):
        book.cancel(number)
        book.best(BUY)


def come_and_go_behind_one_that_stays(book: Book[int], size: int) -> None:
    """One order stays in front while others come and leave behind it, at its price and at ever new ones."""
    book.place(-1, BUY, size + 1, 1)
    for number in range(size):
        book.place(number, BUY, size + 1 if number % 2 else size - number, 1)
        book.cancel(number)


def raise_and_raise_again(book: Book[int], size: int) -> None:
    """Let a few bidders outbid one another without end."""
    for bidder in range(5):
        book.place(bidder, BUY, bidder + 1, 1)
    for number in range(size):
        book.amend(number % 5, number + 6, 1)


def fill_exactly_at_ever_better_prices(book: Book[int], size: int) -> None:
    """Each ask is better than the last and filled to the unit."""
    for number in range(size):
        book.place(2 * number, SELL, size - number, 1)
        book.place(2 * number + 1, BUY, size - number, 1)


ADVERSARIES = [
    fall_through_many_prices,
    always_a_better_price,
    withdraw_the_whole_front,
    withdraw_from_the_back,
    come_and_go_behind_one_that_stays,
    raise_and_raise_again,
    fill_exactly_at_ever_better_prices,
]


@pytest.mark.parametrize("adversary", ADVERSARIES)
def test_four_times_the_operations_cost_about_four_times_the_work(
    adversary: Callable[[Book[int], int], None],
) -> None:
    work = []
    for size in (400, 1_600, 6_400):
        with counted_instructions() as counted:
            adversary(Book(), size)
        work.append(counted[0])
    for smaller, larger in pairwise(work):
        assert smaller > 10_000
        assert larger < 5 * smaller, f"{adversary.__name__}: {work}"


@pytest.mark.parametrize("adversary", ADVERSARIES)
def test_what_has_left_takes_no_more_room_than_what_stays(
    adversary: Callable[[Book[int], int], None],
) -> None:
    book: Book[int] = Book()
    adversary(book, 2_000)
    kept = sum(len(queue) for side in (BUY, SELL) for queue in book._side(side)[1].values())
    prices_kept = sum(len(book._side(side)[0]) for side in (BUY, SELL))
    assert kept <= 2 * len(book) + SWEEP_FLOOR + 1
    assert prices_kept <= 2 * len(book) + SWEEP_FLOOR + 1

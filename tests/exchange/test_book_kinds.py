"""Kinds of order, self-trade prevention and the call auction: against a naive book, a million operations, then examples."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from exchange.book import (
    BUY,
    SELL,
    Book,
    BookCode,
    BookRefused,
    Entered,
    Resting,
    Side,
    TimeInForce,
)
from tests.exchange.naive_book import NaiveBook
from tests.exchange.test_book import counted_instructions

SEEDS = 100
OPERATIONS = 10_000
"""For each seed: a million in all."""
LIFE = 500
"""Operations of one book, so that many begin with a call auction of their own."""
LOOK_EVERY = 25
SIDES: tuple[Side, ...] = (BUY, SELL)
TIMES: tuple[TimeInForce, ...] = ("rest", "immediate_or_cancel", "fill_or_kill")


def snapshot_of(naive: NaiveBook) -> dict[str, Any]:
    """What the real book would write of the naive one."""
    sides = {
        name: [(o.order_id, o.price, o.quantity, o.sequence, o.group) for o in naive.ranked(side)]
        for name, side in (("buy", BUY), ("sell", SELL))
    }
    return {"buy_only": False, "calling": naive.calling, "last_sequence": naive.sequence, **sides}


class Pair:
    """A book and its naive judge, given the same operations."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        calling = draw.random() < 0.7
        self.book: Book[int] = Book(calling=calling)
        self.naive = NaiveBook(calling=calling)
        self.trades = self.uncrossed = self.kept_apart = self.refused = 0

    def both(self, real: Callable[[], Any], expected: Any) -> Any:
        """The real book refuses where the naive one does, and changes nothing; else both answer alike."""
        try:
            answer = real()
        except BookRefused:
            assert expected is None
            self.refused += 1
            return None
        assert expected is not None
        return answer

    def enter(self) -> None:
        draw, book, naive = self.draw, self.book, self.naive
        order_id, side = draw.randrange(1, 25), draw.choice(SIDES)
        price = None if draw.random() < 0.05 else draw.randrange(97, 105)
        quantity, group = draw.randrange(1, 7), draw.choice((None, None, 1, 2))
        time, post_only = draw.choices(TIMES, (8, 1, 1))[0], draw.random() < 0.1
        expected = naive.enter(order_id, side, price, quantity, time, post_only=post_only, group=group)
        self.entered(
            lambda: book.enter(
                order_id, side, price, quantity, time_in_force=time, post_only=post_only, group=group
            ),
            expected,
        )

    def entered(self, real: Callable[[], Entered[int]], expected: Any) -> None:
        entered = self.both(real, expected)
        if entered is not None:
            assert (list(entered.trades), list(entered.cancelled), entered.left) == (
                expected.trades,
                expected.cancelled,
                expected.left,
            )
            self.trades += len(expected.trades)
            self.kept_apart += len(expected.cancelled)

    def place(self) -> None:
        draw, book = self.draw, self.book
        order_id, side = draw.randrange(1, 25), draw.choice(SIDES)
        price, quantity = draw.randrange(97, 105), draw.randrange(1, 7)
        expected = self.naive.place(order_id, side, price, quantity)
        trades = self.both(lambda: book.place(order_id, side, price, quantity), expected)
        assert trades is None or list(trades) == expected

    def amend(self) -> None:
        draw, book = self.draw, self.book
        order_id, price, quantity = draw.randrange(1, 25), draw.randrange(97, 105), draw.randrange(1, 7)
        post_only = draw.random() < 0.2
        expected = self.naive.amend(order_id, price, quantity, post_only=post_only)
        self.entered(lambda: book.amend(order_id, price, quantity, post_only=post_only), expected)

    def cancel(self) -> None:
        book, order_id = self.book, self.draw.randrange(1, 25)
        expected = self.naive.cancel(order_id)
        assert self.both(lambda: book.cancel(order_id), expected) == expected

    def uncross(self) -> None:
        book, reference = self.book, self.draw.randrange(95, 107)
        expected = self.naive.uncross(reference)
        uncrossed = self.both(lambda: book.uncross(reference), expected)
        if uncrossed is not None and expected is not None:
            assert (uncrossed.price, uncrossed.surplus, list(uncrossed.trades)) == expected
            self.uncrossed += bool(expected[2])

    def preview(self) -> None:
        """What is foretold is what happens, and foretelling changes nothing."""
        draw, book = self.draw, self.book
        side, quantity = draw.choice(SIDES), draw.randrange(1, 12)
        price, group = draw.choice((None, *range(97, 105))), draw.choice((None, 1, 2))
        foretold = book.preview(side, price, quantity, group)
        if not book.calling:
            entered = self.naive.enter(-1, side, price, quantity, "immediate_or_cancel", group=group)
            assert entered is not None
            taken = [(resting_id, at, filled) for _, resting_id, at, filled in entered.trades]
            assert foretold == taken
            real = book.enter(-1, side, price, quantity, time_in_force="immediate_or_cancel", group=group)
            assert list(real.trades) == entered.trades

    def rebuild(self) -> None:
        before = self.book.snapshot()
        orders: list[Resting[int]] = [order for side in (SELL, BUY) for order in self.book.ranked(side)]
        self.draw.shuffle(orders)
        self.book = Book.rebuilt(orders, self.book.last_sequence, calling=self.book.calling)
        assert self.book.snapshot() == before

    def step(self) -> None:
        """Do one thing to both."""
        does = self.draw.choices(
            (self.enter, self.place, self.amend, self.cancel, self.uncross, self.preview, self.rebuild),
            (50, 10, 15, 20, 1.5, 3, 0.5),
        )[0]
        does()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_million_operations_are_those_of_the_naive_book(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - a test's draw, not a secret
    met = {"trades": 0, "uncrossed": 0, "kept_apart": 0, "refused": 0}
    for _ in range(OPERATIONS // LIFE):
        pair = Pair(draw)
        for number in range(LIFE):
            pair.step()
            if number % LOOK_EVERY == 0 or number == LIFE - 1:
                assert pair.book.snapshot() == snapshot_of(pair.naive)
        for name in met:
            met[name] += getattr(pair, name)
    assert all(met.values()), f"nothing of a kind happened: {met}"


# --- kinds of order -----------------------------------------------------------------------------------------


def asks(**fields: Any) -> Book[str]:
    """A book with 2 at 101, 3 at 102."""
    book: Book[str] = Book(**fields)
    book.place("first", SELL, 101, 2)
    book.place("second", SELL, 102, 3)
    return book


def test_a_market_order_takes_what_there_is_at_any_price_and_never_rests() -> None:
    book = asks()
    entered = book.enter("market", BUY, None, 9)
    assert entered == ([("market", "first", 101, 2), ("market", "second", 102, 3)], [], 4)
    assert len(book) == 0


def test_an_immediate_or_cancel_order_leaves_nothing_behind() -> None:
    book = asks()
    entered = book.enter("ioc", BUY, 101, 5, time_in_force="immediate_or_cancel")
    assert (entered.trades, entered.left) == ([("ioc", "first", 101, 2)], 3)
    assert "ioc" not in book


def test_a_fill_or_kill_order_trades_in_full_or_not_at_all() -> None:
    book = asks()
    before = book.snapshot()
    with pytest.raises(BookRefused) as refused:
        book.enter("fok", BUY, 102, 6, time_in_force="fill_or_kill")
    assert refused.value.code == BookCode.NOT_FILLABLE
    assert book.snapshot() == before
    assert book.enter("fok", BUY, 102, 5, time_in_force="fill_or_kill").left == 0


def test_a_post_only_order_never_takes() -> None:
    book = asks()
    with pytest.raises(BookRefused) as refused:
        book.enter("maker", BUY, 101, 1, post_only=True)
    assert refused.value.code == BookCode.POST_ONLY
    assert book.enter("maker", BUY, 100, 1, post_only=True) == ((), [], 0)
    before = book.snapshot()
    with pytest.raises(BookRefused):
        book.amend("maker", 101, 1, post_only=True)
    assert book.snapshot() == before


def test_an_order_that_meets_its_own_group_cancels_what_rested_and_goes_on() -> None:
    book: Book[str] = Book()
    book.enter("own", SELL, 101, 2, group="G")
    book.enter("other", SELL, 102, 3, group="H")
    entered = book.enter("taker", BUY, 102, 4, group="G")
    assert entered == ([("taker", "other", 102, 3)], [("own", 2)], 0)
    assert book.get("taker") == ("taker", BUY, 102, 1, 3, "G")


def test_a_fill_or_kill_order_does_not_count_its_own_group() -> None:
    book: Book[str] = Book()
    book.enter("own", SELL, 101, 5, group="G")
    book.enter("other", SELL, 102, 3, group="H")
    with pytest.raises(BookRefused) as refused:
        book.enter("fok", BUY, 102, 4, time_in_force="fill_or_kill", group="G")
    assert refused.value.code == BookCode.NOT_FILLABLE
    assert "own" in book


# --- the call auction ---------------------------------------------------------------------------------------


def called(*orders: tuple[str, Side, int, int]) -> Book[str]:
    """A book in its call auction."""
    book: Book[str] = Book(calling=True)
    for order_id, side, price, quantity in orders:
        assert book.place(order_id, side, price, quantity) == ()
    return book


@pytest.mark.parametrize(
    ("reference", "price"),
    [(90, 100), (104, 104), (107, 107), (120, 110)],
    ids=["below", "in", "in2", "above"],
)
def test_among_prices_that_trade_as_much_the_nearest_to_the_reference_stands(
    reference: int, price: int
) -> None:
    book = called(("bid", BUY, 110, 2), ("ask", SELL, 100, 2))
    assert book.uncross(reference) == (price, 0, [("bid", "ask", price, 2)])


def test_the_least_surplus_comes_before_the_reference() -> None:
    book = called(("b1", BUY, 110, 10), ("b2", BUY, 100, 5), ("a1", SELL, 100, 10), ("a2", SELL, 110, 5))
    assert book.uncross(100).price == 101, "at 100 five bids, at 110 five asks would be left over"


def test_most_is_traded_first_the_best_then_the_earliest_and_the_rest_trades_on() -> None:
    book = called(
        ("late", BUY, 103, 2),
        ("best", BUY, 105, 2),
        ("low", BUY, 99, 4),
        ("ask", SELL, 101, 3),
        ("dear", SELL, 104, 5),
    )
    uncrossed = book.uncross(102)
    assert uncrossed == (102, 1, [("best", "ask", 102, 2), ("late", "ask", 102, 1)])
    assert [order.order_id for order in book.ranked(BUY)] == ["late", "low"]
    assert book.place("next", SELL, 103, 1) == [("next", "late", 103, 1)]


def test_without_a_crossing_nothing_trades_and_the_book_goes_on() -> None:
    book = called(("bid", BUY, 99, 2), ("ask", SELL, 101, 2))
    assert book.uncross(100) == (None, 0, ())
    assert book.place("taker", BUY, 101, 1) == [("taker", "ask", 101, 1)]
    with pytest.raises(BookRefused) as refused:
        book.uncross(100)
    assert refused.value.code == BookCode.NOT_CALLING


@pytest.mark.parametrize(
    "fields",
    [
        {"price": None},
        {"post_only": True},
        {"time_in_force": "immediate_or_cancel"},
        {"time_in_force": "fill_or_kill"},
    ],
    ids=["market", "post only", "immediate or cancel", "fill or kill"],
)
def test_a_call_auction_collects_limit_orders_that_rest_and_no_others(fields: dict[str, Any]) -> None:
    book = called(("ask", SELL, 100, 1))
    with pytest.raises(BookRefused) as refused:
        book.enter("bid", BUY, **({"price": 99, "quantity": 1} | fields))
    assert refused.value.code == BookCode.CALLING
    assert len(book) == 1


def test_in_a_call_auction_an_order_ends_those_of_its_group_that_it_reaches() -> None:
    book: Book[str] = Book(calling=True)
    book.enter("far", SELL, 105, 1, group="G")
    book.enter("near", SELL, 101, 2, group="G")
    book.enter("other", SELL, 101, 2, group="H")
    assert book.enter("bid", BUY, 102, 2, group="G") == ((), [("near", 2)], 0)
    assert book.uncross(100).trades == [("bid", "other", 101, 2)]


@pytest.mark.parametrize("reference", [0, -1, 10**15 + 1, 1.5])
def test_a_reference_that_is_no_price_ends_no_call(reference: Any) -> None:
    book = called(("bid", BUY, 110, 2), ("ask", SELL, 100, 2))
    before = book.snapshot()
    with pytest.raises(BookRefused) as refused:
        book.uncross(reference)
    assert refused.value.code == BookCode.PRICE_RANGE
    assert book.snapshot() == before


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"price": 0}, BookCode.PRICE_RANGE),
        ({"price": 1.5}, BookCode.PRICE_RANGE),
        ({"quantity": 0}, BookCode.QUANTITY_RANGE),
        ({"price": None, "quantity": 10**15 + 1}, BookCode.QUANTITY_RANGE),
        ({"side": 0}, BookCode.SIDE_UNKNOWN),
        ({"side": True}, BookCode.SIDE_UNKNOWN),
        ({"order_id": "first"}, BookCode.ID_TAKEN),
    ],
)
def test_an_order_that_cannot_be_is_refused_before_anything_changes(
    fields: dict[str, Any], code: BookCode
) -> None:
    book = asks()
    before = book.snapshot()
    standing: dict[str, Any] = {"order_id": "new", "side": BUY, "price": 101, "quantity": 1, "group": "G"}
    with pytest.raises(BookRefused) as refused:
        book.enter(**(standing | fields))
    assert (refused.value.code, book.snapshot()) == (code, before)


def test_a_full_or_one_sided_book_takes_no_order_of_any_kind() -> None:
    refusing: list[tuple[Book[str], Side, BookCode]] = [
        (Book(capacity=0), BUY, BookCode.FULL),
        (Book(buy_only=True), SELL, BookCode.BUY_ONLY),
    ]
    for book, side, code in refusing:
        with pytest.raises(BookRefused) as refused:
            book.enter("new", side, None, 1)
        assert refused.value.code == code


def test_a_book_in_its_call_auction_is_rebuilt_crossed_as_it_is() -> None:
    book: Book[int] = Book(calling=True)
    book.enter(1, BUY, 105, 2, group="G")
    book.enter(2, SELL, 100, 1)
    orders = [*book.ranked(SELL), *book.ranked(BUY)]
    again = Book.rebuilt(orders, book.last_sequence, calling=True)
    assert again.snapshot() == book.snapshot()
    assert again.enter(3, SELL, 101, 1, group="G") == book.enter(3, SELL, 101, 1, group="G")
    with pytest.raises(BookRefused) as refused:
        Book.rebuilt([*orders, Resting(3, SELL, 101, 1, 3, "G")], 3, calling=True)
    assert refused.value.code == BookCode.SNAPSHOT_INVALID


def one_group_on_both_sides(book: Book[int], size: int) -> None:
    """Let one group stand with many asks far away, and bid and cancel where another's ask is reached."""
    book.enter(-1, SELL, 10, 1)
    for number in range(size):
        book.enter(number, SELL, 1_000_000 + number, 1, group=1)
    for number in range(size, 2 * size):
        book.enter(number, BUY, 20, 1, group=1)
        if number in book:
            book.cancel(number)


def cancel_ones_own_again_and_again(book: Book[int], size: int) -> None:
    """Let each order end the one before it."""
    for number in range(size):
        book.enter(number, BUY if number % 2 else SELL, 10, 1, group=1)


@pytest.mark.parametrize("adversary", [one_group_on_both_sides, cancel_ones_own_again_and_again])
@pytest.mark.parametrize("calling", [True, False])
def test_four_times_the_orders_of_one_group_cost_about_four_times_the_work(
    adversary: Callable[[Book[int], int], None], calling: bool
) -> None:
    work = []
    for size in (200, 800, 3_200):
        with counted_instructions() as counted:
            adversary(Book(calling=calling), size)
        work.append(counted[0])
    for smaller, larger in pairwise(work):
        assert larger < 5 * smaller, work


def test_an_auction_of_many_prices_is_no_work_for_the_square_of_them() -> None:
    work = []
    for size in (100, 400, 1_600):
        book: Book[int] = Book(calling=True)
        for number in range(size):
            book.place(number, BUY, 10_000 + number, 1)
            book.place(size + number, SELL, 10_000 + size // 2 + number, 1)
        with counted_instructions() as counted:
            book.uncross(10_000)
        work.append(counted[0])
    for smaller, larger in pairwise(work):
        assert larger < 5 * smaller, work

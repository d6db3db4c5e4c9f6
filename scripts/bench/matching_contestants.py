"""The books of the matching benchmark behind one shape: the exchange's, the bare one, and packages of others.

Each contestant gets the same operations in three steps. `prepare` turns them into whatever its book takes as
input; `play` hands them to a new book, one by one, and is the only step that is timed; `read` writes what the
book reported as trades. Reports are kept during play and read afterwards: nobody pays for our reading.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from exchange.book import BUY, SELL, Book, BookRefused
from scripts.bench.bare_book import BareBook, Trade
from scripts.bench.order_flow import Operation

Read = Callable[[], list[Trade]]
Play = Callable[[], Read]
Prepare = Callable[[Sequence[Operation]], Play]


def prepare_exchange_book(operations: Sequence[Operation]) -> Play:
    """Make ready the exchange's book, as the engine uses it: every check on, trades and refusals taken."""

    def play() -> Read:
        book: Book[int] = Book()
        trades: list[Trade] = []
        refused = 0
        for side, order_id, price, quantity in operations:
            if side:
                trades.extend(book.place(order_id, BUY if side > 0 else SELL, price, quantity))
            else:
                try:
                    book.cancel(order_id)
                except BookRefused:
                    refused += 1
        return lambda: trades

    return play


def prepare_bare_book(operations: Sequence[Operation]) -> Play:
    """Make ready the bare book."""

    def play() -> Read:
        book = BareBook()
        for side, order_id, price, quantity in operations:
            if side:
                book.place(side, order_id, price, quantity)
            else:
                book.cancel(order_id)
        return lambda: book.trades

    return play


def prepare_lightmatchingengine(operations: Sequence[Operation]) -> Play:
    """Make ready `lightmatchingengine`, whose own order ids count from 1 as ours do.

    It raises `AssertionError` when an order is cancelled that was filled and left its price empty.
    """
    module: Any = importlib.import_module("lightmatchingengine.lightmatchingengine")
    their_side = {1: module.Side.BUY, -1: module.Side.SELL}
    theirs = [(their_side.get(o.side), o.order_id, o.price, o.quantity) for o in operations]

    def play() -> Read:
        engine = module.LightMatchingEngine()
        reported: list[Any] = []
        for side, order_id, price, quantity in theirs:
            if side:
                order, trades = engine.add_order("right", price, quantity, side)
                if trades:
                    reported.append((order, trades))
            else:
                try:
                    engine.cancel_order(order_id, "right")
                except AssertionError:
                    continue
        return lambda: [
            (order.order_id, trade.order_id, trade.trade_price, trade.trade_qty)
            for order, trades in reported
            for trade in trades
            if trade.order_id
            != order.order_id  # its first row at each price sums up the incoming order's side
        ]

    return play


def prepare_pyorderbook(operations: Sequence[Operation]) -> Play:
    """Make ready `pyorderbook`: its orders carry ids of its own and serve one play only.

    It raises `KeyError` when an order is cancelled that does not rest, and would log it.
    """
    module = _import_without_log_set_up("pyorderbook")
    logging.getLogger("pyorderbook").setLevel(logging.CRITICAL + 1)
    placed = {
        order_id: (module.bid if side > 0 else module.ask)("right", price, quantity)
        for side, order_id, price, quantity in operations
        if side
    }
    our_id = {order.id: order_id for order_id, order in placed.items()}
    theirs = [(bool(side), placed[order_id]) for side, order_id, _, _ in operations]

    def play() -> Read:
        book = module.Book()
        reported: list[Any] = []
        for is_order, order in theirs:
            if is_order:
                reported.extend(book.match(order).trades)
            else:
                try:
                    book.cancel(order)
                except KeyError:
                    continue
        return lambda: [
            (
                our_id[trade.incoming_order_id],
                our_id[trade.standing_order_id],
                int(trade.fill_price),
                trade.fill_quantity,
            )
            for trade in reported
        ]

    return play


def prepare_matching_engine(operations: Sequence[Operation]) -> Play:
    """Make ready `matching-engine`: each order is its own account's, so that it never trades with itself."""
    domain: Any = importlib.import_module("matching_engine.domain")
    engine_module: Any = importlib.import_module("matching_engine.engine")
    trade_type: Any = importlib.import_module("matching_engine.events").Trade
    their_side = {1: domain.Side.BUY, -1: domain.Side.SELL}
    theirs = [
        domain.SequencedCommand(
            number,
            number,
            domain.NewOrder(order_id, order_id, their_side[side], price, quantity)
            if side
            else domain.CancelOrder(order_id, order_id),
        )
        for number, (side, order_id, price, quantity) in enumerate(operations, start=1)
    ]

    def play() -> Read:
        engine = engine_module.MatchingEngine()
        reported: list[Any] = []
        for command in theirs:
            reported.extend(engine.process(command))
        return lambda: [
            (event.taker_order_id, event.maker_order_id, event.price, event.qty)
            for event in reported
            if type(event) is trade_type
        ]

    return play


PEERS: dict[str, tuple[str, tuple[int, int], Prepare]] = {
    "lightmatchingengine": ("lightmatchingengine", (3, 6), prepare_lightmatchingengine),
    "pyorderbook": ("pyorderbook", (3, 11), prepare_pyorderbook),
    "matching-engine": ("matching_engine", (3, 12), prepare_matching_engine),
}
"""Package name: its module, the first Python version that runs it, and how it is made ready."""


def peers_here() -> tuple[dict[str, Prepare], dict[str, str]]:
    """Return the peers that can play here, and why each of the others cannot."""
    able: dict[str, Prepare] = {}
    left_out: dict[str, str] = {}
    for name, (module, first_version, prepare) in PEERS.items():
        if sys.version_info < first_version:
            left_out[name] = f"needs Python {first_version[0]}.{first_version[1]}"
        elif importlib.util.find_spec(module) is None:
            left_out[name] = "not installed"
        else:
            able[name] = prepare
    return able, left_out


def _import_without_log_set_up(name: str) -> ModuleType:
    """Import a module that sets up the root logger on import, and take that set-up back."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    module = importlib.import_module(name)
    root.setLevel(level)
    root.handlers[:] = handlers
    return module

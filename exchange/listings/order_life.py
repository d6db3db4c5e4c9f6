"""An order's life: one transition table, what is held for it, and how it leaves its book."""

from __future__ import annotations

from exchange.events import OrderChanged
from exchange.money import holds
from exchange.money.accounts import post
from exchange.rows import Listing, Order
from exchange.transitions import Table, take_step
from exchange.turn import Turn

ORDER_TRANSITIONS: Table = {
    ("LIVE", "fill_part"): "PARTLY_FILLED",
    ("LIVE", "fill"): "FILLED",
    ("LIVE", "cancel"): "CANCELLED",
    ("LIVE", "expire"): "EXPIRED",
    ("LIVE", "lapse"): "LAPSED",
    ("PARTLY_FILLED", "fill_part"): "PARTLY_FILLED",
    ("PARTLY_FILLED", "fill"): "FILLED",
    ("PARTLY_FILLED", "cancel"): "CANCELLED",
    ("PARTLY_FILLED", "expire"): "EXPIRED",
    ("PARTLY_FILLED", "lapse"): "LAPSED",
}
RESTING = frozenset({"LIVE", "PARTLY_FILLED"})
RESTING_TIMES = frozenset({"good_till_cancelled", "good_till_date"})
"""Of orders that may rest: theirs is held at the limit, for the whole of what is left."""


def change_order(turn: Turn, order: Order, event: str, cause: str) -> None:
    """Take a step of the table. With its end what is held goes back, and the row leaves memory; its table keeps it."""
    old = take_step(ORDER_TRANSITIONS, order, event)
    turn.state.touch(order)
    turn.emit(OrderChanged(order_id=order.id, old=old, new=order.state, cause=cause))
    if order.state not in RESTING:
        _end_hold(turn, order, "expire" if event == "expire" else "void")
        turn.state.clear_deadline("order_expiry", order.id)
        turn.state.archive(order)


def end_resting(turn: Turn, order: Order, event: str, cause: str) -> None:
    """An order that rests in its book leaves it, and ends."""
    turn.state.trading_book(order.listing_id).book.cancel(order.id)
    change_order(turn, order, event, cause)


def hold(turn: Turn, order: Order, amount: int) -> None:
    """Hold so much more (minor units) of a buyer's for its order; the handler has checked that it is there."""
    currency = turn.state.listings[order.listing_id].currency
    party = order.party_id
    if order.held:
        post(turn, (party, "available"), (party, "deposit"), currency, amount, order.id, "order_hold")
        holds.change(turn, order.id, party, order.held, amount)
    else:
        holds.hold_of_party(turn, order.id, party, "order", currency, amount, "order_hold")
    order.held += amount
    turn.state.touch(order)


def give_back(turn: Turn, order: Order, amount: int) -> None:
    """So much of what is held for an order goes back to its party; the order goes on."""
    currency = turn.state.listings[order.listing_id].currency
    party = order.party_id
    post(turn, (party, "deposit"), (party, "available"), currency, amount, order.id, "order_return")
    holds.change(turn, order.id, party, order.held, -amount)
    order.held -= amount
    turn.state.touch(order)


def _end_hold(turn: Turn, order: Order, event: str) -> None:
    if order.side == "buy":
        currency = turn.state.listings[order.listing_id].currency
        holds.give_back(turn, order.id, order.party_id, currency, order.held, "order_return", event)
    order.held = 0
    turn.state.touch(order)


def lapse_orders(turn: Turn, listing: Listing, cause: str, party_id: str | None = None) -> None:
    """All orders on a listing lapse, or all of one party's, in the order of their coming."""
    for order in resting_orders(turn, listing, party_id):
        end_resting(turn, order, "lapse", cause)


def resting_orders(turn: Turn, listing: Listing, party_id: str | None = None) -> list[Order]:
    """The orders that rest on a listing, or one party's of them, in the order of their coming."""
    trading = turn.state.trading_books.get(listing.id)
    if trading is None:
        return []
    parties = trading.orders_by_party if party_id is None else (party_id,)
    ids = [order_id for each in parties for order_id in trading.orders_by_party.get(each, ())]
    return sorted((turn.state.orders[order_id] for order_id in ids), key=lambda order: order.sequence)


def lapse_orders_of_party(turn: Turn, party_id: str, cause: str) -> None:
    """A party that may not act any more has no orders on any listing."""
    orders = turn.state.orders
    listing_ids = {orders[each].listing_id for each in turn.state.owned.ids(Order.kind, party_id)}
    for listing_id in sorted(listing_ids):
        lapse_orders(turn, turn.state.listings[listing_id], cause, party_id)

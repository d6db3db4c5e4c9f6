"""Commands about the orders of a continuous two-sided book: who may place, amend and cancel which."""

from __future__ import annotations

from exchange.bounds import require_text
from exchange.commands import AmendOrder, CancelOrder, CancelOrders, OrderTerms, PlaceOrder
from exchange.listings import life, order_life
from exchange.listings.checks import trader_may_order
from exchange.listings.floor import MODES
from exchange.modes.posted import MOST_ACCEPTANCES
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import active_actor
from exchange.rows import Deadline, Order
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Handlers, Result, Turn


def place_order(turn: Turn, command: PlaceOrder) -> Result:
    """A buyer bids, or the seller asks."""
    listing = life.listing_of(turn.state, command.listing_id)
    terms = _order_terms(turn)
    party = trader_may_order(turn, listing, command.side)
    return MODES[listing.mode].place_order(turn, listing, party, command, terms)


def amend_order(turn: Turn, command: AmendOrder) -> Result:
    """Another limit or quantity for an order of one's own, by a party that could place it afresh."""
    order = _own_order(turn, command.order_id)
    listing = turn.state.listings[order.listing_id]
    terms = _order_terms(turn)
    trader_may_order(turn, listing, order.side)
    return MODES[listing.mode].amend_order(turn, listing, order, terms)


def cancel_order(turn: Turn, command: CancelOrder) -> Result:
    """What an order of one's own has left is taken back, at any time."""
    order = _own_order(turn, command.order_id)
    order_life.end_resting(turn, order, "cancel", "cancel_order")
    return {"order_id": order.id, "state": order.state}


def cancel_orders(turn: Turn, command: CancelOrders) -> Result:
    """All that a party has resting on a listing is taken back; nothing, where it has nothing."""
    listing = life.listing_of(turn.state, command.listing_id)
    for order in order_life.resting_orders(turn, listing, active_actor(turn).id):
        order_life.end_resting(turn, order, "cancel", "cancel_orders")
    return {"listing_id": listing.id}


def order_expiry(turn: Turn, deadline: Deadline) -> None:
    """An order that was good till a date has come to it."""
    order_life.end_resting(turn, turn.state.orders[deadline.subject_id], "expire", "order_expiry")


def call_end(turn: Turn, deadline: Deadline) -> None:
    """The call auction of a listing ends."""
    listing = turn.state.listings[deadline.subject_id]
    MODES[listing.mode].call_end(turn, listing)


def _order_terms(turn: Turn) -> OrderTerms:
    terms = turn.request.terms
    if not isinstance(terms, OrderTerms) or not 0 < terms.quantity <= MOST_ACCEPTANCES:
        refuse(rules.MALFORMED, field="quantity", most=MOST_ACCEPTANCES)
    if terms.limit is not None and not 0 < terms.limit * terms.quantity <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="limit")
    if terms.client_order_id is not None:
        require_text("client_order_id", terms.client_order_id)
    return terms


def _own_order(turn: Turn, order_id: str) -> Order:
    """An order that rests, if it is the acting party's."""
    order = turn.state.orders.get(order_id)
    if order is None:
        refuse(rules.UNKNOWN_ID, kind="resting order", id=order_id)
    if order.party_id != active_actor(turn).id:
        refuse(rules.NOT_PERMITTED, order_id=order.id)
    return order


HANDLERS: Handlers = {
    PlaceOrder: place_order,
    AmendOrder: amend_order,
    CancelOrder: cancel_order,
    CancelOrders: cancel_orders,
}
DEADLINES = {"order_expiry": order_expiry, "call_end": call_end}
